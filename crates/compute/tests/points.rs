//! Single points have the values that a surface has there, to the bit.

#![allow(clippy::unwrap_used, reason = "a test says with its panic what failed")]

use std::ops::ControlFlow;

use lossland_compute::{
    Dataset, DeviceChoice, Directions, Network, PixelType, PointScore, PointsJob, Runtime, State,
    SurfaceEvent, SurfaceJob, SurfaceOutcome, evaluate, evaluate_points,
};
use lossland_surface::{Axis, Grid, Normalisation, Precision};

fn data(n: usize) -> Dataset {
    let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
    let pixels = (0..n * 3072).map(|at| (at * 7919 % 251) as u8).collect();
    Dataset::new("noise", PixelType::U8, pixels, &labels).unwrap()
}

#[test]
fn points_agree_with_the_surface() {
    let network = Network::parse("resnet8").unwrap();
    let weights = State::initial(&network, 1);
    let directions = Directions::random(&network, 7);
    let directions = directions.normalised(&network, &weights, Normalisation::Filter);
    let (train, test) = (data(150), data(30));
    let train = train.subset(Some(120), 3).unwrap();
    let test = test.subset(None, 3).unwrap();
    let grid = Grid { x: Axis::new(-1.0, 1.0, 3).unwrap(), y: Axis::new(0.0, 0.5, 2).unwrap() };
    let runtime = Runtime::start(DeviceChoice::Cpu, Some(1)).unwrap();
    for precision in [Precision::Float32, Precision::Bfloat16] {
        let dir = tempfile::tempdir().unwrap();
        let surface = SurfaceJob {
            network: &network,
            weights: &weights,
            directions: &directions,
            grid,
            train: Some(&train),
            test: Some(&test),
            precision,
            tolerance: None,
            only: None,
            journal: &dir.path().join("journal"),
        };
        let go_on = &mut |_: SurfaceEvent<'_>| ControlFlow::Continue(());
        let SurfaceOutcome::Finished(values) = evaluate(runtime, &surface, go_on).unwrap() else {
            panic!("expected a finished surface")
        };
        let fields = values.fields().unwrap();
        let value = |name: String, place: usize| {
            fields.iter().find(|field| field.kind().name() == name).unwrap().values()[place]
        };

        let places = [4, 0];
        let job = PointsJob {
            network: &network,
            weights: &weights,
            directions: &directions,
            precision,
            subsets: vec![&train, &test],
        };
        let mut told = Vec::new();
        let points = places.map(|place| grid.point(place));
        let scores = evaluate_points(runtime, &job, &points, &mut |done| told.push(done)).unwrap();
        assert_eq!(told, [1, 2]);
        for (place, scores) in places.into_iter().zip(scores) {
            let expected = ["train", "test"].map(|split| PointScore {
                loss: value(format!("{split}_loss"), place),
                accuracy: value(format!("{split}_accuracy"), place),
            });
            assert_eq!(scores, expected, "{precision}, point {place}");
        }
    }
}
