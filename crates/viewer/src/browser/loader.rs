//! Files from the page's own folder: the catalogue, and surfaces when they are first wanted.

use super::{App, dom};
use crate::{
    sheet::Sheet,
    state::{Action, Entry},
};
use lossland_surface::Catalog;
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{Object, Reflect, Uint8Array};
use web_sys::wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{ReadableStreamDefaultReader, Response};

/// The folder of the catalogue and, below it, of the surfaces; relative to the page.
const FOLDER: &str = "assets/";
const CATALOG: &str = "assets/catalog.json";

/// A file is not read beyond this length, whatever the host sends.
const MAX_BYTES: u64 = 1 << 29;

/// Fetches the catalogue.
pub(super) fn load_catalog(app: &Rc<App>) {
    let app = app.clone();
    spawn_local(async move {
        let action = match fetch(CATALOG, |_| {}).await.and_then(|bytes| entries(&bytes)) {
            Ok(entries) => Action::CatalogLoaded(entries),
            Err(why) => Action::CatalogFailed(format!("{CATALOG}: {why}")),
        };
        app.dispatch(action);
    });
}

fn entries(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let catalog = Catalog::parse(bytes).map_err(|error| error.to_string())?;
    // A catalogue that names no surface to begin with begins with its first.
    let first = catalog.surfaces().first().map(|surface| surface.id.clone());
    let shown: Vec<String> = match catalog.default_ids() {
        [] => first.into_iter().collect(),
        ids => ids.to_vec(),
    };
    Ok(catalog
        .surfaces()
        .iter()
        .map(|surface| {
            let (id, title) = (surface.id.clone(), surface.title.clone());
            let url = format!("{FOLDER}{}", surface.file);
            Entry { is_shown: shown.contains(&id), ..Entry::new(id, title, url, surface.bytes) }
        })
        .collect())
}

/// Fetches the surface that is number `index` of the list, `max_side` being the largest side of
/// a grid that can be drawn here.
pub(super) fn load_surface(app: &Rc<App>, index: usize, url: String, max_side: usize) {
    let app = app.clone();
    spawn_local(async move {
        let progress = |n_bytes| app.dispatch(Action::Progress(index, n_bytes));
        let sheet = fetch(&url, progress).await.and_then(|bytes| sheet(&bytes, max_side));
        app.dispatch(match sheet {
            Ok(sheet) => Action::Loaded(index, Rc::new(sheet)),
            Err(why) => Action::LoadFailed(index, format!("{url}: {why}")),
        });
    });
}

fn sheet(bytes: &[u8], max_side: usize) -> Result<Sheet, String> {
    let surface = lossland_surface::decode(bytes).map_err(|error| error.to_string())?;
    let grid = surface.grid();
    if grid.x.len().max(grid.y.len()) > max_side {
        return Err(format!(
            "expected a grid of at most {max_side} points a side, which this graphics device can \
             draw, found {} \u{d7} {}",
            grid.x.len(),
            grid.y.len()
        ));
    }
    Ok(Sheet::new(surface))
}

/// The bytes at an address relative to the page, telling how many there are so far.
async fn fetch(url: &str, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let offline = |_: JsValue| "the host can\u{2019}t be reached".to_owned();
    let response = JsFuture::from(dom::window().fetch_with_str(url)).await.map_err(offline)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("expected the file, found HTTP status {}", response.status()));
    }
    let Some(body) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk: Object = JsFuture::from(reader.read())
            .await
            .map_err(|_broken: JsValue| {
                format!("the transfer broke off after {} bytes", bytes.len())
            })?
            .unchecked_into();
        let get = |key: &str| Reflect::get(&chunk, &key.into()).unwrap_or(JsValue::UNDEFINED);
        if get("done").is_truthy() {
            return Ok(bytes);
        }
        let chunk: Uint8Array = get("value").unchecked_into();
        if bytes.len() as u64 + u64::from(chunk.length()) > MAX_BYTES {
            return Err(format!("expected at most {MAX_BYTES} bytes, found more"));
        }
        bytes.extend(chunk.to_vec());
        progress(bytes.len() as u64);
    }
}
