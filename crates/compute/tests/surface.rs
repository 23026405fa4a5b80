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
        tolerance: None,
        only: None,
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
    use FieldKind::{TestAccuracy, TestLoss, TrainAccuracy, TrainLoss, TrainLossStderr};
    // All test images were used, so their loss has no error.
    assert_eq!(kinds, [TrainLoss, TrainAccuracy, TrainLossStderr, TestLoss, TestAccuracy]);
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
        assert!(losses.values()[1].is_finite() && losses.values()[3].is_nan());
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
        tolerance: None,
        only: None,
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

const TOLERANCE: f64 = 0.03;
const IMAGES: usize = 600;

/// Evaluates a resnet8 whose losses vary from image to image, on a grid of 9 x 5, with a tolerance.
fn run_with_tolerance(
    journal: &Path,
    only: Option<&[usize]>,
    mut observer: impl FnMut(SurfaceEvent<'_>) -> ControlFlow<()>,
) -> SurfaceOutcome {
    let network = Network::parse("resnet8").unwrap();
    let mut weights = State::initial(&network, 1);
    let classifier = network.entries().iter().find(|entry| entry.name == "linear.weight").unwrap();
    weights.entry_mut(classifier).iter_mut().for_each(|weight| *weight *= 3000.0);
    let directions = Directions::random(&network, 7);
    let directions = directions.normalised(&network, &weights, Normalisation::Filter);
    let (train, test) = (data(IMAGES + 200), data(300));
    let job = SurfaceJob {
        network: &network,
        weights: &weights,
        directions: &directions,
        grid: Grid { x: Axis::new(-0.4, 0.4, 9).unwrap(), y: Axis::new(-0.2, 0.2, 5).unwrap() },
        train: Some(&train.sequence(Some(IMAGES), 0).unwrap()),
        test: Some(&test.sequence(None, 0).unwrap()),
        // What is tested does not depend on it, and bfloat16 takes minutes where it is emulated.
        precision: Precision::Float32,
        tolerance: Some(TOLERANCE),
        only,
        journal,
    };
    let runtime = Runtime::start(DeviceChoice::Cpu, Some(1)).unwrap();
    evaluate(runtime, &job, &mut observer).unwrap()
}

#[test]
fn with_a_tolerance_a_point_takes_the_images_it_needs() {
    let dir = tempfile::tempdir().unwrap();
    let fields = finished(run_with_tolerance(&dir.path().join("j"), None, go_on));
    let field = |kind| fields.iter().find(|field| *field.kind() == kind).unwrap().values();
    let images = field(FieldKind::TrainImages);
    let mut counts: Vec<f32> = images.to_vec();
    counts.sort_unstable_by(f32::total_cmp);
    counts.dedup();
    assert!(counts.len() > 1, "all points took {counts:?}");
    let ladder = [256.0, 512.0, IMAGES as f32];
    assert!(counts.iter().all(|count| ladder.contains(count)), "{counts:?}");
    let (losses, errors) = (field(FieldKind::TrainLoss), field(FieldKind::TrainLossStderr));
    for (point, loss) in losses.iter().enumerate() {
        let bound = (TOLERANCE * f64::from(loss + 0.1)) as f32;
        let is_met = errors[point] <= bound * 1.001;
        assert!(is_met || images[point] == IMAGES as f32, "{point}: {} > {bound}", errors[point]);
    }
    // Of the test set, all images are a rung too, and leave no error.
    let errors = field(FieldKind::TestLossStderr).iter().zip(field(FieldKind::TestImages));
    assert!(errors.into_iter().all(|(error, images)| (*error == 0.0) == (*images == 300.0)));
}

#[test]
fn parts_and_interrupted_runs_with_a_tolerance_give_equal_values() {
    let dir = tempfile::tempdir().unwrap();
    let whole = finished(run_with_tolerance(&dir.path().join("whole"), None, go_on));

    let journal = dir.path().join("interrupted");
    for stop_after in [4, 17, 30] {
        let outcome = run_with_tolerance(&journal, None, |event| match event {
            SurfaceEvent::Point { done, .. } if done >= stop_after => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert!(matches!(outcome, SurfaceOutcome::Interrupted(_)));
    }
    assert_eq!(finished(run_with_tolerance(&journal, None, go_on)), whole);

    for part in 0..3 {
        let own: Vec<usize> = (15 * part..15 * part + 15).collect();
        let fields = finished(run_with_tolerance(&dir.path().join("part"), Some(&own), go_on));
        fs::remove_file(dir.path().join("part")).unwrap();
        for (field, whole) in fields.iter().zip(&whole) {
            for (point, value) in field.values().iter().enumerate() {
                if own.contains(&point) {
                    assert_eq!(*value, whole.values()[point], "part {part}, point {point}");
                } else {
                    assert!(value.is_nan(), "part {part} has point {point}");
                }
            }
        }
    }
}
