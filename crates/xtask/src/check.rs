//! `cargo xtask check`: format, lints for both targets, and the dependencies. Warnings are errors.

use std::process::{Command, ExitCode};

use crate::cache::Cache;
use crate::lossland::with_libtorch;
use crate::setup::{cargo_deny, libtorch, wasm_std};
use crate::{process, workspace};

/// Runs every check, and then fails if one did.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let cache = Cache::open()?;
    let mut failed = Vec::new();
    for (what, command) in [
        ("format", format()),
        ("lints", lints(&cache)?),
        ("lints of the command without libtorch", lints_without_compute()),
        ("lints for wasm", lints_for_wasm(&cache)?),
        ("dependencies", dependencies(&cache)?),
    ] {
        eprintln!("checking {what}");
        if let Err(error) = process::run({ command }.current_dir(workspace::root())) {
            eprintln!("error: {error:#}");
            failed.push(what);
        }
    }
    if failed.is_empty() {
        eprintln!("all checks pass");
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!("failed: {}", failed.join(", "))
}

fn format() -> Command {
    let mut cargo = process::cargo();
    cargo.args(["fmt", "--all", "--check"]);
    cargo
}

fn lints(cache: &Cache) -> anyhow::Result<Command> {
    let mut cargo = process::cargo();
    with_libtorch(&mut cargo, &libtorch::get(cache)?)?;
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "--deny=warnings"]);
    Ok(cargo)
}

/// `lossland` without its feature `compute` must build where there is no libtorch.
fn lints_without_compute() -> Command {
    let mut cargo = process::cargo();
    cargo.args(["clippy", "--package", "lossland", "--no-default-features", "--all-targets"]);
    cargo.args(["--", "--deny=warnings"]);
    cargo
}

fn lints_for_wasm(cache: &Cache) -> anyhow::Result<Command> {
    let mut clippy = wasm_std::get(cache)?.clippy()?;
    clippy.args(["--package", "lossland-viewer", "--package", "lossland-formats"]);
    clippy.args(["--package", "lossland-solid", "--package", "lossland-bundle"]);
    clippy.args(["--", "--deny=warnings"]);
    Ok(clippy)
}

/// Not its advisories, which it would clone from the net: what we know of them stands in deny.toml.
fn dependencies(cache: &Cache) -> anyhow::Result<Command> {
    let mut deny = Command::new(cargo_deny::get(cache)?);
    deny.args(["--all-features", "check", "bans", "licenses", "sources"]);
    Ok(deny)
}
