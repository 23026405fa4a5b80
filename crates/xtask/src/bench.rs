//! `cargo xtask bench`: how good and how fast things are here, as tables on standard output.

mod page;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::cache::Cache;
use crate::lossland::with_libtorch;
use crate::setup::libtorch;
use crate::{process, workspace};

/// `args`: `page` and its options, or those of the engine's bench.
pub(crate) fn run(args: &[OsString]) -> anyhow::Result<ExitCode> {
    match args {
        [command, options @ ..] if command == "page" => page::run(options),
        _ => engine(args),
    }
}

/// `args`: `--data DIR`, then what the program in `crates/compute/examples/bench.rs` takes.
fn engine(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let (data, part) = match args {
        [option, data, part @ ..] if option == "--data" => (data, part),
        _ => bail!(
            "expected `bench page`, or `bench --data DIR [speed | surface NETWORK TOLERANCE]` with \
             CIFAR-10's binary files in DIR (`cargo xtask lossland data fetch cifar10` brings them)"
        ),
    };
    let data = std::path::absolute(data).context("finding the data")?;
    let libtorch = libtorch::get(&Cache::open()?)?;
    let mut cargo = process::cargo();
    cargo
        .args(["run", "--release", "--package", "lossland-compute", "--example", "bench", "--"])
        .arg(data)
        .arg(workspace::root().join("assets/weights"))
        .args(part)
        .current_dir(workspace::root());
    with_libtorch(&mut cargo, &libtorch)?;
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}
