//! Small runs of the command, for tests to begin with.

use crate::command::Lossland;
use crate::images::cifar10_files;
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
    for (name, records) in cifar10_files() {
        fs::write(data.join(name), records).expect("writable");
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
