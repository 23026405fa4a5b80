//! Surface files on disk: which format, read with the name in every error, written whole or not
//! at all.

use anyhow::Context;
use lossland_files::write_atomically;
use lossland_surface::{FieldKind, Surface, csv, decode, encode, npz};
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

/// The path of a surface file, whose ending says its format.
#[derive(Clone, Debug)]
pub(crate) struct SurfacePath {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
}

/// The formats that surfaces are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Lossland,
    Npz,
    Csv,
}

impl FromStr for SurfacePath {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, String> {
        let path = PathBuf::from(path);
        let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
        let format = match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("lossland") => Format::Lossland,
            Some("npz") => Format::Npz,
            Some("csv") => Format::Csv,
            _ => return Err("expected a name that ends in .lossland, .npz or .csv".into()),
        };
        Ok(Self { path, format })
    }
}

/// The surface in a file of any format, with the file's bytes. `z` is what the array `Z` of a
/// `.npz` file holds, where it is not the training loss. A file that does not say its id gets
/// its own name as one.
pub(crate) fn read_surface(
    file: &SurfacePath,
    z: Option<FieldKind>,
) -> anyhow::Result<(Surface, Vec<u8>)> {
    let path = &file.path;
    let bytes = fs::read(path).with_context(|| format!("reading {path:?}"))?;
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let surface = match file.format {
        Format::Lossland => decode(&bytes),
        Format::Npz => npz::read(&bytes, &npz::Import { id, z }),
        Format::Csv => csv::read(&bytes, &id),
    };
    Ok((surface.with_context(|| format!("decoding {path:?}"))?, bytes))
}

/// Writes a surface in the format of the file's name.
pub(crate) fn write_surface(file: &SurfacePath, surface: &Surface) -> anyhow::Result<()> {
    let path = &file.path;
    let bytes = match file.format {
        Format::Lossland => encode(surface),
        Format::Npz => npz::write(surface),
        Format::Csv => Ok(csv::write(surface).into_bytes()),
    };
    let bytes = bytes.with_context(|| format!("encoding {path:?}"))?;
    write_atomically(path, &bytes).with_context(|| format!("writing {path:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        let format = |path: &str| path.parse::<SurfacePath>().map(|file| file.format);
        assert_eq!(format("a/b.c.lossland"), Ok(Format::Lossland));
        assert_eq!(format("A.NPZ"), Ok(Format::Npz));
        assert_eq!(format("a.csv"), Ok(Format::Csv));
        for other in ["a", "a.txt", "lossland", "a.lossland/", ""] {
            assert!(format(other).is_err() || other.ends_with('/'), "{other}");
        }
    }
}
