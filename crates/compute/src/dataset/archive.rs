//! Files out of a `.tar.gz` (RFC 1952 around POSIX ustar), by names that are known beforehand.
//!
//! Nothing in an archive decides where something is written or how much memory is taken: an entry is
//! taken if the last part of its path is a wanted name, whatever folder it claims to be in, and its
//! reader checks the length before it allocates.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{ComputeError, Result};

/// Gives the files of the archive at `path` that are named in `names` to `take`, in the archive's
/// order: name, length in bytes, content. The archive is read to its end, and its checksum compared.
///
/// # Errors
/// [`ComputeError::Data`] where the archive is damaged, lacks one of the files, has one twice or
/// unpacks to more than `max_unpacked` bytes; [`ComputeError::Io`] where it cannot be read; what
/// `take` says.
pub(crate) fn read_files(
    path: &Path,
    names: &[&'static str],
    max_unpacked: u64,
    take: impl FnMut(&'static str, u64, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).map_err(|error| ComputeError::io("reading", path, error))?;
    let mut unpacked = MultiGzDecoder::new(BufReader::new(file)).take(max_unpacked);
    let found = read_entries(&mut unpacked, names, take, path);
    // What it then looks like is a consequence.
    if unpacked.limit() == 0 {
        return Err(ComputeError::Data(format!(
            "expected an archive of {names:?}, {max_unpacked} bytes at most, found more in {path:?}"
        )));
    }
    let found = found?;
    let missing: Vec<_> = names.iter().filter(|name| !found.contains(name)).collect();
    if !missing.is_empty() {
        return Err(ComputeError::Data(format!(
            "expected an archive of {names:?}, found no {missing:?} in {path:?}; give the archive \
             of the binary version, cifar-10-binary.tar.gz"
        )));
    }
    Ok(())
}

/// What a failed read means: the system's refusal, or content that is not as it should be.
pub(crate) fn unreadable(path: &Path, error: io::Error) -> ComputeError {
    if error.raw_os_error().is_some() {
        return ComputeError::io("reading", path, error);
    }
    ComputeError::Data(format!(
        "expected {path:?} to be whole, found it damaged or of another kind ({error}); download or \
         unpack the archive again"
    ))
}

/// The names of what was given to `take`.
fn read_entries(
    unpacked: &mut impl Read,
    names: &[&'static str],
    mut take: impl FnMut(&'static str, u64, &mut dyn Read) -> Result<()>,
    path: &Path,
) -> Result<Vec<&'static str>> {
    let unreadable = |error| unreadable(path, error);
    let mut found = Vec::new();
    let mut archive = tar::Archive::new(&mut *unpacked);
    // Raw: extended names, which tar would hold in memory at any length, are skipped as unknown.
    for entry in archive.entries().map_err(unreadable)?.raw(true) {
        let mut entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let entry_path = entry.path_bytes();
        let last = entry_path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let Some(name) = names.iter().find(|name| name.as_bytes() == last) else { continue };
        if found.contains(name) {
            return Err(ComputeError::Data(format!(
                "expected every file once, found {name:?} twice in {path:?}"
            )));
        }
        found.push(*name);
        take(name, entry.size(), &mut entry)?;
    }
    io::copy(unpacked, &mut io::sink()).map_err(unreadable)?;
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::fs;
    use tar::{Builder, EntryType, Header};

    /// An archive of these entries.
    pub(crate) fn tar_gz(entries: &[(EntryType, &str, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (kind, path, content) in entries {
            let mut header = Header::new_ustar();
            // tar itself refuses to write paths that lead out of a folder.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    /// What is read of files "a" and "b" where an archive may unpack to 10 kB.
    fn read(archive: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar.gz");
        fs::write(&path, archive).unwrap();
        let mut files = Vec::new();
        read_files(&path, &["a", "b"], 10_240, |name, len, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(|error| unreadable(&path, error))?;
            assert_eq!(bytes.len() as u64, len);
            files.push((name, bytes));
            Ok(())
        })?;
        Ok(files)
    }

    fn refusal(archive: &[u8]) -> String {
        match read(archive) {
            Err(ComputeError::Data(text)) => text,
            other => panic!("expected a refusal of the data, found {other:?}"),
        }
    }

    const FILE: EntryType = EntryType::Regular;

    #[test]
    fn files_are_found_in_any_folder_and_order() {
        let archive = tar_gz(&[
            (EntryType::Directory, "data/", b""),
            (FILE, "data/b", b"bb"),
            (FILE, "data/readme", b"for people"),
            (FILE, "../../a", b"a"),
        ]);
        assert_eq!(read(&archive).unwrap(), [("b", b"bb".to_vec()), ("a", b"a".to_vec())]);
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        let a = (FILE, "a", &b"a"[..]);
        assert!(refusal(&tar_gz(&[a])).contains("found no [\"b\"]"));
        let link = (EntryType::Symlink, "b", &b""[..]);
        assert!(refusal(&tar_gz(&[a, link])).contains("found no [\"b\"]"));
        assert!(refusal(&tar_gz(&[a, a])).contains("found \"a\" twice"));
        let bomb = tar_gz(&[a, (FILE, "c", &[0; 1 << 20]), (FILE, "b", b"b")]);
        assert!(bomb.len() < 10_240, "{}", bomb.len());
        assert!(refusal(&bomb).contains("10240 bytes at most"));
        let long_name = tar_gz(&[(EntryType::GNULongName, "", &[b'n'; 1 << 20]), a]);
        assert!(refusal(&long_name).contains("10240 bytes at most"));
    }

    #[test]
    fn damage_is_never_other_content() {
        let sound = tar_gz(&[(FILE, "a", b"some content"), (FILE, "b", &[7; 3000])]);
        let content = read(&sound).unwrap();
        for len in 0..sound.len() {
            assert!(read(&sound[..len]).is_err(), "cut to {len} of {} bytes", sound.len());
        }
        for place in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[place] ^= 0x10;
            // Some bytes of gzip's own header mean nothing for the content.
            if let Ok(read) = read(&damaged) {
                assert_eq!(read, content, "byte {place}");
            }
        }
        assert!(refusal(b"not an archive").contains("of another kind"));
    }
}
