//! `cargo xtask build`: the static site in `dist/`, ready for any host and any path on it.
//!
//! Trunk builds into a folder of its own. There the site is finished: first parts of the surfaces, the
//! program in two halves, digests in names, so that caches never serve an old file for a new one, and a
//! Content-Security-Policy. Then it takes the place of `dist/`, which so never holds half a site, nor one
//! for development.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};

use crate::cache::{Cache, remove};
use crate::setup::{trunk, wasm_bindgen, wasm_opt, wasm_std};
use crate::{digest, halves, one_file, paths, process, sizes, workspace};

/// What the page may do: run its own scripts and WebAssembly, and ask its own host.
/// `trunk serve` adds a script to the page itself, so this goes into release builds only.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    connect-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'";

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    build(&Cache::open()?, small_command())?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the site into `dist/`, by this `lossland` command.
pub(crate) fn build(cache: &Cache, lossland: Command) -> anyhow::Result<()> {
    let root = workspace::root();
    let site = root.join("target/site");
    make(cache, &site, lossland, |cache, site| {
        halves::cut(cache, site)?;
        one_file::make(cache, site)
    })?;

    let dist = root.join("dist");
    let old = root.join("target/site.old");
    remove(&old)?;
    if dist.exists() {
        fs::rename(&dist, &old).context("moving the old dist/ away")?;
    }
    fs::rename(&site, &dist).context("moving the site to dist/")?;
    remove(&old)?;
    sizes::report(&dist)?;
    eprintln!("the site is in {}", dist.display());
    Ok(())
}

/// Makes the site in `site`, its program as `finish` leaves it.
pub(crate) fn make(
    cache: &Cache,
    site: &Path,
    lossland: Command,
    finish: impl FnOnce(&Cache, &Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wasm_opt = wasm_opt::get(cache)?;
    let mut trunk = trunk(cache, Some(&wasm_opt))?;
    trunk.args(["build", "--release", "--dist"]).arg(site);
    process::run(&mut trunk).context("building the page")?;

    split(lossland, &site.join("assets/catalog.json"))?;
    digest::put_into_names(&site.join("assets"))?;
    finish(cache, site)?;
    for file in files_of(site)?.into_iter().chain(files_of(&site.join(FORMATS))?) {
        if file.extension().is_some_and(|ending| ending == "wasm") {
            paths::check(&fs::read(&file)?)?;
        }
    }
    let page = site.join("index.html");
    let html = with_policy(&fs::read_to_string(&page)?)?;
    fs::write(&page, with_formats_digest(site, &html)?).context("writing index.html")
}

/// The folder of the program that reads and writes other formats, in the site and in the page that names it.
const FORMATS: &str = "formats";

/// What is in a folder, by name.
pub(crate) fn files_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files: Vec<_> =
        entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// Puts a digest into the name of that folder, whose files name each other: a worker's file has none
/// of its own. Returns the page with that name.
fn with_formats_digest(site: &Path, html: &str) -> anyhow::Result<String> {
    let folder = site.join(FORMATS);
    let mut content = Vec::new();
    for file in files_of(&folder)? {
        content.extend(fs::read(file)?);
    }
    let name = format!("{FORMATS}-{}", digest::prefix_of_digest(&content));
    fs::rename(&folder, site.join(&name))?;
    let named = |name: &str| format!("content=\"{name}/formats.js\"");
    ensure!(
        html.contains(&named(FORMATS)),
        "index.html: expected <meta name=formats {}>",
        named(FORMATS)
    );
    Ok(html.replace(&named(FORMATS), &named(&name)))
}

/// The `lossland` command without libtorch, which anybody can build; apart, so that no other build of it goes.
pub(crate) fn small_command() -> Command {
    let mut lossland = process::cargo();
    lossland.args(["run", "--quiet", "--package", "lossland", "--no-default-features"]);
    lossland.arg("--target-dir").arg(workspace::root().join("target/split")).arg("--");
    lossland
}

/// Gives the surfaces first parts, by the command that does it for anyone.
fn split(mut lossland: Command, catalog: &Path) -> anyhow::Result<()> {
    lossland.arg("split").arg(catalog).current_dir(workspace::root());
    process::run(&mut lossland).context("giving the surfaces first parts")
}

/// Trunk with its tools at hand, in the checkout. Without `wasm_opt` it must not build a release.
pub(crate) fn trunk(cache: &Cache, wasm_opt: Option<&Path>) -> anyhow::Result<Command> {
    let toolchain = wasm_std::get(cache)?;
    let mut trunk = Command::new(trunk::get(cache)?);
    let wasm_bindgen = wasm_bindgen::get(cache)?;
    let dirs: Vec<_> = [Some(&*wasm_bindgen), wasm_opt].into_iter().flatten().collect();
    let dirs: Vec<_> = dirs.into_iter().filter_map(Path::parent).collect();
    trunk.current_dir(workspace::root()).env("PATH", process::path_with(&dirs)?);
    // Only warnings of its own; cargo, which it starts, tells what is going on.
    trunk.arg("--quiet").env_remove("RUST_LOG");
    toolchain.apply(&mut trunk)?;
    Ok(trunk)
}

/// The page with its policy as the first thing in its head.
fn with_policy(html: &str) -> anyhow::Result<String> {
    let inline = html.match_indices("<script").any(|(at, _)| {
        let tag = html[at..].split('>').next().unwrap_or_default();
        !tag.contains(" src=")
    });
    ensure!(
        !inline,
        "index.html: an inline script, which the page's Content-Security-Policy forbids"
    );
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    let (before, after) =
        html.split_once("<head>").context("index.html: expected <head>, found none")?;
    Ok(format!("{before}<head>{meta}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_comes_first_in_the_head() {
        let page = with_policy("<html><head><title>t</title></head></html>").expect("a page");
        assert!(
            page.starts_with("<html><head><meta http-equiv=\"Content-Security-Policy\""),
            "{page}"
        );
        assert!(page.ends_with("<title>t</title></head></html>"), "{page}");
    }

    #[test]
    fn an_inline_script_is_refused() {
        let linked = "<head><script type=\"module\" src=\"a.js\"></script></head>";
        assert!(with_policy(linked).is_ok());
        let inline = "<head><script type=\"module\">import 'a.js'</script></head>";
        let error = with_policy(inline).expect_err("refused").to_string();
        assert!(error.contains("inline script"), "{error}");
    }
}
