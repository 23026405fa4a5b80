//! cargo-deny, which `check` asks about licences, sources and duplicates of the dependencies.

use std::path::PathBuf;

use crate::cache::{Cache, Recipe};
use crate::process;
use crate::versions::CARGO_DENY;

/// The program: any version on PATH, since it only reads.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    if let Some(found) = process::find("cargo-deny") {
        return Ok(found);
    }
    let name = format!("cargo-deny-{CARGO_DENY}");
    let cost = "compiled from its crate, about 2 minutes on two cores";
    let home = cache.get(&Recipe { name: &name, stamp: &name, cost }, |site| {
        super::cargo_install(site, 0, &["cargo-deny", "--version", CARGO_DENY])
    })?;
    Ok(home.join("bin/cargo-deny"))
}
