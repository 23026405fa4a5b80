//! Files that are either the old ones or the new ones, never half of each; and folders likewise.
//!
//! A crate of its own, since both `lossland-compute` and a command built without it write files that
//! must survive `kill -9` and a loss of power. Errors are the system's; the caller knows what the
//! file was for.

#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `bytes` to `path` by way of a file beside it: written, flushed to disk, renamed. Whoever
/// looks at `path`, even after a crash, finds the old file or the new one; of several that write it
/// at once, the last one's.
///
/// # Errors
/// If the system refuses; then nothing has changed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Removes itself unless it is kept.
    let mut temporary = beside(path, 0o666, |builder, folder| builder.tempfile_in(folder))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    sync_folder(path)
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
    let temporary = beside(path, 0o777, |builder, folder| builder.tempdir_in(folder))?;
    fill(temporary.path())?;
    fs::rename(temporary.path(), path)?;
    // Under its new name it is to stay.
    let _old_name = temporary.keep();
    Ok(sync_folder(path)?)
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

/// Makes something beside `path` with a name such as `.a.npz.x7Rf2k`: in the same folder, so that the
/// rename stays within one file system, and each time another, so that programs that write the same
/// file at once do not mix. Whoever is killed while he writes leaves one. Where there are such, it
/// has the permissions `mode` within the umask, as what any program makes: it is no secret.
fn beside<T>(
    path: &Path,
    #[cfg_attr(not(unix), expect(unused_variables, reason = "Unix alone has modes"))] mode: u32,
    make: impl FnOnce(&tempfile::Builder<'_, '_>, &Path) -> io::Result<T>,
) -> io::Result<T> {
    let prefix = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    make(&builder, folder(path))
}

/// The folder that `path` is in.
fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Makes a rename in the folder of `path` survive a loss of power.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
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
    fn of_several_writers_each_succeeds_and_the_file_is_one_of_theirs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..50 {
                        write_atomically(path, &[writer; 1000]).unwrap();
                    }
                });
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() == 1000 && bytes.iter().all(|byte| *byte == bytes[0]));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_a_file_and_enter_a_folder_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        fs::write(dir.path().join("plain"), "").unwrap();
        write_atomically(&dir.path().join("ours"), b"").unwrap();
        assert_eq!(mode("ours"), mode("plain"));
        fs::create_dir(dir.path().join("plain_folder")).unwrap();
        create_folder(&dir.path().join("folder"), |_| io::Result::Ok(())).unwrap();
        assert_eq!(mode("folder"), mode("plain_folder"));
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
        create(Ok(())).unwrap();
        assert_eq!(fs::read(path.join("a")).unwrap(), b"a");
        assert!(create(Ok(())).is_err(), "what is there stays");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
