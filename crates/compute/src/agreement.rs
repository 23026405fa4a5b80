//! Tests that batch norm folded away, and lower precision, give what the plain network gives.

use lossland_surface::{Normalisation, Precision};
use tch::{Device, Kind};

use crate::dataset::on_device;
use crate::dataset::tests::toy;
use crate::forward::{Mode, folded, logits, plain, views};
use crate::network::{Network, Role};
use crate::plane::{Plane, kinds};
use crate::random::{Purpose, Stream};
use crate::score::Score;
use crate::{Dataset, Directions, State};

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

    /// Scores the images at two points of the plane, in the precision, folded or plain.
    fn scores(&self, precision: Precision, fold: bool) -> [Score; 2] {
        let _guard = tch::no_grad_guard();
        let Self { network, weights, directions, data } = self;
        let plane = Plane::new(weights, directions, precision, Device::Cpu).unwrap();
        let (_, kind) = kinds(precision);
        let images = data.subset(None, 0).unwrap();
        let (images, labels) = on_device(&images, kind, Device::Cpu).unwrap();
        [(0.0, 0.0), (0.5, -0.3)].map(|(alpha, beta)| {
            let entries = views(network, &plane.at(alpha, beta).unwrap()).unwrap();
            let prepare = if fold { folded } else { plain };
            let prepared = prepare(network, &entries, kind).unwrap();
            let out = logits(network, &prepared, &images, Mode::Evaluate).unwrap();
            assert_ne!(out.kind(), Kind::BFloat16, "logits are kept wide");
            Score::of(&out, &labels).unwrap()
        })
    }
}

fn within(relative: f64, absolute: f64, found: &[Score], expected: &[Score], what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        let (found, expected) = (found.loss(), expected.loss());
        let bound = relative * expected.abs() + absolute;
        assert!((found - expected).abs() <= bound, "{what}: expected {expected}, found {found}");
    }
}

#[test]
fn folded_networks_agree_with_plain_ones() {
    for name in ["resnet20", "resnet20_noshort", "wrn8_2", "vgg9", "densenet121"] {
        let setting = Setting::new(name);
        let exact = setting.scores(Precision::Float64, false);
        let found = setting.scores(Precision::Float64, true);
        within(1e-9, 1e-12, &found, &exact, &format!("{name}, float64"));
        for fold in [false, true] {
            let found = setting.scores(Precision::Float32, fold);
            within(1e-4, 1e-5, &found, &exact, &format!("{name}, float32, folded: {fold}"));
            let found = setting.scores(Precision::Bfloat16, fold);
            within(0.02, 0.005, &found, &exact, &format!("{name}, bfloat16, folded: {fold}"));
        }
    }
}
