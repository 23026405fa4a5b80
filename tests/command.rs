//! The real `lossland` command, from arguments to files and exit codes.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::arrays::{Array, write_npz};
use lossland_surface::{Catalog, Field, FieldKind, FirstPart, Grid, Surface, Trajectory, encode};
use lossland_tests::command::{Lossland, interrupt};
use lossland_tests::runs::{SURFACE, TRAIN, folder_with_data, folder_with_network, read};
use lossland_tests::site::surface;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with the surface `a.lossland` in it: 3 x 2 points.
fn folder_with_surface() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let surface = surface("a", ["-1:1:3", "0:1:2"], "train_loss", |alpha, beta| {
        if alpha > 0.5 && beta > 0.5 { f32::INFINITY } else { (0.1 + alpha * alpha + beta) as f32 }
    });
    fs::write(folder.path().join("a.lossland"), encode(&surface).expect("encodes"))
        .expect("a writable temporary folder");
    folder
}

fn field_names(surface: &Surface) -> Vec<&str> {
    surface.fields().iter().map(|field| field.kind().name()).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable").flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn help_has_examples_and_wrong_usage_is_2() {
    let Some(lossland) = Lossland::find() else { return };
    let here = Path::new(".");
    let version = lossland.succeed(here, "--version").stdout;
    assert_eq!(version, concat!("lossland ", env!("CARGO_PKG_VERSION"), "\n"));
    for command in [
        "",
        "data fetch ",
        "train ",
        "surface ",
        "merge ",
        "verify ",
        "weights ",
        "info ",
        "convert ",
        "catalog ",
        "split ",
        "assets build ",
    ] {
        let help = lossland.succeed(here, &format!("{command}--help"));
        assert!(help.stdout.contains("Examples:\n  lossland "), "{command}: {help:?}");
    }
    for (wrong, message) in [
        ("", "Usage: lossland"),
        ("draw", "unrecognized subcommand 'draw'"),
        ("data fetch cifar11", "possible values: cifar10"),
        ("data fetch cifar10 --sha256 abc", "expected 64 hexadecimal digits"),
        ("info", "required arguments"),
        ("info a.txt", "ends in .lossland, .npz, .csv, .h5 or .hdf5"),
        ("convert a.csv a.npz --field ece", "IN is none"),
        ("convert a.csv a.h5", ".h5 is only read"),
        ("convert a.csv a.npz --width 5", "OUT is none"),
        ("convert a.csv a.obj", "also written are .stl, .glb and .vtk"),
        ("convert a.csv a.stl --cut inf", "expected a number or off"),
        ("info a.stl", "ends in .lossland, .npz, .csv, .h5 or .hdf5"),
        ("train resnet21 --data . --out run", "unknown network \"resnet21\"; known are resnet20"),
        ("surface resnet8 --weights w --data . --x 1:2 --out a.lossland", "first:last:number"),
        ("surface resnet8 --weights w --data . --out a.npz", "ends in .lossland"),
        ("surface resnet8 --weights w --data . --norm L2 --out a.lossland", "expected filter"),
        ("surface resnet8 --weights w --data . --test-images 5 --out a.lossland", "found train"),
        ("surface resnet8 --weights w --data a.npz --split both --out a.lossland", "holds one set"),
    ] {
        let finished = lossland.run(here, wrong);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{wrong}");
        assert!(finished.stderr.contains(message), "{wrong}: {}", finished.stderr);
    }
}

#[test]
fn failures_are_1_and_say_so_on_standard_error() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    fs::write(folder.path().join("bad.lossland"), "LOSS").expect("writable");
    for (args, message) in [
        ("info none.lossland", "reading \"none.lossland\": No such file"),
        ("info bad.lossland", "decoding \"bad.lossland\": expected a surface file"),
        ("convert a.lossland none/a.npz", "writing \"none/a.npz\": No such file"),
        ("catalog a.lossland --default b --out catalog.json", "found \"b\""),
    ] {
        let finished = lossland.run(folder.path(), args);
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(1), ""),
            "{args}: {finished:?}"
        );
        assert!(finished.stderr.contains(message), "{args}: {}", finished.stderr);
    }
}

#[test]
fn convert_keeps_everything_and_overwrites_nothing() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("written");
    let run = |args| lossland.run(folder.path(), args).code;

    assert_eq!(run("convert a.lossland a.npz"), Some(0));
    assert_eq!(run("convert a.npz b.lossland"), Some(0));
    assert_eq!(bytes("a.lossland"), bytes("b.lossland"));

    assert_eq!(run("convert a.lossland a.csv"), Some(0));
    assert_eq!(run("convert a.csv c.lossland --id a"), Some(0));
    let [a, c] = ["a", "c"].map(|name| read(&folder.path().join(format!("{name}.lossland"))));
    assert_eq!((a.grid(), a.fields()), (c.grid(), c.fields()));

    let before = bytes("a.npz");
    assert_eq!(run("convert c.lossland a.npz"), Some(1));
    assert_eq!(bytes("a.npz"), before);
    assert_eq!(run("convert c.lossland a.npz --force"), Some(0));
    assert_ne!(bytes("a.npz"), before);
}

#[test]
fn convert_reads_hdf5_and_adds_trajectories() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["paper.h5", "trajectory.h5"] {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/surface/tests/data/hdf5");
        fs::copy(Path::new(files).join(name), folder.path().join(name)).expect("writable");
    }
    let alone = lossland.run(folder.path(), "convert trajectory.h5 a.lossland");
    assert_eq!(alone.code, Some(1));
    assert!(alone.stderr.contains("found a trajectory"), "{}", alone.stderr);

    let both = "convert paper.h5 a.lossland --trajectory trajectory.h5 --trajectory trajectory.h5";
    lossland.succeed(folder.path(), both);
    let surface = read(&folder.path().join("a.lossland"));
    assert_eq!(
        field_names(&surface),
        ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    );
    let paths: Vec<_> =
        surface.trajectories().iter().map(|path| (path.name(), path.alpha().len())).collect();
    assert_eq!(paths, [("trajectory", 4), ("trajectory", 4)]);
}

#[test]
fn convert_writes_solids_and_meshes() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("written");
    let said = |args: &str| lossland.succeed(folder.path(), args).stderr;

    assert!(said("convert a.lossland a.stl").contains("at most 100 x 100 x 65 mm"));
    // Four above and, for each of six parts of the border, two of the wall and one below. At the point that
    // overflowed two triangles are parted in three, and the walls have a corner more.
    assert_eq!(bytes("a.stl").len(), 84 + 50 * (4 + 6 * 3 + 4 + 2));
    let sizes = "--width 50 --depth 40 --height 30 --base 2 --cut off --log --force";
    assert!(said(&format!("convert a.lossland a.stl {sizes}")).contains("50 x 40 x 32 mm"));

    said("convert a.lossland a.glb --cut 1.5 --field train_loss");
    assert!(bytes("a.glb").starts_with(b"glTF\x02\0\0\0"));
    said("convert a.lossland a.vtk --title A");
    assert!(bytes("a.vtk").starts_with(b"# vtk DataFile Version 4.2\n"));

    let finished = lossland.run(folder.path(), "convert a.lossland b.stl --field test_loss");
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("a field of the surface (train_loss)"), "{finished:?}");
    assert!(!folder.path().join("b.stl").exists());
}

#[test]
fn info_tells_people_and_programs_the_same() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    let text = lossland.succeed(folder.path(), "info a.lossland").stdout;
    assert!(text.contains("alpha -1 to 1 in 3, beta 0 to 1 in 2"), "{text}");
    assert!(text.contains("centre 0.1, minimum 0.1 at (0, 0), maximum 2.1 at (-1, 1)"), "{text}");

    let json = lossland.succeed(folder.path(), "info --json a.lossland a.lossland").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let files = json.as_array().expect("an array");
    assert_eq!(files.len(), 2);
    let field = &files[0]["fields"][0];
    assert_eq!(field["name"], "train_loss");
    assert_eq!((&field["n_overflowed"], &field["n_missing"]), (&1.into(), &0.into()));

    // One of six points is below 1. The grid has no inner points, and its disc around (0, 0) is a point.
    let measures = &field["measures"];
    assert!(text.contains("flat area      L < 1 at 16.7 % of the points"), "{text}");
    assert_eq!(measures["share_below_1"], 1.0 / 6.0);
    assert!(text.contains("minima         1, 1 of them on the border; all counted"), "{text}");
    assert_eq!(measures["persistence"]["n_minima"], 1);
    let why = measures["convexity"]["incomplete"].as_str().expect("a reason");
    assert_eq!(why, "expected at least 3 x 3 points, found 3 x 2");
    assert!(text.contains(&format!("convexity      incomplete ({why})")), "{text}");
}

#[test]
fn info_says_how_far_minima_can_be_trusted() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Minima 0, 1 and 1.5 with saddles 2 between them: the last is within 4 standard errors.
    let fields = [
        (FieldKind::TrainLoss, [0.0, 2.0, 1.0, 2.0, 1.5]),
        (FieldKind::TrainLossStderr, [0.2; 5]),
        (FieldKind::TrainImages, [256.0, 512.0, 256.0, 256.0, 256.0]),
    ];
    let fields = fields.map(|(kind, values)| Field::new(kind, values.to_vec()).expect("a field"));
    let grid = Grid { x: "-1:1:5".parse().expect("an axis"), y: "0:0:1".parse().expect("an axis") };
    let surface = Surface::new("a", "A", grid, fields.into()).expect("a surface");
    fs::write(folder.path().join("a.lossland"), encode(&surface).expect("encodes"))
        .expect("a writable temporary folder");
    let text = lossland.succeed(folder.path(), "info a.lossland").stdout;
    let minima = "minima         2, 2 of them on the border; persistence: sum 1, mean 1, largest 1; \
                  1 more under 4 standard errors not counted; the number is doubtful, as points \
                  have 256 to 512 images";
    assert!(text.contains(minima), "{text}");
    assert!(text.contains("SMAD           1.167 (all minima: 3)"), "{text}");
}

#[test]
fn a_catalogue_lists_files_by_name() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    lossland.succeed(folder.path(), "catalog a.lossland --out catalog.json");
    let json = fs::read(folder.path().join("catalog.json")).expect("written");
    let catalog = Catalog::parse(&json).expect("a catalogue");
    assert_eq!(catalog.surfaces()[0].file, "a.lossland");
    assert_eq!(catalog.default_ids(), ["a"]);
}

#[test]
fn a_catalogue_is_split() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_surface();
    lossland.succeed(folder.path(), "catalog a.lossland --out catalog.json");
    let read_file = |name: &str| fs::read(folder.path().join(name)).expect("written");
    let plain = read_file("catalog.json");
    for _twice in 0..2 {
        lossland.succeed(folder.path(), "split catalog.json");
        let catalog = Catalog::parse(&read_file("catalog.json")).expect("a catalogue");
        let first = catalog.surfaces()[0].first.as_ref().expect("a first part");
        let part = read_file(&first.file);
        assert_eq!((first.file.as_str(), first.bytes), ("a.first", part.len() as u64));
        let part = FirstPart::decode(&part).expect("a first part");
        let whole = read(&folder.path().join("a.lossland"));
        assert_eq!(part.surface().fields(), [whole.main_field().clone()]);
    }
    lossland.succeed(folder.path(), "catalog a.lossland --out catalog.json");
    assert_eq!(read_file("catalog.json"), plain, "listed anew, without first parts");
    // A path is drawn from the start, and stands in the whole file.
    let path = Trajectory::new("sgd", vec![0.0], vec![0.0]).expect("a path");
    let with_path = read(&folder.path().join("a.lossland")).with_trajectories(vec![path]);
    let bytes = encode(&with_path).expect("a surface");
    fs::write(folder.path().join("a.lossland"), bytes).expect("written");
    lossland.succeed(folder.path(), "catalog a.lossland --out catalog.json");
    lossland.succeed(folder.path(), "split catalog.json");
    let catalog = Catalog::parse(&read_file("catalog.json")).expect("a catalogue");
    assert_eq!(catalog.surfaces()[0].first, None);
    fs::write(folder.path().join("a.lossland"), "").expect("written");
    let finished = lossland.run(folder.path(), "split catalog.json");
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("found an empty file"), "{}", finished.stderr);
}

#[test]
fn a_network_is_trained_and_mapped() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let at = |name: &str| folder.path().join(name);
    assert_eq!(names_in(&at("run")), ["log.csv", "weights.safetensors"]);
    assert_eq!(fs::read_to_string(at("run/log.csv")).expect("a log").lines().count(), 3);

    let line = "--images 20 --seed 7 --x -1:1:3 --y=0:0:1 --precision float64";
    let finished = lossland.succeed(folder.path(), &format!("{SURFACE} {line} --out a.lossland"));
    assert_eq!(finished.stdout, "a.lossland\n");
    let surface = read(&at("a.lossland"));
    assert_eq!((surface.grid().x.len(), surface.grid().y.len()), (3, 1));
    let provenance = surface.provenance();
    let images = provenance.dataset.as_ref().and_then(|data| data.train.as_ref()).expect("images");
    assert_eq!((images.n_used, images.n_total), (20, 40));
    assert_eq!(provenance.training.as_ref().expect("training").epochs, 2);

    // The command in the file gives the file.
    let recorded = provenance.command.as_ref().expect("a command");
    let again = recorded
        .replace("lossland ", "")
        .replace("WEIGHTS", "run/weights.safetensors")
        .replace("DATA", "data")
        .replace("OUT", "b.lossland");
    lossland.succeed(folder.path(), &format!("{again} --threads 1"));
    assert_eq!(fs::read(at("a.lossland")).ok(), fs::read(at("b.lossland")).ok());

    let both = "--split both --x 0.1:0.1:1 --y=-1:1:2 --out both.lossland";
    lossland.succeed(folder.path(), &format!("{SURFACE} {both}"));
    let both = read(&at("both.lossland"));
    assert_eq!((both.grid().x.len(), both.grid().y.len()), (1, 2));
    let names = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"];
    assert_eq!(field_names(&both), names);
}

#[test]
fn images_in_an_archive_are_training_images() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let pixels: Vec<f32> = (0..4 * 3072).map(|k| (k % 97) as f32 / 97.0).collect();
    let images = Array::from_f32s(&[4, 3, 32, 32], &pixels);
    let labels = Array::from_i64s(&[4], &[0, 9, 3, 1]);
    let archive = write_npz([("images", images), ("labels", labels)], b"").expect("an archive");
    fs::write(folder.path().join("images.npz"), archive).expect("writable");

    let line = SURFACE.replace("--data data", "--data images.npz");
    let grid = "--x=-1:1:3 --y=0:0:1 --out a.lossland";
    lossland.succeed(folder.path(), &format!("{line} {grid}"));
    let surface = read(&folder.path().join("a.lossland"));
    assert_eq!(field_names(&surface), ["train_loss", "train_accuracy"]);
    assert!(surface.fields()[0].values().iter().all(|loss| !loss.is_nan()));
}

#[test]
fn what_is_there_is_not_computed_again_nor_lost() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let grid = "--x -1:1:2 --y -1:1:2 --out a.lossland";
    let run = |args: &str| lossland.run(folder.path(), &format!("{SURFACE} {grid} {args}"));
    let bytes = || fs::read(folder.path().join("a.lossland")).expect("written");

    assert_eq!(run("").code, Some(0));
    let first = bytes();
    let again = run("");
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "a.lossland\n"));
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);

    let other = run("--seed 8");
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("--force"), "{}", other.stderr);
    assert_eq!(bytes(), first);
    assert_eq!(run("--seed 8 --force").code, Some(0));
    assert_ne!(bytes(), first);

    let trained = |args: &str| lossland.run(folder.path(), &format!("{TRAIN} --out run {args}"));
    let again = trained("");
    assert_eq!(again.code, Some(0));
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    assert_eq!(trained("--weight-decay 0").code, Some(1));
}

#[test]
fn a_surface_survives_being_killed_and_interrupted() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_network(&lossland);
    let args = |out: &str| format!("{SURFACE} --x -1:1:25 --y -1:1:25 --out {out}.lossland");
    let at = |name: &str| folder.path().join(name);
    lossland.succeed(folder.path(), &args("whole"));

    // Twice, each time some points further.
    let journal_len = || fs::metadata(at("cut.journal")).map_or(0, |journal| journal.len());
    for _ in 0..2 {
        let begun_at = journal_len();
        let further = || journal_len() > begun_at + 500;
        let mut child = lossland.start_until(folder.path(), &args("cut"), further);
        child.kill().expect("killed");
        assert_eq!(child.wait().expect("a child of ours").code(), None, "a signal ended it");
        assert!(!at("cut.lossland").exists());
    }

    // The points of one run are no points of another.
    let other = lossland.run(folder.path(), &format!("{} --seed 8", args("cut")));
    assert_eq!((other.code, other.stdout.as_str()), (Some(1), ""), "{other:?}");
    assert!(other.stderr.contains("--force"), "{}", other.stderr);

    let begun_at = journal_len();
    let further = || journal_len() > begun_at + 500;
    let child = lossland.start_until(folder.path(), &args("cut"), further);
    let second = lossland.run(folder.path(), &format!("{} --force", args("cut")));
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains("in use"), "{}", second.stderr);
    assert_eq!(interrupt(child).code(), Some(130));
    let partial = read(&at("cut.partial.lossland"));
    let losses = partial.field(&FieldKind::TrainLoss).expect("the loss").values();
    let n_computed = losses.iter().filter(|loss| !loss.is_nan()).count();
    assert!((20..625).contains(&n_computed), "{n_computed} points");

    let resumed = lossland.succeed(folder.path(), &args("cut"));
    assert!(resumed.stderr.contains("going on after"), "{}", resumed.stderr);
    assert_eq!(fs::read(at("cut.lossland")).ok(), fs::read(at("whole.lossland")).ok());
    assert_eq!(names_in(folder.path()), ["cut.lossland", "data", "run", "whole.lossland"]);
}

#[test]
fn training_goes_on_as_if_it_had_not_been_interrupted() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_data();
    let args = |out: &str| format!("{TRAIN} --epochs 20 --out {out}").replace("--epochs 2 ", "");
    let at = |name: &str| folder.path().join(name);
    lossland.succeed(folder.path(), &args("whole"));

    let has_begun = || at("cut/weights.safetensors").exists();
    let mut child = lossland.start_until(folder.path(), &args("cut"), has_begun);
    child.kill().expect("killed");
    assert_eq!(child.wait().expect("a child of ours").code(), None, "a signal ended it");

    let log_len = || fs::metadata(at("cut/log.csv")).map_or(0, |log| log.len());
    let begun_at = log_len();
    let further = || log_len() > begun_at;
    let child = lossland.start_until(folder.path(), &args("cut"), further);
    assert_eq!(interrupt(child).code(), Some(130));
    assert!(at("cut/resume.safetensors").exists());
    let resumed = lossland.succeed(folder.path(), &args("cut"));
    assert!(resumed.stderr.contains("going on after"), "{}", resumed.stderr);
    for name in ["weights.safetensors", "log.csv"] {
        let [whole, cut] = ["whole", "cut"].map(|run| fs::read(at(run).join(name)).expect(name));
        assert!(whole == cut, "{name} differs");
    }
    assert_eq!(names_in(&at("cut")), names_in(&at("whole")), "nothing is left over");
}
