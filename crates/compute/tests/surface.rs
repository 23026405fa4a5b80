//! Surfaces from outside: interrupted or torn and resumed, they are what they would have been.

#![allow(clippy::unwrap_used, reason = "a test says with its panic what failed")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use lossland_compute::{
    ComputeError, Dataset, DeviceChoice, Directions, Network, PixelType, Runtime, State,
    SurfaceEvent, SurfaceJob, SurfaceOutcome, evaluate,
};
use lossland_surface::{Axis, Field, FieldKind, Grid, Normalisation, Precision};

const IMAGE_LEN: usize = 3 * 32 * 32;

fn data(n: usize) -> Dataset {
    let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
    let pixels = (0..n * IMAGE_LEN).map(|at| (at * 7919 % 251) as u8).collect();
    Dataset::new("noise", PixelType::U8, pixels, &labels).unwrap()
}

/// Evaluates resnet8 on a grid of 3 x 2 and both splits.
fn run(
    journal: &Path,
    seed: u64,
    precision: Precision,
    mut observer: impl FnMut(SurfaceEvent<'_>) -> ControlFlow<()>,
) -> Result<SurfaceOutcome, ComputeError> {
    let network = Network::parse("resnet8").unwrap();
    let weights = State::initial(&network, 1);
    let directions = Directions::random(&network, seed);
    let directions = directions.normalised(&network, &weights, Normalisation::Filter);
    let (train, test) = (data(150), data(30));
    let grid = Grid { x: Axis::new(-1.0, 1.0, 3).unwrap(), y: Axis::new(0.0, 0.5, 2).unwrap() };
    let job = SurfaceJob {
        network: &network,
        weights: &weights,
        directions: &directions,
        grid,
        train: Some(&train.subset(Some(120), 0).unwrap()),
        test: Some(&test.subset(None, 0).unwrap()),
        precision,
        journal,
    };
    let runtime = Runtime::start(DeviceChoice::Cpu, Some(1)).unwrap();
    evaluate(runtime, &job, &mut observer)
}

fn go_on(_: SurfaceEvent<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn finished(outcome: SurfaceOutcome) -> Vec<Field> {
    match outcome {
        SurfaceOutcome::Finished(values) => values.fields().unwrap(),
        SurfaceOutcome::Interrupted(_) => panic!("expected a finished surface"),
    }
}

#[test]
fn a_surface_has_the_fields_that_were_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let fields = finished(run(&dir.path().join("j"), 7, Precision::Float32, go_on).unwrap());
    let kinds: Vec<_> = fields.iter().map(|field| field.kind().clone()).collect();
    use FieldKind::{TestAccuracy, TestLoss, TrainAccuracy, TrainLoss};
    assert_eq!(kinds, [TrainLoss, TrainAccuracy, TestLoss, TestAccuracy]);
    assert!(fields.iter().all(|field| field.values().len() == 6));
    // Untrained, with a classifier near zero, the network guesses at the centre.
    let centre = fields[0].values()[1];
    assert!((centre - 10_f32.ln()).abs() < 0.05, "{centre}");
}

#[test]
fn an_interrupted_surface_resumes_and_ends_the_same() {
    for precision in [Precision::Float32, Precision::Bfloat16, Precision::Float64] {
        let dir = tempfile::tempdir().unwrap();
        let expected = finished(run(&dir.path().join("whole"), 7, precision, go_on).unwrap());
        let journal = dir.path().join("parts");
        // After two points, then within the images of a third, then torn, then to the end.
        let outcome = run(&journal, 7, precision, |event| match event {
            SurfaceEvent::Point { done: 2, .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        let SurfaceOutcome::Interrupted(values) = outcome.unwrap() else { panic!("interrupted") };
        let losses = values.fields().unwrap().swap_remove(0);
        assert!(losses.values()[1].is_finite() && losses.values()[2].is_nan());
        let outcome = run(&journal, 7, precision, |event| match event {
            SurfaceEvent::Images { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert!(matches!(outcome.unwrap(), SurfaceOutcome::Interrupted(_)));
        let bytes = fs::read(&journal).unwrap();
        fs::write(&journal, &bytes[..bytes.len() - 3]).unwrap();
        let mut done_before = None;
        let resumed = run(&journal, 7, precision, |event| {
            if let SurfaceEvent::Started { done, .. } = event {
                done_before = Some(done);
            }
            ControlFlow::Continue(())
        });
        assert_eq!(finished(resumed.unwrap()), expected, "{precision}");
        assert_eq!(done_before, Some(1), "the torn record is computed again");
    }
}

#[test]
fn the_journal_of_another_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("j");
    finished(run(&journal, 7, Precision::Float32, go_on).unwrap());
    for (seed, precision) in [(8, Precision::Float32), (7, Precision::Bfloat16)] {
        let error = run(&journal, seed, precision, go_on).unwrap_err();
        assert!(matches!(error, ComputeError::OtherRun(_)), "{error}");
    }
}

#[test]
fn points_that_overflow_are_computed_and_infinite() {
    let network = Network::parse("resnet8").unwrap();
    let weights = State::initial(&network, 1);
    let directions = Directions::random(&network, 7);
    let data = data(10);
    let images = data.subset(None, 0).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let axis = |first, last| Axis::new(first, last, 2).unwrap();
    let job = SurfaceJob {
        network: &network,
        weights: &weights,
        directions: &directions,
        grid: Grid { x: axis(0.0, 1e30), y: axis(0.0, 1.0) },
        train: Some(&images),
        test: None,
        precision: Precision::Float32,
        journal: &dir.path().join("j"),
    };
    let runtime = Runtime::start(DeviceChoice::Cpu, Some(1)).unwrap();
    let fields = finished(evaluate(runtime, &job, &mut go_on).unwrap());
    let [loss, accuracy] = [fields[0].values(), fields[1].values()];
    assert!(
        loss[0].is_finite() && loss[1] == f32::INFINITY && loss[3] == f32::INFINITY,
        "{loss:?}"
    );
    assert!(accuracy.iter().all(|value| !value.is_nan()) && accuracy[1] == 0.0, "{accuracy:?}");
}
