//! `wasm-opt` of Binaryen, which makes a release build of the page's program smaller.

use std::path::PathBuf;

use crate::cache::{Cache, Recipe};
use crate::versions::BINARYEN;

/// The program.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    let says = format!("wasm-opt version {BINARYEN} (version_{BINARYEN})");
    if let Some(found) = super::on_path("wasm-opt", &says) {
        return Ok(found);
    }
    let name = format!("binaryen-{BINARYEN}");
    let recipe = Recipe { name: &name, stamp: &name, cost: "an npm package, a few seconds" };
    let package = format!("binaryen@{BINARYEN}");
    let home = cache.get(&recipe, |site| super::npm_install(site, "wasm-opt", &package))?;
    Ok(home.join("node_modules/.bin/wasm-opt"))
}
