//! `lossland split`: gives the surfaces of a catalogue first parts, which the page draws before it has
//! more of them.

use crate::Outcome;
use crate::files::{Format, SurfacePath, read_surface};
use anyhow::{Context, bail};
use lossland_files::write_atomically;
use lossland_surface::{Catalog, FirstPart, FirstPartEntry, sha256_hex};
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `lossland split`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland split site/catalog.json

Beside each surface F.lossland of the catalogue comes F.first, with the field that the page shows at first, and
the catalogue names it. The page then fetches F.lossland when more of it is wanted: for a surface with six
fields, a sixth at first. A surface with trajectories stays whole. After a surface has changed, give `lossland catalog` and then this again.")]
pub(crate) struct Args {
    /// The catalogue, as `lossland catalog` writes it
    #[arg(value_name = "catalog.json")]
    catalog: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = &args.catalog;
    let json = fs::read(path).with_context(|| format!("reading {path:?}"))?;
    let catalog = Catalog::parse(&json).with_context(|| format!("decoding {path:?}"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut entries = catalog.surfaces().to_vec();
    for entry in &mut entries {
        let file = folder.join(&entry.file);
        let (surface, bytes) =
            read_surface(&SurfacePath { path: file.clone(), format: Format::Lossland }, None)?;
        if sha256_hex(&bytes) != entry.sha256 {
            bail!("{file:?} is not the file that {path:?} lists; `lossland catalog` lists it anew");
        }
        if !surface.trajectories().is_empty() {
            // Drawn from the start, and in the whole file alone.
            entry.first = None;
            continue;
        }
        let part = FirstPart::new(&surface).and_then(|part| part.encode());
        let part = part.with_context(|| format!("encoding the first part of {file:?}"))?;
        let name = format!("{}.first", entry.file.trim_end_matches(".lossland"));
        let file = folder.join(&name);
        write_atomically(&file, &part).with_context(|| format!("writing {file:?}"))?;
        entry.first = Some(FirstPartEntry { file: name, bytes: part.len() as u64 });
    }
    let n_split = entries.iter().filter(|entry| entry.first.is_some()).count();
    let catalog = Catalog::new(entries, catalog.default_ids().to_vec())?
        .with_aside(catalog.aside_ids().to_vec())?;
    write_atomically(path, catalog.to_json().as_bytes())
        .with_context(|| format!("writing {path:?}"))?;
    eprintln!("wrote the first parts of {n_split} surfaces, and {path:?}");
    Ok(Outcome::Done)
}
