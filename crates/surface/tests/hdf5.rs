//! HDF5 files come out value by value: those of `tests/data/hdf5`, and the reference files where
//! they are at hand.

#[path = "common/hdf5.rs"]
mod hdf5_files;

use hdf5_files::{EQUAL, READ, file};
use lossland_surface::npz::{self, Import};
use lossland_surface::{Axis, FieldKind, Format, Grid, Surface, encode, hdf5};
use std::path::Path;

const NAN: f32 = f32::NAN;

fn read(name: &str) -> Surface {
    hdf5::read(&file(name), name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn grid() -> Grid {
    Grid { x: "-1:1:5".parse().expect("an axis"), y: "0:1:3".parse().expect("an axis") }
}

/// Number k of each: what the script puts in.
fn values(of: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..15u8).map(|k| of(f32::from(k))).collect()
}

fn but(mut values: Vec<f32>, changes: &[(usize, f32)]) -> Vec<f32> {
    changes.iter().for_each(|(k, value)| values[*k] = *value);
    values
}

/// The names of all fields, and their values.
fn assert_fields(surface: &Surface, expected: &[(&str, Vec<f32>)]) {
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let names: Vec<&str> = surface.fields().iter().map(|field| field.kind().name()).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (field, (name, values)) in surface.fields().iter().zip(expected) {
        assert_eq!(bits(field.values()), bits(values), "{name}: {:?}", field.values());
    }
}

#[test]
fn the_papers_layout_and_what_it_leaves_unset() {
    let surface = read("paper");
    assert_eq!((surface.id(), surface.title(), *surface.grid()), ("paper", "paper", grid()));
    let unset = [(0, NAN), (7, NAN)];
    let loss = but(values(|k| k / 8.0), &unset);
    assert_fields(
        &surface,
        &[
            // It computed what gave no number.
            ("train_loss", but(loss, &[(3, f32::INFINITY), (4, f32::INFINITY)])),
            ("train_accuracy", but(values(|k| 100.0 - k / 4.0), &unset)),
            ("test_loss", values(|k| k / 8.0 + 0.5)),
            ("test_accuracy", values(|k| 50.0 - k / 4.0)),
        ],
    );
    assert!(surface.trajectories().is_empty());
    let origin = surface.provenance().imported_from.as_deref().expect("an origin");
    assert!(origin.starts_with(".h5 file with SHA-256 "), "{origin}");
}

#[test]
fn one_surface_however_it_is_stored() {
    for name in EQUAL {
        let surface = read(name);
        assert_eq!(*surface.grid(), grid(), "{name}");
        let expected =
            [("train_loss", values(|k| k / 8.0)), ("train_accuracy", values(|k| 100.0 - k / 4.0))];
        assert_fields(&surface, &expected);
    }
}

#[test]
fn other_numbers_are_fields_of_their_name_or_none() {
    assert_fields(
        &read("integers"),
        &[
            ("train_loss", values(|k| k)),
            ("n_images", values(|k| k)),
            ("val_loss", but(values(|k| k), &[(2, NAN)])),
        ],
    );
}

#[test]
fn eigenvalues_have_their_own_unset_values() {
    let unset = [(5, NAN), (6, NAN)];
    assert_fields(
        &read("eigenvalues"),
        &[
            ("min_eig", but(values(|k| -1.0 - k / 8.0), &unset)),
            // The first is 1, which is unset in the other field alone.
            ("max_eig", but(values(|k| 1.0 + k / 8.0), &unset)),
        ],
    );
}

#[test]
fn a_line_is_a_grid_of_one_row() {
    let line = read("line");
    assert_eq!(line.grid().y, Axis::new(0.0, 0.0, 1).expect("an axis"));
    assert_fields(
        &line,
        &[
            ("train_loss", vec![0.0, 0.125, 0.25, 0.375, NAN]),
            ("train_accuracy", vec![100.0, 99.75, 99.5, 99.25, 99.0]),
        ],
    );
    for format in [Format::Lossland, Format::Npz, Format::Csv] {
        let bytes = format.write(&line).expect("encodes");
        let back = format.read(&bytes, "line", None).expect("decodes");
        assert_eq!((back.grid(), back.fields()), (line.grid(), line.fields()), "{format:?}");
    }
}

#[test]
fn trajectories_come_alone_or_with_a_surface() {
    let alone = hdf5::read_trajectory(&file("trajectory"), "path").expect("a trajectory");
    assert_eq!(alone.name(), "path");
    assert_eq!(alone.alpha(), [-8.5, -3.25, -1.0, 0.0]);
    assert_eq!(alone.beta(), [2.5, 0.75, -0.125, 0.0]);
    let surface = read("surface_and_trajectory");
    assert_eq!(surface.fields(), read("latest").fields());
    let [path] = surface.trajectories() else { panic!("expected one trajectory") };
    assert_eq!((path.alpha(), path.beta()), (alone.alpha(), alone.beta()));
}

#[test]
fn a_file_cut_short_is_refused_or_missed_nothing() {
    for name in READ {
        let (bytes, whole) = (file(name), read(name));
        for len in (0..bytes.len()).step_by(bytes.len() / 1500 + 1) {
            if let Ok(cut) = hdf5::read(&bytes[..len], name) {
                assert_eq!((cut.grid(), cut.fields()), (whole.grid(), whole.fields()), "{len}");
            }
        }
        assert!(hdf5::read(&bytes[..bytes.len() / 2], name).is_err(), "{name}");
    }
}

#[test]
fn a_byte_changed_anywhere_is_no_panic() {
    for name in ["trajectory", "latest_chunked", "chunked"] {
        let mut bytes = file(name);
        for at in 0..bytes.len() {
            let byte = bytes[at];
            for other in [0xFF, byte ^ 0x08] {
                bytes[at] = other;
                if name.contains("trajectory") {
                    let _ = hdf5::read_trajectory(&bytes, "a");
                }
                if let Ok(surface) = hdf5::read(&bytes, "a") {
                    assert!(encode(&surface).is_ok(), "{name}, {other} at {at}");
                }
            }
            bytes[at] = byte;
        }
    }
}

/// `None`, said on standard error, where the reference files are not at hand.
fn reference(path: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    if !folder.exists() {
        eprintln!("skipped: the reference files are not at hand");
        return None;
    }
    Some(std::fs::read(folder.join(path)).expect("readable"))
}

#[test]
fn the_reference_files_hold_the_published_surface() {
    let Some(published) = reference("surfaces/resnet56_noshort.npz") else { return };
    let import = Import { id: "published".into(), z: None };
    let published = npz::read(&published, &import).expect("a surface");
    let at = |i: usize, j: usize| published.main_field().values()[published.grid().index(i, j)];
    let axis = |text: &str| text.parse::<Axis>().expect("an axis");
    for (name, [n_x, n_y], [step_x, step_y], n_unset) in [
        ("surface_11x11_30_unset", [11, 11], [5, 5], 30),
        ("surface_11x6", [11, 6], [5, 10], 0),
        ("line_51", [51, 1], [1, 0], 0),
    ] {
        let file = reference(&format!("h5/{name}.h5")).expect("at hand");
        let surface = hdf5::read(&file, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let y = if n_y == 1 { axis("0:0:1") } else { axis(&format!("-1:1:{n_y}")) };
        assert_eq!(*surface.grid(), Grid { x: axis(&format!("-1:1:{n_x}")), y }, "{name}");
        let first_row = if n_y == 1 { 25 } else { 0 };
        let mut expected: Vec<f32> = (0..n_y)
            .flat_map(|j| (0..n_x).map(move |i| (i, j)))
            .map(|(i, j)| at(i * step_x, first_row + j * step_y))
            .collect();
        let n_set = expected.len() - n_unset;
        expected[n_set..].fill(NAN);
        let [loss, accuracy] = surface.fields() else { panic!("{name}: expected two fields") };
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(loss.values()), bits(&expected), "{name}");
        assert_eq!(accuracy.kind(), &FieldKind::TrainAccuracy);
        let n_missing = accuracy.values().iter().filter(|value| value.is_nan()).count();
        assert_eq!(n_missing, n_unset, "{name}");
    }
}

#[test]
fn the_other_reference_files() {
    let Some(file) = reference("h5/eigen_11x11.h5") else { return };
    let surface = hdf5::read(&file, "eigen").expect("a surface");
    let counts = surface.fields().iter().map(|field| {
        let n_missing = field.values().iter().filter(|value| value.is_nan()).count();
        (field.kind().clone(), n_missing)
    });
    let counts: Vec<_> = counts.collect();
    assert_eq!(counts, [(FieldKind::MinEig, 21), (FieldKind::MaxEig, 21)]);

    let file = reference("h5/trajectory.h5").expect("at hand");
    let trajectory = hdf5::read_trajectory(&file, "path").expect("a trajectory");
    assert_eq!((trajectory.alpha().len(), trajectory.beta().len()), (12, 12));
    assert!(hdf5::read(&file, "a").is_err());
}
