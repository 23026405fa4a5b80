//! The page's program in two files: what a first picture calls, and the rest, which `web/boot.js` fetches
//! after it. The visitor waits for the first alone, which has two thirds of the bytes.
//!
//! What belongs to the first half was measured: `cargo xtask profile` opens the page with each function
//! counted and writes the list of those that were called. A list that is out of date does no harm but that
//! the page has to wait for the rest earlier; a test tells when it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};

use crate::cache::Cache;
use crate::setup::{chromium, three, wasm_bindgen, wasm_opt};
use crate::{digest, process, site, workspace};

/// `cargo xtask profile`: writes the list.
pub(crate) fn profile() -> anyhow::Result<ExitCode> {
    let cache = Cache::open()?;
    let chromium = chromium::get(&cache)?;
    let folder = workspace::root().join("target/site-counted");
    let names = workspace::root().join("target/functions.txt");
    site::make(&cache, &folder, site::small_command(), |cache, site| {
        let wasm = Program::of(site)?.wasm;
        let mut count = Command::new(wasm_bindgen::halves(cache)?);
        process::run(count.arg("count").args([&wasm, &wasm, &names]))
    })?;
    let mut cargo = process::cargo();
    cargo.args(["run", "--package", "lossland-tests", "--example", "first_picture", "--"]);
    cargo.arg(folder).arg(names).arg(list()).current_dir(workspace::root());
    cargo.env("CHROMIUM", chromium.browser).env("CHROMEDRIVER", chromium.driver);
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> PathBuf {
    workspace::root().join("crates/viewer/first-picture.txt")
}

/// Cuts the program of a site that Trunk has built, and makes its files small.
pub(crate) fn cut(cache: &Cache, site: &Path) -> anyhow::Result<()> {
    let program = Program::of(site)?;
    let rest = site.join("rest.wasm");
    let mut cut = Command::new(wasm_bindgen::halves(cache)?);
    process::run(cut.arg("cut").args([&program.wasm, &program.glue, &list(), &rest]))
        .context("cutting the program in two")?;
    for file in [&program.wasm, &rest] {
        let mut wasm_opt = Command::new(wasm_opt::get(cache)?);
        process::run(wasm_opt.arg("-Os").arg(file).arg("-o").arg(file))?;
    }
    // Trunk's own files are told by the page with digests of what they are; this one is not.
    let mut minify = Command::new(three::esbuild(cache)?);
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(&program.glue);
    minify.arg(&program.glue).args(["--minify", "--allow-overwrite", "--log-level=warning"]);
    process::run(minify.arg(outfile)).context("minifying the program's glue")?;
    program.rename(site, &rest)
}

/// The names of the program's files, as the page tells them.
pub(crate) struct Program {
    /// What all of them start with.
    stem: String,
    pub(crate) glue: PathBuf,
    wasm: PathBuf,
}

impl Program {
    pub(crate) fn of(site: &Path) -> anyhow::Result<Self> {
        let html = fs::read_to_string(site.join("index.html"))?;
        let stem = stem(&html).context("index.html: expected <meta name=program ...>")?.to_owned();
        let glue = site.join(format!("{stem}.js"));
        let wasm = site.join(format!("{stem}_bg.wasm"));
        ensure!(glue.is_file() && wasm.is_file(), "the site has no {stem}.js or {stem}_bg.wasm");
        Ok(Self { stem, glue, wasm })
    }

    /// Gives the three files a digest of what they are now in their names, and has the page name them.
    fn rename(&self, site: &Path, rest: &Path) -> anyhow::Result<()> {
        let glue = fs::read(&self.glue)?;
        let content = [&*glue, &fs::read(&self.wasm)?, &fs::read(rest)?].concat();
        let (name, _) = self.stem.rsplit_once('-').context("a name with a digest")?;
        let new = format!("{name}-{}", digest::prefix_of_digest(&content));
        let glue = String::from_utf8(glue)?.replace(&self.stem, &new);
        fs::write(site.join(format!("{new}.js")), glue)?;
        fs::remove_file(&self.glue)?;
        fs::rename(&self.wasm, site.join(format!("{new}_bg.wasm")))?;
        fs::rename(rest, site.join(format!("{new}{REST}")))?;
        let page = site.join("index.html");
        let html = fs::read_to_string(&page)?;
        let with_rest = format!("data-rest=\"./{new}{REST}\" data-wasm=");
        let html = html.replace(&self.stem, &new).replace("data-wasm=", &with_rest);
        fs::write(page, html).context("writing index.html")
    }
}

/// What the name of the second half ends with.
pub(crate) const REST: &str = "_rest.wasm";

fn stem(html: &str) -> Option<&str> {
    let (_, tag) = html.split_once("<meta name=\"program\" content=\"")?;
    tag.split_once(".js\"")?.0.strip_prefix("./")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_get_the_digest_of_what_they_are() {
        let site = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| site.path().join(name);
        let tag = "<meta name=\"program\" content=\"./p-0.js\" data-wasm=\"./p-0_bg.wasm\">";
        fs::write(file("index.html"), tag).expect("written");
        fs::write(file("p-0.js"), "'p-0_bg.wasm'").expect("written");
        fs::write(file("p-0_bg.wasm"), "first").expect("written");
        fs::write(file("rest.wasm"), "rest").expect("written");
        let program = Program::of(site.path()).expect("a program");
        program.rename(site.path(), &file("rest.wasm")).expect("renamed");

        let html = fs::read_to_string(file("index.html")).expect("a page");
        let new = stem(&html).expect("a program");
        assert_ne!(new, "p-0");
        assert_eq!(
            html,
            format!(
                "<meta name=\"program\" content=\"./{new}.js\" data-rest=\"./{new}_rest.wasm\" \
                 data-wasm=\"./{new}_bg.wasm\">"
            )
        );
        let read = |ending: &str| fs::read_to_string(file(&format!("{new}{ending}")));
        assert_eq!(read(".js").expect("glue"), format!("'{new}_bg.wasm'"));
        assert_eq!(read("_bg.wasm").expect("a program"), "first");
        assert_eq!(read("_rest.wasm").expect("a program"), "rest");
        assert_eq!(site::files_of(site.path()).expect("files").len(), 4);
    }
}
