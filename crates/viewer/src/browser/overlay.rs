//! Text over the picture: the boxes' labels and names, marks on the surfaces, the tooltip and the
//! pinned point.

use super::{dom, drawing, panel, plots};
use crate::{
    axes::{Label, Role},
    color::{Rgb, css},
    hover::{Nearest, hover},
    level_labels,
    marks::{self, Mark},
    paths,
    plots::FlatView,
    reading,
    state::{Pointer, Tool, ViewState},
    ticks::value_text,
};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// From the pointer to the tooltip, and from the tooltip to the canvas's edge, in CSS pixels.
const OFFSET_PX: f32 = 16.0;
const MARGIN_PX: f32 = 8.0;

/// Brings the labels to their places; without a picture there are none.
pub(super) fn update_labels(state: &ViewState, has_picture: bool) {
    let has_labels = has_picture && state.shown().next().is_some();
    let views = state.views();
    let mut labels: Vec<Label> = Vec::new();
    for view in views.iter().filter(|_| has_labels) {
        labels.append(&mut level_labels::labels(state, view));
    }
    let parent: HtmlElement = dom::by_id("labels");
    panel::set_n_children(&parent, labels.len(), "label-template");
    for (i, label) in labels.into_iter().enumerate() {
        let Some(element) = parent.children().item(i as u32) else { continue };
        dom::set_text(&element, &label.text);
        for (class, role) in [("axis", Role::Name), ("level", Role::Level)] {
            let _ = element.class_list().toggle_with_force(class, label.role == role);
        }
        dom::set_place(element.unchecked_ref(), label.x, label.y);
    }

    let names: HtmlElement = dom::by_id("view-names");
    let n_names = if views.len() > 1 { views.len() } else { 0 };
    panel::set_n_children(&names, n_names, "view-name-template");
    for (i, view) in views.iter().enumerate().take(n_names) {
        let Some(element) = names.children().item(i as u32) else { continue };
        let name = view.subjects.first().map(|subject| state.name(*subject));
        dom::set_text(&element, &name.unwrap_or_default());
        let [left, top, width, _] = view.viewport.free();
        let element: &HtmlElement = element.unchecked_ref();
        dom::set_style(element, "width", &format!("{width:.1}px"));
        dom::set_place(element, left, top - 28.0);
    }
}

/// Draws the paths on the surfaces; without a picture there are none.
pub(super) fn update_paths(state: &ViewState, has_picture: bool) {
    let parent: HtmlElement = dom::by_id("paths");
    let has_paths = has_picture && paths::has_any(state);
    dom::set_shown(&parent, has_paths);
    if has_paths {
        show_paths(state, &parent);
    }
}

#[inline(never)]
fn show_paths(state: &ViewState, parent: &HtmlElement) {
    drawing::show(parent, &paths::on_surfaces(state));
}

/// Shows what is pointed at, or nothing, and what is marked.
pub(super) fn update_reading(state: &ViewState, flat: &[FlatView]) {
    update_tooltip(state, flat);
    update_pin(state, flat);
    set_marks(marks(state, flat));
}

fn marks(state: &ViewState, flat: &[FlatView]) -> Vec<([f32; 2], Mark)> {
    if flat.is_empty() { marks::on_surfaces(state) } else { flat_marks(state, flat) }
}

/// Marks on contour plots; what stays is drawn in them.
// Apart, since no first picture calls it: so it does not travel with it.
#[inline(never)]
fn flat_marks(state: &ViewState, flat: &[FlatView]) -> Vec<([f32; 2], Mark)> {
    let places = state.place().into_iter().chain(match state.tool {
        Tool::SectionTo(from) => Some(from),
        _ => None,
    });
    places.flat_map(|place| plots::marks(flat, place)).map(|at| (at, Mark::Pointer)).collect()
}

/// Puts marks onto the picture: where, and of what.
pub(super) fn set_marks(marks: Vec<([f32; 2], Mark)>) {
    let parent: HtmlElement = dom::by_id("marks");
    panel::set_n_children(&parent, marks.len(), "mark-template");
    for (i, ([x, y], mark)) in marks.into_iter().enumerate() {
        let Some(element) = parent.children().item(i as u32) else { continue };
        let class = match mark {
            Mark::Minimum => "mark minimum",
            Mark::Dot => "mark dot",
            Mark::End => "mark end",
            Mark::Pin => "mark pinned",
            Mark::Pointer => "mark",
        };
        if element.class_name() != class {
            element.set_class_name(class);
        }
        dom::set_place(element.unchecked_ref(), x, y);
    }
}

fn update_tooltip(state: &ViewState, flat: &[FlatView]) {
    match state.place() {
        Some(place) => tell(state, flat, place),
        None => hide_tooltip(),
    }
}

/// Shows what there is at a place.
#[inline(never)]
fn tell(state: &ViewState, flat: &[FlatView], place: [f64; 2]) {
    let told = reading::rows(state, place);
    let found = match state.pointer {
        Some(Pointer::Screen(at)) => hover(state, at),
        _ => None,
    };
    let front = found.map(|found| found.subject).or(told.first().map(|row| row.subject));
    let Some(own) = told.iter().find(|row| Some(row.subject) == front) else {
        hide_tooltip();
        return;
    };
    show_tooltip(&Tooltip {
        title: &own.name,
        swatch: own.swatch,
        place,
        value: &own.text,
        value_name: state.sheet(own.subject).map_or("loss", |s| s.field().kind().label()),
        nearest: found.and_then(|found| found.nearest),
        others: &told.iter().filter(|row| row.subject != own.subject).collect::<Vec<_>>(),
        at: match state.pointer {
            Some(Pointer::Screen(at)) => Some(at),
            _ => marks_of(state, flat, place).first().copied(),
        },
        free: state.viewport.free(),
    });
}

/// What the tooltip says, and where.
pub(super) struct Tooltip<'a> {
    pub(super) title: &'a str,
    /// The surface's hue, where hues tell surfaces apart.
    pub(super) swatch: Option<Rgb>,
    /// Alpha and beta.
    pub(super) place: [f64; 2],
    pub(super) value: &'a str,
    pub(super) value_name: &'a str,
    /// The nearest computed point, where `place` has no value.
    pub(super) nearest: Option<Nearest>,
    /// What the other surfaces say.
    pub(super) others: &'a [&'a reading::Row],
    /// The place that it stands beside, in CSS pixels.
    pub(super) at: Option<[f32; 2]>,
    /// Left, top, width and height of where it may be.
    pub(super) free: [f32; 4],
}

/// Takes the tooltip away.
pub(super) fn hide_tooltip() {
    dom::set_shown(&dom::by_id("tooltip"), false);
}

/// Shows the tooltip.
pub(super) fn show_tooltip(told: &Tooltip<'_>) {
    let tooltip: HtmlElement = dom::by_id("tooltip");
    dom::set_shown(&tooltip, true);
    dom::set_text(&dom::within::<Element>(&tooltip, ".name"), told.title);
    let swatch: HtmlElement = dom::within(&tooltip, ".swatch");
    dom::set_shown(&swatch, told.swatch.is_some());
    dom::set_style(&swatch, "background", &told.swatch.map_or_else(String::new, css));
    dom::set_shown(&dom::within(&tooltip, ".nearest"), told.nearest.is_some());
    if let Some(point) = told.nearest {
        for (selector, value) in [
            (".nearest-alpha", point.alpha),
            (".nearest-beta", point.beta),
            (".nearest-value", point.value),
        ] {
            dom::set_text(&dom::within::<Element>(&tooltip, selector), &value_text(value));
        }
    }
    set_place_text(&tooltip, told.place);
    dom::set_text(&dom::within::<Element>(&tooltip, ".value"), told.value);
    dom::set_text(&dom::within::<Element>(&tooltip, ".value-name"), told.value_name);
    set_rows(&tooltip, told.others);
    if let Some(at) = told.at {
        put_beside(&tooltip, told.free, at);
    }
}

/// Where a place of the plane is seen.
fn marks_of(state: &ViewState, flat: &[FlatView], place: [f64; 2]) -> Vec<[f32; 2]> {
    if flat.is_empty() { state.marks(place) } else { plots::marks(flat, place) }
}

fn update_pin(state: &ViewState, flat: &[FlatView]) {
    let pin: HtmlElement = dom::by_id("pin");
    let at =
        state.pin.and_then(|place| Some((place, marks_of(state, flat, place).first().copied()?)));
    dom::set_shown(&pin, at.is_some());
    if let Some((place, at)) = at {
        show_pin(state, &pin, place, at);
    }
}

#[inline(never)]
fn show_pin(state: &ViewState, pin: &HtmlElement, place: [f64; 2], at: [f32; 2]) {
    set_place_text(pin, place);
    let rows = reading::rows(state, place);
    set_rows(pin, &rows.iter().collect::<Vec<_>>());
    put_beside(pin, state.viewport.free(), at);
}

fn set_place_text(parent: &Element, [alpha, beta]: [f64; 2]) {
    for (selector, value) in [(".alpha", alpha), (".beta", beta)] {
        dom::set_text(&dom::within::<Element>(parent, selector), &value_text(value));
    }
}

fn set_rows(parent: &Element, rows: &[&reading::Row]) {
    let list: HtmlElement = dom::within(parent, ".values");
    dom::set_shown(&list, !rows.is_empty());
    panel::set_n_children(&list, rows.len(), "value-template");
    for (i, row) in rows.iter().enumerate() {
        let Some(element) = list.children().item(i as u32) else { continue };
        let swatch: HtmlElement = dom::within(&element, ".swatch");
        dom::set_shown(&swatch, row.swatch.is_some());
        dom::set_style(&swatch, "background", &row.swatch.map_or_else(String::new, css));
        dom::set_text(&dom::within::<Element>(&element, ".name"), &row.name);
        dom::set_text(&dom::within::<Element>(&element, ".number"), &row.text);
    }
}

/// Puts a box of text beside a place of the canvas, within its free part.
fn put_beside(element: &HtmlElement, [left, top, width, height]: [f32; 4], [x, y]: [f32; 2]) {
    let size = [element.offset_width() as f32, element.offset_height() as f32];
    let beside = |at: f32, size: f32, begin: f32, length: f32| {
        let after = at + OFFSET_PX;
        let fits = after + size + MARGIN_PX <= begin + length;
        (if fits { after } else { at - OFFSET_PX - size }).max(begin + MARGIN_PX)
    };
    dom::set_place(
        element,
        beside(x, size[0], left, width),
        beside(y, size[1], top.min(y), height + top - top.min(y)),
    );
}
