//! Files from the page's own folder: the catalogue, and surfaces when they are first wanted.
//!
//! A surface is drawn from its first part where the catalogue names one, and its whole file is fetched
//! when more of it is wanted.

use super::{App, dom, json};
use crate::{
    sheet::Sheet,
    state::{Action, Entry},
    whole::Whole,
};
use lossland_surface::{Catalog, FirstPart, Surface, first};
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{Object, Promise, Reflect, Uint8Array};
use web_sys::wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{ReadableStreamDefaultReader, Response};

/// The folder of the catalogue and, below it, of the surfaces; relative to the page.
const FOLDER: &str = "assets/";
const CATALOG: &str = "assets/catalog.json";

/// A file is not read beyond this length, whatever the host sends.
pub(super) const MAX_BYTES: u64 = 1 << 29;

/// The largest side of a grid that any device with WebGL 2 can draw.
const PROMISED_SIDE: usize = 2048;

/// How long the picture's resources wait for the first surfaces. They take the page's only thread, from
/// a tenth of a second on a device in software, and what came meanwhile would be taken in after that; but
/// from a host that is far away surfaces had better be waited for at the same time.
const SCENE_DELAY_MS: i32 = 40;

/// Takes the catalogue in, fetched where it is not on its way, and what it leads to.
pub(super) fn load_catalog(app: &Rc<App>, on_its_way: Option<Promise>) {
    let app = app.clone();
    spawn_local(async move {
        let early = match on_its_way {
            Some(bytes) => JsFuture::from(bytes).await.ok().filter(JsValue::is_object),
            None => None,
        };
        let bytes = match early {
            Some(bytes) => Ok(Uint8Array::new(&bytes).to_vec()),
            None => fetch(CATALOG, |_| {}).await,
        };
        let action = match bytes.and_then(|bytes| entries(&bytes)) {
            Ok(entries) => Action::CatalogLoaded(entries),
            Err(why) => Action::CatalogFailed(format!("{CATALOG}: {why}")),
        };
        app.dispatch(action);
        // After what that has begun, which is to ask for surfaces.
        spawn_local(async move {
            app.connect();
            dom::after(SCENE_DELAY_MS, move || app.build_due_scene());
        });
    });
}

fn entries(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let catalog = Catalog::parse_with(bytes, json::parse).map_err(|error| error.to_string())?;
    // A catalogue that names no surface to begin with begins with its first.
    let first = catalog.surfaces().first().map(|surface| surface.id.clone());
    let shown: Vec<String> = match catalog.default_ids() {
        [] => first.into_iter().collect(),
        ids => ids.to_vec(),
    };
    let url = |file: &str| format!("{FOLDER}{file}");
    Ok(catalog
        .surfaces()
        .iter()
        .map(|surface| {
            let whole = url(&surface.file);
            let (url, n_bytes, whole) = match &surface.first {
                Some(first) => {
                    (url(&first.file), first.bytes, Some(Whole::new(whole, surface.bytes)))
                }
                None => (whole, surface.bytes, None),
            };
            let (id, title) = (surface.id.clone(), surface.title.clone());
            let (is_shown, is_aside) = (shown.contains(&id), catalog.aside_ids().contains(&id));
            Entry { is_shown, is_aside, whole, ..Entry::new(id, title, url, n_bytes) }
        })
        .collect())
}

/// Fetches what is drawn of surface number `index` of the list.
pub(super) fn load_surface(app: &Rc<App>, index: usize) {
    let (app, url) = (app.clone(), app.state.borrow().entries[index].url.clone());
    spawn_local(async move {
        let progress = |n_bytes| app.dispatch(Action::Progress(index, n_bytes));
        let loaded = fetch(&url, progress).await.and_then(|bytes| {
            if !bytes.starts_with(&first::MAGIC) {
                return Ok(Action::Loaded(index, whole_sheet(&app, &bytes)?));
            }
            let part = FirstPart::decode_with(&bytes, json::parse);
            let (surface, kinds) = part.map_err(|error| error.to_string())?.into_parts();
            Ok(Action::LoadedFirst(index, sheet(&app, surface)?, kinds))
        });
        app.dispatch(
            loaded.unwrap_or_else(|why| Action::LoadFailed(index, format!("{url}: {why}"))),
        );
    });
}

/// Fetches the whole of surface number `index`, of which the first part is shown.
pub(super) fn load_whole(app: &Rc<App>, index: usize) {
    let Some(url) = app.state.borrow().entries[index].whole.as_ref().map(|whole| whole.url.clone())
    else {
        return;
    };
    let app = app.clone();
    spawn_local(async move {
        let bytes = fetch(&url, |_| {}).await;
        app.dispatch(match bytes.and_then(|bytes| whole_sheet(&app, &bytes)) {
            Ok(sheet) => Action::LoadedWhole(index, sheet),
            Err(why) => Action::WholeFailed(index, format!("{url}: {why}")),
        });
    });
}

/// The surface in the bytes of a whole file.
pub(super) fn whole_sheet(app: &Rc<App>, bytes: &[u8]) -> Result<Rc<Sheet>, String> {
    let surface = lossland_surface::decode_with(bytes, json::parse);
    sheet(app, surface.map_err(|error| error.to_string())?)
}

fn sheet(app: &Rc<App>, surface: Surface) -> Result<Rc<Sheet>, String> {
    let grid = surface.grid();
    let side = grid.x.len().max(grid.y.len());
    // To ask the device is to wait for it.
    let max_side = if side > PROMISED_SIDE {
        app.build_due_scene();
        app.max_side()
    } else {
        side
    };
    if side > max_side {
        return Err(format!(
            "expected a grid of at most {max_side} points a side, which this graphics device can \
             draw, found {} \u{d7} {}",
            grid.x.len(),
            grid.y.len()
        ));
    }
    Ok(Rc::new(Sheet::new(surface)))
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
