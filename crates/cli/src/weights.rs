//! `lossland weights`: the same network in another weights file, rounded or rescaled.

use crate::Outcome;
use anyhow::{Context, bail};
use lossland_compute::{Network, PowerOfTwo, WeightsEdit, edit_weights};
use lossland_files::{read_if_present, write_atomically};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `lossland weights`.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("edit")
        .args(["bfloat16", "rescale_blocks"])
        .required(true)
        .multiple(true),
    after_help = "\
Examples:
  lossland weights runs/resnet20/weights.safetensors --network resnet20 --bfloat16 --out W.safetensors
  lossland weights W.safetensors --network resnet20 --rescale-blocks 8 --out rescaled.safetensors

Names, shapes, counters and the record of training stay. What was done is noted in the file, and in
the surfaces that are computed from it."
)]
pub(crate) struct Args {
    /// Weights, safetensors with PyTorch's state names
    #[arg(value_name = "IN.safetensors")]
    input: PathBuf,
    /// The network that they are of
    #[arg(long, value_parser = Network::parse)]
    network: Network,
    /// Round every number to bfloat16, to nearest with ties to even, and store it as that
    #[arg(long)]
    bfloat16: bool,
    /// In each residual block, multiply bn1.weight and bn1.bias by F and divide conv2.weight by F, a
    /// power of two: the function stays exactly what it is
    #[arg(long, value_name = "F")]
    rescale_blocks: Option<PowerOfTwo>,
    /// The new weights file
    #[arg(long, value_name = "OUT.safetensors")]
    out: PathBuf,
    /// Replace another file that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Args { input, out, .. } = args;
    let bytes = fs::read(input).with_context(|| format!("reading {input:?}"))?;
    let edit = WeightsEdit { bfloat16: args.bfloat16, rescale_blocks: args.rescale_blocks };
    let edited = edit_weights(&args.network, &bytes, edit, &args.command())
        .with_context(|| format!("editing {input:?}"))?;
    match read_if_present(out).with_context(|| format!("reading {out:?}"))? {
        Some(found) if found == edited => {
            eprintln!("{out:?} holds these very weights; nothing to do");
        }
        Some(_) if !args.force => {
            bail!("--out {out:?} holds something else; choose another, or replace it with --force")
        }
        _ => write_atomically(out, &edited).with_context(|| format!("writing {out:?}"))?,
    }
    writeln!(std::io::stdout(), "{}", out.display())?;
    Ok(Outcome::Done)
}

impl Args {
    /// The command that makes the same file, with placeholders for paths.
    fn command(&self) -> String {
        let mut command = format!("lossland weights WEIGHTS --network {}", self.network.name());
        if self.bfloat16 {
            command += " --bfloat16";
        }
        if let Some(factor) = self.rescale_blocks {
            command += &format!(" --rescale-blocks {factor}");
        }
        command + " --out OUT"
    }
}
