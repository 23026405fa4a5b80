//! Where things are in the checkout.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The top of the checkout.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.ancestors().nth(2).unwrap_or(xtask).to_owned()
}

/// Cargo's target folder for native builds: the one that this program itself was built into.
pub(crate) fn native_target() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let target = exe.ancestors().nth(2).context("xtask runs outside a target folder")?;
    Ok(target.to_owned())
}

/// The target folder for the page's program, apart since it may come from another compiler.
pub(crate) fn wasm_target() -> PathBuf {
    root().join("target/wasm")
}
