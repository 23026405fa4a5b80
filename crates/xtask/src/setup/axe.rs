//! axe-core, which finds what keeps people with disabilities from using a page. For tests only.

use std::path::PathBuf;

use crate::cache::{Cache, Recipe};
use crate::versions::AXE_CORE;

/// The script.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    let package = format!("axe-core@{AXE_CORE}");
    let name = format!("axe-core-{AXE_CORE}");
    let recipe = Recipe { name: &name, stamp: &name, cost: "an npm package, a few seconds" };
    let home = cache.get(&recipe, |site| super::npm_install(site, "axe-core", &package))?;
    Ok(home.join("node_modules/axe-core/axe.min.js"))
}
