//! Text over the picture: the box's labels, and the tooltip with its mark on the surface.

use super::{dom, panel};
use crate::{
    axes,
    color::{css, surface_color},
    hover::hover,
    state::ViewState,
    ticks::value_text,
    words,
};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// From the pointer to the tooltip, and from the tooltip to the canvas's edge, in CSS pixels.
const OFFSET_PX: f32 = 16.0;
const MARGIN_PX: f32 = 8.0;

/// Brings the labels to their places; without a picture there are none.
pub(super) fn update_labels(state: &ViewState, has_picture: bool) {
    let labels = if has_picture && state.shown().next().is_some() {
        let name = words::height_name(state);
        axes::labels(&state.camera(), &state.viewport, &state.plot(), &name)
    } else {
        Vec::new()
    };
    let parent: HtmlElement = dom::by_id("labels");
    panel::set_n_children(&parent, labels.len(), "label-template");
    for (i, label) in labels.into_iter().enumerate() {
        let Some(element) = parent.children().item(i as u32) else { continue };
        dom::set_text(&element, &label.text);
        let _ = element.class_list().toggle_with_force("axis", label.is_name);
        dom::set_place(element.unchecked_ref(), label.x, label.y);
    }
}

/// Shows what is under the pointer, or nothing.
pub(super) fn update_tooltip(state: &ViewState) {
    let tooltip: HtmlElement = dom::by_id("tooltip");
    let mark: HtmlElement = dom::by_id("mark");
    let found = state.pointer.and_then(|at| Some((at, hover(state, at)?)));
    dom::set_shown(&tooltip, found.is_some());
    dom::set_shown(&mark, found.is_some());
    let Some(([x, y], found)) = found else { return };

    let entry = &state.entries[found.index];
    dom::set_text(&dom::within::<Element>(&tooltip, ".name"), &entry.title);
    let swatch: HtmlElement = dom::within(&tooltip, ".swatch");
    dom::set_style(&swatch, "background", &css(surface_color(found.index)));
    dom::set_shown(&swatch, state.is_tinted());
    let nearest = found.nearest.map(|point| [point.alpha, point.beta, point.value]);
    let [nearest_alpha, nearest_beta, nearest_value] = nearest.unwrap_or([f64::NAN; 3]);
    dom::set_shown(&dom::within(&tooltip, ".nearest"), nearest.is_some());
    for (selector, value) in [
        (".alpha", found.alpha),
        (".beta", found.beta),
        (".value", found.value),
        (".nearest-alpha", nearest_alpha),
        (".nearest-beta", nearest_beta),
        (".nearest-value", nearest_value),
    ] {
        dom::set_text(&dom::within::<Element>(&tooltip, selector), &value_text(value));
    }
    let field = state.shown().find(|(index, _)| *index == found.index);
    let label = field.map_or("loss", |(_, sheet)| sheet.field().kind().label());
    dom::set_text(&dom::within::<Element>(&tooltip, ".value-name"), label);

    let [left, top, width, height] = state.viewport.free();
    let size = [tooltip.offset_width() as f32, tooltip.offset_height() as f32];
    let beside = |at: f32, size: f32, begin: f32, length: f32| {
        let after = at + OFFSET_PX;
        let fits = after + size + MARGIN_PX <= begin + length;
        (if fits { after } else { at - OFFSET_PX - size }).max(begin + MARGIN_PX)
    };
    dom::set_place(
        &tooltip,
        beside(x, size[0], left, width),
        beside(y, size[1], top.min(y), height + top - top.min(y)),
    );
    if let Some([x, y]) = state.camera().project(&state.viewport, found.world) {
        dom::set_place(&mark, x, y);
    }
}
