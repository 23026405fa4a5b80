//! The page's program in two files: what a first picture calls, and the rest, which `web/boot.js` fetches
//! after it. The visitor waits for the first alone, which has two thirds of the bytes. With the rest go the
//! parts of the page itself that only it needs.
//!
//! What belongs to the first half was measured: `cargo xtask profile` opens the page with each function
//! counted and writes the list of those that were called. A list that is out of date does no harm but that
//! the page has to wait for the rest earlier; a test tells when it is.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
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

/// The program as the linker made it, in the folder of what is compiled.
const LINKED: &str = "wasm32-unknown-unknown/page/lossland_viewer.wasm";

/// Cuts the program of a site that Trunk has built, and makes its files small.
pub(crate) fn cut(cache: &Cache, site: &Path) -> anyhow::Result<()> {
    let program = Program::of(site)?;
    let rest = site.join("rest.wasm");
    let mut cut = Command::new(wasm_bindgen::halves(cache)?);
    let linked = workspace::wasm_target().join(LINKED);
    process::run(cut.arg("cut").args([&program.wasm, &program.glue, &list(), &rest, &linked]))
        .context("cutting the program in two")?;
    for file in [&program.wasm, &rest] {
        let mut wasm_opt = Command::new(wasm_opt::get(cache)?);
        // Large functions stay apart though they have one caller: a browser compiles anew, whole, what
        // runs long, and it is smaller, too.
        process::run(wasm_opt.args(["-Os", "-ocimfs=100"]).arg(file).arg("-o").arg(file))?;
    }
    put_apart(&site.join("index.html"), &rest)?;
    for file in site::files_of(site)? {
        if file.extension().is_some_and(|ending| ending == "js" || ending == "css") {
            minify(cache, &file)?;
        }
    }
    program.rename(site, &rest)
}

/// Writes a script or a style sheet shorter. Its name keeps the digest of what it is made of.
fn minify(cache: &Cache, file: &Path) -> anyhow::Result<()> {
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(file);
    let mut minify = Command::new(three::esbuild(cache)?);
    minify.arg(file).args([
        "--minify",
        "--allow-overwrite",
        "--charset=utf8",
        "--log-level=warning",
    ]);
    process::run(minify.arg(outfile)).with_context(|| format!("minifying {}", file.display()))
}

/// Moves what the page needs later, by its own marks, into the rest of the program: as its custom section
/// `page`, part after part, with a zero between two. `web/boot.js` puts them in their places.
fn put_apart(page: &Path, rest: &Path) -> anyhow::Result<()> {
    let html = fs::read_to_string(page)?;
    let (first, later) = parted(&html)?;
    fs::write(page, compact(&first))?;
    let mut rest = OpenOptions::new().append(true).open(rest)?;
    rest.write_all(&custom_section("page", later.join("\0").as_bytes()))?;
    Ok(())
}

/// The page with an empty template in place of each of the parts that are needed later, and these.
fn parted(html: &str) -> anyhow::Result<(String, Vec<&str>)> {
    const OPEN: &str = "<!-- later -->";
    const CLOSE: &str = "<!-- /later -->";
    let mut parts = html.split(OPEN);
    let mut first = parts.next().unwrap_or_default().to_owned();
    let mut later = Vec::new();
    for part in parts {
        let (inside, after) =
            part.split_once(CLOSE).with_context(|| format!("index.html: {OPEN} has no {CLOSE}"))?;
        later.push(inside.trim());
        first.push_str("<template class=\"later\"></template>");
        first.push_str(after);
    }
    ensure!(!first.contains(CLOSE), "index.html: {CLOSE} has no {OPEN}");
    Ok((first, later))
}

/// The page without its comments and indentation.
fn compact(html: &str) -> String {
    let mut parts = html.split("<!--");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| kept.push_str(part.split_once("-->").map_or("", |(_, after)| after)));
    kept.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A section that WebAssembly passes over, as it stands at a module's end.
fn custom_section(name: &str, content: &[u8]) -> Vec<u8> {
    let body = [&number(name.len()), name.as_bytes(), content].concat();
    [&[0][..], &number(body.len()), &body].concat()
}

/// In LEB128.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
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
    fn what_is_needed_later_leaves_the_page() {
        let (html, later) =
            parted("a<!-- later --> b\n<!-- /later -->c<!-- later -->d<!-- /later -->")
                .expect("a page");
        assert_eq!(later, ["b", "d"]);
        assert_eq!(html.replace("<template class=\"later\"></template>", "-"), "a-c-");
        assert!(parted("a<!-- later -->b").is_err());
        assert!(parted("a<!-- /later -->b").is_err());
    }

    #[test]
    fn comments_and_indentation_leave_the_page() {
        assert_eq!(compact("<a>\n  <!-- b\n c -->\n  <d>e\n    f</d>\n"), "<a>\n<d>e\nf</d>");
    }

    #[test]
    fn a_section_tells_its_length() {
        let section = custom_section("page", &[7; 200]);
        // 1 + 4 + 200 bytes are 77 and one time 128.
        assert_eq!(section[..8], [0, 77 | 0x80, 1, 4, b'p', b'a', b'g', b'e']);
        assert_eq!(section.len(), 3 + 205);
    }

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
