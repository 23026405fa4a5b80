//! The scale argument of the paper (Li et al. 2018, section 4): weights of other sizes, the same
//! function.
//!
//! In a residual block, `conv2(relu(bn1(...)))`, the batch norm's weight and bias times F and the
//! convolution's weight divided by F leave every value after it what it was, since a rectifier is
//! homogeneous: relu(F x) = F relu(x) for F > 0. Where F is a power of two this holds bit by bit, in
//! any binary floating type and whatever order the convolution sums in, because multiplication by F
//! moves exponents alone and so commutes with every rounding (short of overflow and subnormal
//! numbers).
//!
//! Raw directions take notice: to a `conv2` that became F times smaller, the same step is F times
//! larger. Normalised directions shrink with the filter, so their surface is the same, bit by bit
//! too. Batch-norm entries play no part in it, since no drawn direction moves them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::error::{ComputeError, Result};
use crate::network::{Network, Node, Op};

/// A positive power of two, multiplication by which is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerOfTwo(f64);

impl FromStr for PowerOfTwo {
    type Err = ComputeError;

    /// `8`, `0.25`
    fn from_str(text: &str) -> Result<Self> {
        const MANTISSA: u64 = (1 << 52) - 1;
        let is_power = |f: &f64| *f > 0.0 && f.is_normal() && f.to_bits() & MANTISSA == 0;
        text.parse().ok().filter(is_power).map(Self).ok_or_else(|| {
            ComputeError::Request(format!(
                "expected a power of two (8, 0.25), since multiplication by other numbers is not \
                exact, found {text:?}"
            ))
        })
    }
}

impl fmt::Display for PowerOfTwo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What each entry, by its name, is multiplied by where residual blocks are rescaled; the others
/// stay.
///
/// # Errors
/// [`ComputeError::Request`] for a network that has no residual blocks.
pub(crate) fn block_factors(network: &Network, by: PowerOfTwo) -> Result<BTreeMap<&str, f64>> {
    let factors: BTreeMap<&str, f64> = network
        .nodes()
        .iter()
        .filter_map(|node| block(network, node))
        .flat_map(|[norm_weight, norm_bias, conv_weight]| {
            [(norm_weight, by.0), (norm_bias, by.0), (conv_weight, 1.0 / by.0)]
        })
        .collect();
    if factors.is_empty() {
        return Err(ComputeError::Request(format!(
            "expected a network with residual blocks of conv1, bn1, conv2, bn2 (resnet*, wrn*, both \
            also with _noshort), found {}",
            network.name()
        )));
    }
    Ok(factors)
}

/// If `node` is the `conv2` of a block, which reads its rectified `bn1`: the names of that batch
/// norm's weight and bias and of the convolution's weight.
fn block<'n>(network: &'n Network, node: &Node) -> Option<[&'n str; 3]> {
    // What makes the first input, if nothing else reads it.
    let before = |node: &Node| {
        let index = node.inputs[0].0.checked_sub(1)?;
        (network.uses(index) == 1).then(|| &network.nodes()[index])
    };
    let name = |entry: usize| network.entries()[entry].name.as_str();
    let Op::Conv { weight: conv_weight, .. } = node.op else { return None };
    let relu = before(node).filter(|node| matches!(node.op, Op::Relu))?;
    let Op::BatchNorm { weight, bias, .. } = before(relu)?.op else { return None };
    let block = name(conv_weight).strip_suffix(".conv2.weight")?;
    (name(weight).strip_suffix(".bn1.weight") == Some(block))
        .then(|| [weight, bias, conv_weight].map(name))
}

#[cfg(test)]
mod tests {
    use lossland_surface::{Normalisation, Precision};
    use tch::Device;

    use super::*;
    use crate::agreement::lively;
    use crate::dataset::on_device;
    use crate::dataset::tests::toy;
    use crate::edit::{WeightsEdit, edit_weights};
    use crate::forward::{Mode, folded, logits, plain, views};
    use crate::plane::{Plane, kinds};
    use crate::weights::{Writer, read_state};
    use crate::{Directions, State};

    const NETWORKS: [&str; 4] = ["resnet8", "resnet8_noshort", "wrn8_2", "wrn8_2_noshort"];
    const PRECISIONS: [Precision; 3] =
        [Precision::Float64, Precision::Float32, Precision::Bfloat16];

    /// A network, its weights, and the same by way of an edited file, blocks rescaled by 8.
    fn pair(name: &str) -> (Network, State, State) {
        let network = Network::parse(name).unwrap();
        let mut writer = Writer::default();
        writer.state(&network, &lively(&network), "");
        let file = writer.finish(None).unwrap();
        let edit = WeightsEdit { bfloat16: false, rescale_blocks: "8".parse().ok() };
        let rescaled = edit_weights(&network, &file, edit, "").unwrap();
        let read = |bytes: &[u8]| read_state(&network, bytes).unwrap();
        let states = (read(&file), read(&rescaled));
        (network, states.0, states.1)
    }

    /// Logits of ten images at a point of a plane, with batch norm as it is and folded away.
    fn logits_at(
        network: &Network,
        weights: &State,
        directions: &Directions,
        precision: Precision,
        [alpha, beta]: [f64; 2],
    ) -> [Vec<f64>; 2] {
        let _guard = tch::no_grad_guard();
        let plane = Plane::new(weights, directions, precision, Device::Cpu).unwrap();
        let (_, kind) = kinds(precision);
        let data = toy(10);
        let (images, _) = on_device(&data.subset(None, 0).unwrap(), kind, Device::Cpu).unwrap();
        let entries = views(network, &plane.at(alpha, beta).unwrap()).unwrap();
        [plain, folded].map(|prepare| {
            let prepared = prepare(network, &entries, kind).unwrap();
            let logits = logits(network, &prepared, &images, Mode::Evaluate).unwrap();
            Vec::try_from(logits.to_kind(tch::Kind::Double).flatten(0, -1)).unwrap()
        })
    }

    fn drawn(network: &Network, weights: &State, to: Normalisation) -> Directions {
        Directions::random(network, 7).normalised(network, weights, to)
    }

    /// The directions with every `conv2` of a block multiplied by `factor`.
    fn times(network: &Network, directions: &Directions, factor: f64) -> Directions {
        let blocks = block_factors(network, PowerOfTwo(2.0)).unwrap();
        let mut writer = Writer::default();
        for entry in network.entries() {
            let is_conv2 = blocks.get(entry.name.as_str()) == Some(&0.5);
            let factor = if is_conv2 { factor } else { 1.0 };
            for (axis, values) in ["x", "y"].into_iter().zip(directions.entry(entry)) {
                let values: Vec<f64> = values.iter().map(|value| factor * value).collect();
                writer.doubles(format!("{axis}.{}", entry.name), entry.shape.clone(), &values);
            }
        }
        Directions::read(network, &writer.finish(None).unwrap()).unwrap()
    }

    #[test]
    fn rescaled_weights_are_others_and_the_same_function() {
        for name in NETWORKS {
            let (network, weights, rescaled) = pair(name);
            assert_ne!(weights, rescaled);
            let still = drawn(&network, &weights, Normalisation::None);
            for precision in PRECISIONS {
                let of = |state| logits_at(&network, state, &still, precision, [0.0, 0.0]);
                assert_eq!(of(&weights), of(&rescaled), "{name}, {precision}");
            }
        }
    }

    #[test]
    fn normalised_surfaces_do_not_see_the_scale_of_weights() {
        use Normalisation::{Filter, Layer, Weight};
        for name in NETWORKS {
            let (network, weights, rescaled) = pair(name);
            for to in [Filter, Layer, Weight] {
                let directions = drawn(&network, &weights, to);
                let for_rescaled = drawn(&network, &rescaled, to);
                assert_eq!(for_rescaled, times(&network, &directions, 0.125), "{name}, {to}");
                for precision in PRECISIONS {
                    let at = [0.5, -0.25];
                    let expected = logits_at(&network, &weights, &directions, precision, at);
                    let found = logits_at(&network, &rescaled, &for_rescaled, precision, at);
                    assert_eq!(found, expected, "{name}, {to}, {precision}");
                }
            }
        }
    }

    #[test]
    fn raw_surfaces_see_steps_that_are_eight_times_as_large() {
        for name in NETWORKS {
            let (network, weights, rescaled) = pair(name);
            let raw = drawn(&network, &weights, Normalisation::None);
            let longer = times(&network, &raw, 8.0);
            for precision in PRECISIONS {
                let at = [0.02, -0.01];
                let found = logits_at(&network, &rescaled, &raw, precision, at);
                let other = logits_at(&network, &weights, &raw, precision, at);
                let largest = other[0].iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                let gap = found[0].iter().zip(&other[0]).map(|(a, b)| (a - b).abs());
                let gap = gap.fold(0.0, f64::max);
                assert!(gap > 0.1 * largest, "{name}, {precision}: {gap} of {largest}");
                let expected = logits_at(&network, &weights, &longer, precision, at);
                assert_eq!(found, expected, "{name}, {precision}");
            }
        }
    }

    #[test]
    fn every_block_is_found_and_nothing_else() {
        for (name, blocks) in [("resnet20", 9), ("resnet56_noshort", 27), ("wrn8_2", 3)] {
            let network = Network::parse(name).unwrap();
            let factors = block_factors(&network, PowerOfTwo(8.0)).unwrap();
            assert_eq!(factors.len(), 3 * blocks, "{name}");
            assert_eq!(factors["layer3.0.bn1.bias"], 8.0);
            assert_eq!(factors["layer3.0.conv2.weight"], 0.125);
            assert!(!factors.contains_key("bn1.weight"));
        }
        for name in ["vgg16", "densenet121"] {
            let network = Network::parse(name).unwrap();
            let error = block_factors(&network, PowerOfTwo(8.0)).unwrap_err().to_string();
            assert!(error.contains("residual blocks") && error.ends_with(name), "{error}");
        }
    }

    #[test]
    fn only_powers_of_two_are_taken() {
        for (text, value) in [("8", 8.0), ("1", 1.0), ("0.25", 0.25)] {
            assert_eq!(text.parse::<PowerOfTwo>().unwrap().0, value);
        }
        for wrong in ["", "3", "0", "-8", "inf", "nan", "1e-320", "eight"] {
            let error = wrong.parse::<PowerOfTwo>().unwrap_err().to_string();
            assert!(error.contains("a power of two"), "{error}");
        }
    }
}
