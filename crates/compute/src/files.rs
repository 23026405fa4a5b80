//! Files as `lossland-files` writes them, with this crate's errors, which name the file.

use std::path::Path;

use crate::error::{ComputeError, Result};

pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    lossland_files::write_atomically(path, bytes)
        .map_err(|error| ComputeError::io("writing", path, error))
}

pub(crate) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>> {
    lossland_files::read_if_present(path).map_err(|error| ComputeError::io("reading", path, error))
}

pub(crate) fn remove_if_present(path: &Path) -> Result<()> {
    lossland_files::remove_if_present(path)
        .map_err(|error| ComputeError::io("removing", path, error))
}
