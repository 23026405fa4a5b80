//! Small helpers over the page's elements. What the page must have, it has: a missing id is a
//! mistake in `web/index.html` that the first start shows.

use web_sys::wasm_bindgen::{JsCast, closure::Closure, convert::FromWasmAbi};
use web_sys::{
    AddEventListenerOptions, Document, Element, EventTarget, HtmlElement, HtmlTemplateElement,
    Window,
};

pub(super) fn window() -> Window {
    web_sys::window().expect("the program runs in a page")
}

pub(super) fn document() -> Document {
    window().document().expect("the program runs in a page")
}

/// Time since the page was opened, in milliseconds.
pub(super) fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether a media query holds; no browser of ours refuses one.
pub(super) fn matches_media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|query| query.matches())
}

/// The element with this id, of the type that the caller knows it to have.
pub(super) fn by_id<T: JsCast>(id: &str) -> T {
    typed(document().get_element_by_id(id), id)
}

/// The first element within `parent` that a selector matches.
pub(super) fn within<T: JsCast>(parent: &Element, selector: &str) -> T {
    typed(parent.query_selector(selector).ok().flatten(), selector)
}

fn typed<T: JsCast>(element: Option<Element>, what: &str) -> T {
    element
        .and_then(|element| element.dyn_into().ok())
        .unwrap_or_else(|| panic!("web/index.html has no fitting {what}"))
}

/// A copy of the only element in the template with this id.
pub(super) fn from_template(id: &str) -> HtmlElement {
    let template: HtmlTemplateElement = by_id(id);
    let element = template.content().first_element_child();
    let copy = element.and_then(|element| element.clone_node_with_deep(true).ok());
    copy.and_then(|copy| copy.dyn_into().ok())
        .unwrap_or_else(|| panic!("web/index.html has nothing in template {id}"))
}

/// Calls `handler` at every `event` of `target`, as long as the page lives.
pub(super) fn listen<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    event: &str,
    handler: impl FnMut(E) + 'static,
) {
    let closure = Closure::<dyn FnMut(E)>::new(handler);
    let options = AddEventListenerOptions::new();
    // Handlers of wheel and touch prevent the page's own answer.
    options.set_passive(false);
    let added = target.add_event_listener_with_callback_and_add_event_listener_options(
        event,
        closure.as_ref().unchecked_ref(),
        &options,
    );
    debug_assert!(added.is_ok(), "{event}");
    closure.forget();
}

/// Does something later, once.
pub(super) fn after(ms: i32, action: impl FnOnce() + 'static) {
    let action = Closure::once_into_js(action);
    // It can't fail in a page that is shown; in one that is closed nothing matters.
    let _ =
        window().set_timeout_with_callback_and_timeout_and_arguments_0(action.unchecked_ref(), ms);
}

/// Sets the text if it is another: an unchanged one must not be read out again.
pub(super) fn set_text(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Sets an attribute if it is another.
pub(super) fn set_attribute(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        // It only fails for names that are none.
        let _ = element.set_attribute(name, value);
    }
}

/// Shows or hides.
pub(super) fn set_shown(element: &HtmlElement, is_shown: bool) {
    if element.hidden() == is_shown {
        element.set_hidden(!is_shown);
    }
}

/// Sets a property of the element's own style. Through the object model, as the page's policy
/// wants it, not as markup.
pub(super) fn set_style(element: &HtmlElement, property: &str, value: &str) {
    // It only throws for elements that can't be styled.
    let _ = element.style().set_property(property, value);
}

/// Moves an element to a place of the canvas, in CSS pixels.
pub(super) fn set_place(element: &HtmlElement, x: f32, y: f32) {
    set_style(element, "transform", &format!("translate({x:.1}px, {y:.1}px)"));
}
