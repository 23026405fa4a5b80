//! CIFAR-10 in its binary version (Krizhevsky 2009): files of records of one label byte and 3,072
//! pixel bytes.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Dataset, IMAGE_LEN, PixelType};
use crate::error::{ComputeError, Result};

/// Part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// What networks are trained on.
    Train,
    /// What they are tested on.
    Test,
}

const TRAIN_FILES: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST_FILES: [&str; 1] = ["test_batch.bin"];

/// The folder that the official archive unpacks to.
const FOLDER: &str = "cifar-10-batches-bin";

const RECORD_LEN: usize = 1 + IMAGE_LEN;

/// The official files hold 10,000 records; ten times that is no CIFAR-10 and is refused before it
/// is read.
const MAX_FILE_LEN: u64 = 100_000 * RECORD_LEN as u64;

/// Reads one split from `dir`, which is the folder of `data_batch_1.bin` and so on, or the one
/// above it.
///
/// # Errors
/// [`ComputeError::Data`] where a file is missing or is not a whole number of records, or a label
/// is not below 10; [`ComputeError::Io`] where a file cannot be read.
pub fn load_cifar10(dir: &Path, split: Split) -> Result<Dataset> {
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    for path in files(dir, split)? {
        let bytes = read(&path)?;
        for record in bytes.chunks_exact(RECORD_LEN) {
            if record[0] > 9 {
                return Err(ComputeError::Data(format!(
                    "expected labels from 0 to 9, found {} for record {} of {path:?}; unpack the \
                    archive again",
                    record[0],
                    labels.len()
                )));
            }
            labels.push(record[0]);
            pixels.extend_from_slice(&record[1..]);
        }
    }
    Dataset::new("CIFAR-10", PixelType::U8, pixels, &labels)
}

fn files(dir: &Path, split: Split) -> Result<Vec<PathBuf>> {
    let names: &[&str] = match split {
        Split::Train => &TRAIN_FILES,
        Split::Test => &TEST_FILES,
    };
    let inner = dir.join(FOLDER);
    let folder = if inner.is_dir() { inner } else { dir.to_owned() };
    let missing: Vec<_> = names.iter().filter(|name| !folder.join(name).is_file()).collect();
    if !missing.is_empty() {
        return Err(ComputeError::Data(format!(
            "expected CIFAR-10's binary files in {folder:?}, found no {missing:?}; unpack \
             cifar-10-binary.tar.gz and give the folder that it makes"
        )));
    }
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let io = |error| ComputeError::io("reading", path, error);
    let len = fs::metadata(path).map_err(io)?.len();
    if len == 0 || len % RECORD_LEN as u64 != 0 || len > MAX_FILE_LEN {
        return Err(ComputeError::Data(format!(
            "expected records of {RECORD_LEN} bytes, 10000 of them in the official files, found \
            {len} bytes in {path:?}; unpack the archive again"
        )));
    }
    fs::read(path).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, records: &[u8]) {
        fs::write(dir.join("test_batch.bin"), records).unwrap();
    }

    #[test]
    fn the_folder_or_the_one_above_it_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join(FOLDER);
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
}
