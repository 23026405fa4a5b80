//! Writes down a network's graph and state as its layers are named, in PyTorch's order of
//! registration.

use super::{CLASSES, Entry, IMAGE_CHANNELS, IMAGE_SIDE, Network, Node, Op, Role, Value};

/// What is known of a value's shape: `[n, channels, side, side]`, or `[n, channels]` where the side
/// is 1.
#[derive(Clone, Copy)]
struct Extent {
    channels: usize,
    side: usize,
}

/// A convolution to add.
pub(super) struct Conv {
    pub(super) out: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) bias: bool,
}

pub(super) struct Builder {
    entries: Vec<Entry>,
    norms: Vec<String>,
    nodes: Vec<Node>,
    extents: Vec<Extent>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let images = Extent { channels: IMAGE_CHANNELS, side: IMAGE_SIDE };
        Self { entries: Vec::new(), norms: Vec::new(), nodes: Vec::new(), extents: vec![images] }
    }

    /// The images, `[n, 3, 32, 32]`.
    pub(super) fn images(&self) -> Value {
        Value(0)
    }

    /// A square convolution, padded so that stride 1 keeps the side.
    pub(super) fn conv(&mut self, x: Value, name: &str, conv: Conv) -> Value {
        let Extent { channels, side } = self.extents[x.0];
        let shape = vec![conv.out, channels, conv.kernel, conv.kernel];
        let weight = self.entry(name, "weight", shape, Role::ConvWeight);
        let bias = conv.bias.then(|| self.entry(name, "bias", vec![conv.out], Role::Bias));
        let op = Op::Conv {
            weight,
            bias,
            stride: conv.stride as i64,
            padding: (conv.kernel / 2) as i64,
        };
        self.node(op, &[x], Extent { channels: conv.out, side: side.div_ceil(conv.stride) })
    }

    pub(super) fn linear(&mut self, x: Value, name: &str, out: usize) -> Value {
        let shape = vec![out, self.extents[x.0].channels];
        let weight = self.entry(name, "weight", shape, Role::LinearWeight);
        let bias = self.entry(name, "bias", vec![out], Role::Bias);
        self.node(Op::Linear { weight, bias }, &[x], Extent { channels: out, side: 1 })
    }

    /// The layer that tells the classes apart; the last of every network.
    pub(super) fn classifier(&mut self, x: Value, name: &str) {
        self.linear(x, name, CLASSES);
    }

    pub(super) fn batch_norm(&mut self, x: Value, name: &str) -> Value {
        let extent = self.extents[x.0];
        let mut entry = |part, role| self.entry(name, part, vec![extent.channels], role);
        let op = Op::BatchNorm {
            weight: entry("weight", Role::NormWeight),
            bias: entry("bias", Role::NormBias),
            mean: entry("running_mean", Role::RunningMean),
            var: entry("running_var", Role::RunningVar),
        };
        self.norms.push(name.to_owned());
        self.node(op, &[x], extent)
    }

    pub(super) fn relu(&mut self, x: Value) -> Value {
        self.node(Op::Relu, &[x], self.extents[x.0])
    }

    pub(super) fn add(&mut self, x: Value, y: Value) -> Value {
        self.node(Op::Add, &[x, y], self.extents[x.0])
    }

    pub(super) fn concat(&mut self, x: Value, y: Value) -> Value {
        let Extent { channels, side } = self.extents[x.0];
        let channels = channels + self.extents[y.0].channels;
        self.node(Op::Concat, &[x, y], Extent { channels, side })
    }

    pub(super) fn max_pool(&mut self, x: Value) -> Value {
        self.halved(Op::MaxPool, x)
    }

    pub(super) fn average_pool(&mut self, x: Value) -> Value {
        self.halved(Op::AveragePool, x)
    }

    pub(super) fn global_mean(&mut self, x: Value) -> Value {
        let Extent { channels, .. } = self.extents[x.0];
        self.node(Op::GlobalMean, &[x], Extent { channels, side: 1 })
    }

    pub(super) fn flatten(&mut self, x: Value) -> Value {
        let Extent { channels, side } = self.extents[x.0];
        self.node(Op::Flatten, &[x], Extent { channels: channels * side * side, side: 1 })
    }

    /// How many channels `x` has.
    pub(super) fn channels(&self, x: Value) -> usize {
        self.extents[x.0].channels
    }

    /// Places the entries in the flat buffer, parameters before running statistics.
    pub(super) fn finish(mut self, name: &str, title: String) -> Network {
        let mut end = 0;
        let mut place = |parameters: bool| {
            for entry in self.entries.iter_mut().filter(|e| e.role.is_parameter() == parameters) {
                entry.offset = end;
                end += entry.len();
            }
            end
        };
        let parameter_count = place(true);
        let value_count = place(false);
        Network {
            name: name.to_owned(),
            title,
            entries: self.entries,
            norms: self.norms,
            nodes: self.nodes,
            parameter_count,
            value_count,
        }
    }

    fn halved(&mut self, op: Op, x: Value) -> Value {
        let Extent { channels, side } = self.extents[x.0];
        self.node(op, &[x], Extent { channels, side: side / 2 })
    }

    fn node(&mut self, op: Op, inputs: &[Value], extent: Extent) -> Value {
        self.nodes.push(Node { op, inputs: inputs.to_vec() });
        self.extents.push(extent);
        Value(self.nodes.len())
    }

    fn entry(&mut self, layer: &str, part: &str, shape: Vec<usize>, role: Role) -> usize {
        self.entries.push(Entry { name: format!("{layer}.{part}"), shape, role, offset: 0 });
        self.entries.len() - 1
    }
}
