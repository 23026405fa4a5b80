//! The tools: each is taken where it is found in the right version, else brought into the cache.
//!
//! A module a tool. Its `get` is silent and takes no time when the tool is there.

pub(crate) mod axe;
pub(crate) mod cargo_deny;
pub(crate) mod chromium;
mod debian;
pub(crate) mod libtorch;
pub(crate) mod pytorch;
pub(crate) mod three;
pub(crate) mod trunk;
pub(crate) mod wasm_bindgen;
pub(crate) mod wasm_opt;
pub(crate) mod wasm_std;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::cache::{Cache, Site};
use crate::process;

/// `cargo xtask setup`: brings everything and prints where it is.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let cache = Cache::open()?;
    let mut out = std::io::stdout();
    let mut tell = |tool: &str, place: &Path| writeln!(out, "{tool:14} {}", place.display());
    match wasm_std::get(&cache)?.rustc {
        Some(rustc) => tell("wasm32 std", &rustc)?,
        None => tell("wasm32 std", Path::new("in the toolchain"))?,
    }
    tell("trunk", &trunk::get(&cache)?)?;
    tell("wasm-bindgen", &wasm_bindgen::get(&cache)?)?;
    tell("wasm-opt", &wasm_opt::get(&cache)?)?;
    let chromium = chromium::get(&cache)?;
    tell("chromium", &chromium.browser)?;
    tell("chromedriver", &chromium.driver)?;
    tell("axe-core", &axe::get(&cache)?)?;
    tell("three.js", &three::get(&cache)?)?;
    tell("libtorch", &libtorch::get(&cache)?)?;
    if let Some(python) = pytorch::get(&cache)? {
        tell("pytorch", &python)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The program on PATH, if it says that it is this version.
fn on_path(program: &str, says: &str) -> Option<std::path::PathBuf> {
    let path = process::find(program)?;
    let version = process::output(Command::new(&path).arg("--version"))?;
    (version == says).then_some(path)
}

/// Installs one npm package, `name@version`, into the recipe's folder, without running any script of it.
fn npm_install(site: &Site<'_>, what: &str, package: &str) -> anyhow::Result<()> {
    let has_npm = || process::find("npm").is_some();
    debian::need(&format!("npm, which brings {what},"), &["npm"], has_npm, site.log)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    process::run_logged(npm.arg(site.part).arg(package), site.log)
}

/// `cargo install` of one tool into the recipe's folder, tuned to compile fast: the tools wait for
/// the compiler and the disk, and running them slower costs less than compiling them better.
fn cargo_install(site: &Site<'_>, opt_level: u8, args: &[&str]) -> anyhow::Result<()> {
    let target = site.part.join("target");
    let mut cargo = process::cargo();
    cargo.args(["install", "--locked", "--root"]).arg(site.part).arg("--target-dir").arg(&target);
    // Outside the checkout, so that its .cargo/config.toml has no say, nor what was set for the page.
    cargo.args(args).current_dir(site.part).env_remove("RUSTC").env_remove("RUSTFLAGS");
    cargo.env_remove("CARGO_BUILD_TARGET").env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level.to_string());
    cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    process::run_logged(&mut cargo, site.log)?;
    crate::cache::remove(&target)
}
