//! Tests against exact values from the paper's own networks and direction code, where the reference
//! data is present.

use std::path::{Path, PathBuf};

use lossland_surface::Normalisation;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::forward::{Mode, folded, logits, plain, views};
use crate::network::{Network, Role};
use crate::score::Score;
use crate::weights::{Writer, read_state};
use crate::{Directions, State};

const TOLERANCE: f64 = 1e-9;
const LABELS: [u8; 4] = [3, 8, 0, 5];

#[test]
fn networks_and_directions_agree_with_the_paper() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/reference/oracle/networks.json");
    let Ok(text) = std::fs::read(&path) else {
        eprintln!("SKIPPED: the reference data is absent (no {path:?})");
        return;
    };
    let oracle: Value = serde_json::from_slice(&text).unwrap();
    let _guard = tch::no_grad_guard();
    for (name, expected) in oracle.as_object().unwrap() {
        check(name, expected);
    }
}

fn check(name: &str, expected: &Value) {
    let network = Network::parse(name).unwrap();
    assert_eq!(
        network.parameter_count() as u64,
        expected["parameters"].as_u64().unwrap(),
        "{name}"
    );
    let state: Vec<(String, Vec<usize>)> =
        serde_json::from_value(expected["state"].clone()).unwrap();
    let ours = network.entries().iter().map(|entry| (entry.name.clone(), entry.shape.clone()));
    assert_eq!(ours.collect::<Vec<_>>(), state, "{name}");

    let weights = weights(&network);
    let directions = directions(&network).normalised(&network, &weights, Normalisation::Filter);
    let norms: Vec<Vec<f64>> = serde_json::from_value(expected["direction_norms"].clone()).unwrap();
    let parameters = network.entries().iter().filter(|entry| entry.role.is_parameter());
    for (p, entry) in parameters.enumerate() {
        for (axis, direction) in directions.entry(entry).into_iter().enumerate() {
            let norm = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
            close(norm, norms[axis][p], &format!("{name}: norm of {}", entry.name));
        }
    }

    let images = wave(0.37, 0.0, 4 * 3 * 32 * 32);
    let images = Tensor::from_slice(&images).view([4, 3, 32, 32]);
    let rows: Vec<Vec<f64>> = serde_json::from_value(expected["logits"].clone()).unwrap();
    for point in expected["surface"].as_array().unwrap() {
        let [alpha, beta] = ["alpha", "beta"].map(|key| point[key].as_f64().unwrap());
        let [x, y] = directions.values();
        let moved =
            weights.values().iter().zip(x).zip(y).map(|((w, x), y)| w + alpha * x + beta * y);
        let flat = Tensor::from_slice(&moved.collect::<Vec<_>>()).to_device(Device::Cpu);
        let entries = views(&network, &flat).unwrap();
        for prepare in [plain, folded] {
            let prepared = prepare(&network, &entries, Kind::Double).unwrap();
            let out = logits(&network, &prepared, &images, Mode::Evaluate).unwrap();
            if alpha == 0.0 && beta == 0.0 {
                for (i, row) in rows.iter().enumerate() {
                    for (j, expected) in row.iter().enumerate() {
                        let found = out.double_value(&[i as i64, j as i64]);
                        close(found, *expected, &format!("{name}: logit {i}, {j}"));
                    }
                }
            }
            let score = Score::of(&out, &LABELS).unwrap();
            let what = format!("{name}: loss at {alpha}, {beta}");
            close(score.loss(), point["loss"].as_f64().unwrap(), &what);
            assert_eq!(score.correct, point["correct"].as_u64().unwrap(), "{what}");
        }
    }
}

/// Weights by the oracle's formula, in float64 by way of a file, as a user would give them.
fn weights(network: &Network) -> State {
    let mut state = State::initial(network, 0);
    for (k, entry) in network.entries().iter().enumerate() {
        let wave = wave(0.61803398875, 1.7 * (k + 1) as f64, entry.len());
        let fan_in = (entry.len() / entry.shape[0]) as f64;
        let value = |v: f64| match entry.role {
            Role::ConvWeight | Role::LinearWeight => v * 2_f64.sqrt() * (2.0 / fan_in).sqrt(),
            Role::RunningVar => 1.0 + 0.5 * v,
            Role::NormWeight => 1.0 + 0.1 * v,
            Role::RunningMean | Role::NormBias | Role::Bias => 0.1 * v,
        };
        state.entry_mut(entry).iter_mut().zip(wave).for_each(|(to, v)| *to = value(v));
    }
    let mut writer = Writer::default();
    for entry in network.entries() {
        writer.doubles(entry.name.clone(), entry.shape.clone(), state.entry(entry));
    }
    assert_eq!(read_state(network, &writer.finish(None).unwrap()).unwrap(), state);
    state
}

/// Directions by the oracle's formula, without running statistics, by way of a file.
fn directions(network: &Network) -> Directions {
    let mut writer = Writer::default();
    let parameters = network.entries().iter().filter(|entry| entry.role.is_parameter());
    for (p, entry) in parameters.enumerate() {
        for (axis, a, b) in [("x", 0.7548776662, 2.3), ("y", 0.5698402910, 3.1)] {
            let wave = wave(a, b * (p + 1) as f64, entry.len());
            writer.doubles(format!("{axis}.{}", entry.name), entry.shape.clone(), &wave);
        }
    }
    Directions::read(network, &writer.finish(None).unwrap()).unwrap()
}

fn wave(a: f64, b: f64, len: usize) -> Vec<f64> {
    (0..len).map(|i| (a * (i + 1) as f64 + b).sin()).collect()
}

fn close(found: f64, expected: f64, what: &str) {
    let error = (found - expected).abs() / expected.abs().max(1e-300);
    assert!(error <= TOLERANCE || found == expected, "{what}: expected {expected}, found {found}");
}
