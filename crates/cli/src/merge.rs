//! `lossland merge`: the parts of a surface, computed by several processes, put together.

use crate::Outcome;
use crate::files::{Format, SurfacePath, read_surface, write_surface};
use crate::wrong_usage;
use anyhow::bail;
use lossland_surface::merge;
use std::io::Write;

/// Arguments of `lossland merge`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland merge part-*.lossland --out resnet56.lossland

The parts are those that `lossland surface ... --shard I/N` wrote, all N of them. The result is the file
that one run without --shard writes.")]
pub(crate) struct Args {
    /// The parts, in any order
    #[arg(value_name = "PART", required = true)]
    parts: Vec<SurfacePath>,
    /// The surface file
    #[arg(long, value_name = "F.lossland")]
    out: SurfacePath,
    /// Replace the surface file if it is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let output = &args.out.path;
    if args.out.format != Format::Lossland {
        return Err(wrong_usage(&format!(
            "--out: expected a name that ends in .lossland, found {output:?}"
        )));
    }
    if !args.force && output.symlink_metadata().is_ok() {
        bail!("{output:?} is there already; give another name, or --force to replace it");
    }
    let mut parts = Vec::new();
    for part in &args.parts {
        let (surface, _) = read_surface(part, None)?;
        parts.push((format!("{:?}", part.path), surface));
    }
    write_surface(&args.out, &merge(&parts)?)?;
    writeln!(std::io::stdout(), "{}", output.display())?;
    Ok(Outcome::Done)
}
