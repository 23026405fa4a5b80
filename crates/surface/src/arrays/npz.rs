//! The `.npz` format: a zip archive with one `.npy` file for each array, stored or deflated.

use super::{Array, MAX_DEFLATE_RATIO, npy};
use crate::SurfaceError;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Reads arrays out of a `.npz` archive, one by one, by name.
pub struct NpzReader<R> {
    archive: ZipArchive<R>,
    archive_len: u64,
    max_unpacked: u64,
    unpacked_left: u64,
}

impl<R: Read + Seek> NpzReader<R> {
    /// Opens an archive of which at most `max_unpacked` bytes will be read, counted unpacked and
    /// over all arrays.
    ///
    /// # Errors
    /// If it is no zip archive.
    pub fn new(mut archive: R, max_unpacked: u64) -> Result<Self, SurfaceError> {
        let archive_len = archive.seek(SeekFrom::End(0)).map_err(|error| unreadable(&error))?;
        refuse_what_it_is_not(&mut archive, archive_len)?;
        let archive = ZipArchive::new(archive).map_err(|error| unreadable(&error))?;
        Ok(Self { archive, archive_len, max_unpacked, unpacked_left: max_unpacked })
    }

    /// The names of all arrays, in the order of the archive. What is no array is left out.
    pub fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect()
    }

    /// The comment of the archive; usually empty.
    pub fn comment(&self) -> &[u8] {
        self.archive.comment()
    }

    /// Reads one array.
    ///
    /// # Errors
    /// If there is none of this name, it is damaged or not of numbers, or exceeds what is left of
    /// the limit, which is checked before anything is allocated. The error names the array.
    pub fn read(&mut self, name: &str) -> Result<Array, SurfaceError> {
        let file = self.unpack(name).map_err(|error| error.within(format!("array {name:?}")))?;
        npy::decode(file).map_err(|error| error.within(format!("array {name:?}")))
    }

    fn unpack(&mut self, name: &str) -> Result<Vec<u8>, SurfaceError> {
        let Some(index) = self.archive.index_for_name(&format!("{name}.npy")) else {
            let found = format!("only {}", self.names().join(", "));
            return Err(SurfaceError::format("this array in the archive", found));
        };
        let mut entry = self.archive.by_index(index).map_err(|error| unreadable(&error))?;
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(SurfaceError::format(
                "an entry that is stored or deflated",
                format!("{:?}: save it with numpy.savez_compressed", entry.compression()),
            ));
        }
        let claimed = entry.size();
        if claimed > self.unpacked_left {
            return Err(SurfaceError::TooLarge {
                what: "the unpacked archive, up to this array,".into(),
                found: self.max_unpacked - self.unpacked_left + claimed,
                limit: self.max_unpacked,
            });
        }
        self.unpacked_left -= claimed;
        let plausible =
            claimed.min(entry.compressed_size().min(self.archive_len) * MAX_DEFLATE_RATIO + 64);
        let mut file = Vec::with_capacity(plausible as usize);
        entry
            .by_ref()
            .take(claimed + 1)
            .read_to_end(&mut file)
            .map_err(|error| unreadable(&error))?;
        if file.len() as u64 != claimed {
            let found =
                if file.len() as u64 > claimed { "more".into() } else { file.len().to_string() };
            return Err(SurfaceError::format(
                format!("{claimed} bytes, as the archive says"),
                format!("{found}: the archive is damaged or made to mislead"),
            ));
        }
        Ok(file)
    }
}

/// Tells the two mistakes apart that people make, where the zip crate would only say that it found
/// no archive.
fn refuse_what_it_is_not<R: Read + Seek>(archive: &mut R, len: u64) -> Result<(), SurfaceError> {
    const ARRAY_MAGIC: [u8; 6] = *b"\x93NUMPY";
    if len == 0 {
        return Err(SurfaceError::format("an .npz archive", "an empty file"));
    }
    let mut start = Vec::new();
    archive
        .rewind()
        .and_then(|()| archive.by_ref().take(ARRAY_MAGIC.len() as u64).read_to_end(&mut start))
        .map_err(|error| unreadable(&error))?;
    if start == ARRAY_MAGIC {
        return Err(SurfaceError::format(
            "an .npz archive",
            "a single array (.npy): save all arrays with numpy.savez_compressed",
        ));
    }
    Ok(())
}

fn unreadable(error: &dyn std::error::Error) -> SurfaceError {
    SurfaceError::format(
        "a readable .npz archive, as numpy.savez writes it",
        format!("one that is damaged or something else: {error}"),
    )
}

/// The archive of these arrays under these names, and a comment. Nothing is compressed, and no
/// time is recorded, so that equal arrays give equal bytes.
///
/// # Errors
/// If the comment is longer than 65,535 bytes or two arrays have one name.
pub fn write_npz<'a>(
    arrays: impl IntoIterator<Item = (&'a str, Array)>,
    comment: &[u8],
) -> Result<Vec<u8>, SurfaceError> {
    let failed = |error: &dyn std::error::Error| {
        SurfaceError::Invalid(format!("writing the .npz archive: {error}"))
    };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (name, array) in arrays {
        archive.start_file(format!("{name}.npy"), options).map_err(|error| failed(&error))?;
        archive.write_all(&npy::encode(&array)).map_err(|error| failed(&error))?;
    }
    archive.set_raw_comment(comment.into()).map_err(|error| failed(&error))?;
    Ok(archive.finish().map_err(|error| failed(&error))?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(archive: &[u8], max_unpacked: u64, name: &str) -> Result<Array, String> {
        NpzReader::new(Cursor::new(archive), max_unpacked)
            .and_then(|mut reader| reader.read(name))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let arrays = [
            ("b", Array::from_f64s(&[2], &[1.0, 2.0])),
            ("a", Array::from_f32s(&[1, 2], &[3.0, f32::NAN])),
        ];
        let archive = write_npz(arrays.clone(), b"hello").unwrap();
        assert_eq!(archive, write_npz(arrays.clone(), b"hello").unwrap(), "equal bytes");
        let mut reader = NpzReader::new(Cursor::new(&archive), 1 << 20).unwrap();
        assert_eq!(
            (reader.names(), reader.comment()),
            (vec!["b".into(), "a".into()], &b"hello"[..])
        );
        for (name, array) in arrays.into_iter().rev() {
            assert_eq!(reader.read(name).unwrap(), array);
        }
        assert_eq!(
            reader.read("c").unwrap_err().to_string(),
            "array \"c\": expected this array in the archive, found only b, a"
        );
    }

    #[test]
    fn the_limit_is_over_all_arrays() {
        let array = || Array::from_f64s(&[100], &[0.0; 100]);
        let archive = write_npz([("a", array()), ("b", array())], b"").unwrap();
        let mut reader = NpzReader::new(Cursor::new(&archive), 1500).unwrap();
        assert!(reader.read("a").is_ok());
        assert_eq!(
            reader.read("b").unwrap_err().to_string(),
            "array \"b\": the unpacked archive, up to this array, is too large: at most 1500 \
             allowed, found 1856"
        );
    }

    #[test]
    fn no_archive() {
        for (bytes, message) in [
            (&b""[..], "expected an .npz archive, found an empty file"),
            (b"\x93NUMPY\x01\x00", "expected an .npz archive, found a single array (.npy)"),
            (b"PK", "expected a readable .npz archive"),
            (&[0; 100], "expected a readable .npz archive"),
        ] {
            let error = read(bytes, 1000, "x").unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
