//! The folder that is served: the page, the others beside it, and what they are to show.

use lossland_surface::{Catalog, CatalogEntry, decode, main_surfaces};
use serde_json::{Value, json};
use std::{cell::RefCell, fs, path::Path, process::Command};
use tempfile::TempDir;

/// The empty page, three.js's, Plotly's and ours.
pub(crate) const PATHS: [&str; 4] =
    ["other/empty.html", "other/three.html", PLOTLY, "page/index.html?bench=1"];
pub(crate) const PLOTLY: &str = "other/plotly.html";

/// All that is served.
pub(crate) struct Pages {
    folder: TempDir,
    /// How many of the catalogue's surfaces the first picture shows.
    pub(crate) n_main: usize,
    /// For frames.
    pub(crate) six: Vec<Surface>,
    /// For picking.
    pub(crate) large: Surface,
    /// What our first picture asked for.
    asked: RefCell<Vec<String>>,
}

/// A surface in a file of its own.
pub(crate) struct Surface {
    name: String,
    rows: usize,
    cols: usize,
    x: [f64; 2],
    y: [f64; 2],
    path: String,
}

impl Surface {
    /// As `setSurfaces` takes it, from the host at `url`.
    pub(crate) fn json(&self, url: &str) -> Value {
        let Self { name, rows, cols, x, y, path } = self;
        json!({ "name": name, "rows": rows, "cols": cols, "x": x, "y": y, "z": format!("{url}{path}") })
    }
}

impl Pages {
    /// Of the site in `dist`, the pages in `others` and the surfaces of the checkout's `assets`.
    ///
    /// # Panics
    /// If a folder is not what it should be.
    pub(crate) fn new(dist: &Path, others: &Path, assets: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(dist, &folder.path().join("page"));
        copy(others, &folder.path().join("other"));
        fs::create_dir(folder.path().join("data")).expect("a writable temporary folder");

        let catalog = fs::read(assets.join("catalog.json")).expect("assets/catalog.json");
        let catalog = Catalog::parse(&catalog).expect("a catalogue");
        // As the page chooses them.
        let is_aside = |entry: &&CatalogEntry| catalog.aside_ids().contains(&entry.id);
        let offered: Vec<_> = catalog.surfaces().iter().filter(|e| !is_aside(e)).collect();
        let ids: Vec<&str> = offered.iter().map(|entry| entry.id.as_str()).collect();
        let main = main_surfaces(&ids).into_iter().map(|index| {
            let entry = offered[index];
            let bytes = fs::read(assets.join(&entry.file)).expect("a listed surface");
            let surface = decode(&bytes).expect("a listed surface");
            let grid = surface.grid();
            let ends = |axis: &lossland_surface::Axis| [axis.first(), axis.last()];
            write(
                folder.path(),
                &entry.id,
                [grid.x.len(), grid.y.len()],
                [ends(&grid.x), ends(&grid.y)],
                surface.main_field().values(),
            )
        });
        // As files beside it, since that page knows no address of its host.
        let list: Vec<Value> = main.map(|surface| surface.json("../")).collect();
        let n_main = list.len();
        fs::write(folder.path().join("other/surfaces.json"), Value::from(list).to_string())
            .expect("a writable temporary folder");

        let six = (0..6).map(|k| waves(folder.path(), &format!("small-{k}"), 51, f64::from(k)));
        let (six, large) = (six.collect(), waves(folder.path(), "large", 1001, 2.5));
        Self { n_main, six, large, asked: RefCell::default(), folder }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Notes what a page asked for until its first picture.
    pub(crate) fn note_asked<'a>(&self, path: &str, asked: impl Iterator<Item = &'a str>) {
        if path == PATHS[3] {
            self.asked.replace(asked.map(str::to_owned).collect());
        }
    }

    /// The bytes of all that our first picture asked for, each file compressed with brotli, as a
    /// host sends them.
    ///
    /// # Panics
    /// If node can't be run.
    pub(crate) fn first_picture_bytes(&self) -> u64 {
        let mut files = self.asked.borrow().clone();
        files.sort();
        files.dedup();
        let script = "const { readFileSync } = require('fs'), { brotliCompressSync } = require('zlib');
            let sum = 0;
            for (const file of process.argv.slice(1)) sum += brotliCompressSync(readFileSync(file)).length;
            console.log(sum)";
        let node = Command::new("node")
            .arg("-e")
            .arg(script)
            .args(files.iter().filter(|file| file.starts_with("page/")))
            .current_dir(self.folder())
            .output()
            .expect("node, which compresses as hosts do");
        let text = String::from_utf8_lossy(&node.stdout);
        text.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&node.stderr)))
    }
}

/// A bowl with ripples and a wall that the cut at 20 meets, different for each `shift`.
fn waves(folder: &Path, name: &str, n: usize, shift: f64) -> Surface {
    let value = |k: usize| {
        let at = |k: usize| 2.0 * k as f64 / (n - 1) as f64 - 1.0;
        let (x, y) = (at(k % n), at(k / n));
        let bowl = 14.0 * ((x - 0.08 * shift).powi(2) + (0.7 + 0.1 * shift) * y.powi(2));
        let ripples = 1.5 + (7.0 * x + shift).sin() * (6.0 * y - shift).cos();
        (0.2 * shift + bowl + ripples) as f32
    };
    let values: Vec<f32> = (0..n * n).map(value).collect();
    write(folder, name, [n, n], [[-1.0, 1.0]; 2], &values)
}

fn write(
    folder: &Path,
    name: &str,
    [cols, rows]: [usize; 2],
    [x, y]: [[f64; 2]; 2],
    values: &[f32],
) -> Surface {
    let path = format!("data/{name}.f32");
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(folder.join(&path), bytes).expect("a writable temporary folder");
    Surface { name: name.into(), rows, cols, x, y, path }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a writable temporary folder");
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a readable folder");
        }
    }
}
