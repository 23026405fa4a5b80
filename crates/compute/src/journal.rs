//! The journal of a running computation: what was computed is on disk as soon as it is, whatever
//! happens to the program.
//!
//! A header ties the file to one run; then each computed point is one record. All
//! integers and floats are little-endian, and each part ends with the CRC-32 of its other bytes.
//!
//! A header is `LOSSJRNL`, u32 version (2), u32 values in a point, u64 points in the grid, 32 bytes
//! of the run's digest, u32 CRC. A record is u64 index of the point, u32 number of its images'
//! losses, f32 for each of its values, f32 for each of those losses, u32 CRC. Only points that others
//! lean on keep their images' losses.
//!
//! Records are appended; the first that is torn or damaged ends the journal, and it and what
//! follows are computed again. Writes reach the system at once, which is enough to survive the end
//! of the program, and the disk every second.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{ComputeError, Result};
use crate::files::lock;

const MAGIC: &[u8; 8] = b"LOSSJRNL";
const VERSION: u32 = 2;
const HEADER_LEN: usize = 8 + 4 + 4 + 8 + 32 + 4;
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What a journal belongs to.
pub(crate) struct Run {
    /// Digest of everything that decides the values.
    pub(crate) digest: [u8; 32],
    /// Points of the grid.
    pub(crate) points: usize,
    /// Values in a point.
    pub(crate) width: usize,
}

/// A recorded point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Its index in the grid.
    pub(crate) index: usize,
    /// Its values.
    pub(crate) values: Vec<f32>,
    /// Its images' losses, if others lean on them.
    pub(crate) losses: Vec<f32>,
}

/// An open journal; no other program can open it meanwhile.
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    synced: Instant,
}

impl Journal {
    /// Opens the run's journal at `path`, or begins one; gives the points recorded so far.
    ///
    /// # Errors
    /// [`ComputeError::OtherRun`] where the file belongs to another run or is no journal;
    /// [`ComputeError::InUse`] while another process writes it.
    pub(crate) fn open(path: &Path, run: &Run) -> Result<(Self, Vec<Point>)> {
        let io = |error| ComputeError::io("opening", path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        (&mut file).take(HEADER_LEN as u64).read_to_end(&mut bytes).map_err(io)?;
        let header = header(run);
        let (points, len) = if header.starts_with(&bytes) && bytes.len() < HEADER_LEN {
            // New, or torn while it was begun.
            file.set_len(0).map_err(io)?;
            file.rewind().map_err(io)?;
            file.write_all(&header).map_err(io)?;
            (Vec::new(), HEADER_LEN)
        } else if bytes == header {
            file.read_to_end(&mut bytes).map_err(io)?;
            records(&bytes, run)
        } else {
            return Err(other(path, &bytes));
        };
        file.set_len(len as u64).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        file.sync_all().map_err(io)?;
        Ok((Self { file, path: path.to_owned(), synced: Instant::now() }, points))
    }

    /// Records a point.
    ///
    /// # Errors
    /// [`ComputeError::Io`] if the system refuses.
    pub(crate) fn append(&mut self, point: &Point) -> Result<()> {
        let mut record = (point.index as u64).to_le_bytes().to_vec();
        record.extend((point.losses.len() as u32).to_le_bytes());
        let numbers = point.values.iter().chain(&point.losses);
        record.extend(numbers.flat_map(|number| number.to_le_bytes()));
        record.extend(crc32fast::hash(&record).to_le_bytes());
        // One write, so that whoever ends the program can tear no record but the last.
        self.file.write_all(&record).map_err(|error| self.io(error))?;
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// Flushes everything to the disk.
    ///
    /// # Errors
    /// [`ComputeError::Io`] if the system refuses.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|error| self.io(error))
    }

    fn io(&self, error: io::Error) -> ComputeError {
        ComputeError::io("writing", &self.path, error)
    }
}

fn header(run: &Run) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((run.width as u32).to_le_bytes());
    bytes.extend((run.points as u64).to_le_bytes());
    bytes.extend(run.digest);
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// Bytes before a record's numbers.
const RECORD_HEAD_LEN: usize = 8 + 4;

/// The whole records after the header, and where they end.
fn records(bytes: &[u8], run: &Run) -> (Vec<Point>, usize) {
    let mut points = Vec::new();
    let mut len = HEADER_LEN;
    while let Some((point, record_len)) = record(&bytes[len..], run) {
        points.push(point);
        len += record_len;
    }
    (points, len)
}

/// The record that the bytes begin with, and its length; `None` where there is no whole one.
fn record(bytes: &[u8], run: &Run) -> Option<(Point, usize)> {
    let (index, rest) = bytes.split_first_chunk::<8>()?;
    let (n_losses, _) = rest.split_first_chunk::<4>()?;
    let n_numbers = run.width.checked_add(u32::from_le_bytes(*n_losses) as usize)?;
    let len = n_numbers.checked_mul(4)?.checked_add(RECORD_HEAD_LEN)?;
    let (content, rest) = bytes.split_at_checked(len)?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    let index = usize::try_from(u64::from_le_bytes(*index)).ok()?;
    if crc32fast::hash(content).to_le_bytes() != *crc || index >= run.points {
        return None;
    }
    let numbers = content[RECORD_HEAD_LEN..].as_chunks::<4>().0.iter();
    let mut values: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let losses = values.split_off(run.width);
    Some((Point { index, values, losses }, len + crc.len()))
}

fn other(path: &Path, bytes: &[u8]) -> ComputeError {
    let what = if bytes.starts_with(MAGIC) {
        "belongs to a run with other weights, data, directions, grid, precision, device or program"
    } else {
        "is not a journal"
    };
    ComputeError::OtherRun(format!(
        "{path:?} {what}; finish that run with its own arguments, choose another output, or \
        --force to replace it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const RUN: Run = Run { digest: [7; 32], points: 4, width: 2 };

    fn filled(dir: &Path) -> PathBuf {
        let path = dir.join("a.journal");
        let (mut journal, points) = Journal::open(&path, &RUN).unwrap();
        assert!(points.is_empty());
        recorded().iter().for_each(|point| journal.append(point).unwrap());
        path
    }

    fn point(index: usize, values: [f32; 2], losses: &[f32]) -> Point {
        Point { index, values: values.to_vec(), losses: losses.to_vec() }
    }

    fn recorded() -> [Point; 2] {
        [point(2, [1.5, f32::INFINITY], &[]), point(0, [0.25, 50.0], &[0.125, 0.375, 0.25])]
    }

    /// Where each of them ends.
    const ENDS: [usize; 2] = [HEADER_LEN + 24, HEADER_LEN + 24 + 36];

    #[test]
    fn what_was_appended_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let (_journal, points) = Journal::open(&path, &RUN).unwrap();
        assert_eq!(points, recorded());
    }

    #[test]
    fn a_journal_torn_at_any_byte_loses_one_record_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), ENDS[1]);
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            let (mut journal, points) = Journal::open(&path, &RUN).unwrap();
            assert_eq!(points.len(), ENDS.iter().filter(|end| len >= **end).count(), "{len}");
            journal.append(&point(3, [9.0, 9.0], &[])).unwrap();
            drop(journal);
            let (_journal, again) = Journal::open(&path, &RUN).unwrap();
            assert_eq!(again.len(), points.len() + 1, "{len}");
        }
    }

    #[test]
    fn a_damaged_record_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[HEADER_LEN + 9] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(Journal::open(&path, &RUN).unwrap().1.is_empty());
    }

    #[test]
    fn a_number_of_losses_beyond_the_file_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[ENDS[0] + 8..][..4].fill(0xff);
        fs::write(&path, bytes).unwrap();
        assert_eq!(Journal::open(&path, &RUN).unwrap().1, recorded()[..1]);
    }

    #[test]
    fn another_run_and_another_program_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let refused = |run: &Run| Journal::open(&path, run).err().unwrap().to_string();
        assert!(refused(&Run { digest: [8; 32], ..RUN }).contains("belongs to a run"));
        assert!(refused(&Run { points: 5, ..RUN }).contains("belongs to a run"));
        let (_journal, _) = Journal::open(&path, &RUN).unwrap();
        assert!(refused(&RUN).contains("in use"));
        drop(_journal);
        fs::write(&path, "my thesis").unwrap();
        assert!(refused(&RUN).contains("is not a journal"));
        assert_eq!(fs::read(&path).unwrap(), b"my thesis");
    }
}
