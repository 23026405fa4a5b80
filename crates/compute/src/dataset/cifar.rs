//! CIFAR-10 in its binary version (Krizhevsky 2009): files of records of one label byte and 3,072
//! pixel bytes, in a folder or in the archive that the folder is unpacked from.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::archive::{read_files, unreadable};
use super::{Dataset, IMAGE_LEN, PixelType};
use crate::error::{ComputeError, Result};
use crate::files::write_atomically;

/// Part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// What networks are trained on.
    Train,
    /// What they are tested on.
    Test,
}

/// The binary version's files: five to train on, then one to test on.
pub const CIFAR10_FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// The folder that the official archive unpacks to.
pub const CIFAR10_FOLDER: &str = "cifar-10-batches-bin";

const RECORD_LEN: usize = 1 + IMAGE_LEN;

/// The official files hold 10,000 records; ten times that is no CIFAR-10 and is refused before it
/// is read.
const MAX_FILE_LEN: u64 = 100_000 * RECORD_LEN as u64;

/// What an archive may unpack to: the largest files, and room for the ones beside them.
const MAX_UNPACKED: u64 = CIFAR10_FILES.len() as u64 * MAX_FILE_LEN + (1 << 24);

/// Reads one split from `path`: the folder of `data_batch_1.bin` and so on, the one above it, or the
/// archive, `cifar-10-binary.tar.gz`. An archive is unpacked anew for each split (0.4 s).
///
/// # Errors
/// [`ComputeError::Data`] where a file is missing or is not a whole number of records, a label is
/// not below 10, or the archive is damaged; [`ComputeError::Io`] where a file cannot be read.
pub fn load_cifar10(path: &Path, split: Split) -> Result<Dataset> {
    let names = match split {
        Split::Train => &CIFAR10_FILES[..5],
        Split::Test => &CIFAR10_FILES[5..],
    };
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    let mut add = |len: u64, content: &mut dyn Read, origin: &Path| -> Result<()> {
        for record in read_records(len, content, origin)?.chunks_exact(RECORD_LEN) {
            labels.push(record[0]);
            pixels.extend_from_slice(&record[1..]);
        }
        Ok(())
    };
    if path.is_file() {
        read_files(path, names, MAX_UNPACKED, |name, len, content| {
            add(len, content, &path.join(name))
        })?;
    } else {
        for path in files_in(path, names)? {
            let io = |error| ComputeError::io("reading", &path, error);
            let mut file = File::open(&path).map_err(io)?;
            add(file.metadata().map_err(io)?.len(), &mut file, &path)?;
        }
    }
    Dataset::new("CIFAR-10", PixelType::U8, pixels, &labels)
}

/// Writes the six files of CIFAR-10's archive to `folder`, each whole or not at all, and nothing else
/// of it.
///
/// # Errors
/// [`ComputeError::Data`] where the archive is not one that [`load_cifar10`] would read;
/// [`ComputeError::Io`] where it cannot be read or the folder not be written.
pub fn unpack_cifar10(archive: &Path, folder: &Path) -> Result<()> {
    read_files(archive, &CIFAR10_FILES, MAX_UNPACKED, |name, len, content| {
        write_atomically(&folder.join(name), &read_records(len, content, &archive.join(name))?)
    })
}

fn files_in(dir: &Path, names: &[&str]) -> Result<Vec<PathBuf>> {
    let inner = dir.join(CIFAR10_FOLDER);
    let folder = if inner.is_dir() { inner } else { dir.to_owned() };
    let missing: Vec<_> = names.iter().filter(|name| !folder.join(name).is_file()).collect();
    if !missing.is_empty() {
        return Err(ComputeError::Data(format!(
            "expected CIFAR-10's binary files in {folder:?}, found no {missing:?}; give \
             cifar-10-binary.tar.gz or the folder that it unpacks to"
        )));
    }
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

/// The records of one file of `len` bytes, checked.
fn read_records(len: u64, content: &mut dyn Read, origin: &Path) -> Result<Vec<u8>> {
    if len == 0 || !len.is_multiple_of(RECORD_LEN as u64) || len > MAX_FILE_LEN {
        return Err(ComputeError::Data(format!(
            "expected records of {RECORD_LEN} bytes, 10000 of them in the official files, found \
             {len} bytes in {origin:?}; download or unpack the archive again"
        )));
    }
    let mut records = vec![0; len as usize];
    content.read_exact(&mut records).map_err(|error| unreadable(origin, error))?;
    let wrong = records.chunks_exact(RECORD_LEN).position(|record| record[0] > 9);
    if let Some(place) = wrong {
        return Err(ComputeError::Data(format!(
            "expected labels from 0 to 9, found {} for record {place} of {origin:?}; download or \
             unpack the archive again",
            records[place * RECORD_LEN]
        )));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::archive::tests::tar_gz;
    use std::fs;
    use tar::EntryType;

    fn write(dir: &Path, records: &[u8]) {
        fs::write(dir.join("test_batch.bin"), records).unwrap();
    }

    #[test]
    fn the_folder_or_the_one_above_it_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join(CIFAR10_FOLDER);
        fs::create_dir(&inner).unwrap();
        write(&inner, &[7; 2 * RECORD_LEN]);
        for path in [dir.path(), &inner] {
            let data = load_cifar10(path, Split::Test).unwrap();
            assert_eq!((data.len(), data.label(1), data.image(1)[0]), (2, 7, 7));
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let fails = || load_cifar10(dir.path(), Split::Test).err().unwrap().to_string();
        assert!(fails().contains("found no [\"test_batch.bin\"]"), "{}", fails());
        write(dir.path(), &[1; RECORD_LEN + 1]);
        assert!(fails().contains("found 3074 bytes"), "{}", fails());
        write(dir.path(), &[]);
        assert!(fails().contains("found 0 bytes"), "{}", fails());
        write(dir.path(), &[10; RECORD_LEN]);
        assert!(fails().contains("found 10 for record 0"), "{}", fails());
    }

    /// An archive of files of `n` records each, no two alike, with these names.
    fn archive_of(n: usize, names: &[&str]) -> Vec<u8> {
        let files: Vec<Vec<u8>> = (0..names.len() * n)
            .map(|k| [&[k as u8 % 10][..], &[k as u8; IMAGE_LEN]].concat())
            .collect::<Vec<_>>()
            .chunks(n)
            .map(<[Vec<u8>]>::concat)
            .collect();
        let paths: Vec<String> =
            names.iter().map(|name| format!("{CIFAR10_FOLDER}/{name}")).collect();
        let entries = files.iter().zip(&paths);
        tar_gz(
            &entries.map(|(file, path)| (EntryType::Regular, &**path, &**file)).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn the_archive_will_do_and_unpacks_to_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let [archive, folder] = ["x.tar.gz", "unpacked"].map(|name| dir.path().join(name));
        // The official archive has its files in an order of its own, too.
        let names = ["data_batch_1.bin", "data_batch_3.bin", "data_batch_4.bin", "test_batch.bin"];
        let names = [&names[..], &["data_batch_5.bin", "data_batch_2.bin"]].concat();
        fs::write(&archive, archive_of(3, &names)).unwrap();
        fs::create_dir(&folder).unwrap();
        unpack_cifar10(&archive, &folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 6);
        for (split, n) in [(Split::Train, 15), (Split::Test, 3)] {
            let [packed, unpacked] =
                [&archive, &folder].map(|path| load_cifar10(path, split).unwrap());
            assert_eq!((packed.len(), packed.digest()), (n, unpacked.digest()));
        }
    }

    #[test]
    fn archives_of_something_else_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar.gz");
        let refuse = |archive: &[u8]| {
            fs::write(&path, archive).unwrap();
            let folder = dir.path().join("unpacked");
            fs::create_dir_all(&folder).unwrap();
            let text = unpack_cifar10(&path, &folder).err().unwrap().to_string();
            assert_eq!(text, load_cifar10(&path, Split::Test).err().unwrap().to_string());
            text
        };
        let python = tar_gz(&[(EntryType::Regular, "cifar-10-batches-py/test_batch", b"pickle")]);
        fs::write(&path, python).unwrap();
        let text = load_cifar10(&path, Split::Test).err().unwrap().to_string();
        assert!(text.contains("found no [\"test_batch.bin\"]"), "{text}");
        assert!(text.contains("binary version"), "{text}");

        let text = refuse(&tar_gz(&[(EntryType::Regular, "test_batch.bin", b"short")]));
        assert!(text.contains("found 5 bytes in"), "{text}");
        assert!(text.contains("x.tar.gz/test_batch.bin\""), "{text}");
        let text = refuse(&tar_gz(&[(EntryType::Regular, "test_batch.bin", &[11; RECORD_LEN])]));
        assert!(text.contains("found 11 for record 0"), "{text}");
    }

    #[test]
    fn lengths_are_checked_before_memory_is_taken() {
        let text = |len| {
            let refused = read_records(len, &mut std::io::empty(), Path::new("a"));
            refused.err().unwrap().to_string()
        };
        assert!(text((1 << 40) * RECORD_LEN as u64).contains("official files"));
        assert!(text(RECORD_LEN as u64).contains("of another kind"));
    }
}
