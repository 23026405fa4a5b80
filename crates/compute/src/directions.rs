//! The two directions that span a plane: drawn or given, and rescaled to the weights.
//!
//! Filter normalisation gives each filter of a direction the norm of the weights' own filter, so
//! that surfaces of networks with different scales of weights can be compared (Li et al. 2018,
//! section 4). One-dimensional entries (biases, batch norm) stay put in drawn and in rescaled
//! directions, as in the paper's code.

use lossland_surface::{Gram, Normalisation};

use crate::error::Result;
use crate::network::{Entry, Network};
use crate::random::{Purpose, Stream};
use crate::state::State;
use crate::weights::{Fit, Tensors};

/// Keeps a filter of zeros from dividing by zero; the paper's value.
const FILTER_EPS: f64 = 1e-10;

/// A pair of directions in a network's weight space, in float64.
#[derive(Debug, Clone, PartialEq)]
pub struct Directions {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Directions {
    /// Draws both from `seed`: standard normal entries for each parameter in order, first all of x,
    /// then all of y. They are not made orthogonal; in so many dimensions they nearly are.
    pub fn random(network: &Network, seed: u64) -> Self {
        let mut stream = Stream::new(Purpose::Directions, seed, [0, 0]);
        let mut draw = || {
            let mut values = vec![0.0; network.value_count()];
            for entry in network.entries().iter().filter(|entry| entry.role.is_parameter()) {
                // Drawn even where it is not used, so that what is used does not depend on it.
                let part = &mut values[entry.range()];
                stream.fill_normal(part);
                if entry.shape.len() < 2 {
                    part.fill(0.0);
                }
            }
            values
        };
        Self { x: draw(), y: draw() }
    }

    /// Reads both from a safetensors file's bytes: entries `x.NAME` and `y.NAME` of any floating
    /// type, for each NAME of the network's state. Running statistics may be left out, and are then
    /// not moved.
    ///
    /// # Errors
    /// [`crate::ComputeError::StateFile`], naming the entries, where one is missing, unknown or
    /// misshapen.
    pub fn read(network: &Network, bytes: &[u8]) -> Result<Self> {
        let file = Tensors::parse(bytes)?;
        let mut fit = Fit::new(network, "directions");
        let mut read = |prefix: &str| {
            let mut values = vec![0.0; network.value_count()];
            for entry in network.entries() {
                let name = format!("{prefix}.{}", entry.name);
                if entry.role.is_parameter() || file.get(&name).is_some() {
                    fit.fill(&file, &name, entry, &mut values[entry.range()]);
                }
            }
            fit.skip_counters(prefix);
            values
        };
        let directions = Self { x: read("x"), y: read("y") };
        fit.finish(&file)?;
        Ok(directions)
    }

    /// Both, rescaled to the weights. [`Normalisation::None`] leaves them as they are; the others
    /// set one-dimensional entries to zero.
    #[must_use]
    pub fn normalised(mut self, network: &Network, weights: &State, to: Normalisation) -> Self {
        for direction in [&mut self.x, &mut self.y] {
            for entry in network.entries() {
                rescale(&mut direction[entry.range()], weights.entry(entry), entry, to);
            }
        }
        self
    }

    /// The inner products x.x, x.y and y.y over all entries.
    pub fn gram(&self) -> Gram {
        Gram { xx: dot(&self.x, &self.x), xy: dot(&self.x, &self.y), yy: dot(&self.y, &self.y) }
    }

    /// The numbers of both directions for one entry.
    pub fn entry(&self, entry: &Entry) -> [&[f64]; 2] {
        [&self.x[entry.range()], &self.y[entry.range()]]
    }

    pub(crate) fn values(&self) -> [&[f64]; 2] {
        [&self.x, &self.y]
    }
}

fn rescale(direction: &mut [f64], weights: &[f64], entry: &Entry, to: Normalisation) {
    match to {
        Normalisation::None => {}
        _ if entry.shape.len() < 2 => direction.fill(0.0),
        Normalisation::Filter => {
            let len = entry.len() / entry.shape[0];
            for (filter, weights) in direction.chunks_mut(len).zip(weights.chunks(len)) {
                scale(filter, norm(weights) / (norm(filter) + FILTER_EPS));
            }
        }
        Normalisation::Layer => {
            let own = norm(direction);
            // The paper's code would divide zero by zero here; a direction of zeros moves nothing.
            if own > 0.0 {
                scale(direction, norm(weights) / own);
            }
        }
        Normalisation::Weight => direction.iter_mut().zip(weights).for_each(|(d, w)| *d *= w),
    }
}

fn scale(values: &mut [f64], factor: f64) {
    values.iter_mut().for_each(|value| *value *= factor);
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Writer;

    fn setting() -> (Network, State, Directions) {
        let network = Network::parse("resnet20").unwrap();
        let state = State::initial(&network, 3);
        let directions = Directions::random(&network, 7);
        (network, state, directions)
    }

    #[test]
    fn filters_take_the_norm_of_the_weights() {
        let (network, state, directions) = setting();
        let directions = directions.normalised(&network, &state, Normalisation::Filter);
        for entry in network.entries() {
            for direction in directions.entry(entry) {
                if entry.shape.len() < 2 {
                    assert!(direction.iter().all(|d| *d == 0.0), "{}", entry.name);
                    continue;
                }
                let len = entry.len() / entry.shape[0];
                for (d, w) in direction.chunks(len).zip(state.entry(entry).chunks(len)) {
                    assert!((norm(d) / norm(w) - 1.0).abs() < 1e-9, "{}", entry.name);
                }
            }
        }
    }

    #[test]
    fn layers_and_weights_scale_as_their_names_say() {
        let (network, state, directions) = setting();
        let entry = &network.entries()[0];
        let raw = directions.entry(entry)[0].to_vec();
        let layer = directions.clone().normalised(&network, &state, Normalisation::Layer);
        assert!((norm(layer.entry(entry)[0]) / norm(state.entry(entry)) - 1.0).abs() < 1e-12);
        let weight = directions.clone().normalised(&network, &state, Normalisation::Weight);
        assert_eq!(weight.entry(entry)[0][5], raw[5] * state.entry(entry)[5]);
        assert_eq!(
            directions.clone().normalised(&network, &state, Normalisation::None),
            directions
        );
    }

    #[test]
    fn drawn_directions_are_nearly_orthogonal() {
        let gram = setting().2.gram();
        assert!(gram.cosine().abs() < 0.01, "{gram:?}");
        assert!((gram.xx / 270_000.0 - 1.0).abs() < 0.02, "{gram:?}");
    }

    /// A file of directions for resnet8: ones for every entry that `keep` keeps.
    fn file(keep: impl Fn(&str) -> bool, extra: &[&str]) -> Vec<u8> {
        let network = Network::parse("resnet8").unwrap();
        let mut writer = Writer::default();
        for axis in ["x", "y"] {
            for entry in network.entries() {
                let name = format!("{axis}.{}", entry.name);
                if keep(&name) {
                    writer.doubles(name, entry.shape.clone(), &vec![1.0; entry.len()]);
                }
            }
        }
        for name in extra {
            writer.doubles((*name).to_owned(), vec![1], &[1.0]);
        }
        writer.finish(None).unwrap()
    }

    #[test]
    fn given_directions_may_leave_out_running_statistics_only() {
        let network = Network::parse("resnet8").unwrap();
        let statistics = |name: &str| name.contains(".running_");
        let whole = Directions::read(&network, &file(|_| true, &[])).unwrap();
        assert_eq!(whole.gram().xy, network.value_count() as f64);
        let bytes = file(|name| !statistics(name), &["x.bn1.num_batches_tracked"]);
        let without = Directions::read(&network, &bytes).unwrap();
        assert_eq!(without.gram().xy, network.parameter_count() as f64);

        let refusal = |bytes: &[u8]| Directions::read(&network, bytes).unwrap_err().to_string();
        let text = refusal(&file(|name| name != "y.bn1.bias", &[]));
        assert!(text.contains("\"y.bn1.bias\" is missing"), "{text}");
        let text = refusal(&file(|_| true, &["z.bn1.bias"]));
        assert!(text.contains("\"z.bn1.bias\" is not an entry"), "{text}");
    }

    #[test]
    fn a_direction_of_zeros_stays_zero() {
        let (network, state, mut directions) = setting();
        directions.x.fill(0.0);
        for to in [Normalisation::Filter, Normalisation::Layer, Normalisation::Weight] {
            assert_eq!(directions.clone().normalised(&network, &state, to).gram().xx, 0.0);
        }
    }
}
