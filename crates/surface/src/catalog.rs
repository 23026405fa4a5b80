//! The catalogue: which surfaces there are, as the page fetches it before any of them.
//!
//! ```json
//! {
//!   "version": 1,
//!   "surfaces": [
//!     {
//!       "id": "resnet20",
//!       "title": "ResNet-20, CIFAR-10 training loss",
//!       "file": "surfaces/resnet20.lossland",
//!       "bytes": 21562,
//!       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
//!       "first": { "file": "surfaces/resnet20.first", "bytes": 10737 }
//!     }
//!   ],
//!   "default": ["resnet20"],
//!   "aside": []
//! }
//! ```
//!
//! Keys that this version does not know are ignored. `aside`, which may be left out, has the ids of surfaces that the
//! page does not offer by themselves: its tour and addresses lead to them. `first` may be left out: it names the surface's
//! first part ([`first`](crate::first)), which the page then draws before it has the whole file.

use crate::json::{self, Json};
use crate::surface::repeated;
use crate::{Surface, SurfaceError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version that is written, and the only one that is read.
const VERSION: u16 = 1;
/// The longest catalogue that is read, in bytes: thousands of surfaces.
const MAX_LEN: usize = 1 << 20;

/// A list of surfaces, each with an id of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    surfaces: Vec<CatalogEntry>,
    default: Vec<String>,
    aside: Vec<String>,
}

/// One surface of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// The surface's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where its file is, relative to the catalogue, with `/` between folders.
    pub file: String,
    /// The file's length.
    pub bytes: u64,
    /// The file's SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// What is enough to draw it at first, where that has a file of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstPartEntry>,
}

/// The first part of a surface of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPartEntry {
    /// Where its file is, relative to the catalogue, with `/` between folders.
    pub file: String,
    /// The file's length.
    pub bytes: u64,
}

impl CatalogEntry {
    /// The entry of `surface`, whose encoded `bytes` are at `file`.
    pub fn new(surface: &Surface, file: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            id: surface.id().to_owned(),
            title: surface.title().to_owned(),
            file: file.into(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(bytes),
            first: None,
        }
    }
}

/// A catalogue as it is written, before anything is checked but its version.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wire {
    pub(crate) version: u16,
    pub(crate) surfaces: Vec<CatalogEntry>,
    pub(crate) default: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aside: Vec<String>,
}

/// The version, if it is one that is read.
pub(crate) fn checked_version(version: u32) -> Result<u16, SurfaceError> {
    if version == u32::from(VERSION) {
        return Ok(VERSION);
    }
    let found = version.try_into().unwrap_or(u16::MAX);
    Err(SurfaceError::Version { found, supported: VERSION })
}

impl Catalog {
    /// The catalogue of `surfaces`, of which those with the ids `default` are shown first.
    ///
    /// # Errors
    /// If two surfaces have one id, a default is none of them, a text is empty or has control
    /// characters, a file is not below the catalogue, or a digest is none.
    pub fn new(surfaces: Vec<CatalogEntry>, default: Vec<String>) -> Result<Self, SurfaceError> {
        surfaces.iter().try_for_each(check_entry)?;
        if let Some(id) = repeated(surfaces.iter().map(|entry| entry.id.as_str())) {
            return Err(SurfaceError::Invalid(format!(
                "catalogue: expected each surface once, found {id:?} twice"
            )));
        }
        check_ids(&surfaces, "default", &default)?;
        Ok(Self { surfaces, default, aside: Vec::new() })
    }

    /// The same with the surfaces of these ids aside.
    ///
    /// # Errors
    /// If one of them is none.
    pub fn with_aside(self, aside: Vec<String>) -> Result<Self, SurfaceError> {
        check_ids(&self.surfaces, "aside", &aside)?;
        Ok(Self { aside, ..self })
    }

    /// The catalogue in `json`, which may come from anywhere.
    ///
    /// # Errors
    /// If it is longer than 1 MiB, not JSON of this shape, or as for [`Catalog::new`].
    pub fn parse(json: &[u8]) -> Result<Self, SurfaceError> {
        /// Read first, since another version may have another shape.
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        check_len(json)?;
        let malformed = |error: serde_json::Error| malformed(error.to_string());
        let Version { version } = serde_json::from_slice(json).map_err(malformed)?;
        checked_version(version)?;
        Self::of(serde_json::from_slice(json).map_err(malformed)?)
    }

    /// The same where the caller parses JSON: see [`Json`].
    ///
    /// # Errors
    /// As for [`Catalog::parse`].
    pub fn parse_with<J: Json>(
        json: &[u8],
        parse: impl FnOnce(&str) -> Result<J, String>,
    ) -> Result<Self, SurfaceError> {
        check_len(json)?;
        let text = std::str::from_utf8(json).map_err(|error| malformed(error.to_string()))?;
        Self::of(json::catalog(parse(text).map_err(malformed)?)?)
    }

    fn of(wire: Wire) -> Result<Self, SurfaceError> {
        Self::new(wire.surfaces, wire.default)?.with_aside(wire.aside)
    }

    /// The catalogue as a JSON file that a person can read.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            version: VERSION,
            surfaces: self.surfaces.clone(),
            default: self.default.clone(),
            aside: self.aside.clone(),
        };
        let json = serde_json::to_string_pretty(&wire);
        json.unwrap_or_else(|error| unreachable!("texts and numbers are JSON: {error}")) + "\n"
    }

    /// The surfaces, in the order in which they are listed.
    pub fn surfaces(&self) -> &[CatalogEntry] {
        &self.surfaces
    }

    /// The ids of the surfaces to show first; each is one of a surface.
    pub fn default_ids(&self) -> &[String] {
        &self.default
    }

    /// The ids of the surfaces that are not offered by themselves; each is one of a surface.
    pub fn aside_ids(&self) -> &[String] {
        &self.aside
    }
}

fn check_ids(surfaces: &[CatalogEntry], key: &str, ids: &[String]) -> Result<(), SurfaceError> {
    let is_known = |id: &String| surfaces.iter().any(|entry| entry.id == *id);
    match ids.iter().find(|id| !is_known(id)) {
        Some(unknown) => Err(SurfaceError::Invalid(format!(
            "catalogue: expected the ids of surfaces in {key:?}, found {unknown:?}, which no \
             surface has"
        ))),
        None => Ok(()),
    }
}

fn check_len(json: &[u8]) -> Result<(), SurfaceError> {
    if json.len() > MAX_LEN {
        return Err(SurfaceError::TooLarge {
            what: "the catalogue".into(),
            found: json.len() as u64,
            limit: MAX_LEN as u64,
        });
    }
    Ok(())
}

fn malformed(why: String) -> SurfaceError {
    SurfaceError::format("a catalogue in JSON", why)
}

/// Which of the surfaces with these ids are the main ones of their catalogue: the first six, but no
/// further plane of a network that is listed itself ([`network_of`]).
pub fn main_surfaces(ids: &[&str]) -> Vec<usize> {
    (0..ids.len()).filter(|index| network_of(ids[*index], ids) == ids[*index]).take(6).collect()
}

/// The id that stands for the network of a surface among these: `NAME` for `NAME_seed8`, another plane
/// of it, if there is a `NAME`; else its own.
pub fn network_of<'a>(id: &'a str, ids: &[&str]) -> &'a str {
    match id.rsplit_once("_seed") {
        Some((name, seed))
            if ids.contains(&name)
                && !seed.is_empty()
                && seed.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => id,
    }
}

fn check_entry(entry: &CatalogEntry) -> Result<(), SurfaceError> {
    let wrong = |what: &str, expected: &str, found: &str| {
        let found: String = found.chars().take(80).collect();
        Err(SurfaceError::Invalid(format!(
            "catalogue: {what} of surface {:?}: expected {expected}, found {found:?}",
            entry.id.chars().take(80).collect::<String>()
        )))
    };
    for (what, text) in [("id", &entry.id), ("title", &entry.title)] {
        if text.is_empty() || text.chars().any(char::is_control) {
            return wrong(what, "a text without control characters", text);
        }
    }
    let first = entry.first.as_ref().map(|first| &first.file);
    for file in std::iter::once(&entry.file).chain(first) {
        if !is_below(file) {
            return wrong("file", "a relative path with '/' and without '..'", file);
        }
    }
    let is_digest = entry.sha256.len() == 64
        && entry.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !is_digest {
        return wrong("sha256", "64 lower-case hexadecimal digits", &entry.sha256);
    }
    Ok(())
}

/// Whether `path`, taken as a relative address, stays below the place it is relative to. What
/// could have a meaning of its own in an address (`:`, `?`, `#`, `%`, `\`) is not allowed.
fn is_below(path: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !r":?#%\".contains(c);
    path.chars().all(is_plain)
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// The SHA-256 of `bytes` in lower-case hexadecimal, as catalogues and provenance have it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, FieldKind, Grid};

    fn entry(id: &str, file: &str) -> CatalogEntry {
        let grid = Grid { x: "0:1:2".parse().unwrap(), y: "0:0:1".parse().unwrap() };
        let field = Field::new(FieldKind::TrainLoss, vec![1.0, 2.0]).unwrap();
        let surface = Surface::new(id, "A title", grid, vec![field]).unwrap();
        CatalogEntry::new(&surface, file, b"abc")
    }

    #[test]
    fn what_is_written_is_read() {
        let surfaces = vec![entry("a", "surfaces/a.lossland"), entry("b", "b.lossland")];
        let catalog = Catalog::new(surfaces, vec!["b".into()]).unwrap();
        assert_eq!(Catalog::parse(catalog.to_json().as_bytes()).unwrap(), catalog);
        assert_eq!(catalog.surfaces()[0].bytes, 3);
        assert_eq!(
            catalog.surfaces()[0].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn one_plane_of_each_network_is_main() {
        let ids = ["a", "a_seed8", "b", "c_seed1", "d", "e", "f", "g"];
        assert_eq!(main_surfaces(&ids), [0, 2, 3, 4, 5, 6]);
        assert_eq!(main_surfaces(&ids[..2]), [0]);
    }

    #[test]
    fn files_are_below_the_catalogue() {
        for file in ["a.lossland", "surfaces/a.lossland", "a/b/c", "..a", "a..b"] {
            assert!(is_below(file), "{file}");
        }
        for file in [
            "",
            "/a",
            "//host/a",
            "https://host/a",
            "data:,a",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "..\\a",
            "a\\b",
            "%2e%2e/a",
            "a?b",
            "a#b",
            "a\nb",
            "a b",
        ] {
            assert!(!is_below(file), "{file}");
        }
    }
}
