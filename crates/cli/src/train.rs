//! `lossland train`: a network, trained as the paper trains, into a folder.

use crate::options::{ComputeOptions, DataOptions, warn_of_emulation};
use crate::progress::Progress;
use crate::{Outcome, interrupt};
use lossland_compute::{
    Network, Recipe, Schedule, Split, TrainConfig, TrainEvent, TrainJob, TrainOutcome,
    TrainingRecord, read_training_record, train,
};
use lossland_surface::Precision;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Arguments of `lossland train`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland train resnet20 --data cifar-10-batches-bin --epochs 12 --seed 1 --out runs/resnet20
  lossland train vgg16 --data cifar-10-batches-bin --recipe paper --out runs/vgg16
  lossland train resnet56 --data cifar-10-batches-bin --recipe quick --epochs 30 --out runs/resnet56

The folder gets weights.safetensors (PyTorch's state names) and log.csv. Interrupted, the same
command goes on with the same result as without the interruption.")]
pub(crate) struct Args {
    /// The network: resnet20 (any 6n+2), wrn56_2, both also with _noshort; vgg9, vgg16, vgg19;
    /// densenet121
    #[arg(value_parser = Network::parse)]
    network: Network,
    #[command(flatten)]
    data: DataOptions,
    /// The folder for weights and log
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Hyperparameters that go together: paper (300 epochs, float32, the rate stepped down) or quick
    /// (5 to 20 epochs); the options below change single ones
    #[arg(long, value_name = "RECIPE")]
    recipe: Option<Recipe>,
    /// Passes over the training set [default: 300]
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Seed of initial weights, order and augmentation
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Images in a step [default: 128]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// The highest learning rate [default: 0.1]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// Its course: cosine (down to zero), one-cycle (up for a quarter, then down to zero) or steps
    /// (a tenth after a half, three quarters and eleven twelfths of the run) [default: cosine]
    #[arg(long, value_name = "COURSE")]
    schedule: Option<Schedule>,
    /// Nesterov momentum [default: 0.9]
    #[arg(long, value_name = "SHARE")]
    momentum: Option<f64>,
    /// Weight decay, on all parameters [default: 5e-4]
    #[arg(long, value_name = "RATE")]
    weight_decay: Option<f64>,
    /// Number format of activations and gradients (bfloat16 or float32); weights are float32
    /// [default: bfloat16 where the machine computes in it, else float32]
    #[arg(long, value_name = "FORMAT")]
    precision: Option<Precision>,
    #[command(flatten)]
    compute: ComputeOptions,
    /// Replace another run that the folder holds
    #[arg(long)]
    force: bool,
}

impl Args {
    /// What the recipe says, and the options after it.
    fn config(&self, has_bfloat16: bool) -> TrainConfig {
        let base = self.recipe.map_or_else(
            || TrainConfig::new(300, self.seed),
            |recipe| recipe.config(&self.network, self.seed),
        );
        let is_emulated = base.precision == Precision::Bfloat16 && !has_bfloat16;
        let precision = if is_emulated { Precision::Float32 } else { base.precision };
        TrainConfig {
            epochs: self.epochs.unwrap_or(base.epochs),
            seed: self.seed,
            batch_size: self.batch_size.unwrap_or(base.batch_size),
            learning_rate: self.learning_rate.unwrap_or(base.learning_rate),
            schedule: self.schedule.unwrap_or(base.schedule),
            momentum: self.momentum.unwrap_or(base.momentum),
            weight_decay: self.weight_decay.unwrap_or(base.weight_decay),
            precision: self.precision.unwrap_or(precision),
        }
    }

    /// Names what weights lack to be the result of this command on some machine; `None` if nothing.
    pub(crate) fn lack_of(&self, weights: &[u8]) -> anyhow::Result<Option<String>> {
        let Some(record) = read_training_record(weights) else {
            return Ok(Some("expected a record of training, found none".to_owned()));
        };
        let digest = |split| Ok(self.data.load(split)?.digest().to_owned());
        let train_digest: anyhow::Result<String> = digest(Split::Train);
        let test_digest = (!self.data.is_one_set()).then(|| digest(Split::Test)).transpose()?;
        let mut wanted = TrainingRecord {
            network: self.network.name().to_owned(),
            train_digest: train_digest?,
            test_digest,
            ..record.clone()
        };
        let [lack, other] = [true, false].map(|has_bfloat16| {
            wanted.config = self.config(has_bfloat16);
            record.difference(&wanted)
        });
        let is_unfinished = !record.is_finished();
        Ok(lack.and(other).or_else(|| is_unfinished.then(|| "training is not finished".to_owned())))
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let network = &args.network;
    let runtime = args.compute.start()?;
    let data = args.data.load(Split::Train)?;
    // Testing on the images trained on would tell nothing.
    let test = (!args.data.is_one_set()).then(|| args.data.load(Split::Test)).transpose()?;
    interrupt::watch()?;
    let config = args.config(runtime.has_bfloat16());
    warn_of_emulation(config.precision, runtime);
    eprintln!(
        "training {} ({} parameters) on {} images, {} epochs, {runtime}",
        network.title(),
        network.parameter_count(),
        data.len(),
        config.epochs,
    );
    let job =
        TrainJob { network, train: &data, test: test.as_ref(), out: &args.out, force: args.force };
    let mut reporter = Reporter { epochs: config.epochs, progress: None };
    let outcome = train(runtime, &job, &config, &mut |event: TrainEvent<'_>| {
        reporter.report(&event);
        if interrupt::stop_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    reporter.clear();
    match outcome {
        TrainOutcome::Finished(record) => print_result(&args.out, &record)?,
        TrainOutcome::AlreadyFinished(record) => {
            eprintln!("{:?} holds this very run, finished; nothing to do", args.out);
            print_result(&args.out, &record)?;
        }
        TrainOutcome::Interrupted { epochs_done } => {
            eprintln!(
                "interrupted after {epochs_done} of {} epochs; the same command goes on",
                config.epochs
            );
            return Ok(Outcome::Interrupted);
        }
    }
    Ok(Outcome::Done)
}

/// The one line of the result: which file, and how good it is.
fn print_result(out: &Path, record: &TrainingRecord) -> anyhow::Result<()> {
    let mut line = format!("{}", out.join("weights.safetensors").display());
    if let Some(last) = record.history.last() {
        line += &format!("  epochs {}  train loss {:.4}", last.epoch, last.train_loss);
        if let (Some(loss), Some(accuracy)) = (last.test_loss, last.test_accuracy) {
            line += &format!("  test loss {loss:.4}  test accuracy {accuracy:.2} %");
        }
    }
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// Turns events into progress.
struct Reporter {
    epochs: u32,
    progress: Option<Progress>,
}

impl Reporter {
    fn report(&mut self, event: &TrainEvent<'_>) {
        match event {
            TrainEvent::Started { epochs_done, batches_done, batches } => {
                let total = u64::from(self.epochs) * *batches as u64;
                let done = u64::from(*epochs_done) * *batches as u64 + *batches_done as u64;
                if done > 0 {
                    eprintln!("going on after {epochs_done} epochs and {batches_done} batches");
                }
                self.progress = Some(Progress::new("training", "batches", total, done));
            }
            TrainEvent::Batch { epoch, done, batches, loss } => {
                if let Some(progress) = &mut self.progress {
                    let all_done = u64::from(epoch - 1) * *batches as u64 + *done as u64;
                    let epochs = self.epochs;
                    progress.set(all_done, &format!("epoch {epoch}/{epochs}, loss {loss:.3}"));
                }
            }
            TrainEvent::Epoch(record) => {
                let mut line = format!(
                    "epoch {}/{}: train loss {:.4}, accuracy {:.2} %",
                    record.epoch, self.epochs, record.train_loss, record.train_accuracy
                );
                if let (Some(loss), Some(accuracy)) = (record.test_loss, record.test_accuracy) {
                    line += &format!("; test loss {loss:.4}, accuracy {accuracy:.2} %");
                }
                if let Some(progress) = &self.progress {
                    progress.say(&line);
                }
            }
        }
    }

    fn clear(&self) {
        if let Some(progress) = &self.progress {
            progress.clear();
        }
    }
}

/// How these weights are trained again, with placeholders for paths.
pub(crate) fn command_of(record: &TrainingRecord) -> String {
    let config = &record.config;
    let standard = TrainConfig::new(config.epochs, config.seed);
    let mut command = format!(
        "lossland train {} --data DIR --epochs {} --seed {}",
        record.network, config.epochs, config.seed
    );
    let mut add = |name: &str, value: String, differs: bool| {
        if differs {
            command += &format!(" --{name} {value}");
        }
    };
    add("batch-size", config.batch_size.to_string(), config.batch_size != standard.batch_size);
    add(
        "learning-rate",
        config.learning_rate.to_string(),
        config.learning_rate != standard.learning_rate,
    );
    add("schedule", config.schedule.to_string(), config.schedule != standard.schedule);
    add("momentum", config.momentum.to_string(), config.momentum != standard.momentum);
    add(
        "weight-decay",
        config.weight_decay.to_string(),
        config.weight_decay != standard.weight_decay,
    );
    // Not the same on every machine.
    add("precision", config.precision.to_string(), true);
    command + " --out OUT"
}
