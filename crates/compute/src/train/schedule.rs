//! How the learning rate changes over a run, and the recipes that choose it for a network.

use std::fmt;
use std::str::FromStr;

use lossland_surface::Precision;
use serde::{Deserialize, Serialize};

use super::TrainConfig;
use crate::error::{ComputeError, Result};
use crate::network::Network;

/// The course of the learning rate, from the first step of a run to its last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// From the peak to zero along half a cosine (Loshchilov and Hutter 2017).
    #[default]
    Cosine,
    /// Straight up to the peak for the first quarter of the run, then straight down to zero (Smith
    /// and Topin 2018). The slow start keeps deep networks from being thrown far away by their first
    /// gradients.
    OneCycle,
    /// The peak, divided by 10 after a half, three quarters and eleven twelfths of the run: of 300
    /// epochs, after 150, 225 and 275, as in the paper.
    Steps,
}

/// Part of a one-cycle run in which the rate goes up.
const RISE: f64 = 0.25;

impl Schedule {
    /// The share of the peak at `done`, the part of the run's steps that lie behind, 0 to 1.
    pub(super) fn share(self, done: f64) -> f64 {
        match self {
            Self::Cosine => 0.5 * (1.0 + libm::cos(std::f64::consts::PI * done)),
            Self::OneCycle if done < RISE => done / RISE,
            Self::OneCycle => (1.0 - done) / (1.0 - RISE),
            Self::Steps => {
                let drops = [1.0 / 2.0, 3.0 / 4.0, 11.0 / 12.0];
                drops.iter().filter(|drop| done >= **drop).fold(1.0, |share, _| share / 10.0)
            }
        }
    }
}

const NAMES: [(Schedule, &str); 3] =
    [(Schedule::Cosine, "cosine"), (Schedule::OneCycle, "one-cycle"), (Schedule::Steps, "steps")];

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name) = NAMES.iter().find(|(schedule, _)| schedule == self).expect("all are named");
        f.write_str(name)
    }
}

impl FromStr for Schedule {
    type Err = ComputeError;

    /// `cosine`, `one-cycle` or `steps`.
    fn from_str(text: &str) -> Result<Self> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(schedule, _)| *schedule).ok_or_else(
            || {
                ComputeError::Request(format!(
                    "expected cosine, one-cycle or steps, found {text:?}"
                ))
            },
        )
    }
}

/// Hyperparameters that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The paper's: 300 epochs in float32, the rate divided by 10 three times.
    Paper,
    /// As few epochs as two CPU cores do in an evening: 20, VGG 12, DenseNet 5.
    Quick,
}

impl FromStr for Recipe {
    type Err = ComputeError;

    /// `paper` or `quick`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "paper" => Ok(Self::Paper),
            "quick" => Ok(Self::Quick),
            _ => Err(ComputeError::Request(format!("expected paper or quick, found {text:?}"))),
        }
    }
}

/// From this many layers on, a network is deep: the paper then starts one without shortcuts with a
/// lower rate.
const DEEP: usize = 40;

impl Recipe {
    /// The recipe for a network.
    pub fn config(self, network: &Network, seed: u64) -> TrainConfig {
        let is_deep = network.layer_count() >= DEEP;
        let is_deep_and_plain = is_deep && network.name().ends_with("_noshort");
        match self {
            Self::Paper => TrainConfig {
                schedule: Schedule::Steps,
                learning_rate: if is_deep_and_plain { 0.01 } else { 0.1 },
                precision: Precision::Float32,
                ..TrainConfig::new(300, seed)
            },
            Self::Quick => {
                let is_resnet = !["vgg", "densenet"].iter().any(|f| network.name().starts_with(f));
                let epochs = match network.name() {
                    name if name.starts_with("vgg") => 12,
                    name if name.starts_with("densenet") => 5,
                    _ => 20,
                };
                TrainConfig {
                    schedule: if is_resnet && !is_deep {
                        Schedule::Cosine
                    } else {
                        Schedule::OneCycle
                    },
                    learning_rate: if is_deep_and_plain { 0.05 } else { 0.1 },
                    ..TrainConfig::new(epochs, seed)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_pass_through_their_corners() {
        for (schedule, corners) in [
            (Schedule::Cosine, &[(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)][..]),
            (
                Schedule::OneCycle,
                &[(0.0, 0.0), (0.125, 0.5), (0.25, 1.0), (0.625, 0.5), (1.0, 0.0)],
            ),
            (Schedule::Steps, &[(0.0, 1.0), (0.49, 1.0), (0.5, 0.1), (0.75, 0.01), (0.92, 0.001)]),
        ] {
            for (done, expected) in corners {
                let share = schedule.share(*done);
                assert!((share - expected).abs() < 1e-12, "{schedule} at {done}: {share}");
            }
            assert_eq!(schedule.to_string().parse::<Schedule>().unwrap(), schedule);
        }
        assert!("step".parse::<Schedule>().is_err());
    }

    #[test]
    fn the_papers_recipe_drops_the_rate_after_its_epochs() {
        let network = Network::parse("resnet56_noshort").unwrap();
        let config = Recipe::Paper.config(&network, 1);
        let rate = |epoch: u32| {
            config.learning_rate
                * config.schedule.share(f64::from(epoch) / f64::from(config.epochs))
        };
        for (epoch, expected) in [(149, 0.01), (150, 1e-3), (224, 1e-3), (225, 1e-4), (275, 1e-5)] {
            assert!((rate(epoch) / expected - 1.0).abs() < 1e-9, "{epoch}: {}", rate(epoch));
        }
        let shallow = Network::parse("resnet20_noshort").unwrap();
        assert_eq!(Recipe::Paper.config(&shallow, 1).learning_rate, 0.1);
    }
}
