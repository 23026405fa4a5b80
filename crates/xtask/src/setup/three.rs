//! three.js, Plotly and what goes with them, for the pages that `cargo xtask bench page` measures ours beside, and
//! esbuild, which makes those and takes what is for readers out of our own scripts. Nothing of it is in
//! the site.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::debian;
use crate::cache::{Cache, Recipe};
use crate::{process, workspace};

/// Where those pages' sources are, and the exact versions of what they use.
pub(crate) fn sources() -> PathBuf {
    workspace::root().join("crates/xtask/bench")
}

/// esbuild.
pub(crate) fn esbuild(cache: &Cache) -> anyhow::Result<PathBuf> {
    Ok(get(cache)?.join("node_modules/.bin/esbuild"))
}

/// The folder with the `node_modules` that the lock file lists.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    let files = ["package.json", "package-lock.json"].map(|name| sources().join(name));
    let lock = fs::read_to_string(&files[1])?;
    let recipe = Recipe { name: "three", stamp: &lock, cost: "npm packages, a few seconds" };
    cache.get(&recipe, |site| {
        let has_npm = || process::find("npm").is_some();
        debian::need("npm, which brings three.js,", &["npm"], has_npm, site.log)?;
        for file in &files {
            fs::copy(file, site.part.join(file.file_name().unwrap_or_default()))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(site.part);
        process::run_logged(&mut npm, site.log)
    })
}
