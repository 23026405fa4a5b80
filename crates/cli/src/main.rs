//! The `lossland` command: arguments become a checked configuration, the configuration a run.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed,
//! 2 wrong usage, 130 interrupted (what there is so far is kept, the same command continues).

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "compute")]
mod assets;
mod catalog;
mod convert;
#[cfg(feature = "compute")]
mod data;
mod export;
mod files;
mod info;
#[cfg(feature = "compute")]
mod interrupt;
mod merge;
#[cfg(feature = "compute")]
mod options;
mod page;
#[cfg(feature = "compute")]
mod progress;
mod serve;
mod solid;
#[cfg(feature = "compute")]
mod sources;
mod split;
#[cfg(feature = "compute")]
mod surface;
#[cfg(feature = "compute")]
mod train;
#[cfg(feature = "compute")]
mod verify;
#[cfg(feature = "compute")]
mod weights;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Computes the loss landscapes of neural networks, after Li et al. (NeurIPS 2018).
#[derive(Parser)]
#[command(name = "lossland", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  lossland data fetch cifar10
  lossland train resnet20 --data cifar-10-batches-bin --epochs 12 --seed 1 --out runs/resnet20
  lossland surface resnet20 --weights runs/resnet20/weights.safetensors \\
           --data cifar-10-batches-bin --images 2000 --seed 7 --out resnet20.lossland
  lossland info resnet20.lossland
  lossland convert resnet20.lossland resnet20.npz
  lossland serve resnet20.lossland

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (the same command continues).";

#[derive(Subcommand)]
enum Command {
    /// Get a data set
    #[cfg(feature = "compute")]
    Data(data::Args),
    /// Train a network and write its weights
    #[cfg(feature = "compute")]
    Train(train::Args),
    /// Compute the loss of a network over a plane through its weights
    #[cfg(feature = "compute")]
    Surface(surface::Args),
    /// Compute random points of a surface again and compare
    #[cfg(feature = "compute")]
    Verify(verify::Args),
    /// Round weights to bfloat16, or rescale residual blocks
    #[cfg(feature = "compute")]
    Weights(weights::Args),
    /// Show what surface files hold and where it comes from
    Info(info::Args),
    /// Put together the parts of a surface that several processes computed
    Merge(merge::Args),
    /// Convert a surface between .lossland, .npz and .csv, from .h5, or to .stl, .glb or .vtk
    Convert(convert::Args),
    /// Write surfaces with the page that shows them as one HTML file
    Export(export::Args),
    /// Show surfaces in the page, on this machine alone
    Serve(serve::Args),
    /// List surfaces for the page
    Catalog(catalog::Args),
    /// Give the page something to draw before it has the whole of a surface
    Split(split::Args),
    /// Make everything that ships, by a recipe
    #[cfg(feature = "compute")]
    Assets(assets::Args),
}

/// How a run ended that did not fail.
enum Outcome {
    /// All was done.
    Done,
    /// The user stopped it; what there is so far is kept.
    #[cfg_attr(not(feature = "compute"), expect(dead_code, reason = "only long runs stop early"))]
    Interrupted,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        #[cfg(feature = "compute")]
        Command::Data(args) => data::run(&args),
        #[cfg(feature = "compute")]
        Command::Train(args) => train::run(&args),
        #[cfg(feature = "compute")]
        Command::Surface(args) => surface::run(&args),
        #[cfg(feature = "compute")]
        Command::Verify(args) => verify::run(&args),
        #[cfg(feature = "compute")]
        Command::Weights(args) => weights::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Catalog(args) => catalog::run(&args),
        Command::Split(args) => split::run(&args),
        #[cfg(feature = "compute")]
        Command::Assets(args) => assets::run(&args),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // Whoever reads the output has seen enough, as with `| head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// Wrong usage that shows only when arguments are seen together: exit code 2.
fn wrong_usage(message: &str) -> anyhow::Error {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{message}\n")).into()
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
