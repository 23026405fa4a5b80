//! README's recipe for networks of PyTorch, run as the reader pastes it, beside `lossland surface`.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_surface::npz::{self, Import};
use lossland_surface::{FieldKind, Surface};
use lossland_tests::command::Lossland;
use lossland_tests::runs::read;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const README: &str = include_str!("../README.md");
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The two blocks of Python in README's section: the recipe, and how it is called.
fn blocks() -> [&'static str; 2] {
    let (_, section) = README.split_once("\n## Bring your own network\n").expect("the section");
    let section = section.split("\n## ").next().expect("the section's text");
    let blocks: Vec<_> = section
        .split("```python\n")
        .skip(1)
        .map(|block| block.split_once("```").expect("the end of a block").0)
        .collect();
    blocks.try_into().expect("two blocks of Python")
}

/// A folder with README's recipe as `plane.py` and its call as `usage.py`.
fn folder_with_recipe() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [recipe, usage] = blocks();
    fs::write(folder.path().join("plane.py"), recipe).expect("writable");
    fs::write(folder.path().join("usage.py"), usage).expect("writable");
    folder
}

/// A Python that has PyTorch, or `None` with a message where there is none.
fn python() -> Option<PathBuf> {
    let path = std::env::var_os("TORCH_PYTHON").map(PathBuf::from);
    if path.is_none() {
        eprintln!(
            "skipped: TORCH_PYTHON is not set; `cargo xtask test` sets it where a python3 has \
             torch and numpy"
        );
    }
    path
}

/// Runs a script of `tests/recipe` in `folder`, where it finds the recipe.
fn run(python: &Path, script: &str, args: &[&str], folder: &Path) {
    let mut command = Command::new(python);
    command.arg(Path::new(REPOSITORY).join("tests/recipe").join(script)).args(args);
    // Our libtorch is another version than Python's.
    command.current_dir(folder).env("PYTHONPATH", folder).env_remove("LD_LIBRARY_PATH");
    let output = command.output().expect("Python starts");
    let chatter = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {chatter}");
}

fn read_npz(path: &Path) -> Surface {
    let archive = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    npz::read(&archive, &Import { id: "mine".into(), z: None }).expect("a surface")
}

fn values<'a>(surface: &'a Surface, field: &FieldKind) -> &'a [f32] {
    surface.field(field).expect("the field").values()
}

#[test]
fn the_recipe_is_short() {
    let [recipe, usage] = blocks();
    assert!(recipe.lines().count() <= 30 && usage.lines().count() <= 5);
    for line in recipe.lines().chain(usage.lines()) {
        assert!(line.len() <= 100, "{line}");
    }
}

#[test]
fn the_recipe_and_the_command_agree_on_a_resnet20() {
    let (Some(lossland), Some(python)) = (Lossland::find(), python()) else { return };
    let folder = folder_with_recipe();
    let weights = Path::new(REPOSITORY).join("assets/weights/resnet20.safetensors");
    fs::copy(&weights, folder.path().join("weights.safetensors")).expect("weights that ship");
    run(&python, "resnet20.py", &["weights.safetensors"], folder.path());

    // Rescaled again, to what they should be already, the recipe's directions stay what they are.
    for norm in ["none", "filter"] {
        let line = format!(
            "surface resnet20 --weights weights.safetensors --data images.npz \
             --directions directions.safetensors --norm {norm} --x=-1:1:5 --y=-1:1:5 \
             --precision float64 --threads 1 --out {norm}.lossland"
        );
        lossland.succeed(folder.path(), &line);
        let ours = read(&folder.path().join(format!("{norm}.lossland")));
        for (file, field) in
            [("loss.npz", FieldKind::TrainLoss), ("accuracy.npz", FieldKind::TrainAccuracy)]
        {
            let theirs = read_npz(&folder.path().join(file));
            assert_eq!(theirs.grid(), ours.grid(), "{file}");
            let (theirs, ours) = (values(&theirs, &field), values(&ours, &field));
            for (index, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                let off = f64::from((theirs - ours).abs());
                let tolerance = 1e-5 * f64::from(ours.abs()).max(1.0);
                // A NaN on either side fails, too.
                assert!(off <= tolerance, "{file}, {norm}, {index}: {theirs} and {ours}");
            }
        }
    }
}

#[test]
fn the_recipe_takes_any_module_and_leaves_it_as_it_was() {
    let Some(python) = python() else { return };
    let folder = folder_with_recipe();
    run(&python, "small.py", &[], folder.path());
    let mine = read_npz(&folder.path().join("mine.npz"));
    assert_eq!(mine.grid().x, "-1:1:51".parse().expect("an axis"));
    assert!(values(&mine, &FieldKind::TrainLoss).iter().all(|loss| loss.is_finite()));

    let Some(lossland) = Lossland::find() else { return };
    lossland.succeed(folder.path(), "convert mine.npz mine.lossland");
    let text = lossland.succeed(folder.path(), "info mine.lossland").stdout;
    assert!(text.contains("alpha -1 to 1 in 51, beta -1 to 1 in 51"), "{text}");
    let stopped = lossland.succeed(folder.path(), "info --json stopped.npz").stdout;
    let stopped: serde_json::Value = serde_json::from_str(&stopped).expect("JSON");
    let field = &stopped[0]["fields"][0];
    assert_eq!((&field["name"], &field["n_missing"]), (&"train_loss".into(), &5.into()));
    let overflowed = lossland.succeed(folder.path(), "info --json overflowed.npz").stdout;
    let overflowed: serde_json::Value = serde_json::from_str(&overflowed).expect("JSON");
    let field = &overflowed[0]["fields"][0];
    assert_eq!((&field["name"], &field["n_overflowed"]), (&"my_loss".into(), &9.into()));
}
