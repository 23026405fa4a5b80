//! What a first picture costs its visitor: the files that the page fetches for it, compressed as a host
//! does, with their sum against a budget.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::halves::REST;
use crate::one_file::ONE_FILE;
use crate::process;

/// At most this many bytes for a first picture of the main surfaces, compressed with brotli.
const BUDGET: u64 = 200_000;
/// So many surfaces, the first that the catalogue lists but for further planes of a network, are the
/// main ones.
const N_MAIN: usize = 6;
/// In the names of a network's further planes and of the pairs that the tour shows.
const NOT_MAIN: [&str; 2] = ["_seed", "scale_"];

/// Prints a line for each file of a first picture of the site with the main surfaces, and their sum.
///
/// # Errors
/// If the site can't be read.
pub(crate) fn report(site: &Path) -> anyhow::Result<()> {
    let Some(files) = compressed(site)? else {
        eprintln!("sizes with brotli: not told, since there is no node to compress with");
        return Ok(());
    };
    eprintln!("a first picture with the main surfaces fetches, in bytes plain and with brotli:");
    for (file, compressed) in &files {
        let name = file.strip_prefix(site).unwrap_or(file);
        eprintln!("  {:>8} {compressed:>8}  {}", file.metadata()?.len(), name.display());
    }
    let total = total(&files);
    let verdict = if total <= BUDGET { "within" } else { "ABOVE" };
    eprintln!("  {total:>17}  all together, {verdict} the budget of {BUDGET}");
    Ok(())
}

/// Whether a first picture of the site fetches more than it may.
///
/// # Errors
/// If it does, or the site can't be read.
pub(crate) fn check(site: &Path) -> anyhow::Result<()> {
    let total = compressed(site)?.as_deref().map_or(0, total);
    ensure!(
        total <= BUDGET,
        "expected at most {BUDGET} bytes for a first picture, found {total}; `cargo xtask build` lists them"
    );
    Ok(())
}

fn total(files: &[(PathBuf, u64)]) -> u64 {
    files.iter().map(|(_, compressed)| compressed).sum()
}

/// The files of a first picture with their sizes, where there is something to compress them with.
fn compressed(site: &Path) -> anyhow::Result<Option<Vec<(PathBuf, u64)>>> {
    let files = files_of_first_picture(site)?;
    Ok(with_brotli(&files).map(|sizes| files.into_iter().zip(sizes).collect()))
}

fn files_of_first_picture(site: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(site).with_context(|| format!("reading {}", site.display()))?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        file.is_file() && !name.ends_with(REST) && !name.starts_with(ONE_FILE)
    });
    files.sort();
    let assets = site.join("assets");
    let catalog = assets.join("catalog.json");
    let listed = fs::read_to_string(&catalog)?;
    files.push(catalog);
    let parts = listed.split('"');
    let parts = parts.filter(|text| {
        text.ends_with(".first") && !NOT_MAIN.iter().any(|part| text.contains(part))
    });
    files.extend(parts.take(N_MAIN).map(|part| assets.join(part)));
    Ok(files)
}

/// Their sizes by the compressor of Node, which came with wasm-opt, at its best.
fn with_brotli(files: &[PathBuf]) -> Option<Vec<u64>> {
    const SCRIPT: &str = "const { brotliCompressSync } = require('node:zlib');
        const { readFileSync } = require('node:fs');
        for (const file of process.argv.slice(1)) console.log(brotliCompressSync(readFileSync(file)).length);";
    let sizes = process::output(Command::new("node").args(["-e", SCRIPT]).args(files))?;
    sizes.lines().map(|size| size.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_picture_needs_the_page_and_first_parts() {
        let site = tempfile::tempdir().expect("a temporary folder");
        let assets = site.path().join("assets");
        fs::create_dir_all(assets.join("surfaces")).expect("made");
        fs::write(site.path().join("index.html"), "").expect("written");
        fs::write(site.path().join("p_rest.wasm"), "").expect("written");
        fs::write(site.path().join("one-file-1.js"), "").expect("written");
        let names = ["0", "0_seed8", "1", "2", "3", "4", "5", "6"];
        let names = names.map(|name| format!("\"surfaces/{name}.first\""));
        fs::write(assets.join("catalog.json"), format!("[{}]", names.join(","))).expect("written");
        let files = files_of_first_picture(site.path()).expect("a site");
        let names: Vec<_> =
            files.iter().filter_map(|file| file.strip_prefix(site.path()).ok()?.to_str()).collect();
        assert_eq!(names[..3], ["index.html", "assets/catalog.json", "assets/surfaces/0.first"]);
        assert_eq!(names[3], "assets/surfaces/1.first");
        assert_eq!(names.len(), 2 + N_MAIN);
    }
}
