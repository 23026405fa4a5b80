//! `cargo xtask bench page`: the page beside one made with three.js and one made with Plotly, in one browser.
//!
//! Here the pages are built; `tests/examples/bench.rs` opens them and measures.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::cache::{Cache, remove};
use crate::setup::{chromium, three};
use crate::{process, site, workspace};

const ROUNDS: &str = "7";

/// `args`: `[--rounds N] [--site DIR]`.
pub(crate) fn run(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let (mut rounds, mut built) = (OsString::from(ROUNDS), None);
    let mut args = args.iter();
    while let Some(option) = args.next() {
        let value = args.next().with_context(|| format!("{}: its value", option.display()))?;
        match option.to_str() {
            Some("--rounds") => rounds.clone_from(value),
            Some("--site") => built = Some(std::path::absolute(value)?),
            _ => bail!("expected `bench page [--rounds N] [--site DIR]`, found {option:?}"),
        }
    }
    let cache = Cache::open()?;
    let chromium = chromium::get(&cache)?;
    let dist = match built {
        Some(dist) => dist,
        None => {
            site::build(&cache, site::small_command())?;
            workspace::root().join("dist")
        }
    };
    let others = workspace::root().join("target/bench-page");
    bundle(&three::get(&cache)?, &others)?;

    let mut cargo = process::cargo();
    cargo.args(["run", "--package", "lossland-tests", "--example", "bench", "--"]);
    cargo.arg(dist).arg(others).arg(workspace::root().join("assets")).arg(rounds);
    cargo.current_dir(workspace::root());
    cargo.env("CHROMIUM", chromium.browser).env("CHROMEDRIVER", chromium.driver);
    let status = cargo.status().context("starting cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes the other pages in `folder`, as they would be shipped: each library in one small file.
fn bundle(three: &Path, folder: &Path) -> anyhow::Result<()> {
    let sources = three::sources();
    remove(folder)?;
    fs::create_dir_all(folder)?;
    for name in ["three.html", "plotly.html", "empty.html", "empty.js"] {
        fs::copy(sources.join(name), folder.join(name)).with_context(|| name.to_owned())?;
    }
    let modules = three.join("node_modules");
    let mut esbuild = Command::new(modules.join(".bin/esbuild"));
    esbuild.args(["three.js", "plotly.js"].map(|name| sources.join(name)));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--log-level=warning"]);
    let mut outdir = OsString::from("--outdir=");
    outdir.push(folder);
    process::run(esbuild.arg(outdir).env("NODE_PATH", &modules))
}
