//! Trunk, which builds and serves the page.

use std::path::PathBuf;

use crate::cache::{Cache, Recipe};
use crate::versions::TRUNK;

/// The program.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    let name = format!("trunk-{TRUNK}");
    if let Some(found) = super::on_path("trunk", &format!("trunk {TRUNK}")) {
        return Ok(found);
    }
    let recipe = Recipe {
        name: &name,
        stamp: &name,
        cost: "compiled from its crate, about 3 minutes on two cores",
    };
    let home = cache.get(&recipe, |site| {
        // Without default features it downloads nothing and needs no TLS library.
        let args = ["trunk", "--version", TRUNK, "--no-default-features"];
        super::cargo_install(site, 0, &args)
    })?;
    Ok(home.join("bin/trunk"))
}
