//! The `wasm-bindgen` command, which makes the glue between the page's program and JavaScript.

use std::path::PathBuf;

use crate::cache::{Cache, Recipe};
use crate::versions::WASM_BINDGEN;
use crate::workspace;

/// The program.
pub(crate) fn get(cache: &Cache) -> anyhow::Result<PathBuf> {
    if let Some(found) = super::on_path("wasm-bindgen", &format!("wasm-bindgen {WASM_BINDGEN}")) {
        return Ok(found);
    }
    Ok(ours(cache)?.join("bin/wasm-bindgen"))
}

/// The program that cuts the page's in two, over the same library.
pub(crate) fn halves(cache: &Cache) -> anyhow::Result<PathBuf> {
    Ok(ours(cache)?.join("bin/wasm-halves"))
}

fn ours(cache: &Cache) -> anyhow::Result<PathBuf> {
    let recipe = Recipe {
        name: &format!("wasm-bindgen-{WASM_BINDGEN}"),
        stamp: concat!(
            include_str!("../../wasm-bindgen/Cargo.lock"),
            include_str!("../../wasm-bindgen/src/main.rs"),
            include_str!("../../wasm-bindgen/src/bin/wasm-halves/main.rs"),
            include_str!("../../wasm-bindgen/src/bin/wasm-halves/data.rs")
        ),
        cost: "compiled from its library, about 40 seconds on two cores",
    };
    cache.get(&recipe, |site| {
        let source = workspace::root().join("crates/xtask/wasm-bindgen");
        super::cargo_install(site, 1, &["--path", &source.to_string_lossy()])
    })
}
