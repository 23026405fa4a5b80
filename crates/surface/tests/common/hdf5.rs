//! HDF5 files of `tests/data/hdf5`, made by the script there.

#![allow(dead_code, reason = "each test that includes it needs a part of it")]

/// Those that hold the very same surface, each stored in another way.
pub(crate) const EQUAL: [&str; 9] = [
    "latest",
    "chunked",
    "big_endian",
    "v108_chunked",
    "v110_chunked",
    "latest_chunked",
    "latest_resizable",
    "many",
    "other_way_round",
];

/// Those that are to be read, each of another make.
pub(crate) const READ: [&str; 7] = [
    "paper",
    "chunked",
    "v108_chunked",
    "latest_chunked",
    "latest_resizable",
    "many",
    "surface_and_trajectory",
];

/// The bytes of the file with this name.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/hdf5/{name}.h5", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
