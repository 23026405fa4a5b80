//! Prints what a training step and a point of a surface cost on this machine: `cargo run --release
//! --example speed -- NETWORK DIR`, with DIR holding CIFAR-10's binary files.

#![allow(clippy::print_stdout, reason = "an example's results go to standard output")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use lossland_compute::{
    Dataset, DeviceChoice, Directions, Network, Runtime, Split, State, SurfaceEvent, SurfaceJob,
    TrainConfig, TrainEvent, TrainJob, evaluate, load_cifar10, train,
};
use lossland_surface::{Axis, Grid, Normalisation, Precision};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const STEPS: usize = 20;
const POINTS: u32 = 5;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [network, dir] = arguments.as_slice() else { return Err("expected NETWORK DIR".into()) };
    let runtime = Runtime::start(DeviceChoice::Auto, None)?;
    let network = Network::parse(network)?;
    let data = load_cifar10(Path::new(dir), Split::Train)?;
    let out = std::env::temp_dir().join(format!("lossland-speed-{}", std::process::id()));
    std::fs::create_dir_all(&out)?;
    println!("{} on {runtime}", network.title());
    for precision in [Precision::Float64, Precision::Float32, Precision::Bfloat16] {
        surface_point(runtime, &network, &data, precision, &out)?;
    }
    for precision in [Precision::Float32, Precision::Bfloat16] {
        training_step(runtime, &network, &data, precision, &out)?;
    }
    Ok(std::fs::remove_dir_all(&out)?)
}

fn surface_point(
    runtime: Runtime,
    network: &Network,
    data: &Dataset,
    precision: Precision,
    out: &Path,
) -> Outcome {
    // libtorch's convolutions in float64 are slow ones.
    let images = if precision == Precision::Float64 { 100 } else { 1000 };
    let weights = State::initial(network, 1);
    let directions = Directions::random(network, 1);
    let job = SurfaceJob {
        network,
        weights: &weights,
        directions: &directions.normalised(network, &weights, Normalisation::Filter),
        grid: Grid { x: Axis::new(-0.1, 0.1, POINTS)?, y: Axis::new(0.0, 0.0, 1)? },
        train: Some(&data.subset(Some(images), 0)?),
        test: None,
        precision,
        tolerance: None,
        shard: None,
        journal: &out.join(precision.to_string()),
    };
    let mut fastest = Fastest::new();
    evaluate(runtime, &job, &mut |event: SurfaceEvent<'_>| {
        match event {
            SurfaceEvent::Started { .. } => fastest.restart(),
            SurfaceEvent::Images { .. } => {}
            SurfaceEvent::Point { .. } => fastest.lap(),
        }
        ControlFlow::Continue(())
    })?;
    println!("point of {images} images, {precision}: {:.3} ms an image", fastest.ms(images));
    Ok(())
}

fn training_step(
    runtime: Runtime,
    network: &Network,
    data: &Dataset,
    precision: Precision,
    out: &Path,
) -> Outcome {
    let config = TrainConfig { precision, ..TrainConfig::new(1, 1) };
    let job = TrainJob { network, train: data, test: None, out, force: true };
    let mut fastest = Fastest::new();
    train(runtime, &job, &config, &mut |event: TrainEvent<'_>| {
        let TrainEvent::Batch { done, .. } = event else { return ControlFlow::Continue(()) };
        fastest.lap();
        if done < STEPS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    println!("training step, {precision}: {:.3} ms an image", fastest.ms(config.batch_size));
    Ok(())
}

/// The fastest of several laps: the spread is other work on the machine.
struct Fastest {
    lap_begun: Instant,
    seconds: f64,
}

impl Fastest {
    fn new() -> Self {
        Self { lap_begun: Instant::now(), seconds: f64::INFINITY }
    }

    fn restart(&mut self) {
        self.lap_begun = Instant::now();
    }

    fn lap(&mut self) {
        self.seconds = self.seconds.min(self.lap_begun.elapsed().as_secs_f64());
        self.restart();
    }

    fn ms(&self, images: usize) -> f64 {
        1e3 * self.seconds / images as f64
    }
}
