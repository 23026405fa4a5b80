//! `cargo xtask lossland`: the command, built with libtorch and run, as if it were installed.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};

use crate::cache::Cache;
use crate::setup::libtorch;
use crate::{process, workspace};

/// Becomes the command: its standard streams, signals and exit code are the command's own.
pub(crate) fn run(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let libtorch = libtorch::get(&Cache::open()?)?;
    build(&libtorch)?;
    let mut command = Command::new(workspace::native_target()?.join("release/lossland"));
    with_libtorch(&mut command, &libtorch)?;
    Err(command.args(args).exec()).context("starting lossland")
}

/// Builds the command for release; says nothing if there is nothing to build.
fn build(libtorch: &Path) -> anyhow::Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "--package", "lossland"]).current_dir(workspace::root());
    with_libtorch(&mut cargo, libtorch)?;
    if std::io::stderr().is_terminal() {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = cargo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let chatter = BufReader::new(child.stderr.take().context("cargo's standard error")?);
    for line in chatter.lines() {
        let line = line?;
        if !line.trim_start().starts_with("Finished ") {
            eprintln!("{line}");
        }
    }
    if !child.wait()?.success() {
        bail!("the lossland command does not build");
    }
    Ok(())
}

/// Lets a build find libtorch, and what it builds run. A full torch that the user has put on
/// LD_LIBRARY_PATH, for CUDA, stays before ours.
pub(crate) fn with_libtorch(command: &mut Command, libtorch: &Path) -> anyhow::Result<()> {
    let path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> =
        std::env::split_paths(&path).filter(|p| !p.as_os_str().is_empty()).collect();
    let path = std::env::join_paths(dirs.into_iter().chain([libtorch.join("lib")]))?;
    command.env("LIBTORCH", libtorch).env("LD_LIBRARY_PATH", path);
    Ok(())
}
