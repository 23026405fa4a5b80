//! Reads surfaces of other formats in the page. It is a program of its own, in a worker
//! (`web/import.js`) that is fetched when such a file is first opened: the page stays small, and a
//! file that takes all memory takes none of the page's.

#![cfg(target_arch = "wasm32")]

use lossland_surface::{Format, encode};
use wasm_bindgen::prelude::wasm_bindgen;

/// The `.lossland` file of the surface in a file of this name.
///
/// # Errors
/// What was expected, and what found.
#[wasm_bindgen]
pub fn convert(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (id, format) = Format::of_name(name).map_err(|error| error.to_string())?;
    let surface = format.read(bytes, id, None).and_then(|surface| encode(&surface));
    surface.map_err(|error| error.to_string())
}
