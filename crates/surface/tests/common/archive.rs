//! `.npz` archives put together by hand, so that each part can be made wrong.

#![allow(dead_code, reason = "each test that includes it needs a part of it")]

use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The file of one array, whatever header and numbers.
pub(crate) fn npy(header: &str, numbers: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\0".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(numbers);
    file
}

/// A float64 array of this shape.
pub(crate) fn f64_array(shape: &str, values: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    npy(&header, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

/// An archive of these files, with this comment.
pub(crate) fn archive(
    files: &[(&str, Vec<u8>)],
    method: CompressionMethod,
    comment: &str,
) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default());
    for (name, bytes) in files {
        archive.start_file(format!("{name}.npy"), options).expect("a new file");
        archive.write_all(bytes).expect("written");
    }
    archive.set_raw_comment(comment.as_bytes().into()).expect("a comment");
    archive.finish().expect("an archive").into_inner()
}

/// The arrays of a valid surface of 3 x 2 points.
pub(crate) fn valid() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("x", f64_array("(3,)", &[0.0, 1.0, 2.0])),
        ("y", f64_array("(2,)", &[0.0, 1.0])),
        ("train_loss", f64_array("(2, 3)", &[0.0, 1.0, 2.0, 3.0, f64::NAN, 1e300])),
    ]
}

/// The same with one array replaced or added.
pub(crate) fn valid_but(name: &'static str, array: Vec<u8>) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = valid();
    files.retain(|(other, _)| *other != name);
    files.push((name, array));
    files
}
