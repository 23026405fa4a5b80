//! Makes the steps that run a network: its graph with the entries of a state put in, plainly, or with
//! what can be done at once done at once.

use tch::{Kind, Tensor};

use super::NORM_EPS;
use crate::error::Result;
use crate::network::{Network, Node, Op, Value};

/// A network at one point, ready to be run.
pub(crate) struct Prepared(pub(super) Vec<Step>);

/// One thing to do: it reads values and makes one.
pub(super) struct Step {
    pub(super) layer: Layer,
    pub(super) inputs: Vec<Value>,
    pub(super) output: Value,
}

/// What a step does, with the parameters that it needs.
pub(super) enum Layer {
    Conv(Conv),
    Linear { weight: Tensor, bias: Tensor },
    BatchNorm { weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor },
    Relu,
    Add,
    Concat,
    MaxPool,
    AveragePool,
    GlobalMean,
    Flatten,
}

pub(super) struct Conv {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
    pub(super) stride: i64,
    pub(super) padding: i64,
    pub(super) then: Then,
}

/// What a convolution does with its result before it writes it to memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    Relu,
    /// Adds the step's second input.
    Add,
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
    let step = |(index, node): (usize, &Node)| -> Result<Step> {
        let entry = |entry: usize| entries[entry].shallow_clone();
        let layer = match node.op {
            Op::Conv { weight, bias, stride, padding } => {
                let in_kind = |entry: usize| entries[entry].f_to_kind(kind);
                let bias = bias.map(in_kind).transpose()?;
                let then = Then::Nothing;
                Layer::Conv(Conv { weight: in_kind(weight)?, bias, stride, padding, then })
            }
            Op::Linear { weight, bias } => {
                Layer::Linear { weight: entry(weight), bias: entry(bias) }
            }
            Op::BatchNorm { weight, bias, mean, var } => {
                let [weight, bias, mean, var] = [weight, bias, mean, var].map(entry);
                Layer::BatchNorm { weight, bias, mean, var }
            }
            Op::Relu => Layer::Relu,
            Op::Add => Layer::Add,
            Op::Concat => Layer::Concat,
            Op::MaxPool => Layer::MaxPool,
            Op::AveragePool => Layer::AveragePool,
            Op::GlobalMean => Layer::GlobalMean,
            Op::Flatten => Layer::Flatten,
        };
        Ok(Step { layer, inputs: node.inputs.clone(), output: Value(index + 1) })
    };
    Ok(Prepared(network.nodes().iter().enumerate().map(step).collect::<Result<_>>()?))
}

/// Entries with batch norm folded into the layers before it, where that can be done, and with ReLU
/// and additions done by the convolutions before them. For evaluation without gradients only.
pub(crate) fn folded(network: &Network, entries: &[Tensor], kind: Kind) -> Result<Prepared> {
    let Prepared(mut steps) = plain(network, entries, kind)?;
    let mut folded = Vec::new();
    for (index, node) in network.nodes().iter().enumerate() {
        let Op::BatchNorm { weight, bias, mean, var } = node.op else { continue };
        let Some(before) = node.inputs[0].0.checked_sub(1) else { continue };
        let (layer_weight, layer_bias) = match network.nodes()[before].op {
            Op::Conv { weight, bias, .. } => (weight, bias),
            Op::Linear { weight, bias } => (weight, Some(bias)),
            _ => continue,
        };
        if network.uses(before) != 1 {
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
        let scaled = entries[layer_weight].f_mul(&scale.f_view(per_output.as_slice())?)?;
        match &mut steps[before].layer {
            Layer::Conv(conv) => {
                conv.weight = scaled.f_to_kind(kind)?;
                conv.bias = Some(shift.f_to_kind(kind)?);
            }
            Layer::Linear { weight, bias } => (*weight, *bias) = (scaled, shift),
            _ => unreachable!("a convolution or a linear layer, as in the graph"),
        }
        steps[before].output = steps[index].output;
        folded.push(index);
    }
    folded.into_iter().rev().for_each(|index| drop(steps.remove(index)));
    Ok(Prepared(fused(steps)))
}

/// Lets convolutions do the ReLU, or the addition, that alone reads what they make: it then happens
/// before the result is in memory, which that operation would otherwise read and write again.
fn fused(mut steps: Vec<Step>) -> Vec<Step> {
    let mut at = 0;
    while at < steps.len() {
        at += 1;
        let index = at - 1;
        if !matches!(steps[index].layer, Layer::Conv(Conv { then: Then::Nothing, .. })) {
            continue;
        }
        let Some(reader) = only_reader(&steps, steps[index].output) else { continue };
        match steps[reader].layer {
            Layer::Relu => {
                let relu = steps.remove(reader);
                steps[index].output = relu.output;
                then(&mut steps[index], Then::Relu);
            }
            Layer::Add => {
                let added = std::mem::take(&mut steps[reader].inputs);
                let own = steps[index].output;
                // It waits until what it adds is there too.
                let mut conv = steps.remove(index);
                conv.inputs.extend(added.into_iter().filter(|value| *value != own));
                conv.output = steps[reader - 1].output;
                then(&mut conv, Then::Add);
                steps[reader - 1] = conv;
                at = index;
            }
            _ => {}
        }
    }
    steps
}

fn then(step: &mut Step, then: Then) {
    if let Layer::Conv(conv) = &mut step.layer {
        conv.then = then;
    }
}

/// The one step that reads a value, and reads it once.
fn only_reader(steps: &[Step], value: Value) -> Option<usize> {
    let mut readers = steps.iter().enumerate().flat_map(|(index, step)| {
        step.inputs.iter().filter(|input| **input == value).map(move |_| index)
    });
    let first = readers.next()?;
    readers.next().is_none().then_some(first)
}
