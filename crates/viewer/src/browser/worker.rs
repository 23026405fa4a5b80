//! The program that reads and writes other formats (`crates/formats`), in a worker of its own
//! (`web/formats.js`): it is fetched when it is first asked, and gone when it has answered.

use super::dom;
use web_sys::js_sys::{Object, Promise, Reflect};
use web_sys::wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use web_sys::{Element, ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

/// What it makes for a task with these entries.
///
/// # Errors
/// In its own words, or why it can't be had.
pub(super) async fn ask(task: &str, entries: &[(&str, JsValue)]) -> Result<JsValue, String> {
    let failed = |what: JsValue| {
        let what = what.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        format!("the program for other formats can\u{2019}t be had; {what}")
    };
    let meta: Element = dom::within(&dom::document().head().unwrap_throw(), "meta[name=formats]");
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let url = meta.get_attribute("content").unwrap_or_default();
    let worker = Worker::new_with_options(&url, &options).map_err(failed)?;
    let answer = Promise::new(&mut |keep, fail| {
        worker.set_onmessage(Some(&keep));
        worker.set_onerror(Some(&fail));
    });
    let question = object(entries);
    set(&question, "task", &task.into());
    worker.post_message(&question).map_err(failed)?;
    let answer = wasm_bindgen_futures::JsFuture::from(answer).await;
    worker.terminate();
    let answer = answer.map_err(failed)?.unchecked_into::<MessageEvent>().data();
    let get = |key: &str| Reflect::get(&answer, &key.into()).unwrap_or(JsValue::UNDEFINED);
    match get("why").as_string() {
        Some(why) => Err(why),
        None => Ok(get("made")),
    }
}

/// An object with these entries.
pub(super) fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new().into();
    entries.iter().for_each(|(key, value)| set(&object, key, value));
    object
}

fn set(object: &JsValue, key: &str, value: &JsValue) {
    // It can't fail for a plain object.
    let _ = Reflect::set(object, &key.into(), value);
}

/// An address relative to the page, as a worker can use it.
pub(super) fn absolute(url: &str) -> String {
    let page = dom::document().base_uri().ok().flatten().unwrap_or_default();
    Url::new_with_base(url, &page).map_or_else(|_| url.to_owned(), |url| url.href())
}
