//! Files that are either the old ones or the new ones, never half of each.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{ComputeError, Result};

/// Writes `bytes` to `path` by way of a file beside it: written, flushed to disk, renamed. Whoever
/// looks at `path`, even after a crash, finds the old file or the new one.
///
/// # Errors
/// [`ComputeError::Io`] if the system refuses.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(path);
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path)
    };
    write().map_err(|error| {
        // What was begun is of no use to anyone; the first error is the one to report.
        let _ = fs::remove_file(&temporary);
        ComputeError::io("writing", path, error)
    })
}

/// The bytes of `path`, or `None` if there is no such file.
///
/// # Errors
/// [`ComputeError::Io`] if the system refuses for another reason.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ComputeError::io("reading", path, error)),
    }
}

/// Removes `path` if it is there.
///
/// # Errors
/// [`ComputeError::Io`] if the system refuses.
pub(crate) fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ComputeError::io("removing", path, error))
        }
        _ => Ok(()),
    }
}

/// `a.safetensors` to `.a.safetensors.tmp` in the same folder, so that the rename stays within one
/// file system.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// Makes a rename in the folder of `path` survive a loss of power.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(read_if_present(&path).unwrap().unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        remove_if_present(&path).unwrap();
        remove_if_present(&path).unwrap();
        assert_eq!(read_if_present(&path).unwrap(), None);
    }

    #[test]
    fn a_refusal_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_atomically(&dir.path().join("none/a.bin"), b"").unwrap_err();
        assert!(error.to_string().starts_with("writing \""), "{error}");
    }
}
