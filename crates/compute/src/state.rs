//! A network's state on the host: every number of it, in float64, so that weights of any floating
//! type are held exactly.

use crate::network::{Entry, Network, Role};
use crate::random::{Purpose, Stream};

/// The numbers of a state: one flat buffer in the network's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    values: Vec<f64>,
    /// Training steps that the running statistics have seen: PyTorch's `num_batches_tracked`, one
    /// number for all layers.
    pub(crate) batches_tracked: i64,
}

/// Standard deviation of a linear layer's initial weights, as in the paper's code.
const LINEAR_STD: f64 = 1e-3;

impl State {
    /// The state that training starts from: convolutions normal with variance 2 / fan-in (He et al.
    /// 2015), linear weights normal with standard deviation 0.001, batch norms 1 and 0, biases 0.
    /// Rounded to float32, as it is trained in.
    pub fn initial(network: &Network, seed: u64) -> Self {
        let mut stream = Stream::new(Purpose::Weights, seed, [0, 0]);
        let mut values = vec![0.0; network.value_count()];
        for entry in network.entries() {
            let part = &mut values[entry.range()];
            let std = match entry.role {
                Role::ConvWeight => (2.0 / (entry.len() / entry.shape[0]) as f64).sqrt(),
                Role::LinearWeight => LINEAR_STD,
                Role::NormWeight | Role::RunningVar => {
                    part.fill(1.0);
                    continue;
                }
                Role::Bias | Role::NormBias | Role::RunningMean => continue,
            };
            stream.fill_normal(part);
            part.iter_mut().for_each(|value| *value = f64::from((*value * std) as f32));
        }
        Self { values, batches_tracked: 0 }
    }

    /// The state with these numbers, in the network's layout.
    pub(crate) fn from_values(values: Vec<f64>, batches_tracked: i64) -> Self {
        Self { values, batches_tracked }
    }

    /// All numbers, in the network's layout: parameters first.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The numbers of one entry, row-major.
    pub fn entry(&self, entry: &Entry) -> &[f64] {
        &self.values[entry.range()]
    }

    /// The numbers of one entry, to be changed.
    pub fn entry_mut(&mut self, entry: &Entry) -> &mut [f64] {
        &mut self.values[entry.range()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_weights_have_the_variance_of_kaiming() {
        let network = Network::parse("resnet20").unwrap();
        let state = State::initial(&network, 1);
        for entry in network.entries() {
            let values = state.entry(entry);
            let mean_square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
            let expected = match entry.role {
                Role::ConvWeight => 2.0 * entry.shape[0] as f64 / entry.len() as f64,
                Role::LinearWeight => 1e-6,
                Role::NormWeight | Role::RunningVar => 1.0,
                Role::Bias | Role::NormBias | Role::RunningMean => 0.0,
            };
            let tolerance = expected * 4.0 * (2.0 / values.len() as f64).sqrt();
            assert!((mean_square - expected).abs() <= tolerance, "{}: {mean_square}", entry.name);
        }
        assert_ne!(state, State::initial(&network, 2));
    }
}
