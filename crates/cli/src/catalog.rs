//! `lossland catalog`: the list of surfaces that the page shows.

use crate::Outcome;
use crate::files::{Format, SurfacePath, read_surface};
use anyhow::{Context, bail};
use lossland_files::write_atomically;
use lossland_surface::{Catalog, CatalogEntry};
use std::path::{Path, PathBuf};

/// Arguments of `lossland catalog`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland catalog assets/surfaces/*.lossland --out assets/catalog.json
  lossland catalog site/surfaces/*.lossland --default mine --out site/catalog.json

Each surface is listed under its file's name. Only .lossland files in the catalogue's folder or below
it can be listed, since the page fetches them from there.")]
pub(crate) struct Args {
    /// The surfaces, in the order in which they are listed
    #[arg(value_name = "F.lossland", required = true)]
    surfaces: Vec<SurfacePath>,
    /// The catalogue, replaced if it is there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What is shown first, by file name without the ending [default: the first listed]
    #[arg(long, value_name = "NAME")]
    default: Vec<String>,
    /// What is not offered by itself, only by an address that names it, by file name without the ending
    #[arg(long, value_name = "NAME")]
    aside: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let catalog = build(&args.surfaces, &args.default, &args.aside, &args.out)?;
    eprintln!("wrote {:?}: {} surfaces", args.out, catalog.surfaces().len());
    Ok(Outcome::Done)
}

/// Writes the catalogue `out` of these surfaces, of which `default` are shown first (by file name;
/// the first one if there are none) and `aside` are not offered by themselves.
pub(crate) fn build(
    surfaces: &[SurfacePath],
    default: &[String],
    aside: &[String],
    out: &Path,
) -> anyhow::Result<Catalog> {
    let folder = out.parent().unwrap_or(Path::new(""));
    let entries = surfaces.iter().map(|file| entry(folder, file)).collect::<Result<Vec<_>, _>>()?;
    let mut default = default.to_vec();
    if default.is_empty() {
        default.extend(entries.first().map(|entry| entry.id.clone()));
    }
    let catalog = Catalog::new(entries, default)?.with_aside(aside.to_vec())?;
    write_atomically(out, catalog.to_json().as_bytes())
        .with_context(|| format!("writing {out:?}"))?;
    Ok(catalog)
}

fn entry(folder: &Path, file: &SurfacePath) -> anyhow::Result<CatalogEntry> {
    if file.format != Format::Lossland {
        bail!("expected a .lossland file, found {:?}; `lossland convert` makes one", file.path);
    }
    let Ok(relative) = file.path.strip_prefix(folder) else {
        bail!("expected a file in {folder:?} or below it, found {:?}", file.path);
    };
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    let (surface, bytes) = read_surface(file, None)?;
    let name = file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut entry = CatalogEntry::new(&surface, parts.join("/"), &bytes);
    entry.id = name;
    Ok(entry)
}
