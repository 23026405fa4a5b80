//! Tests that batch norm folded away, and lower precision, give what the plain network gives.

use std::borrow::Borrow;

use lossland_surface::{Normalisation, Precision};
use tch::{Device, Kind};

use crate::dataset::on_device;
use crate::dataset::tests::toy;
use crate::forward::{Mode, folded, logits, plain, views};
use crate::network::{Network, Role};
use crate::plane::{Plane, kinds};
use crate::random::{Purpose, Stream};
use crate::score::Score;
use crate::{Dataset, Directions, State, read_state};

/// A state whose batch norms do something, and whose classifier answers.
pub(crate) fn lively(network: &Network) -> State {
    let mut state = State::initial(network, 5);
    let mut stream = Stream::new(Purpose::Weights, 6, [0, 0]);
    for entry in network.entries() {
        let values = state.entry_mut(entry);
        let mut noise = vec![0.0; values.len()];
        stream.fill_normal(&mut noise);
        for (value, noise) in values.iter_mut().zip(noise) {
            *value += match entry.role {
                Role::ConvWeight => 0.0,
                Role::LinearWeight => 0.2 * noise,
                Role::RunningVar => 0.3 * noise.abs(),
                Role::Bias | Role::NormWeight | Role::NormBias | Role::RunningMean => 0.1 * noise,
            };
        }
    }
    state
}

/// A network, a plane through it, and images.
struct Setting {
    network: Network,
    weights: State,
    directions: Directions,
    data: Dataset,
}

impl Setting {
    fn new(name: &str) -> Self {
        let network = Network::parse(name).unwrap();
        let weights = lively(&network);
        let directions = Directions::random(&network, 7);
        let directions = directions.normalised(&network, &weights, Normalisation::Filter);
        Self { network, weights, directions, data: toy(10) }
    }

    /// Scores the images at points of the plane, in the precision, folded or plain.
    fn scores(&self, precision: Precision, fold: bool, points: &[(f64, f64)]) -> Vec<Score> {
        let _guard = tch::no_grad_guard();
        let Self { network, weights, directions, data } = self;
        let plane = Plane::new(weights, directions, precision, Device::Cpu).unwrap();
        let (_, kind) = kinds(precision);
        let images = data.subset(None, 0).unwrap();
        let (images, labels) = on_device(&images, kind, Device::Cpu).unwrap();
        let score = |(alpha, beta): &(f64, f64)| {
            let entries = views(network, &plane.at(*alpha, *beta).unwrap()).unwrap();
            let prepare = if fold { folded } else { plain };
            let prepared = prepare(network, &entries, kind).unwrap();
            let out = logits(network, &prepared, &images, Mode::Evaluate).unwrap();
            assert_ne!(out.kind(), Kind::BFloat16, "logits are kept wide");
            Score::of(&out, &labels).unwrap()
        };
        points.iter().map(score).collect()
    }
}

fn within<S: Borrow<Score>>(
    relative: f64,
    absolute: f64,
    found: &[Score],
    expected: &[S],
    what: &str,
) {
    for (found, expected) in found.iter().zip(expected) {
        let (found, expected) = (found.loss(), expected.borrow().loss());
        let bound = relative * expected.abs() + absolute;
        assert!((found - expected).abs() <= bound, "{what}: expected {expected}, found {found}");
    }
}

/// What the number formats promise: bfloat16 where the loss is below `limit`.
fn check(setting: &Setting, points: &[(f64, f64)], limit: f64) {
    let name = setting.network.name();
    let exact = setting.scores(Precision::Float64, false, points);
    let found = setting.scores(Precision::Float64, true, points);
    within(1e-9, 1e-12, &found, &exact, &format!("{name}, float64"));
    for fold in [false, true] {
        let found = setting.scores(Precision::Float32, fold, points);
        within(1e-4, 1e-5, &found, &exact, &format!("{name}, float32, folded: {fold}"));
        let found = setting.scores(Precision::Bfloat16, fold, points);
        let is_small = |(_, exact): &(Score, &Score)| exact.loss() < limit;
        let (found, exact): (Vec<Score>, Vec<&Score>) =
            found.into_iter().zip(&exact).filter(is_small).unzip();
        assert!(!found.is_empty(), "{name}");
        within(0.02, 0.005, &found, &exact, &format!("{name}, bfloat16, folded: {fold}"));
    }
}

#[test]
fn folded_networks_agree_with_plain_ones() {
    for name in ["resnet20", "resnet20_noshort", "wrn8_2", "vgg9", "densenet121"] {
        check(&Setting::new(name), &[(0.0, 0.0), (0.5, -0.3)], f64::INFINITY);
    }
}

/// The weights that ship, over the plane that ships.
#[test]
fn they_agree_over_the_whole_grid_of_trained_networks() {
    for name in ["resnet20", "resnet20_noshort"] {
        let path =
            format!("{}/../../assets/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let mut setting = Setting::new(name);
        setting.weights = read_state(&setting.network, &std::fs::read(path).unwrap()).unwrap();
        let directions = Directions::random(&setting.network, 7);
        setting.directions =
            directions.normalised(&setting.network, &setting.weights, Normalisation::Filter);
        let ticks = [-1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0];
        let points = ticks.iter().flat_map(|beta| ticks.map(|alpha| (alpha, *beta)));
        check(&setting, &points.collect::<Vec<_>>(), 10.0);
    }
}
