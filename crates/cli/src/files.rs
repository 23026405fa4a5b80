//! Surface files on disk: which format, read with the name in every error, written whole or not
//! at all.

use anyhow::Context;
use lossland_files::write_atomically;
pub(crate) use lossland_surface::Format;
use lossland_surface::{FieldKind, Surface};
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

/// The path of a surface file, whose ending says its format.
#[derive(Clone, Debug)]
pub(crate) struct SurfacePath {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
}

impl FromStr for SurfacePath {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, String> {
        let (_, format) = Format::of_name(path).map_err(|error| error.to_string())?;
        let path = PathBuf::from(path);
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
    let surface = file.format.read(&bytes, &id, z);
    Ok((surface.with_context(|| format!("decoding {path:?}"))?, bytes))
}

/// Writes a surface in the format of the file's name.
pub(crate) fn write_surface(file: &SurfacePath, surface: &Surface) -> anyhow::Result<()> {
    let path = &file.path;
    let bytes = file.format.write(surface);
    let bytes = bytes.with_context(|| format!("encoding {path:?}"))?;
    write_atomically(path, &bytes).with_context(|| format!("writing {path:?}"))
}
