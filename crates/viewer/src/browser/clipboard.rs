//! Text for other programs.

use super::dom;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;

/// Copies a text, and then says in `place` that it is `done` or that it was `refused`.
pub(super) fn copy(text: String, place: Element, done: &'static str, refused: String) {
    // Without a secure connection a page has none.
    if !dom::window().is_secure_context() {
        return dom::set_text(&place, &refused);
    }
    let clipboard = dom::window().navigator().clipboard();
    spawn_local(async move {
        let copied = JsFuture::from(clipboard.write_text(&text)).await;
        dom::set_text(&place, if copied.is_ok() { done } else { &refused });
    });
}
