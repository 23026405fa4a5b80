//! The script of the page in one file, in a built site: `web/one-file.js` with all that it takes. No visitor
//! of the site fetches it; `lossland export --html` does, by the `<meta>` that names it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::cache::Cache;
use crate::halves::Program;
use crate::setup::three;
use crate::{digest, process, workspace};

/// What its name begins with, and what it is called in the page.
pub(crate) const ONE_FILE: &str = "one-file";

/// Makes it, of a site whose program has its last names.
pub(crate) fn make(cache: &Cache, site: &Path) -> anyhow::Result<()> {
    let program = Program::of(site)?;
    let script = site.join(format!("{ONE_FILE}.js"));
    let mut alias = OsString::from("--alias:lossland-program=");
    alias.push(&program.glue);
    let mut outfile = OsString::from("--outfile=");
    outfile.push(&script);
    let mut bundle = Command::new(three::esbuild(cache)?);
    bundle.arg(workspace::root().join("web/one-file.js"));
    bundle.args(["--bundle", "--format=esm", "--minify", "--charset=utf8", "--log-level=warning"]);
    process::run(bundle.args([alias, outfile]))
        .context("putting the one file's script together")?;

    let name = format!("{ONE_FILE}-{}.js", digest::prefix_of_digest(&fs::read(&script)?));
    fs::rename(&script, site.join(&name))?;
    let page = site.join("index.html");
    let html = fs::read_to_string(&page)?;
    fs::write(&page, named(&html, &name)?).context("writing index.html")
}

/// The page with the script's name before the program's.
fn named(html: &str, name: &str) -> anyhow::Result<String> {
    const PROGRAM: &str = "<meta name=\"program\" content=";
    let n_found = html.matches(PROGRAM).count();
    ensure!(n_found == 1, "index.html: expected one {PROGRAM}...>, found {n_found}");
    let meta = format!("<meta name=\"{ONE_FILE}\" content=\"./{name}\">");
    Ok(html.replace(PROGRAM, &format!("{meta}{PROGRAM}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_script() {
        let html = "<!-- a <meta name=\"program\"> --><meta name=\"program\" content=\"./p.js\">";
        let page = named(html, "one-file-1.js").expect("named");
        let wanted =
            "<meta name=\"one-file\" content=\"./one-file-1.js\"><meta name=\"program\" content=";
        assert!(page.contains(wanted), "{page}");
        assert!(named("", "one-file-1.js").is_err());
    }
}
