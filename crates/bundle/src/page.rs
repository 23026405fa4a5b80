//! The page of a built site, and the same in one file.

use crate::{Assets, BundleError, CATALOG, head};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// What the one file may do: run its one script, have its one style, and ask nobody. Images are of its own.
const POLICY: &str = "default-src 'none'; script-src 'SCRIPT' 'wasm-unsafe-eval'; style-src 'STYLE'; \
    img-src data: blob:; base-uri 'none'; form-action 'none'";

/// The page of a built site, taken apart.
#[derive(Clone, Debug)]
pub struct Page {
    /// Up to and with `<head>`.
    begin: String,
    /// The tags of the head that stay.
    head: Vec<String>,
    /// From `</head>` on.
    body: String,
    icon: String,
    style: String,
    script: String,
    /// The page's program.
    program: Vec<String>,
}

/// What one file says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Cover<'a> {
    /// What a browser calls it, behind what it shows.
    pub title: &'a str,
    /// The view it opens with: what follows `#` in the page's address. Empty for the first view.
    pub view: &'a str,
}

impl Page {
    /// Takes the `index.html` of a built site apart.
    ///
    /// # Errors
    /// [`BundleError::Page`] if it is no such page.
    pub fn parse(html: &str) -> Result<Self, BundleError> {
        let malformed = |what: &str| BundleError::page(what, "none");
        let (begin, rest) = html.split_once("<head>").ok_or_else(|| malformed("<head>"))?;
        let (head, body) = rest.split_once("</head>").ok_or_else(|| malformed("</head>"))?;
        if body.to_ascii_lowercase().contains("<script") {
            return Err(BundleError::page("scripts in its head alone", "one in its body"));
        }
        let tags = head::tags(head)?;
        let find = |name: &str, key: &str, value: &str, attribute: &str| {
            let tag = tags.iter().find(|tag| tag.name == name && tag.is(key, value));
            let named = tag.and_then(|tag| tag.attribute(attribute));
            let what = || malformed(&format!("<{name} {key}=\"{value}\" {attribute}=...>"));
            named.ok_or_else(what).and_then(below)
        };
        let goes = |tag: &head::Tag<'_>| {
            matches!(tag.name, "link" | "script" | "style" | "title")
                || tag.attribute("http-equiv").is_some()
                || tag.is("name", "description")
                || tag.is("name", ONE_FILE)
        };
        Ok(Self {
            begin: format!("{begin}<head>"),
            head: tags.iter().filter(|tag| !goes(tag)).map(|tag| tag.text.to_owned()).collect(),
            body: format!("</head>{body}"),
            icon: find("link", "rel", "icon", "href")?,
            style: find("link", "rel", "stylesheet", "href")?,
            script: find("meta", "name", ONE_FILE, "content")?,
            program: vec![
                find("meta", "name", "program", "data-wasm")?,
                find("meta", "name", "program", "data-rest")?,
            ],
        })
    }

    /// The files of the site that one file is made of, relative to its page.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let others = [&self.icon, &self.style, &self.script];
        others.into_iter().chain(&self.program).map(String::as_str)
    }

    /// The page in one HTML file, with `assets` in place of the site's own. `files` has the contents of
    /// [`files`](Self::files).
    ///
    /// # Errors
    /// [`BundleError::Missing`] if it lacks one; [`BundleError::Page`] if one can't stand in a page.
    pub fn in_one_file(
        &self,
        files: &BTreeMap<String, Vec<u8>>,
        assets: &Assets,
        cover: &Cover<'_>,
    ) -> Result<String, BundleError> {
        let get = |name: &str| files.get(name).ok_or_else(|| BundleError::Missing(name.to_owned()));
        let style = text_within("style", get(&self.style)?)?;
        let script = text_within("script", get(&self.script)?)?;
        let policy =
            POLICY.replace("SCRIPT", &source_hash(&script)).replace("STYLE", &source_hash(&style));

        let mut html = self.begin.clone();
        let mut line = |text: &str| {
            html.push_str("\n  ");
            html.push_str(text);
        };
        line(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"));
        self.head.iter().for_each(|tag| line(tag));
        line(&format!("<title>{}</title>", escaped(cover.title)));
        line(&format!("<meta name=\"view\" content=\"{}\">", escaped(cover.view)));
        let icon = STANDARD.encode(get(&self.icon)?);
        line(&format!("<link rel=\"icon\" href=\"data:image/svg+xml;base64,{icon}\">"));
        line(&format!("<style>{style}</style>"));
        // The blocks are no scripts: a browser leaves alone what is of another type.
        let catalog = assets.catalog_json().replace('<', "\\u003c");
        line(&block("application/json", CATALOG, &catalog));
        let program = self.program.iter().map(|name| Ok((name, get(name)?)));
        let mut data = program.collect::<Result<Vec<_>, BundleError>>()?;
        data.extend(assets.surfaces().iter().map(|(name, bytes)| (name, bytes)));
        for (name, bytes) in data {
            line(&block("application/gzip", name, &STANDARD.encode(compressed(bytes))));
        }
        // Last, although a module waits for the whole page by itself.
        line(&format!("<script type=\"module\">{script}</script>"));
        html.push('\n');
        html.push_str(&self.body);
        Ok(html)
    }
}

/// The name of the `<meta>` that names the script of a page in one file.
const ONE_FILE: &str = "one-file";

/// The name of a file in a page, which has to be one of the site.
fn below(address: &str) -> Result<String, BundleError> {
    let name = address.strip_prefix("./").unwrap_or(address);
    let is_plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && part.bytes().any(|byte| byte != b'.')
    };
    if name.split('/').all(is_plain) {
        return Ok(name.to_owned());
    }
    let found: String = name.chars().take(80).collect();
    Err(BundleError::page("names of files beside it or below", format!("{found:?}")))
}

/// The text of a file that is to stand in an element of this name, as a browser reads it from there.
fn text_within(element: &str, bytes: &[u8]) -> Result<String, BundleError> {
    let wrong = |found: &str| {
        Err(BundleError::page(format!("text that can stand in <{element}>"), found.to_owned()))
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return wrong("what is no UTF-8") };
    let lower = text.to_ascii_lowercase();
    // The first ends the element, the second makes a browser overlook its end.
    for markup in [format!("</{element}"), "<!--".into()] {
        if lower.contains(&markup) {
            return wrong(&markup);
        }
    }
    // A browser reads all ends of lines as one; a digest of the others would not fit.
    Ok(text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}"))
}

/// The text of an element as a policy names it.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// A block of data for `web/one-file.js`, which answers with it where the page asks for `name`.
fn block(kind: &str, name: &str, text: &str) -> String {
    format!("<script type=\"{kind}\" data-name=\"{}\">{text}</script>", escaped(name))
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    // The header has no time in it: equal files give equal bytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_else(|error| unreachable!("a vector takes all: {error}"))
}

/// A text that is no markup, wherever it stands.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' => {
                // Writing to a string can't fail.
                let _ = write!(escaped, "&#{};", c as u32);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
pub(crate) mod tests;
