//! What an evaluation costs and how good it is, as tables. `cargo xtask bench` runs it.
//!
//! All times are of one run, side by side and the fastest of several, so that their ratios mean
//! something on a busy machine.

#![allow(clippy::print_stdout, reason = "the results go to standard output")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lossland_compute::{
    Dataset, DeviceChoice, Directions, Network, PointsJob, Reference, Runtime, Split, State,
    Subset, SurfaceEvent, SurfaceJob, SurfaceOutcome, evaluate, evaluate_points, load_cifar10,
    read_state,
};
use lossland_surface::{Axis, Field, FieldKind, Grid, Normalisation, Precision};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const NETWORKS: [&str; 6] =
    ["resnet20", "resnet20_noshort", "resnet56", "resnet56_noshort", "vgg16", "densenet121"];

/// Rounds of the comparison of times; the fastest counts.
const ROUNDS: usize = 3;

/// Images of the comparison of times: so many that the update of the weights does not count.
const IMAGES: usize = 1024;

/// Orders of the images that estimates are tried with.
const ORDERS: u64 = 5;

/// Points at which estimates are compared with the whole training set.
const CHECKED: usize = 40;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, weights, part @ ..] = arguments.as_slice() else {
        return Err("expected DATA WEIGHTS [speed | surface NETWORK TOLERANCE]".into());
    };
    let bench = Bench {
        runtime: Runtime::start(DeviceChoice::Auto, None)?,
        data: load_cifar10(Path::new(data), Split::Train)?,
        weights: PathBuf::from(weights),
        scratch: tempfile::tempdir()?,
    };
    println!("{}, {} training images\n", bench.runtime, bench.data.len());
    match part {
        [] => {
            bench.speed()?;
            bench.surface("resnet56", 0.05)
        }
        [part] if part == "speed" => bench.speed(),
        [part, network, tolerance] if part == "surface" => {
            bench.surface(network, tolerance.parse()?)
        }
        _ => Err("expected speed, or surface NETWORK TOLERANCE".into()),
    }
}

struct Bench {
    runtime: Runtime,
    data: Dataset,
    /// The folder of `NETWORK.safetensors`.
    weights: PathBuf,
    scratch: tempfile::TempDir,
}

/// A network, where it stands, and where it looks.
struct Setting {
    network: Network,
    state: State,
    directions: Directions,
    is_trained: bool,
}

impl Bench {
    /// The network with its trained weights, or with initial ones where there are none.
    fn setting(&self, name: &str) -> Outcome<Setting> {
        let network = Network::parse(name)?;
        let path = self.weights.join(format!("{name}.safetensors"));
        let is_trained = path.is_file();
        let state = match is_trained {
            true => read_state(&network, &std::fs::read(path)?)?,
            false => State::initial(&network, 1),
        };
        let directions = Directions::random(&network, 7);
        let directions = directions.normalised(&network, &state, Normalisation::Filter);
        Ok(Setting { network, state, directions, is_trained })
    }

    /// Milliseconds an image of each network.
    fn speed(&self) -> Outcome {
        println!(
            "milliseconds an image (the fastest of {ROUNDS}), and how many times as fast as the first"
        );
        println!("| network | plain float32 | folded float32 | folded bfloat16 |");
        println!("|---|---|---|---|");
        for name in NETWORKS {
            let setting = self.setting(name)?;
            let subset = self.data.subset(Some(IMAGES), 0)?;
            let reference = self.reference(&setting, &subset)?;
            let mut fastest = [f64::INFINITY; 3];
            for _ in 0..ROUNDS {
                let begun = Instant::now();
                reference.point(0.1, 0.1)?;
                let plain = begun.elapsed().as_secs_f64();
                let mut folded = [Precision::Float32, Precision::Bfloat16].into_iter();
                let mut folded = || self.point_secs(&setting, &subset, folded.next());
                for (fastest, secs) in fastest.iter_mut().zip([plain, folded()?, folded()?]) {
                    *fastest = fastest.min(secs);
                }
            }
            let ms = fastest.map(|secs| 1e3 * secs / IMAGES as f64);
            let times = |i: usize| ms[0] / ms[i];
            println!(
                "| {name} | {:.3} | {:.3} ({:.2} x) | {:.3} ({:.2} x) |",
                ms[0],
                ms[1],
                times(1),
                ms[2],
                times(2)
            );
        }
        println!();
        Ok(())
    }

    fn reference<'a>(&self, setting: &'a Setting, subset: &Subset<'_>) -> Outcome<Reference<'a>> {
        let Setting { network, state, directions, .. } = setting;
        Ok(Reference::new(self.runtime, network, state, directions, subset)?)
    }

    /// The time of the second of two points, which has nothing to set up.
    fn point_secs(
        &self,
        setting: &Setting,
        subset: &Subset<'_>,
        precision: Option<Precision>,
    ) -> Outcome<f64> {
        let grid = Grid { x: Axis::new(0.1, 0.2, 2)?, y: Axis::new(0.1, 0.1, 1)? };
        let precision = precision.unwrap_or(Precision::Float32);
        let job = self.job(setting, grid, subset, precision, None);
        let mut begun = Instant::now();
        let mut secs = 0.0;
        self.run(&job, "speed", &mut |event| {
            if let SurfaceEvent::Point { .. } = event {
                secs = begun.elapsed().as_secs_f64();
                begun = Instant::now();
            }
        })?;
        Ok(secs)
    }

    /// A whole surface with a tolerance: its time beside the paper's, its error at random points, and
    /// what the same number of images gives when each point has as many.
    fn surface(&self, name: &str, tolerance: f64) -> Outcome {
        let setting = self.setting(name)?;
        let note = if setting.is_trained { "" } else { ", NOT TRAINED" };
        println!("surface of {name}{note}, 51 x 51, bfloat16, tolerance {tolerance}");
        let axis = Axis::new(-1.0, 1.0, 51)?;
        let grid = Grid { x: axis, y: axis };
        let all = self.data.sequence(None, 0)?;
        let job = self.job(&setting, grid, &all, Precision::Bfloat16, Some(tolerance));
        let begun = Instant::now();
        let fields = self.run(&job, "surface", &mut |event| {
            if let SurfaceEvent::Point { done, .. } = event
                && done % 200 == 0
            {
                eprintln!("{done} points, {:.0} s", begun.elapsed().as_secs_f64());
            }
        })?;
        let secs = begun.elapsed().as_secs_f64();
        let losses = field(&fields, FieldKind::TrainLoss)?;
        let images = field(&fields, FieldKind::TrainImages)?;
        let mean_images = images.iter().map(|n| f64::from(*n)).sum::<f64>() / images.len() as f64;
        println!("time {secs:.0} s; images a point: mean {mean_images:.0}");

        let paper = self.paper_secs(&setting)?;
        println!(
            "plain float32 over all images: {paper:.0} s, extrapolated from 3 points of 2,000 images: {:.0} \
             times as long",
            paper / secs
        );

        self.check(&setting, grid, tolerance, losses, mean_images.round() as usize)
    }

    /// Compares estimates at a fixed sample of points with the mean over all images.
    fn check(
        &self,
        setting: &Setting,
        grid: Grid,
        tolerance: f64,
        losses: &[f32],
        mean_images: usize,
    ) -> Outcome {
        // Spread by a step that has no divisor in common with the number of points.
        let points: Vec<usize> = (0..CHECKED).map(|k| (17 + k * 1009) % losses.len()).collect();
        let whole = self.at(setting, &grid, &points, &self.data.subset(None, 0)?)?;
        let found: Vec<f64> = points.iter().map(|point| f64::from(losses[*point])).collect();
        println!("at {CHECKED} points, against all {} images:", self.data.len());
        errors("tolerance", &found, &whole);
        // The images are the same at all points, so their luck is too: other orders of the images say
        // more than other points.
        let mut n_covered = 0;
        for seed in 1..=ORDERS {
            let evenly = self.data.subset(Some(mean_images), seed)?;
            let evenly = self.at(setting, &grid, &points, &evenly)?;
            let order = self.data.sequence(None, seed)?;
            let job = SurfaceJob {
                only: Some(&points),
                ..self.job(setting, grid, &order, Precision::Bfloat16, Some(tolerance))
            };
            let fields = self.run(&job, "check", &mut |_| ())?;
            let at = |kind| field(&fields, kind).map(|values| pick(values, &points));
            let (found, stderr) = (at(FieldKind::TrainLoss)?, at(FieldKind::TrainLossStderr)?);
            errors(&format!("order {seed}, tolerance"), &found, &whole);
            errors(&format!("order {seed}, {mean_images} images at each"), &evenly, &whole);
            let off = found.iter().zip(&whole).map(|(found, whole)| (found - whole).abs());
            n_covered += off.zip(&stderr).filter(|(off, stderr)| *off <= 1.96 * *stderr).count();
        }
        println!(
            "  95 % intervals hold the true loss at {:.1} % of {CHECKED} points in {ORDERS} orders",
            100.0 * n_covered as f64 / (CHECKED as f64 * ORDERS as f64)
        );
        Ok(())
    }

    /// Seconds that the paper's way takes for a surface of 51 x 51, from three points.
    fn paper_secs(&self, setting: &Setting) -> Outcome<f64> {
        const IMAGES: usize = 2000;
        let subset = self.data.subset(Some(IMAGES), 0)?;
        let reference = self.reference(setting, &subset)?;
        let begun = Instant::now();
        for (alpha, beta) in [(0.1, 0.1), (-0.4, 0.2), (0.3, -0.7)] {
            reference.point(alpha, beta)?;
        }
        let per_image = begun.elapsed().as_secs_f64() / (3 * IMAGES) as f64;
        Ok(per_image * self.data.len() as f64 * 51.0 * 51.0)
    }

    /// The losses at some points over all images of a subset.
    fn at(
        &self,
        setting: &Setting,
        grid: &Grid,
        points: &[usize],
        subset: &Subset<'_>,
    ) -> Outcome<Vec<f64>> {
        let job = PointsJob {
            network: &setting.network,
            weights: &setting.state,
            directions: &setting.directions,
            precision: Precision::Bfloat16,
            subsets: vec![subset],
        };
        let points: Vec<(f64, f64)> = points.iter().map(|point| grid.point(*point)).collect();
        let scores = evaluate_points(self.runtime, &job, &points, &mut |_| ())?;
        Ok(scores.iter().map(|splits| f64::from(splits[0].loss)).collect())
    }

    fn job<'a>(
        &self,
        setting: &'a Setting,
        grid: Grid,
        train: &'a Subset<'a>,
        precision: Precision,
        tolerance: Option<f64>,
    ) -> SurfaceJob<'a> {
        SurfaceJob {
            network: &setting.network,
            weights: &setting.state,
            directions: &setting.directions,
            grid,
            train: Some(train),
            test: None,
            precision,
            tolerance,
            only: None,
            // Set when it is run.
            journal: Path::new(""),
        }
    }

    fn run(
        &self,
        job: &SurfaceJob<'_>,
        name: &str,
        told: &mut dyn FnMut(&SurfaceEvent<'_>),
    ) -> Outcome<Vec<Field>> {
        let journal = self.scratch.path().join(name);
        let outcome = evaluate(
            self.runtime,
            &SurfaceJob { journal: &journal, ..*job },
            &mut |event: SurfaceEvent<'_>| {
                told(&event);
                ControlFlow::Continue(())
            },
        )?;
        std::fs::remove_file(&journal)?;
        match outcome {
            SurfaceOutcome::Finished(values) => Ok(values.fields()?),
            SurfaceOutcome::Interrupted(_) => Err("interrupted".into()),
        }
    }
}

fn field(fields: &[Field], kind: FieldKind) -> Outcome<&[f32]> {
    let field = fields.iter().find(|field| *field.kind() == kind);
    Ok(field.ok_or("a field that was asked for is not there")?.values())
}

fn pick(values: &[f32], points: &[usize]) -> Vec<f64> {
    points.iter().map(|point| f64::from(values[*point])).collect()
}

/// How far estimates are off, as one sees it on a logarithmic scale, and whether to one side.
fn errors(what: &str, found: &[f64], whole: &[f64]) {
    let level = |loss: &f64| (loss + 0.05).log10();
    let mut off: Vec<f64> =
        found.iter().zip(whole).map(|(a, b)| (level(a) - level(b)).abs()).collect();
    off.sort_by(f64::total_cmp);
    let relative = found.iter().zip(whole).map(|(a, b)| (a - b) / (b + 0.1));
    println!(
        "  {what}: log10(loss + 0.05) off by {:.4} (median), {:.4} (largest); (loss - true) / (true + \
         0.1) {:+.4} (mean)",
        off[off.len() / 2],
        off[off.len() - 1],
        relative.sum::<f64>() / off.len() as f64
    );
}
