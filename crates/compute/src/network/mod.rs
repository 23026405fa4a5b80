//! The networks of the paper (Li et al. 2018), by the names and state names of its code.
//!
//! A network is data: the ordered entries of its state, and a graph of operations that refer to
//! them. One executor (`forward`) runs every graph, for training, for evaluation and with
//! batch norm folded away, so a network is written once. All entries of a state live in one flat
//! buffer, parameters first, running statistics after them.

mod builder;
mod densenet;
mod resnet;
mod vgg;

use crate::error::{ComputeError, Result};
use builder::Builder;

/// Number of classes that every network tells apart.
pub const CLASSES: usize = 10;

/// Side of the square images, in pixels.
pub const IMAGE_SIDE: usize = 32;

/// Colour channels of an image.
pub const IMAGE_CHANNELS: usize = 3;

/// What an entry of the state is: it decides initialisation, and whether a direction may leave it
/// out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Weight of a convolution, `[out, in, height, width]`.
    ConvWeight,
    /// Weight of a linear layer, `[out, in]`.
    LinearWeight,
    /// Bias of a convolution or linear layer, `[out]`.
    Bias,
    /// Scale of a batch norm, `[channels]`.
    NormWeight,
    /// Shift of a batch norm, `[channels]`.
    NormBias,
    /// Running mean of a batch norm, `[channels]`; not a parameter.
    RunningMean,
    /// Running variance of a batch norm, `[channels]`; not a parameter.
    RunningVar,
}

impl Role {
    /// Whether training changes the entry by its gradient, and a direction moves it.
    pub fn is_parameter(self) -> bool {
        !matches!(self, Self::RunningMean | Self::RunningVar)
    }
}

/// One floating-point entry of a network's state.
#[derive(Debug, Clone)]
pub struct Entry {
    /// PyTorch's name: `layer1.0.conv1.weight`.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// What it is.
    pub role: Role,
    /// Where it begins in the flat buffer, in numbers.
    pub(crate) offset: usize,
}

impl Entry {
    /// How many numbers it holds; at least one.
    #[expect(clippy::len_without_is_empty, reason = "an entry is never empty")]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Its place in the flat buffer.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// A value in a graph: the images are value 0, and node `i` makes value `i + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value(pub(crate) usize);

/// An operation; the numbers are indices into [`Network::entries`].
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Conv {
        weight: usize,
        bias: Option<usize>,
        stride: i64,
        padding: i64,
    },
    Linear {
        weight: usize,
        bias: usize,
    },
    BatchNorm {
        weight: usize,
        bias: usize,
        mean: usize,
        var: usize,
    },
    Relu,
    Add,
    /// Joins two values along the channels.
    Concat,
    /// Largest of each 2 x 2 square.
    MaxPool,
    /// Mean of each 2 x 2 square.
    AveragePool,
    /// Mean over all places, leaving `[n, channels]`.
    GlobalMean,
    /// `[n, channels, height, width]` to `[n, channels * height * width]`, in that order.
    Flatten,
}

/// An operation and what it reads; node `i` makes value `i + 1`.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) inputs: Vec<Value>,
}

/// A network: what it is called, what its state holds, and how it computes `[n, 10]` logits from
/// images.
#[derive(Debug, Clone)]
pub struct Network {
    name: String,
    title: String,
    entries: Vec<Entry>,
    norms: Vec<String>,
    nodes: Vec<Node>,
    parameter_count: usize,
    value_count: usize,
}

impl Network {
    /// The network of that name: `resnet20`, `resnet56_noshort`, `wrn56_2`, `vgg16`, `densenet121`
    /// and so on.
    ///
    /// # Errors
    /// [`ComputeError::Request`] for a name that is none of them, with the list of those known.
    pub fn parse(name: &str) -> Result<Self> {
        let mut builder = Builder::new();
        let title = resnet::build(name, &mut builder)
            .or_else(|| vgg::build(name, &mut builder))
            .or_else(|| densenet::build(name, &mut builder))
            .ok_or_else(|| {
                ComputeError::Request(format!("unknown network {name:?}; known are {KNOWN}"))
            })?;
        Ok(builder.finish(name, title))
    }

    /// Its name, as given to [`Network::parse`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for people: "ResNet-20 without shortcuts".
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The floating-point entries of its state, in PyTorch's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many numbers training changes.
    pub fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// How many numbers its state holds: the parameters and the running statistics.
    pub fn value_count(&self) -> usize {
        self.value_count
    }

    /// How many layers have weights, batch norms not counted: the number in a network's name, and
    /// the convolutions of its shortcuts.
    pub(crate) fn layer_count(&self) -> usize {
        let is_layer = |node: &&Node| matches!(node.op, Op::Conv { .. } | Op::Linear { .. });
        self.nodes.iter().filter(is_layer).count()
    }

    /// The batch norms' names; each has an integer entry `NAME.num_batches_tracked` after its other
    /// four.
    pub(crate) fn norms(&self) -> &[String] {
        &self.norms
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many inputs read what node `index` makes.
    pub(crate) fn uses(&self, index: usize) -> usize {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        inputs.filter(|value| value.0 == index + 1).count()
    }
}

const KNOWN: &str = "resnet20, resnet32, resnet44, resnet56, resnet110 (any 6n+2), wrn56_2 (any \
depth 6n+2 and width factor), each also with _noshort; vgg9, vgg16, vgg19; densenet121";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_exactly() {
        for (name, title, parameters) in [
            ("resnet20", "ResNet-20", 272_474),
            ("resnet110_noshort", "ResNet-110 without shortcuts", 1_727_962),
            ("wrn56_2", "WRN-56-2", 3_412_394),
            ("vgg9", "VGG-9", 2_789_706),
            ("vgg16", "VGG-16", 14_991_946),
            ("densenet121", "DenseNet-121", 6_956_298),
        ] {
            let network = Network::parse(name).expect(name);
            assert_eq!(network.title(), title);
            assert_eq!(network.parameter_count(), parameters, "{name}");
        }
    }

    #[test]
    fn other_names_are_refused_with_a_list() {
        let names = [
            "",
            "resnet",
            "resnet21",
            "resnet020",
            "resnet2",
            "resnet20_short",
            "wrn56",
            "wrn56_0",
        ];
        for name in names.into_iter().chain(["vgg11", "densenet169", "ResNet20", "resnet99999998"])
        {
            let error = Network::parse(name).expect_err(name).to_string();
            assert!(error.contains("resnet56") && error.contains(name), "{error}");
        }
    }

    #[test]
    fn parameters_come_first_in_the_flat_buffer() {
        let network = Network::parse("vgg9").expect("vgg9");
        for entry in network.entries() {
            let inside = entry.range().end <= network.parameter_count();
            assert_eq!(inside, entry.role.is_parameter(), "{}", entry.name);
        }
    }
}
