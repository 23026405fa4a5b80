//! Prints what a training step costs on this machine: `cargo run --release --example speed -- NETWORK DIR`, with DIR
//! holding CIFAR-10's binary files.

#![allow(clippy::print_stdout, reason = "an example's results go to standard output")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use lossland_compute::{
    DeviceChoice, Network, Runtime, Split, TrainConfig, TrainEvent, TrainJob, load_cifar10, train,
};
use lossland_surface::Precision;

const STEPS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [network, dir] = arguments.as_slice() else { return Err("expected NETWORK DIR".into()) };
    let runtime = Runtime::start(DeviceChoice::Auto, None)?;
    let network = Network::parse(network)?;
    let data = load_cifar10(Path::new(dir), Split::Train)?;
    println!("{} on {runtime}", network.title());
    for precision in [Precision::Float32, Precision::Bfloat16] {
        let out = std::env::temp_dir().join(format!("lossland-speed-{}", std::process::id()));
        let config = TrainConfig { precision, ..TrainConfig::new(1, 1) };
        let job = TrainJob { network: &network, train: &data, test: None, out: &out, force: true };
        let mut begun = Instant::now();
        let mut fastest = f64::INFINITY;
        train(runtime, &job, &config, &mut |event: TrainEvent<'_>| {
            let TrainEvent::Batch { done, .. } = event else { return ControlFlow::Continue(()) };
            fastest = fastest.min(begun.elapsed().as_secs_f64());
            begun = Instant::now();
            if done < STEPS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        std::fs::remove_dir_all(&out)?;
        let ms = 1e3 * fastest / config.batch_size as f64;
        println!("training step, {precision}: {ms:.2} ms an image");
    }
    Ok(())
}
