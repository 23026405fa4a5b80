//! Training from outside: it learns, resumes bit for bit, and never mistakes one run for another.

#![allow(clippy::unwrap_used, reason = "a test says with its panic what failed")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use lossland_compute::{
    ComputeError, Dataset, DeviceChoice, Network, PixelType, Runtime, TrainConfig, TrainEvent,
    TrainJob, TrainOutcome, TrainingRecord, read_state, read_training_record, train,
};
use lossland_surface::Precision;

const IMAGE_LEN: usize = 3 * 32 * 32;

/// Ten classes, each of its own colour, over a pattern that no two images share.
fn data(n: usize) -> Dataset {
    let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
    let pixel = |image: usize, at: usize| {
        let class = image % 10;
        let colour = [class % 3, class / 3 % 3, class / 9][at / 1024] * 75;
        (colour + (image * 7919 + at * 104_729) % 101) as u8
    };
    let pixels = (0..n).flat_map(|image| (0..IMAGE_LEN).map(move |at| pixel(image, at))).collect();
    Dataset::new("colours", PixelType::U8, pixels, &labels).unwrap()
}

fn runtime() -> Runtime {
    Runtime::start(DeviceChoice::Cpu, Some(1)).unwrap()
}

fn config(precision: Precision) -> TrainConfig {
    TrainConfig { batch_size: 16, learning_rate: 0.05, precision, ..TrainConfig::new(3, 1) }
}

/// Trains `resnet8`; breaks after `stop_after` batches of this call.
fn run(out: &Path, config: &TrainConfig, stop_after: usize) -> Result<TrainOutcome, ComputeError> {
    let network = Network::parse("resnet8").unwrap();
    let (images, test) = (data(100), data(20));
    let job = TrainJob { network: &network, train: &images, test: Some(&test), out, force: false };
    let mut batches = 0;
    train(runtime(), &job, config, &mut |event: TrainEvent<'_>| {
        batches += usize::from(matches!(event, TrainEvent::Batch { .. }));
        if batches >= stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

fn finished(outcome: TrainOutcome) -> TrainingRecord {
    match outcome {
        TrainOutcome::Finished(record) => record,
        other => panic!("expected a finished run, found {other:?}"),
    }
}

#[test]
fn it_learns_and_writes_what_pytorch_reads() {
    let dir = tempfile::tempdir().unwrap();
    let config = TrainConfig { epochs: 6, ..config(Precision::Bfloat16) };
    let record = finished(run(dir.path(), &config, usize::MAX).unwrap());
    let (first, last) = (&record.history[0], &record.history[5]);
    assert!(last.train_loss < 0.7 * first.train_loss, "{:?}", record.history);
    assert!(last.test_accuracy.unwrap() > 50.0, "{:?}", record.history);

    let bytes = fs::read(dir.path().join("weights.safetensors")).unwrap();
    assert_eq!(read_training_record(&bytes).unwrap(), record);
    read_state(&Network::parse("resnet8").unwrap(), &bytes).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tracked = file.tensor("layer3.0.shortcut.1.num_batches_tracked").unwrap();
    assert_eq!(tracked.data(), (6_i64 * 7).to_le_bytes());
    assert!(!dir.path().join("resume.safetensors").exists());
    assert_eq!(fs::read_to_string(dir.path().join("log.csv")).unwrap().lines().count(), 7);
}

#[test]
fn an_interrupted_run_ends_as_an_uninterrupted_one() {
    for precision in [Precision::Float32, Precision::Bfloat16] {
        let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let config = config(precision);
        let expected = finished(run(whole.path(), &config, usize::MAX).unwrap());
        // Within the first epoch, after its last batch, and within the last.
        for (stop_after, epochs) in [(3, 0), (4, 0), (9, 2)] {
            let outcome = run(parts.path(), &config, stop_after).unwrap();
            assert_eq!(outcome, TrainOutcome::Interrupted { epochs_done: epochs });
        }
        assert_eq!(finished(run(parts.path(), &config, usize::MAX).unwrap()), expected);
        for name in ["weights.safetensors", "log.csv"] {
            let read = |dir: &Path| fs::read(dir.join(name)).unwrap();
            assert!(read(whole.path()) == read(parts.path()), "{name} differs in {precision}");
        }
    }
}

#[test]
fn runs_are_not_mixed_up() {
    let dir = tempfile::tempdir().unwrap();
    let short = TrainConfig { epochs: 1, ..config(Precision::Float32) };
    let record = finished(run(dir.path(), &short, usize::MAX).unwrap());
    let again = run(dir.path(), &short, usize::MAX).unwrap();
    assert_eq!(again, TrainOutcome::AlreadyFinished(record));

    let other = TrainConfig { seed: 2, ..short.clone() };
    let error = run(dir.path(), &other, usize::MAX).unwrap_err();
    assert!(matches!(error, ComputeError::OtherRun(_)), "{error}");
    assert!(error.to_string().contains("--force"), "{error}");

    // Interrupted, and then wanted with another seed.
    let unfinished = tempfile::tempdir().unwrap();
    run(unfinished.path(), &short, 2).unwrap();
    assert!(matches!(run(unfinished.path(), &other, 1).unwrap_err(), ComputeError::OtherRun(_)));
    run(unfinished.path(), &short, usize::MAX).unwrap();
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let network = Network::parse("resnet8").unwrap();
    let (images, config) = (data(40), config(Precision::Float32));
    let out = dir.path();
    let job = TrainJob { network: &network, train: &images, test: None, out, force: true };
    let mut refused = 0;
    let outcome = train(runtime(), &job, &config, &mut |_: TrainEvent<'_>| {
        let other = train(runtime(), &job, &config, &mut |_: TrainEvent<'_>| unreachable!());
        refused += usize::from(matches!(other, Err(ComputeError::InUse(_))));
        ControlFlow::Break(())
    });
    assert!(matches!(outcome, Ok(TrainOutcome::Interrupted { .. })) && refused == 1);
}

#[test]
fn divergence_is_an_error_that_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let wild = TrainConfig { learning_rate: 1e6, ..config(Precision::Float32) };
    let error = run(dir.path(), &wild, usize::MAX).unwrap_err().to_string();
    assert!(error.contains("lower learning rate"), "{error}");
}
