//! Files as `lossland-files` writes them, with this crate's errors, which name the file.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{ComputeError, Result};

/// Keeps other processes from writing what `file`, opened at `path`, stands for, until it is closed.
///
/// # Errors
/// [`ComputeError::InUse`] while another process holds it.
pub(crate) fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(ComputeError::InUse(format!(
            "{path:?} is in use: the same is being computed already; wait for that, or choose \
            another output"
        ))),
        Err(TryLockError::Error(error)) => Err(ComputeError::io("locking", path, error)),
    }
}

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
