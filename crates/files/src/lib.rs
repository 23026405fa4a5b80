//! Files that are either the old ones or the new ones, never half of each; and folders likewise.
//!
//! A crate of its own, since both `lossland-compute` and a command built without it write files that
//! must survive `kill -9` and a loss of power. Errors are the system's; the caller knows what the
//! file was for.

#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` by way of a file beside it: written, flushed to disk, renamed. Whoever
/// looks at `path`, even after a crash, finds the old file or the new one.
///
/// # Errors
/// If the system refuses; then nothing has changed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary(path);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path)
    };
    write().inspect_err(|_| {
        // What was begun is of no use to anyone; the first error is the one to report.
        let _ = fs::remove_file(&temporary);
    })
}

/// Makes the folder `path` with what `fill` writes into the folder it is given, by way of one beside
/// it: filled, then renamed. Whoever looks at `path`, even after a crash, finds no folder or the whole
/// one, as far as `fill` flushes what it writes ([`write_atomically`] does).
///
/// # Errors
/// What `fill` says; or if the system refuses, as it does if there is a folder with something in it.
/// Then nothing has changed.
pub fn create_folder<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let temporary = temporary(path);
    // What a killed process left.
    match fs::remove_dir_all(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir(&temporary)?,
    }
    let create = || {
        fill(&temporary)?;
        fs::rename(&temporary, path)?;
        Ok(sync_folder(path)?)
    };
    create().inspect_err(|_| {
        // As above.
        let _ = fs::remove_dir_all(&temporary);
    })
}

/// The bytes of `path`, or `None` if there is no such file.
///
/// # Errors
/// If the system refuses for another reason.
pub fn read_if_present(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        bytes => bytes.map(Some),
    }
}

/// Removes `path` if it is there.
///
/// # Errors
/// If the system refuses.
pub fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// `a.npz` to `.a.npz.tmp` in the same folder, so that the rename stays within one file system, and
/// what a killed process left is written over by the next.
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
    fn a_refusal_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let occupied = dir.path().join("folder");
        fs::create_dir_all(occupied.join("inner")).unwrap();
        assert!(write_atomically(&occupied, b"").is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(write_atomically(&dir.path().join("none/a.bin"), b"").is_err());
    }

    #[test]
    fn a_folder_is_there_with_everything_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder");
        let create = |result: io::Result<()>| {
            create_folder(&path, |folder| fs::write(folder.join("a"), "a").and(result))
        };
        assert!(create(Err(io::Error::other("no more room"))).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        fs::create_dir(dir.path().join(".folder.tmp")).unwrap();
        create(Ok(())).unwrap();
        assert_eq!(fs::read(path.join("a")).unwrap(), b"a");
        assert!(create(Ok(())).is_err(), "what is there stays");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
