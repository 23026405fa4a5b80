//! Small runs of the command, for tests to begin with.

use crate::command::Lossland;
use lossland_surface::{Surface, decode};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with `data/`, 40 images to train on and 8 to test on in CIFAR-10's binary layout.
///
/// # Panics
/// If the system refuses.
pub fn folder_with_data() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a writable temporary folder");
    // Pixels that look like noise, from a fixed sequence (Knuth's 64-bit multiplier).
    let mut state = 1_u64;
    let mut pixel = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
    for name in names.into_iter().chain(["test_batch"]) {
        let record = |label: u8| std::iter::once(label).chain((0..3072).map(|_| pixel())).collect();
        let records: Vec<Vec<u8>> = (0..8).map(record).collect();
        fs::write(data.join(format!("{name}.bin")), records.concat()).expect("writable");
    }
    folder
}

/// Trains a network on them, for `--out run`.
pub const TRAIN: &str = "train resnet8 --data data --epochs 2 --seed 1 --batch-size 8 --threads 1";

/// The same with a trained network in `run/`.
///
/// # Panics
/// If training fails.
pub fn folder_with_network(lossland: &Lossland) -> TempDir {
    let folder = folder_with_data();
    lossland.succeed(folder.path(), &format!("{TRAIN} --out run"));
    folder
}

/// Computes a surface of it.
pub const SURFACE: &str =
    "surface resnet8 --weights run/weights.safetensors --data data --threads 1";

/// The surface in a file.
///
/// # Panics
/// If there is none.
pub fn read(path: &Path) -> Surface {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes).expect("a surface file")
}
