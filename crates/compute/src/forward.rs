//! Runs a network's graph: the one executor behind training, evaluation and batch norm folded away.
//!
//! What differs between those is only how the graph and the entries of the state are *prepared* as
//! steps. Plainly, each operation is one, with its entries as they are. Folded, batch norm with fixed
//! statistics, an affine map for each channel, goes into the convolution before it. With
//! `scale = weight / sqrt(var + eps)`, the convolution's weight becomes `scale` times itself and its
//! bias `bias + (conv_bias - mean) * scale`. Where a batch norm does not follow a layer that feeds
//! only it, it stays. ReLU, or the addition of a shortcut, goes into the convolution before it too.
//!
//! In bfloat16, convolutions compute in bfloat16, while batch norm and the linear layers keep
//! float32 parameters.

mod onednn;
mod prepare;

use tch::{Device, Kind, Tensor};

use crate::device::cpu_has_bfloat16;
use crate::error::Result;
use crate::network::{Network, Value};
use prepare::{Conv, Layer, Step, Then};

pub(crate) use prepare::{Prepared, folded, plain, views};

/// PyTorch's defaults for batch norm, which the paper's code uses.
const NORM_EPS: f64 = 1e-5;
const NORM_MOMENTUM: f64 = 0.1;

/// Whether batch norm uses, and updates, the statistics of the batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Train,
    Evaluate,
}

/// Logits `[n, 10]` of images `[n, 3, 32, 32]`, in the kind of the linear layers' weights.
pub(crate) fn logits(
    network: &Network,
    prepared: &Prepared,
    images: &Tensor,
    mode: Mode,
) -> Result<Tensor> {
    let mut live = Live::new(network, prepared, images);
    let mut last = None;
    for (index, step) in prepared.0.iter().enumerate() {
        let (mut x, owned) = live.input(step, 0, index);
        let y = match &step.layer {
            Layer::Conv(conv) if conv.then == Then::Add => {
                let (other, overwrite) = live.input(step, 1, index);
                convolved(conv, &x, Some((other, overwrite)))?
            }
            Layer::Conv(conv) => convolved(conv, &x, None)?,
            Layer::Linear { weight, bias } => {
                x.f_to_kind(weight.f_kind()?)?.f_linear(weight, Some(bias))?
            }
            Layer::BatchNorm { weight, bias, mean, var } => x.f_batch_norm(
                Some(weight),
                Some(bias),
                Some(mean),
                Some(var),
                mode == Mode::Train,
                NORM_MOMENTUM,
                NORM_EPS,
                true,
            )?,
            Layer::Relu if owned => x.f_relu_()?,
            Layer::Relu => x.f_relu()?,
            Layer::Add => {
                let (other, _) = live.input(step, 1, index);
                if owned { x.f_add_(&other)? } else { x.f_add(&other)? }
            }
            Layer::Concat => Tensor::f_cat(&[x, live.input(step, 1, index).0], 1)?,
            Layer::MaxPool => x.f_max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false)?,
            Layer::AveragePool => {
                x.f_avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>)?
            }
            Layer::GlobalMean => {
                x.f_mean_dim([2_i64, 3].as_slice(), false, accumulator(x.f_kind()?))?
            }
            Layer::Flatten => x.f_flatten(1, -1)?,
        };
        last = Some(step.output);
        live.tensors[step.output.0] = Some(y);
    }
    let logits = last.and_then(|last| live.tensors[last.0].take());
    Ok(logits.expect("the last step's value is read by none"))
}

/// A convolution and what follows it, at once where that can be done; `other` is added if there is
/// one, and overwritten if it may be.
fn convolved(conv: &Conv, x: &Tensor, other: Option<(Tensor, bool)>) -> Result<Tensor> {
    let Conv { weight, bias, stride, padding, then } = conv;
    if *then != Then::Nothing
        && has_fused(x)?
        && let Some(fused) = onednn::fused()
    {
        let (bias, stride, padding) = (bias.as_ref(), *stride, *padding);
        let convolution = onednn::Convolution { weight, bias, stride, padding };
        return match &other {
            Some((other, overwrite)) => fused.add(x, (other, *overwrite), &convolution),
            None => fused.relu(x, &convolution),
        };
    }
    let (stride, padding) = ([*stride; 2], [*padding; 2]);
    let mut y = x.f_conv2d(weight, bias.as_ref(), stride, padding, [1, 1], 1)?;
    Ok(match (then, other) {
        (Then::Relu, _) => y.f_relu_()?,
        (Then::Add, Some((other, _))) => y.f_add_(&other)?,
        _ => y,
    })
}

/// Whether oneDNN has fused convolutions for such numbers here.
fn has_fused(x: &Tensor) -> Result<bool> {
    let has_kind = match x.f_kind()? {
        Kind::Float => true,
        Kind::BFloat16 => cpu_has_bfloat16(),
        _ => false,
    };
    Ok(has_kind && x.device() == Device::Cpu)
}

/// The kind that sums of numbers of `kind` are kept in.
pub(crate) fn accumulator(kind: Kind) -> Kind {
    if kind == Kind::BFloat16 { Kind::Float } else { kind }
}

/// The values that later steps still read; the others' memory is given back as the pass goes on.
struct Live {
    tensors: Vec<Option<Tensor>>,
    last_reader: Vec<usize>,
}

impl Live {
    fn new(network: &Network, prepared: &Prepared, images: &Tensor) -> Self {
        let values = network.nodes().len() + 1;
        let mut last_reader = vec![0; values];
        for (index, step) in prepared.0.iter().enumerate() {
            step.inputs.iter().for_each(|value| last_reader[value.0] = index);
        }
        let mut tensors: Vec<Option<Tensor>> = (0..values).map(|_| None).collect();
        tensors[IMAGES.0] = Some(images.shallow_clone());
        Self { tensors, last_reader }
    }

    /// An input of step `index`, and whether nothing else reads it, so that it may be overwritten.
    /// Images never may.
    fn input(&mut self, step: &Step, number: usize, index: usize) -> (Tensor, bool) {
        let value = step.inputs[number];
        let slot = &mut self.tensors[value.0];
        let last = self.last_reader[value.0] == index;
        let tensor = if last { slot.take() } else { slot.as_ref().map(Tensor::shallow_clone) };
        (tensor.expect("a value lives until its last reader"), last && value != IMAGES)
    }
}

const IMAGES: Value = Value(0);
