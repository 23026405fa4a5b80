//! `wasm-opt` of Binaryen, which makes a release build of the page's program smaller.

use std::path::PathBuf;
use std::process::Command;

use super::debian;
use crate::cache::{Cache, Recipe};
use crate::process;
use crate::versions::BINARYEN;

/// The program.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    let says = format!("wasm-opt version {BINARYEN} (version_{BINARYEN})");
    if let Some(found) = super::on_path("wasm-opt", &says) {
        return Ok(found);
    }
    let name = format!("binaryen-{BINARYEN}");
    let recipe = Recipe { name: &name, stamp: &name, cost: "an npm package, a few seconds" };
    let home = cache.get(&recipe, |site| {
        let has_npm = || process::find("npm").is_some();
        debian::need("npm, which brings wasm-opt,", &["npm"], has_npm, site.log)?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
        npm.arg(site.part).arg(format!("binaryen@{BINARYEN}"));
        process::run_logged(&mut npm, site.log)
    })?;
    Ok(home.join("node_modules/.bin/wasm-opt"))
}
