//! Puts digests into the names of the surfaces of a built site and of their first parts, and into the
//! catalogue that lists them.
//!
//! Sources keep plain names (`assets/surfaces/resnet20.lossland`): only the site that is shipped gets
//! digests. A surface's address then changes when its bytes do, and may be cached for ever.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

/// The endings of surfaces and of their first parts.
const ENDINGS: [&str; 2] = ["lossland", "first"];

/// Renames `surfaces/NAME.lossland` in `assets` to `surfaces/NAME-DIGEST.lossland`, first parts likewise,
/// and has `catalog.json` say so.
///
/// # Errors
/// If the catalogue lists a file that is not there, or a file is not in the catalogue.
pub(crate) fn put_into_names(assets: &Path) -> anyhow::Result<()> {
    let path = assets.join("catalog.json");
    let mut catalog =
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;

    let folder = assets.join("surfaces");
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files: Vec<_> =
        entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.sort();
    for file in files {
        let name = file.file_name().context("a file has a name")?.to_string_lossy();
        let Some((stem, ending)) = name.rsplit_once('.').filter(|(_, e)| ENDINGS.contains(e))
        else {
            continue;
        };
        let digest = prefix_of_digest(&fs::read(&file)?);
        let digested = format!("{stem}-{digest}.{ending}");
        // Names are plain ASCII, so that JSON quotes them in one way only.
        let (plain, new) = (format!("\"surfaces/{name}\""), format!("\"surfaces/{digested}\""));
        ensure!(catalog.contains(&plain), "catalog.json lists no \"surfaces/{name}\"");
        catalog = catalog.replace(&plain, &new);
        fs::rename(&file, folder.join(digested))?;
    }

    let is_file = |text: &&str| text.rsplit_once('.').is_some_and(|(_, e)| ENDINGS.contains(&e));
    for listed in catalog.split('"').filter(is_file) {
        let there = assets.join(listed).is_file();
        ensure!(there, "catalog.json lists {listed:?}, which is not in assets/");
    }
    fs::write(&path, catalog).with_context(|| format!("writing {}", path.display()))
}

/// The first 32 bits in hexadecimal: enough to tell versions of one file apart.
pub(crate) fn prefix_of_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(catalog: &str, files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(dir.path().join("surfaces")).expect("made");
        fs::write(dir.path().join("catalog.json"), catalog).expect("written");
        for file in files {
            fs::write(dir.path().join("surfaces").join(file), "abc").expect("written");
        }
        dir
    }

    #[test]
    fn names_get_digests_and_the_catalogue_follows() {
        let dir = assets(r#"[{"file": "surfaces/a.lossland", "title": "a"}]"#, &["a.lossland"]);
        put_into_names(dir.path()).expect("digested");
        // SHA-256 of "abc" starts with ba7816bf (FIPS 180-2, appendix B.1).
        let catalog = fs::read_to_string(dir.path().join("catalog.json")).expect("read");
        assert_eq!(catalog, r#"[{"file": "surfaces/a-ba7816bf.lossland", "title": "a"}]"#);
        assert!(dir.path().join("surfaces/a-ba7816bf.lossland").exists());
        assert!(!dir.path().join("surfaces/a.lossland").exists());
    }

    #[test]
    fn first_parts_get_digests_of_their_own() {
        let catalog = r#"["surfaces/a.lossland", "surfaces/a.first"]"#;
        let dir = assets(catalog, &["a.lossland", "a.first"]);
        fs::write(dir.path().join("surfaces/a.first"), "").expect("written");
        put_into_names(dir.path()).expect("digested");
        let catalog = fs::read_to_string(dir.path().join("catalog.json")).expect("read");
        // SHA-256 of nothing starts with e3b0c442.
        assert_eq!(catalog, r#"["surfaces/a-ba7816bf.lossland", "surfaces/a-e3b0c442.first"]"#);
    }

    #[test]
    fn a_name_that_starts_another_is_left_alone() {
        let catalog = r#"["surfaces/a.lossland", "surfaces/a_noshort.lossland"]"#;
        let dir = assets(catalog, &["a.lossland", "a_noshort.lossland"]);
        put_into_names(dir.path()).expect("digested");
        assert!(dir.path().join("surfaces/a_noshort-ba7816bf.lossland").exists());
    }

    #[test]
    fn catalogue_and_files_must_agree() {
        let missing = assets(r#"["surfaces/a.lossland", "surfaces/b.lossland"]"#, &["a.lossland"]);
        let error = put_into_names(missing.path()).expect_err("refused").to_string();
        assert_eq!(error, "catalog.json lists \"surfaces/b.lossland\", which is not in assets/");

        let unlisted = assets("[]", &["a.lossland"]);
        let error = put_into_names(unlisted.path()).expect_err("refused").to_string();
        assert_eq!(error, "catalog.json lists no \"surfaces/a.lossland\"");
    }
}
