//! What a worker makes of the surfaces shown, to take away: solids, and the page in one file. And the frame
//! that shows the view in another page.

use super::{App, clipboard, dom, files, list, save, worker};
use crate::{permalink::Permalink, state::ViewState, words};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::js_sys::Array;
use web_sys::wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlElement, HtmlSelectElement};

/// A shape's button, the ending of its file and its media type.
const SHAPES: [(&str, &str, &str); 3] = [
    ("save-stl", "stl", "model/stl"),
    ("save-glb", "glb", "model/gltf-binary"),
    ("save-vtk", "vtk", "application/octet-stream"),
];

/// Connects the controls.
pub(super) fn connect(app: &Rc<App>) {
    for (id, ending, media_type) in SHAPES {
        on_click(app, id, move |app| save_solid(app, ending, media_type));
    }
    on_click(app, "save-page", save_page);
    on_click(app, "copy-frame", copy_frame);
}

fn on_click(app: &Rc<App>, id: &str, act: impl Fn(&App) + 'static) {
    let app = app.clone();
    dom::listen(&dom::by_id::<Element>(id), "click", move |_: Event| act(&app));
}

/// Offers the surfaces that are shown.
pub(super) fn update(state: &ViewState) {
    let shown: Vec<(String, String)> = state
        .shown()
        .map(|(index, _)| (index.to_string(), state.entries[index].title.clone()))
        .collect();
    for id in SHAPES.map(|(id, ..)| id).into_iter().chain(["save-page"]) {
        dom::by_id::<web_sys::HtmlButtonElement>(id).set_disabled(shown.is_empty());
    }
    dom::set_shown(&dom::by_id::<HtmlElement>("solid-row"), shown.len() > 1);
    let select: HtmlSelectElement = dom::by_id("solid-of");
    let chosen = select.value();
    let is_there = shown.iter().any(|(value, _)| *value == chosen);
    let first = shown.first().map_or(String::new(), |(value, _)| value.clone());
    list::set_options(&select, shown.into_iter(), if is_there { &chosen } else { &first });
}

fn save_solid(app: &App, ending: &'static str, media_type: &'static str) {
    let (name, entries) = {
        let state = app.state.borrow();
        let chosen = dom::by_id::<HtmlSelectElement>("solid-of").value();
        let Some((index, sheet)) = state.shown().find(|(index, _)| index.to_string() == chosen)
        else {
            return;
        };
        let cut = state.cut().map_or(JsValue::UNDEFINED, JsValue::from);
        let entries = vec![
            ("surface", files::source(app, index)),
            ("ending", format!(".{ending}").into()),
            ("field", sheet.field().kind().name().into()),
            ("cut", cut),
            ("isLog", state.style.is_log.into()),
        ];
        (save::file_name(sheet.surface().title(), "", ending), entries)
    };
    make(name, media_type, "solid", entries);
}

fn save_page(app: &App) {
    let state = app.state.borrow();
    let surfaces: Array = state.shown().map(|(index, _)| files::source(app, index)).collect();
    let address = dom::window().location();
    let address = [address.origin(), address.pathname()].map(Result::unwrap_or_default).concat();
    let name = save::file_name(&words::title(&state), "", "html");
    let entries = vec![
        ("address", address.into()),
        ("surfaces", surfaces.into()),
        ("title", JsValue::from(&app.name)),
        ("view", Permalink::of_all(&state).to_string().into()),
    ];
    make(name, "text/html;charset=utf-8", "page", entries);
}

/// Has a file made, and hands it to the browser.
fn make(
    name: String,
    media_type: &'static str,
    task: &'static str,
    entries: Vec<(&'static str, JsValue)>,
) {
    save::say("Making the file\u{2026}");
    spawn_local(async move {
        match worker::ask(task, &entries).await {
            Ok(made) => save::finish(&name, save::blob(&Array::of1(&made), media_type)),
            Err(why) => save::say(&format!("Not saved: {why}")),
        }
    });
}

/// Copies the element that shows this view in another page, as README has it.
fn copy_frame(app: &App) {
    app.write_address(false);
    let address = dom::window().location();
    let part = |part: Result<String, JsValue>| part.unwrap_or_default();
    let (origin, path) = (part(address.origin()), part(address.pathname()));
    let view = escaped(&part(address.hash()));
    let title = escaped(&words::title(&app.state.borrow()));
    let frame = format!(
        "<iframe src=\"{origin}{path}?embed=1{view}\" title=\"{title}\" width=\"720\" height=\"480\" \
        loading=\"lazy\" style=\"border: 0\"></iframe>"
    );
    let refused = format!("The browser refused to copy it: {frame}");
    clipboard::copy(frame, dom::by_id("copy-text"), app.copied_text(), refused);
}

/// A text that can stand in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
