//! Runs a network's graph: the one executor behind training, evaluation and batch norm folded away.
//!
//! What differs between those is only how the entries of the state are *prepared* for the
//! operations. Plainly, each operation gets its entries as they are. Folded, batch norm with fixed
//! statistics, an affine map for each channel, goes into the convolution before it. With
//! `scale = weight / sqrt(var + eps)`, the convolution's weight becomes `scale` times itself and its
//! bias `bias + (conv_bias - mean) * scale`. Where a batch norm does not follow a layer that feeds
//! only it, it stays.
//!
//! In bfloat16, convolutions compute in bfloat16, while batch norm and the linear layers keep
//! float32 parameters.

use tch::{Kind, Tensor};

use crate::error::Result;
use crate::network::{Network, Node, Op};

/// PyTorch's defaults for batch norm, which the paper's code uses.
const NORM_EPS: f64 = 1e-5;
const NORM_MOMENTUM: f64 = 0.1;

/// Whether batch norm uses, and updates, the statistics of the batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Train,
    Evaluate,
}

/// What each node of the graph needs, ready for its operation.
pub(crate) struct Prepared(Vec<Parameters>);

enum Parameters {
    None,
    Affine {
        weight: Tensor,
        bias: Option<Tensor>,
    },
    Norm {
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        var: Tensor,
    },
    /// A batch norm that the layer before it does.
    Folded,
}

/// The entries of a state as views into its flat buffer, in the order of [`Network::entries`].
pub(crate) fn views(network: &Network, flat: &Tensor) -> Result<Vec<Tensor>> {
    let view = |entry: &crate::network::Entry| {
        let shape: Vec<i64> = entry.shape.iter().map(|d| *d as i64).collect();
        Ok(flat.f_narrow(0, entry.offset as i64, entry.len() as i64)?.f_view(shape.as_slice())?)
    };
    network.entries().iter().map(view).collect()
}

/// Entries as they are, convolutions in `kind`.
pub(crate) fn plain(network: &Network, entries: &[Tensor], kind: Kind) -> Result<Prepared> {
    let prepare = |node: &Node| {
        Ok(match node.op {
            Op::Conv { weight, bias, .. } => Parameters::Affine {
                weight: entries[weight].f_to_kind(kind)?,
                bias: bias.map(|bias| entries[bias].f_to_kind(kind)).transpose()?,
            },
            Op::Linear { weight, bias } => linear(entries, weight, bias),
            Op::BatchNorm { weight, bias, mean, var } => norm(entries, [weight, bias, mean, var]),
            _ => Parameters::None,
        })
    };
    Ok(Prepared(network.nodes().iter().map(prepare).collect::<Result<_>>()?))
}

/// Entries with batch norm folded into the layers before it, where that can be done. For evaluation
/// only.
pub(crate) fn folded(network: &Network, entries: &[Tensor], kind: Kind) -> Result<Prepared> {
    let mut prepared = plain(network, entries, kind)?;
    for (index, node) in network.nodes().iter().enumerate() {
        let Op::BatchNorm { weight, bias, mean, var } = node.op else { continue };
        let Some(before) = node.inputs[0].0.checked_sub(1) else { continue };
        let (layer_weight, layer_bias, kind) = match network.nodes()[before].op {
            Op::Conv { weight, bias, .. } => (weight, bias, kind),
            Op::Linear { weight, bias } => (weight, Some(bias), entries[weight].f_kind()?),
            _ => continue,
        };
        if uses(network, before) != 1 {
            continue;
        }
        let scale = entries[var].f_add_scalar(NORM_EPS)?.f_rsqrt()?.f_mul(&entries[weight])?;
        let shift = match layer_bias {
            Some(layer_bias) => entries[layer_bias].f_sub(&entries[mean])?,
            None => entries[mean].f_neg()?,
        };
        let shift = entries[bias].f_addcmul(&shift, &scale)?;
        let mut per_output = vec![1; entries[layer_weight].dim()];
        per_output[0] = -1;
        let layer_weight = entries[layer_weight].f_mul(&scale.f_view(per_output.as_slice())?)?;
        prepared.0[before] = Parameters::Affine {
            weight: layer_weight.f_to_kind(kind)?,
            bias: Some(shift.f_to_kind(kind)?),
        };
        prepared.0[index] = Parameters::Folded;
    }
    Ok(prepared)
}

/// Logits `[n, 10]` of images `[n, 3, 32, 32]`, in the kind of the linear layers' weights.
pub(crate) fn logits(
    network: &Network,
    prepared: &Prepared,
    images: &Tensor,
    mode: Mode,
) -> Result<Tensor> {
    let mut live = Live::new(network, images);
    for (index, (node, parameters)) in network.nodes().iter().zip(&prepared.0).enumerate() {
        let (mut x, owned) = live.input(node, 0, index);
        let y = match (&node.op, parameters) {
            (Op::Conv { stride, padding, .. }, Parameters::Affine { weight, bias }) => x.f_conv2d(
                weight,
                bias.as_ref(),
                [*stride, *stride],
                [*padding, *padding],
                [1, 1],
                1,
            )?,
            (Op::Linear { .. }, Parameters::Affine { weight, bias }) => {
                x.f_to_kind(weight.f_kind()?)?.f_linear(weight, bias.as_ref())?
            }
            (Op::BatchNorm { .. }, Parameters::Norm { weight, bias, mean, var }) => x
                .f_batch_norm(
                    Some(weight),
                    Some(bias),
                    Some(mean),
                    Some(var),
                    mode == Mode::Train,
                    NORM_MOMENTUM,
                    NORM_EPS,
                    true,
                )?,
            (Op::BatchNorm { .. }, Parameters::Folded) => x,
            (Op::Relu, _) if owned => x.f_relu_()?,
            (Op::Relu, _) => x.f_relu()?,
            (Op::Add, _) => {
                let (other, _) = live.input(node, 1, index);
                if owned { x.f_add_(&other)? } else { x.f_add(&other)? }
            }
            (Op::Concat, _) => Tensor::f_cat(&[x, live.input(node, 1, index).0], 1)?,
            (Op::MaxPool, _) => x.f_max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false)?,
            (Op::AveragePool, _) => {
                x.f_avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>)?
            }
            (Op::GlobalMean, _) => {
                x.f_mean_dim([2_i64, 3].as_slice(), false, accumulator(x.f_kind()?))?
            }
            (Op::Flatten, _) => x.f_flatten(1, -1)?,
            (Op::Conv { .. } | Op::Linear { .. } | Op::BatchNorm { .. }, _) => {
                unreachable!("every layer is prepared with the parameters of its kind")
            }
        };
        live.tensors.push(Some(y));
    }
    Ok(live.tensors.pop().flatten().expect("the last node's value is read by none"))
}

/// The kind that sums of numbers of `kind` are kept in.
pub(crate) fn accumulator(kind: Kind) -> Kind {
    if kind == Kind::BFloat16 { Kind::Float } else { kind }
}

/// The values that later nodes still read; the others' memory is given back as the pass goes on.
struct Live {
    tensors: Vec<Option<Tensor>>,
    last_reader: Vec<usize>,
}

impl Live {
    fn new(network: &Network, images: &Tensor) -> Self {
        let mut last_reader = vec![0; network.nodes().len() + 1];
        for (index, node) in network.nodes().iter().enumerate() {
            node.inputs.iter().for_each(|value| last_reader[value.0] = index);
        }
        Self { tensors: vec![Some(images.shallow_clone())], last_reader }
    }

    /// An input of node `index`, and whether nothing else reads it, so that it may be overwritten.
    /// Images never may.
    fn input(&mut self, node: &Node, number: usize, index: usize) -> (Tensor, bool) {
        let value = node.inputs[number].0;
        let slot = &mut self.tensors[value];
        let last = self.last_reader[value] == index;
        let tensor = if last { slot.take() } else { slot.as_ref().map(Tensor::shallow_clone) };
        (tensor.expect("a value lives until its last reader"), last && value != 0)
    }
}

/// How many inputs read what node `index` makes.
pub(crate) fn uses(network: &Network, index: usize) -> usize {
    let inputs = network.nodes().iter().flat_map(|node| &node.inputs);
    inputs.filter(|value| value.0 == index + 1).count()
}

fn linear(entries: &[Tensor], weight: usize, bias: usize) -> Parameters {
    Parameters::Affine {
        weight: entries[weight].shallow_clone(),
        bias: Some(entries[bias].shallow_clone()),
    }
}

fn norm(entries: &[Tensor], indices: [usize; 4]) -> Parameters {
    let [weight, bias, mean, var] = indices.map(|index| entries[index].shallow_clone());
    Parameters::Norm { weight, bias, mean, var }
}
