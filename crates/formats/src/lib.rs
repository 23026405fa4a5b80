//! Reads and writes other formats in the page: surfaces of other formats, solids, the page in one file.
//! It is a program of its own, in a worker (`web/formats.js`) that is fetched when such a file is first
//! opened or wanted: the page stays small, and a file that takes all memory takes none of the page's.
//!
//! What fails gives a sentence that says what was expected, and what found.

#![cfg(target_arch = "wasm32")]

use lossland_bundle::{Assets, Cover, Page};
use lossland_solid::{Options, Shape};
use lossland_surface::{Cut, FieldKind, Format, Surface, encode};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::wasm_bindgen;

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn read(name: &str, bytes: &[u8]) -> Result<Surface, String> {
    let (id, format) = Format::of_name(name).map_err(told)?;
    format.read(bytes, id, None).map_err(told)
}

/// The `.lossland` file of the surface in a file of this name.
///
/// # Errors
/// If it holds no surface.
#[wasm_bindgen]
pub fn convert(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    encode(&read(name, bytes)?).map_err(told)
}

/// The surface in a file of this name as a file that ends in `.stl`, `.glb` or `.vtk`: its height is
/// `field`, flat above `cut`, of linear heights or of their logarithms.
///
/// # Errors
/// If there is no such surface, field or ending, or nothing to draw.
#[wasm_bindgen]
pub fn solid(
    name: &str,
    bytes: &[u8],
    ending: &str,
    field: &str,
    cut: Option<f32>,
    is_log: bool,
) -> Result<Vec<u8>, String> {
    let shape = Shape::of_name(ending);
    let shape = shape.ok_or_else(|| format!("expected .stl, .glb or .vtk, found {ending:?}"))?;
    let options = Options {
        field: Some(FieldKind::from_name(field).map_err(told)?),
        cut: cut.map_or(Cut::Off, Cut::At),
        is_log,
        ..Options::default()
    };
    lossland_solid::write(&read(name, bytes)?, shape, &options).map_err(told)
}

/// The page in one file, while what it is made of is brought together.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OneFile {
    page: Page,
    files: BTreeMap<String, Vec<u8>>,
    surfaces: Vec<(String, Surface)>,
}

#[wasm_bindgen]
impl OneFile {
    /// Of the `index.html` of a built site.
    ///
    /// # Errors
    /// If it is no such page.
    #[wasm_bindgen(constructor)]
    pub fn new(html: &str) -> Result<Self, String> {
        let page = Page::parse(html).map_err(told)?;
        Ok(Self { page, files: BTreeMap::new(), surfaces: Vec::new() })
    }

    /// The files of the site that it takes, relative to its page.
    pub fn names(&self) -> Vec<String> {
        self.page.files().map(str::to_owned).collect()
    }

    /// Takes one of them.
    pub fn add_file(&mut self, name: String, bytes: Vec<u8>) {
        self.files.insert(name, bytes);
    }

    /// Takes the surface in a file of this name, to be listed under `id`.
    ///
    /// # Errors
    /// If it holds none.
    pub fn add_surface(&mut self, id: String, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.surfaces.push((id, read(name, bytes)?));
        Ok(())
    }

    /// The file, which opens with `view`: what follows `#` in an address.
    ///
    /// # Errors
    /// If one of its files is missing, or can't stand in a page.
    pub fn html(&self, title: &str, view: &str) -> Result<String, String> {
        let assets = Assets::new(&self.surfaces).map_err(told)?;
        let cover = Cover { title, view };
        self.page.in_one_file(&self.files, &assets, &cover).map_err(told)
    }
}
