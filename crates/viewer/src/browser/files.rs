//! Files of the visitor's own, chosen or dropped. They are read here and go nowhere; one that is no
//! surface leaves what is shown as it is.

use super::{App, dom, loader};
use crate::{sheet::Sheet, state::Action};
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::js_sys::{Object, Promise, Reflect, Uint8Array};
use web_sys::wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use web_sys::{
    DragEvent, Element, ErrorEvent, Event, File, FileList, HtmlInputElement, MessageEvent, Worker,
    WorkerOptions, WorkerType,
};

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
        let (mut sheets, mut failures) = (Vec::new(), Vec::new());
        for file in files {
            match read(&app, &file).await {
                Ok(sheet) => sheets.push(sheet),
                Err(why) => failures.push(format!("{}: {why}", file.name())),
            }
        }
        if !sheets.is_empty() {
            app.dispatch(Action::Opened(sheets));
        }
        if !failures.is_empty() {
            app.dispatch(Action::Tell(format!("Not opened. {}", failures.join("; "))));
        }
    });
}

async fn read(app: &App, file: &File) -> Result<Rc<Sheet>, String> {
    if file.size() > loader::MAX_BYTES as f64 {
        let max = loader::MAX_BYTES;
        return Err(format!("expected at most {max} bytes, found {}", file.size()));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let bytes = bytes.map_err(|_unreadable| "the browser can\u{2019}t read it".to_owned())?;
    let bytes = Uint8Array::new(&bytes);
    if file.name().to_ascii_lowercase().ends_with(".lossland") {
        loader::whole_sheet(app, &bytes.to_vec())
    } else {
        loader::whole_sheet(app, &converted(&file.name(), &bytes).await?)
    }
}

/// The `.lossland` file that a worker (`web/import.js`) makes of one of another format.
async fn converted(name: &str, bytes: &Uint8Array) -> Result<Vec<u8>, String> {
    let failed = |what: JsValue| {
        let what = what.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        format!("the program that reads other formats can\u{2019}t be had; {what}")
    };
    let meta: Element = dom::within(&dom::document().head().unwrap_throw(), "meta[name=import]");
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let url = meta.get_attribute("content").unwrap_or_default();
    let worker = Worker::new_with_options(&url, &options).map_err(failed)?;
    let answer = Promise::new(&mut |keep, fail| {
        worker.set_onmessage(Some(&keep));
        worker.set_onerror(Some(&fail));
    });
    let question = Object::new();
    for (key, value) in [("name", &JsValue::from(name)), ("bytes", bytes)] {
        // Setting a property of a plain object can't fail.
        let _ = Reflect::set(&question, &key.into(), value);
    }
    worker.post_message(&question).map_err(failed)?;
    let answer = JsFuture::from(answer).await;
    worker.terminate();
    let answer = answer.map_err(failed)?.unchecked_into::<MessageEvent>().data();
    let get = |key: &str| Reflect::get(&answer, &key.into()).unwrap_or(JsValue::UNDEFINED);
    match get("bytes").dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_none) => Err(get("why").as_string().unwrap_or_default()),
    }
}
