//! A made-up data set in CIFAR-10's binary layout.

use flate2::Compression;
use flate2::write::GzEncoder;

/// Names and contents of its files: 8 records each, 40 to train on and 8 to test on.
pub fn cifar10_files() -> Vec<(String, Vec<u8>)> {
    // Pixels that look like noise, from a fixed sequence (Knuth's 64-bit multiplier).
    let mut state = 1_u64;
    let mut pixel = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
    let file = |name| {
        let record = |label: u8| std::iter::once(label).chain((0..3072).map(|_| pixel())).collect();
        let records: Vec<Vec<u8>> = (0..8).map(record).collect();
        (format!("{name}.bin"), records.concat())
    };
    names.into_iter().chain(["test_batch"]).map(file).collect()
}

/// These files as the official archive has them: in a folder, with one for people to read.
///
/// # Panics
/// If they can't be packed.
pub fn tar_gz(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let readme = ("readme.html".to_owned(), b"<html>".to_vec());
    for (name, content) in [&readme].into_iter().chain(files) {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let path = format!("cifar-10-batches-bin/{name}");
        archive.append_data(&mut header, path, &content[..]).expect("a short path");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("memory takes all bytes")
}
