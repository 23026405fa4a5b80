//! Training, as the paper trains: SGD with Nesterov momentum and weight decay, random crops and
//! flips; with the paper's steps of the learning rate, or a schedule that needs fewer epochs.
//!
//! Every random number is addressed by seed, epoch and batch, and a checkpoint holds the exact
//! state of weights, momentum and sums; so a run that was interrupted and resumed gives the bits of
//! one that was not, on one machine with one number of threads.

mod augment;
mod checkpoint;
mod schedule;
mod sgd;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use lossland_surface::Precision;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

pub use checkpoint::{TrainingRecord, read_training_record};
pub use schedule::{Recipe, Schedule};

use crate::dataset::{Dataset, normalised, on_device};
use crate::device::Runtime;
use crate::error::{ComputeError, Result};
use crate::forward::{Mode, folded, logits, plain, views};
use crate::network::Network;
use crate::score::{Score, score_images};
use crate::state::State;
use augment::Batches;
use checkpoint::{Checkpoint, Folder, Found, Progress};
use sgd::Sgd;

/// How to train. Serialised, it is part of a run's identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the training set.
    pub epochs: u32,
    /// Seed of the initial weights, of the order of the images and of their augmentation.
    pub seed: u64,
    /// Images in a step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Its course.
    #[serde(default)]
    pub schedule: Schedule,
    /// Nesterov momentum.
    pub momentum: f64,
    /// Weight decay, on all parameters.
    pub weight_decay: f64,
    /// Number format of activations and their gradients: bfloat16 or float32. Weights are float32
    /// in both.
    pub precision: Precision,
}

impl TrainConfig {
    /// The paper's hyperparameters, for `epochs` epochs in bfloat16 with a cosine.
    pub fn new(epochs: u32, seed: u64) -> Self {
        Self {
            epochs,
            seed,
            batch_size: 128,
            learning_rate: 0.1,
            schedule: Schedule::Cosine,
            momentum: 0.9,
            weight_decay: 5e-4,
            precision: Precision::Bfloat16,
        }
    }
}

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: u32,
    /// Learning rate at its first step.
    pub learning_rate: f64,
    /// Mean cross-entropy over the epoch's (augmented) images while the weights moved, in nats.
    pub train_loss: f64,
    /// Share of those classified correctly, in per cent.
    pub train_accuracy: f64,
    /// Mean cross-entropy over the whole test set after the epoch, in float32, in nats; absent
    /// without a test set.
    pub test_loss: Option<f64>,
    /// Share of the test set classified correctly, in per cent.
    pub test_accuracy: Option<f64>,
}

/// What training tells its observer. Further kinds are not expected: match all of them.
#[derive(Debug)]
pub enum TrainEvent<'a> {
    /// Training begins, or goes on where it was interrupted.
    Started {
        /// Epochs that were finished before.
        epochs_done: u32,
        /// Batches of the next one that were finished before.
        batches_done: usize,
        /// Batches in an epoch.
        batches: usize,
    },
    /// A batch was trained on.
    Batch {
        /// Counted from 1.
        epoch: u32,
        /// Batches of the epoch done.
        done: usize,
        /// Batches in an epoch.
        batches: usize,
        /// Mean loss of the epoch so far, in nats.
        loss: f64,
    },
    /// An epoch is finished, and saved.
    Epoch(&'a EpochRecord),
}

/// Hears of progress; [`ControlFlow::Break`] interrupts the run, whose state is then saved.
pub trait TrainObserver {
    /// Called after each batch and each epoch.
    fn event(&mut self, event: TrainEvent<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(TrainEvent<'_>) -> ControlFlow<()>> TrainObserver for F {
    fn event(&mut self, event: TrainEvent<'_>) -> ControlFlow<()> {
        self(event)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainOutcome {
    /// All epochs are done.
    Finished(TrainingRecord),
    /// The folder holds the finished run already; nothing was done.
    AlreadyFinished(TrainingRecord),
    /// The observer interrupted it; the same call goes on from there.
    Interrupted {
        /// Epochs that are finished and saved.
        epochs_done: u32,
    },
}

/// What to train, on what, and where to keep it.
pub struct TrainJob<'a> {
    /// The network.
    pub network: &'a Network,
    /// The images to train on.
    pub train: &'a Dataset,
    /// The images to test on after each epoch, if any.
    pub test: Option<&'a Dataset>,
    /// The folder for `weights.safetensors` (the state after the last finished epoch), `log.csv`
    /// and, until the run is finished, `resume.safetensors`. It is made if it is not there.
    pub out: &'a Path,
    /// Whether to replace another run that the folder holds.
    pub force: bool,
}

/// Between checkpoints within an epoch. One is small beside what it saves.
const SAVE_EVERY: Duration = Duration::from_secs(120);

/// Trains, or goes on training what was interrupted in the same folder.
///
/// # Errors
/// [`ComputeError::OtherRun`] where the folder holds another run; [`ComputeError::Request`] where
/// the configuration makes no sense; [`ComputeError::Io`] and [`ComputeError::Torch`] where the
/// machine refuses.
pub fn train(
    runtime: Runtime,
    job: &TrainJob<'_>,
    config: &TrainConfig,
    observer: &mut dyn TrainObserver,
) -> Result<TrainOutcome> {
    check(config, job)?;
    let folder = Folder::create(job.out)?;
    let record = TrainingRecord::new(job, config);
    let checkpoint = match folder.find(job.network, &record, job.force)? {
        Found::Finished(record) => return Ok(TrainOutcome::AlreadyFinished(record)),
        Found::Interrupted(checkpoint) => checkpoint,
        Found::Nothing => Checkpoint::initial(job.network, record, config.seed),
    };
    Trainer::new(runtime, job, config, folder, checkpoint)?.run(observer)
}

fn check(config: &TrainConfig, job: &TrainJob<'_>) -> Result<()> {
    let refuse = |text: String| Err(ComputeError::Request(text));
    if config.epochs == 0 || config.epochs > 100_000 {
        return refuse(format!("expected 1 to 100000 epochs, found {}", config.epochs));
    }
    if config.batch_size < 2 || job.train.len() < 2 {
        return refuse(format!(
            "expected at least 2 images in a batch, since batch norm compares them, found batches \
            of {} from {} images",
            config.batch_size,
            job.train.len()
        ));
    }
    for (name, value) in [
        ("learning rate", config.learning_rate),
        ("momentum", config.momentum),
        ("weight decay", config.weight_decay),
    ] {
        if !(0.0..=1e6).contains(&value) {
            return refuse(format!("expected a {name} from 0 to 1e6, found {value}"));
        }
    }
    if config.precision == Precision::Float64 {
        return refuse("expected bfloat16 or float32 to train in, found float64".to_owned());
    }
    Ok(())
}

struct Trainer<'a> {
    runtime: Runtime,
    job: &'a TrainJob<'a>,
    config: &'a TrainConfig,
    folder: Folder,
    record: TrainingRecord,
    progress: Progress,
    /// The state, in the network's layout; the optimiser and batch norm change it in place.
    flat: Tensor,
    batches_tracked: i64,
    sgd: Sgd,
    test: Option<(Tensor, Vec<u8>)>,
}

impl<'a> Trainer<'a> {
    fn new(
        runtime: Runtime,
        job: &'a TrainJob<'a>,
        config: &'a TrainConfig,
        folder: Folder,
        checkpoint: Checkpoint,
    ) -> Result<Self> {
        let device = runtime.device();
        let Checkpoint { record, progress, state, momentum } = checkpoint;
        let flat =
            Tensor::f_from_slice(state.values())?.f_to_kind(Kind::Float)?.f_to_device(device)?;
        let momentum = Tensor::f_from_slice(&momentum)?.f_to_device(device)?;
        let test = match job.test {
            Some(test) => Some(on_device(&test.subset(None, 0)?, Kind::Float, device)?),
            None => None,
        };
        Ok(Self {
            runtime,
            job,
            config,
            folder,
            record,
            progress,
            sgd: Sgd::new(job.network, &flat, momentum)?,
            flat,
            batches_tracked: state.batches_tracked,
            test,
        })
    }

    fn run(mut self, observer: &mut dyn TrainObserver) -> Result<TrainOutcome> {
        let batches = Batches::count(self.job.train.len(), self.config.batch_size);
        let started = TrainEvent::Started {
            epochs_done: self.record.epochs_done(),
            batches_done: self.progress.batch,
            batches,
        };
        let mut flow = observer.event(started);
        while self.record.epochs_done() < self.config.epochs {
            if flow.is_break() || self.epoch(batches, observer)?.is_break() {
                self.folder.save_resume(self.job.network, &self.checkpoint()?)?;
                return Ok(TrainOutcome::Interrupted { epochs_done: self.record.epochs_done() });
            }
            let (test_loss, test_accuracy) = self.test()?.unzip();
            // JSON has no infinity.
            let test_loss = test_loss.filter(|loss| loss.is_finite());
            let Progress { batch: _, score } = std::mem::take(&mut self.progress);
            let epoch = self.record.epochs_done() + 1;
            self.record.history.push(EpochRecord {
                epoch,
                learning_rate: self.learning_rate((epoch as usize - 1) * batches, batches),
                train_loss: score.loss(),
                train_accuracy: score.accuracy(),
                test_loss,
                test_accuracy,
            });
            let checkpoint = self.checkpoint()?;
            self.folder.save_resume(self.job.network, &checkpoint)?;
            self.folder.save_weights(self.job.network, &checkpoint)?;
            flow =
                observer.event(TrainEvent::Epoch(self.record.history.last().expect("just pushed")));
        }
        // Once more, for a run that was stopped between its last checkpoint and its weights.
        self.folder.save_weights(self.job.network, &self.checkpoint()?)?;
        self.folder.finish()?;
        Ok(TrainOutcome::Finished(self.record))
    }

    /// Trains what is left of the current epoch.
    fn epoch(
        &mut self,
        batches: usize,
        observer: &mut dyn TrainObserver,
    ) -> Result<ControlFlow<()>> {
        let done = self.record.epochs_done();
        let plan = Batches::new(self.job.train, self.config.batch_size, self.config.seed, done);
        let mut saved = Instant::now();
        while self.progress.batch < batches {
            let step = done as usize * batches + self.progress.batch;
            let learning_rate = self.learning_rate(step, batches);
            let (bytes, labels) = plan.batch(self.progress.batch);
            self.step(&bytes, &labels, learning_rate)?;
            self.progress.batch += 1;
            let event = TrainEvent::Batch {
                epoch: done + 1,
                done: self.progress.batch,
                batches,
                loss: self.progress.score.loss(),
            };
            if observer.event(event).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if saved.elapsed() >= SAVE_EVERY {
                self.folder.save_resume(self.job.network, &self.checkpoint()?)?;
                saved = Instant::now();
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// One step of gradient descent on a batch of stored images.
    fn step(&mut self, bytes: &[u8], labels: &[u8], learning_rate: f64) -> Result<()> {
        let device = self.runtime.device();
        let kind = match self.config.precision {
            Precision::Bfloat16 => Kind::BFloat16,
            Precision::Float32 | Precision::Float64 => Kind::Float,
        };
        let images = normalised(bytes, self.job.train.pixel_type(), kind, device)?;
        let images = crate::dataset::channels_last(&images)?;
        let targets: Vec<i64> = labels.iter().map(|label| i64::from(*label)).collect();
        let targets = Tensor::f_from_slice(&targets)?.f_to_device(device)?;
        let prepared = plain(self.job.network, self.sgd.entries(), kind)?;
        let out = logits(self.job.network, &prepared, &images, Mode::Train)?;
        let loss =
            out.f_cross_entropy_loss(&targets, None::<Tensor>, Reduction::Mean, -100, 0.0)?;
        let config = self.config;
        self.sgd.step(&loss, learning_rate, config.momentum, config.weight_decay)?;
        self.batches_tracked += 1;
        let score = Score::of(&out.f_detach()?, labels)?;
        if !score.loss_sum.is_finite() {
            return Err(ComputeError::Request(format!(
                "training diverged in epoch {}, batch {}: the network no longer gives finite \
                numbers; train with a lower learning rate than {}",
                self.record.epochs_done() + 1,
                self.progress.batch + 1,
                self.config.learning_rate
            )));
        }
        self.progress.score.add(score);
        Ok(())
    }

    /// The learning rate at step `step` of the whole run.
    fn learning_rate(&self, step: usize, batches: usize) -> f64 {
        let steps = self.config.epochs as f64 * batches as f64;
        self.config.learning_rate * self.config.schedule.share(step as f64 / steps)
    }

    /// Loss and accuracy on the test set, in float32.
    fn test(&self) -> Result<Option<(f64, f64)>> {
        const BATCH: usize = 250;
        let Some((images, labels)) = &self.test else { return Ok(None) };
        let _guard = tch::no_grad_guard();
        let entries = views(self.job.network, &self.flat)?;
        let prepared = folded(self.job.network, &entries, Kind::Float)?;
        let go_on = &mut |_done| ControlFlow::Continue(());
        let range = 0..labels.len();
        let scored =
            score_images(self.job.network, &prepared, (images, labels), range, BATCH, go_on)?;
        let score: Score = scored.into_iter().flatten().collect();
        Ok(Some((score.loss(), score.accuracy())))
    }

    fn checkpoint(&self) -> Result<Checkpoint> {
        let host = |tensor: &Tensor| -> Result<Vec<f32>> {
            let mut values = vec![0.0; tensor.numel()];
            let len = values.len();
            tensor.f_copy_data(&mut values, len)?;
            Ok(values)
        };
        let values = host(&self.flat)?.into_iter().map(f64::from).collect();
        Ok(Checkpoint {
            record: self.record.clone(),
            progress: self.progress.clone(),
            state: State::from_values(values, self.batches_tracked),
            momentum: host(self.sgd.momentum())?,
        })
    }
}
