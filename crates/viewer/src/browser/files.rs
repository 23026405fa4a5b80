//! Files of the visitor's own, chosen or dropped. They are read here and go nowhere; one that is no
//! surface leaves what is shown as it is.

use super::{App, dom, loader, worker};
use crate::{sheet::Sheet, state::Action};
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::Uint8Array;
use web_sys::wasm_bindgen::JsValue;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

/// Files beyond this number are left aside: more could not be told apart.
const MAX_FILES: u32 = 8;

/// Reads what is chosen or dropped from now on.
pub(super) fn connect(app: &Rc<App>) {
    let input: HtmlInputElement = dom::by_id("open");
    let (chooser, opener) = (input.clone(), app.clone());
    dom::listen(&input, "change", move |_: Event| {
        open(&opener, chooser.files());
        // The same file can then be chosen again.
        chooser.set_value("");
    });
    let root = dom::document();
    let mark = |is_over: bool| {
        if let Some(root) = dom::document().document_element() {
            let _ = root.class_list().toggle_with_force("dropping", is_over);
        }
    };
    dom::listen(&root, "dragover", move |event: DragEvent| {
        if has_files(&event) {
            // Without this the browser would open the file in place of the page.
            event.prevent_default();
            mark(true);
        }
    });
    dom::listen(&root, "dragleave", move |event: DragEvent| {
        mark(event.related_target().is_some());
    });
    let app = app.clone();
    dom::listen(&root, "drop", move |event: DragEvent| {
        if !has_files(&event) {
            return;
        }
        event.prevent_default();
        mark(false);
        open(&app, event.data_transfer().and_then(|dropped| dropped.files()));
    });
}

/// Whether files are dragged, and not text from one field to another.
fn has_files(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|dragged| dragged.types());
    types.is_some_and(|types| types.includes(&JsValue::from("Files"), 0))
}

fn open(app: &Rc<App>, files: Option<FileList>) {
    let app = app.clone();
    let files: Vec<File> = files
        .iter()
        .flat_map(|files| (0..files.length().min(MAX_FILES)).filter_map(|i| files.get(i)))
        .collect();
    spawn_local(async move {
        let (mut sheets, mut read_files, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            match read(&app, &file).await {
                Ok(sheet) => {
                    sheets.push(sheet);
                    read_files.push(file);
                }
                Err(why) => failures.push(format!("{}: {why}", file.name())),
            }
        }
        if !sheets.is_empty() {
            app.own_files.borrow_mut().extend(read_files);
            app.dispatch(Action::Opened(sheets));
        }
        if !failures.is_empty() {
            app.dispatch(Action::Tell(format!("Not opened. {}", failures.join("; "))));
        }
    });
}

async fn read(app: &Rc<App>, file: &File) -> Result<Rc<Sheet>, String> {
    if file.size() > loader::MAX_BYTES as f64 {
        let max = loader::MAX_BYTES;
        return Err(format!("expected at most {max} bytes, found {}", file.size()));
    }
    if !file.name().to_ascii_lowercase().ends_with(".lossland") {
        return loader::whole_sheet(app, &converted(file).await?);
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes.map_err(|_unreadable| "the browser can\u{2019}t read it".to_owned())?;
    loader::whole_sheet(app, &Uint8Array::new(&bytes).to_vec())
}

/// The `.lossland` file that a worker makes of one of another format.
async fn converted(file: &File) -> Result<Vec<u8>, String> {
    let surface = worker::object(&[("name", file.name().into()), ("file", file.into())]);
    let made = worker::ask("convert", &[("surface", surface)]).await?;
    Ok(Uint8Array::new(&made).to_vec())
}

/// Where a worker finds surface number `index` of the list.
pub(super) fn source(app: &App, index: usize) -> JsValue {
    let state = app.state.borrow();
    let entry = &state.entries[index];
    let id = ("id", JsValue::from(&entry.id));
    if entry.is_own {
        let number = state.entries[..index].iter().filter(|entry| entry.is_own).count();
        let file = app.own_files.borrow()[number].clone();
        return worker::object(&[id, ("name", file.name().into()), ("file", file.into())]);
    }
    let url = entry.whole.as_ref().map_or(&entry.url, |whole| &whole.url);
    worker::object(&[id, ("name", url.into()), ("url", worker::absolute(url).into())])
}
