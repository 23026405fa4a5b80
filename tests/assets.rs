//! `lossland assets build`: from images to a catalogue, whatever happens on the way.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::{Catalog, Field, sha256_hex};
use lossland_tests::command::{Lossland, interrupt};
use lossland_tests::runs::{folder_with_data, read};
use std::fs;
use std::path::Path;

const RECIPE: &str = r#"
default = ["second"]

[[networks]]
name = "resnet8"
train = { epochs = 2, batch-size = 8, seed = 1 }
surfaces = [
  { file = "surfaces/first", options = { x = "-1:1:17" } },
  { file = "surfaces/rescaled", aside = true, rescale-blocks = 8, options = { norm = "none" } },
]

[[networks]]
name = "resnet8_noshort"
train = { epochs = 1, batch-size = 8, learning-rate = 0.01 }
surfaces = [{ file = "surfaces/second", options = { title = "It's the second", seed = 8 } }]

[surface]
split = "train"
seed = 7
x = "-1:1:3"
y = "-1:1:9"
"#;

const RESULTS: [&str; 6] = [
    "catalog.json",
    "surfaces/first.lossland",
    "surfaces/rescaled.lossland",
    "surfaces/second.lossland",
    "weights/resnet8.safetensors",
    "weights/resnet8_noshort.safetensors",
];

fn results(out: &Path) -> Vec<Vec<u8>> {
    let read = |name: &&str| fs::read(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    RESULTS.iter().map(read).collect()
}

#[test]
fn a_recipe_that_is_killed_and_interrupted_makes_the_same_files() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_data();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("recipe.toml"), RECIPE).expect("writable");
    let build = |out: &str| {
        format!("assets build --recipe recipe.toml --data data --threads 1 --out {out}")
    };
    lossland.succeed(folder.path(), &build("whole"));
    let catalog = fs::read(at("whole/catalog.json")).expect("a catalogue");
    let catalog = Catalog::parse(&catalog).expect("a catalogue");
    let listed: Vec<&str> = catalog.surfaces().iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(
        (listed, catalog.default_ids()),
        (vec!["first", "second", "rescaled"], &["second".to_owned()][..])
    );
    assert_eq!(catalog.aside_ids(), ["rescaled"]);
    let second = read(&at("whole/surfaces/second.lossland"));
    assert_eq!(second.title(), "It's the second");
    let command = second.provenance().command.as_deref().expect("its command");
    assert!(command.contains(r"--title 'It'\''s the second'"), "{command}");

    // In training, then in a surface.
    let in_training = || at("cut/runs/resnet8/weights.safetensors").exists();
    let mut child = lossland.start_until(folder.path(), &build("cut"), in_training);
    child.kill().expect("killed");
    child.wait().expect("a child of ours");
    let journal_len =
        || fs::metadata(at("cut/surfaces/first.journal")).map_or(0, |file| file.len());
    let in_a_surface = || journal_len() > 200;
    let child = lossland.start_until(folder.path(), &build("cut"), in_a_surface);
    assert_eq!(interrupt(child).code(), Some(130));
    assert!(!at("cut/catalog.json").exists());
    lossland.succeed(folder.path(), &build("cut"));
    assert!(results(&at("cut")) == results(&at("whole")));

    // Done is done.
    let again = lossland.succeed(folder.path(), &format!("{} --force", build("cut")));
    assert!(again.stderr.contains("finished; nothing to do"), "{}", again.stderr);
    assert!(!again.stderr.contains("evaluating"), "{}", again.stderr);
}

#[test]
fn weights_that_ship_are_not_trained_anew() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_data();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("recipe.toml"), RECIPE).expect("writable");
    let build = "assets build --recipe recipe.toml --data data --threads 1 --out out";
    lossland.succeed(folder.path(), build);
    let made = results(&at("out"));
    fs::remove_dir_all(at("out/runs")).expect("removable");
    fs::remove_file(at("out/surfaces/first.lossland")).expect("removable");
    let again = lossland.succeed(folder.path(), build);
    assert!(!again.stderr.contains("epoch"), "{}", again.stderr);
    assert!(results(&at("out")) == made);

    // Of another training, or not there.
    fs::remove_dir_all(at("out/runs")).expect("removable");
    fs::write(at("recipe.toml"), RECIPE.replace("epochs = 2", "epochs = 3")).expect("writable");
    let other = lossland.run(folder.path(), build);
    assert!(other.code == Some(1) && other.stderr.contains("epochs: 3"), "{other:?}");
    fs::write(at("recipe.toml"), RECIPE).expect("writable");
    fs::remove_file(at("out/weights/resnet8.safetensors")).expect("removable");
    let without = lossland.run(folder.path(), build);
    assert!(without.code == Some(1) && without.stderr.contains("--only"), "{without:?}");
    assert!(!at("out/runs").exists());
    lossland.succeed(folder.path(), &format!("{build} --only resnet8_noshort"));
    lossland.succeed(folder.path(), &format!("{build} --force"));
    assert!(results(&at("out")) == made);
}

#[test]
fn a_wrong_recipe_is_refused_before_anything_is_done() {
    let Some(lossland) = Lossland::find() else { return };
    let folder = folder_with_data();
    let build = "assets build --recipe recipe.toml --data data --out out";
    for (wrong, right, what) in [
        ("epochs = 2", "epoch = 2", "--epoch"),
        ("name = \"resnet8\"", "name = \"resnet9\"", "resnet9"),
        ("aside = true", "beside = true", "beside"),
        ("rescale-blocks = 8", "rescale-blocks = 7", "power of two"),
        ("norm = \"none\"", "norm = \"some\"", "some"),
    ] {
        let recipe = RECIPE.replace(wrong, right);
        fs::write(folder.path().join("recipe.toml"), recipe).expect("writable");
        let finished = lossland.run(folder.path(), build);
        assert_eq!((finished.code, &*finished.stdout), (Some(1), ""), "{right}: {finished:?}");
        assert!(finished.stderr.contains(what), "{right}: {}", finished.stderr);
        assert!(!folder.path().join("out").exists(), "{right}");
    }
    let other = lossland.run(folder.path(), "assets build --data data --out out --only resnet7");
    assert!(other.code == Some(1) && other.stderr.contains("densenet121"), "{other:?}");
}

/// The folder of the assets that ship.
fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets")
}

#[test]
fn what_ships_is_what_was_evaluated() {
    let catalog = fs::read(shipped().join("catalog.json")).expect("a catalogue");
    let catalog = Catalog::parse(&catalog).expect("a catalogue");
    for entry in catalog.surfaces() {
        let bytes = fs::read(shipped().join(&entry.file)).expect("a surface that is listed");
        assert_eq!(sha256_hex(&bytes), entry.sha256, "{}", entry.file);
        let surface = read(&shipped().join(&entry.file));
        let provenance = surface.provenance();
        let network = provenance.network.as_deref().expect("its network");
        let weights = shipped().join(format!("weights/{network}.safetensors"));
        // The largest does not ship, nor do those that `assets build` rescales from what ships.
        let is_rescaled =
            provenance.weights_edits.iter().any(|edit| edit.contains("--rescale-blocks"));
        if network != "vgg16" && !is_rescaled {
            let weights = fs::read(weights).expect("its weights");
            assert_eq!(provenance.weights_sha256, Some(sha256_hex(&weights)), "{network}");
        }
        let is_computed = |field: &Field| !field.values().iter().any(|value| value.is_nan());
        assert!(surface.fields().iter().all(is_computed), "{}", entry.file);
    }
}

#[test]
fn the_pairs_that_ship_show_why_directions_are_normalised() {
    let values = |name: &str| {
        let surface = read(&shipped().join(format!("surfaces/scale_{name}.lossland")));
        surface.main_field().values().to_vec()
    };
    assert_eq!(values("filter"), values("filter_rescaled"));
    let (raw, rescaled) = (values("none"), values("none_rescaled"));
    // One function, so one loss at the centre, and another world around it.
    assert_eq!(raw[raw.len() / 2], rescaled[raw.len() / 2]);
    let largest = |values: &[f32]| values.iter().copied().fold(0.0, f32::max);
    assert!(largest(&rescaled) > 100.0 * largest(&raw));
}
