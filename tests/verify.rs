//! `lossland verify`: what passes, what does not, and whether it says why.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Field, FieldKind, Provenance, Surface, encode};
use lossland_tests::command::{Finished, Lossland};
use lossland_tests::runs::{SURFACE, folder_with_network, read};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const GRID: &str = "--x=-1:1:3 --y 0:1:2 --seed 7";
const VERIFY: &str = "--weights run/weights.safetensors --data data --threads 1";

/// A folder with a network, its data and its surface `a.lossland`: 3 x 2 points, with these options.
fn folder_with_surface(lossland: &Lossland, options: &str) -> TempDir {
    let folder = folder_with_network(lossland);
    lossland.succeed(folder.path(), &format!("{SURFACE} {GRID} {options} --out a.lossland"));
    folder
}

/// The surface `a.lossland`, written as `b.lossland` with these fields in place of its own.
fn with_fields(folder: &Path, change: impl FnOnce(&mut Vec<(FieldKind, Vec<f32>)>)) {
    let surface = read(&folder.join("a.lossland"));
    let fields = surface.fields().iter();
    let mut fields = fields.map(|field| (field.kind().clone(), field.values().to_vec())).collect();
    change(&mut fields);
    let fields = fields.into_iter().map(|(kind, values)| Field::new(kind, values));
    let fields = fields.collect::<Result<_, _>>().expect("values of fields");
    write(folder, surface.provenance().clone(), &surface, fields);
}

fn write(folder: &Path, provenance: Provenance, like: &Surface, fields: Vec<Field>) {
    let surface = Surface::new(like.id(), like.title(), *like.grid(), fields).expect("a surface");
    let bytes = encode(&surface.with_provenance(provenance)).expect("encodes");
    fs::write(folder.join("b.lossland"), bytes).expect("writable");
}

/// Runs it on `b.lossland`; it has to fail with this message on standard error.
fn fails(lossland: &Lossland, folder: &Path, args: &str, message: &str) -> Finished {
    let finished = lossland.run(folder, &format!("verify b.lossland {args}"));
    assert_eq!(finished.code, Some(1), "{args}: {finished:?}");
    assert!(finished.stderr.contains(message), "{args}: {finished:?}");
    finished
}

#[test]
fn what_was_computed_passes() {
    let Some(lossland) = Lossland::find() else { return };
    for (options, n_fields) in [
        ("--split both --images 20 --subset-seed 3", 4),
        ("--precision bfloat16 --norm layer", 2),
        ("--precision float64 --split test --norm none", 2),
    ] {
        let folder = folder_with_surface(&lossland, options);
        let run = |args: &str| {
            lossland.succeed(folder.path(), &format!("verify a.lossland {VERIFY} {args}")).stdout
        };
        let all = run("");
        assert!(all.ends_with("a.lossland: verified at 6 of 6 points\n"), "{options}: {all}");
        assert_eq!(all.matches(" agrees, ").count(), n_fields, "{options}: {all}");
        let some = run("--points 2 --seed 5");
        assert!(some.ends_with("verified at 2 of 6 points\n"), "{some}");
    }
}

#[test]
fn one_other_value_is_found_and_named() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface(&lossland, "");
    for (number, name) in [(0, "train_loss"), (1, "train_accuracy")] {
        for value in [|value: f32| value * 1.001 + 3.0, |_| f32::INFINITY] {
            with_fields(folder.path(), |fields| fields[number].1[4] = value(fields[number].1[4]));
            let message = "differs from what was computed again at 1 of 6 points";
            let finished = fails(&lossland, folder.path(), VERIFY, message);
            let line = finished.stdout.lines().nth(number).expect("a line a field").to_owned();
            assert!(line.starts_with(name) && line.contains("DIFFERS"), "{line}");
            assert!(line.contains(" at (0, 1), "), "{line}");
        }
    }
    // What rounding does is no difference.
    with_fields(folder.path(), |fields| fields[0].1[4] *= 1.000_05);
    lossland.succeed(folder.path(), &format!("verify b.lossland {VERIFY}"));
}

#[test]
fn points_that_are_not_computed_are_not_compared() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface(&lossland, "");
    let verify = format!("verify b.lossland {VERIFY}");
    with_fields(folder.path(), |fields| {
        fields.iter_mut().for_each(|(_, values)| values[1..].fill(f32::NAN));
    });
    let one = lossland.succeed(folder.path(), &verify).stdout;
    assert!(one.ends_with("verified at 1 of 6 points\n"), "{one}");
    with_fields(folder.path(), |fields| fields[0].1.fill(f32::NAN));
    fails(&lossland, folder.path(), VERIFY, "has no loss or accuracy to compare");
}

#[test]
fn points_that_stopped_at_a_tolerance_may_be_off_by_four_standard_errors() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface(&lossland, "");
    for (errors, passes) in [(3.0, true), (5.0, false)] {
        with_fields(folder.path(), |fields| {
            let stderr: Vec<f32> = fields[0].1.iter().map(|loss| 0.05 * loss).collect();
            fields[0].1[2] += errors * stderr[2];
            fields.push((FieldKind::TrainLossStderr, stderr));
        });
        // The standard error of a fixed number of images tells nothing of rounding.
        fails(&lossland, folder.path(), VERIFY, "at 1 of 6 points");
        let surface = read(&folder.path().join("b.lossland"));
        let images = Field::new(FieldKind::TrainImages, vec![20.0; 6]).expect("a field");
        let fields = [surface.fields(), &[images]].concat();
        write(folder.path(), surface.provenance().clone(), &surface, fields);
        let finished = lossland.run(folder.path(), &format!("verify b.lossland {VERIFY}"));
        assert_eq!(finished.code, Some(i32::from(!passes)), "{errors}: {finished:?}");
    }
}

#[test]
fn other_weights_and_other_images_are_named() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface(&lossland, "--split both");
    let at = |name: &str| folder.path().join(name);
    fs::copy(at("a.lossland"), at("b.lossland")).expect("writable");
    let edit = "weights run/weights.safetensors --network resnet8 --bfloat16 --out w.safetensors";
    lossland.succeed(folder.path(), edit);
    let args = VERIFY.replace("run/weights", "w");
    fails(&lossland, folder.path(), &args, "the weights differ: expected those with SHA-256 ");

    for (name, what) in [("test_batch", "test"), ("data_batch_4", "training")] {
        let path = at("data").join(format!("{name}.bin"));
        let mut bytes = fs::read(&path).expect("images");
        bytes[5000] ^= 1;
        fs::write(&path, bytes).expect("writable");
        let message = format!("the {what} images differ: expected those with SHA-256 ");
        let finished = fails(&lossland, folder.path(), VERIFY, &message);
        assert!(finished.stderr.contains("as in \"b.lossland\""), "{finished:?}");
        assert_eq!(finished.stdout, "");
    }
}

#[test]
fn given_directions_are_asked_for_and_compared() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let at = |name: &str| folder.path().join(name);
    let weights = fs::read(at("run/weights.safetensors")).expect("weights");
    fs::write(at("d.safetensors"), directions_like(&weights, 0)).expect("writable");
    fs::write(at("e.safetensors"), directions_like(&weights, 4)).expect("writable");
    let grid = GRID.replace(" --seed 7", " --norm filter");
    let args = format!("{SURFACE} {grid} --directions d.safetensors --out b.lossland");
    lossland.succeed(folder.path(), &args);

    let verify = format!("verify b.lossland {VERIFY}");
    lossland.succeed(folder.path(), &format!("{verify} --directions d.safetensors"));
    let other = format!("{VERIFY} --directions e.safetensors");
    fails(&lossland, folder.path(), &other, "the directions differ: expected those with SHA-256 ");
    let without = lossland.run(folder.path(), &verify);
    assert_eq!(without.code, Some(2), "{without:?}");
    assert!(without.stderr.contains("expected --directions"), "{without:?}");

    // A seed's plane that this program would draw otherwise.
    lossland.succeed(folder.path(), &format!("{SURFACE} {GRID} --out a.lossland"));
    let drawn = read(&at("a.lossland"));
    let mut provenance = drawn.provenance().clone();
    provenance.directions.as_mut().expect("directions").gram.xx *= 1.01;
    write(folder.path(), provenance, &drawn, drawn.fields().to_vec());
    fails(&lossland, folder.path(), VERIFY, "the directions differ: expected inner products");
}

#[test]
fn a_file_that_does_not_tell_its_origin_cannot_be_verified() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface(&lossland, "");
    let surface = read(&folder.path().join("a.lossland"));
    let mut provenance = surface.provenance().clone();
    provenance.weights_sha256 = None;
    write(folder.path(), provenance, &surface, surface.fields().to_vec());
    fails(&lossland, folder.path(), VERIFY, "expected it to tell its weights, found nothing");
}

/// A file of two directions: the numbers of a weights file, y's begun `skip` bytes late.
fn directions_like(weights: &[u8], skip: usize) -> Vec<u8> {
    let (len, rest) = weights.split_first_chunk().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*len) as usize);
    let header: Map<String, Value> = serde_json::from_slice(header).expect("a header");
    let mut entries = Map::new();
    let mut bytes = Vec::new();
    for (axis, skip) in [("x", 0), ("y", skip)] {
        for (name, entry) in header.iter().filter(|(_, entry)| entry["dtype"] == "F32") {
            let place = |k: usize| entry["data_offsets"][k].as_u64().expect("a place") as usize;
            let mut numbers = data[place(0)..place(1)].to_vec();
            numbers.rotate_left(skip);
            let mut entry = entry.clone();
            entry["data_offsets"] = vec![bytes.len(), bytes.len() + numbers.len()].into();
            bytes.extend(numbers);
            entries.insert(format!("{axis}.{name}"), entry);
        }
    }
    let header = Value::Object(entries).to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat()
}
