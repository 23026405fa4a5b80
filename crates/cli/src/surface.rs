//! `lossland surface`: the loss of a network over a plane through its weights.

mod output;

use crate::options::{ComputeOptions, DataOptions, warn_of_emulation};
use crate::progress::Progress;
use crate::sources::{self, Weights};
use crate::{Outcome, interrupt, wrong_usage};
use lossland_compute::network::CLASSES;
use lossland_compute::{
    ComputeError, Dataset, GridValues, Network, Split, Subset, SurfaceEvent, SurfaceJob,
    SurfaceOutcome, evaluate, remove_journal,
};
use lossland_surface::{Axis, DataSet, Grid, Normalisation, Precision, Provenance, Shard, Surface};
use output::Output;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Arguments of `lossland surface`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland surface resnet20 --weights runs/resnet20/weights.safetensors --data cifar-10-batches-bin \\
           --split train --images 2000 --seed 7 --norm filter --x -1:1:51 --y -1:1:51 --out F.lossland
  lossland surface resnet20 --weights W.safetensors --data images.npz --directions D.safetensors \\
           --precision float64 --out F.lossland
  lossland surface vgg9 --weights W.safetensors --data DIR --split both --x 0:0:1 --out line.lossland
  lossland surface resnet56 --weights W.safetensors --data DIR --tolerance 0.05 --out F.lossland
  lossland surface resnet56 --weights W.safetensors --data DIR --shard 0/8 --out part-0.lossland

Points are computed coarse to fine and kept as they are; interrupted, the same command goes on.
Meanwhile F.partial.lossland holds what there is so far.")]
pub(crate) struct Args {
    /// The network: resnet20 (any 6n+2), wrn56_2, both also with _noshort; vgg9, vgg16, vgg19;
    /// densenet121
    #[arg(value_parser = Network::parse)]
    network: Network,
    /// Its trained weights, safetensors with PyTorch's state names
    #[arg(long, value_name = "F.safetensors")]
    weights: PathBuf,
    #[command(flatten)]
    data: DataOptions,
    /// Which images to evaluate: train, test or both
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    split: SplitArg,
    /// Training images at each point [default: all]
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Test images at each point [default: all]
    #[arg(long, value_name = "N")]
    test_images: Option<usize>,
    /// Use only as many of those images at a point as its loss needs for a standard error of T times
    /// the loss plus 0.1; the file then has standard error and number of images at each point
    #[arg(long, value_name = "T")]
    tolerance: Option<f64>,
    /// Seed that draws the images, where not all are used
    #[arg(long, value_name = "N", default_value_t = 0)]
    subset_seed: u64,
    /// Seed of the two directions
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "directions")]
    seed: u64,
    /// Your own directions: x.<state name> and y.<state name>
    #[arg(long, value_name = "D.safetensors")]
    directions: Option<PathBuf>,
    /// How directions are rescaled: filter, layer, weight or none [default: filter; none for
    /// --directions]
    #[arg(long, value_name = "NORM")]
    norm: Option<Normalisation>,
    /// Values of alpha, along x: first:last:number
    #[arg(long, value_name = "A:B:N", default_value = "-1:1:51", allow_hyphen_values = true)]
    x: Axis,
    /// Values of beta, along y: first:last:number
    #[arg(long, value_name = "A:B:N", default_value = "-1:1:51", allow_hyphen_values = true)]
    y: Axis,
    /// Number format of the evaluation: float64, float32 or bfloat16
    #[arg(long, value_name = "FORMAT", default_value = "float32")]
    precision: Precision,
    /// Compute part I of N, I from 0, in a process of its own; `lossland merge` puts them together
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    compute: ComputeOptions,
    /// What people call the surface [default: the network's name]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The surface file
    #[arg(long, value_name = "F.lossland")]
    out: PathBuf,
    /// Replace a surface of another run that is there
    #[arg(long)]
    force: bool,
}

/// The splits to evaluate.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SplitArg {
    Train,
    Test,
    Both,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    args.check()?;
    let out = Output::new(&args.out)?;
    let network = &args.network;
    let runtime = args.compute.start()?;
    let weights = Weights::read(network, &args.weights)?;
    let (directions, directions_source) =
        sources::directions(network, args.directions.as_deref(), args.seed)?;
    let norm = args.normalisation();
    let directions = directions.normalised(network, &weights.state, norm);
    let (train, test) = args.load_data()?;
    let train = args.draw(train.as_ref(), args.images)?;
    let test = args.draw(test.as_ref(), args.test_images)?;

    let provenance = Provenance {
        network: Some(network.name().to_owned()),
        weights_sha256: Some(weights.sha256),
        training: weights.training,
        weights_edits: weights.edits,
        dataset: Some(args.describe_data(train.as_ref(), test.as_ref())),
        directions: Some(lossland_surface::Directions {
            source: directions_source,
            normalisation: norm,
            gram: directions.gram(),
        }),
        tolerance: args.tolerance,
        shard: args.shard,
        precision: Some(args.precision),
        device: Some(runtime.device_kind().to_owned()),
        program: Some(concat!("lossland ", env!("CARGO_PKG_VERSION")).to_owned()),
        command: Some(args.command()),
        imported_from: None,
    };
    let grid = Grid { x: args.x, y: args.y };
    let surface_of = |values: &GridValues| -> anyhow::Result<Surface> {
        let title = args.title.as_deref().unwrap_or(network.title());
        let surface = Surface::new(network.name(), title, grid, values.fields()?)?;
        Ok(surface.with_provenance(provenance.clone()))
    };
    if out.holds_finished(&provenance, &grid, args.force)? {
        eprintln!("{:?} holds this very surface, finished; nothing to do", args.out);
        return out.print().map(|()| Outcome::Done);
    }

    interrupt::watch()?;
    warn_of_emulation(args.precision, runtime);
    eprintln!(
        "evaluating {} at {} x {} points over {} images, {}, {runtime}",
        network.title(),
        grid.x.len(),
        grid.y.len(),
        [&train, &test].into_iter().flatten().map(Subset::len).sum::<usize>(),
        args.precision,
    );
    let own: Option<Vec<usize>> = args.shard.map(|shard| shard.points(&grid).collect());
    let job = SurfaceJob {
        network,
        weights: &weights.state,
        directions: &directions,
        grid,
        train: train.as_ref(),
        test: test.as_ref(),
        precision: args.precision,
        tolerance: args.tolerance,
        only: own.as_deref(),
        journal: &out.journal,
    };
    let mut reporter = Reporter { progress: None, done: 0 };
    let mut observer = |event: SurfaceEvent<'_>| {
        reporter.report(&event);
        if let SurfaceEvent::Point { values, .. } = event
            && out.partial_is_due()
            && let Err(error) = surface_of(values).and_then(|surface| out.keep_partial(&surface))
        {
            // The journal has every point, so the run is worth going on with.
            reporter.say(&format!("warning: {error:#}"));
        }
        if interrupt::stop_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let outcome = match evaluate(runtime, &job, &mut observer) {
        Err(ComputeError::OtherRun(_)) if args.force => {
            remove_journal(&out.journal)?;
            evaluate(runtime, &job, &mut observer)
        }
        outcome => outcome,
    };
    reporter.clear();
    match outcome? {
        SurfaceOutcome::Finished(values) => {
            out.finish(&surface_of(&values)?)?;
            out.print()?;
            Ok(Outcome::Done)
        }
        SurfaceOutcome::Interrupted(values) => {
            out.keep_partial(&surface_of(&values)?)?;
            eprintln!(
                "interrupted; what there is so far is in {:?}, and the same command goes on",
                out.partial.path
            );
            Ok(Outcome::Interrupted)
        }
    }
}

impl Args {
    fn normalisation(&self) -> Normalisation {
        self.norm.unwrap_or(match self.directions {
            Some(_) => Normalisation::None,
            None => Normalisation::Filter,
        })
    }

    /// What clap can't see: options that have no sense together.
    fn check(&self) -> anyhow::Result<()> {
        if self.split == SplitArg::Both && self.data.is_one_set() {
            return Err(wrong_usage(
                "expected --split train or test, since an .npz file holds one set, found both",
            ));
        }
        if self.split == SplitArg::Test && self.images.is_some() {
            return Err(wrong_usage(
                "--images draws training images: expected --test-images with --split test",
            ));
        }
        if self.split == SplitArg::Train && self.test_images.is_some() {
            return Err(wrong_usage(
                "--test-images draws test images: expected --split test or both, found train",
            ));
        }
        Ok(())
    }

    fn load_data(&self) -> anyhow::Result<(Option<Dataset>, Option<Dataset>)> {
        let load =
            |split, unwanted| (self.split != unwanted).then(|| self.data.load(split)).transpose();
        Ok((load(Split::Train, SplitArg::Test)?, load(Split::Test, SplitArg::Train)?))
    }

    fn draw<'a>(
        &self,
        data: Option<&'a Dataset>,
        count: Option<usize>,
    ) -> anyhow::Result<Option<Subset<'a>>> {
        let draw = |data: &'a Dataset| match self.tolerance {
            Some(_) => data.sequence(count, self.subset_seed),
            None => data.subset(count, self.subset_seed),
        };
        Ok(data.map(draw).transpose()?)
    }

    fn describe_data(&self, train: Option<&Subset<'_>>, test: Option<&Subset<'_>>) -> DataSet {
        let subsets = || [train, test].into_iter().flatten();
        let describe = |subset: &Subset<'_>| lossland_surface::Split {
            digest: subset.dataset().digest().to_owned(),
            n_total: subset.dataset().len() as u64,
            n_used: subset.len() as u64,
        };
        let is_drawn = self.tolerance.is_some()
            || subsets().any(|subset| subset.len() < subset.dataset().len());
        DataSet {
            name: subsets()
                .map(|subset| subset.dataset().name().to_owned())
                .next()
                .unwrap_or_default(),
            n_classes: u32::try_from(CLASSES).ok(),
            train: train.map(describe),
            test: test.map(describe),
            subset_seed: is_drawn.then_some(self.subset_seed),
        }
    }

    /// The command that computes the same file, with placeholders for paths; of a part, the whole.
    fn command(&self) -> String {
        let split = match self.split {
            SplitArg::Train => "train",
            SplitArg::Test => "test",
            SplitArg::Both => "both",
        };
        let mut command = format!(
            "lossland surface {} --weights WEIGHTS --data DATA --split {split}",
            self.network.name()
        );
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                command += &format!(" --{name} {value}");
            }
        };
        add("images", self.images.map(|n| n.to_string()));
        add("test-images", self.test_images.map(|n| n.to_string()));
        add("tolerance", self.tolerance.map(|tolerance| tolerance.to_string()));
        add("subset-seed", (self.subset_seed != 0).then(|| self.subset_seed.to_string()));
        match self.directions {
            Some(_) => add("directions", Some("DIRECTIONS".into())),
            None => add("seed", Some(self.seed.to_string())),
        }
        add("norm", Some(self.normalisation().to_string()));
        add("x", Some(self.x.to_string()));
        add("y", Some(self.y.to_string()));
        add("precision", Some(self.precision.to_string()));
        add("title", self.title.as_ref().map(|title| quoted(title)));
        command + " --out OUT"
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Turns events into progress. The bar counts points; within the first ones, images are told.
struct Reporter {
    progress: Option<Progress>,
    done: usize,
}

impl Reporter {
    fn report(&mut self, event: &SurfaceEvent<'_>) {
        match event {
            SurfaceEvent::Started { done, points } => {
                self.done = *done;
                if *done > 0 {
                    eprintln!("going on after {done} of {points} points");
                }
                self.progress =
                    Some(Progress::new("surface", "points", *points as u64, *done as u64));
            }
            SurfaceEvent::Images { done, images } => {
                self.set(&format!("{done}/{images} images of the next"));
            }
            SurfaceEvent::Point { done, .. } => {
                self.done = *done;
                self.set("");
            }
        }
    }

    fn set(&mut self, note: &str) {
        if let Some(progress) = &mut self.progress {
            progress.set(self.done as u64, note);
        }
    }

    fn say(&self, line: &str) {
        if let Some(progress) = &self.progress {
            progress.say(line);
        }
    }

    fn clear(&self) {
        if let Some(progress) = &self.progress {
            progress.clear();
        }
    }
}
