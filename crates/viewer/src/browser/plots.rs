//! The 2-D plots in the page: contour plots over the canvas, and the cross-section in its box.

use super::{App, dom, drawing, panel::set_n_children};
use crate::{
    plots::{FlatView, contour_plots, place_along, profile_plot},
    state::{Action, ViewState},
    words,
};
use std::rc::Rc;
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, PointerEvent};

/// Connects the cross-section: what is pointed at there is pointed at in the views.
pub(super) fn connect(app: &Rc<App>) {
    let plot: HtmlElement = dom::by_id("profile-plot");
    let move_app = app.clone();
    dom::listen(&plot.clone(), "pointermove", move |event: PointerEvent| {
        let rect = plot.get_bounding_client_rect();
        let at = [event.client_x() as f32 - rect.left() as f32, 0.5 * rect.height() as f32];
        let state = move_app.state.borrow();
        let size = [rect.width() as f32, rect.height() as f32];
        let place = profile_plot(&state, size)
            .zip(state.section)
            .and_then(|(plot, section)| Some(place_along(section, plot.distance_from_px(at)?)));
        drop(state);
        move_app.dispatch(Action::PointAtPlane(place));
    });
}

/// Draws the contour plots in place of the picture, or takes them away.
pub(super) fn update_flat(app: &App, state: &ViewState, is_flat: bool) {
    let parent: HtmlElement = dom::by_id("flat");
    dom::set_shown(&parent, is_flat);
    let views = if is_flat { contour_plots(state) } else { Vec::new() };
    set_n_children(&parent, views.len(), "flat-template");
    for (i, view) in views.iter().enumerate() {
        show_flat(&parent, i as u32, view);
    }
    app.flat.replace(views);
}

// Apart, as some functions of this folder are: what no first picture calls does not travel with it.
#[inline(never)]
fn show_flat(parent: &HtmlElement, i: u32, view: &FlatView) {
    let Some(element) = parent.children().item(i) else { return };
    let element: &HtmlElement = element.unchecked_ref();
    let [left, top, width, height] = view.rect;
    for (property, px) in [("left", left), ("top", top), ("width", width), ("height", height)] {
        dom::set_style(element, property, &format!("{px:.1}px"));
    }
    drawing::show(element, &view.plot.drawing);
}

/// The place of the plane at a place of the canvas, where contour plots are shown.
pub(super) fn place_at(views: &[FlatView], [x, y]: [f32; 2]) -> Option<[f64; 2]> {
    views.iter().find_map(|view| view.plot.plane_from_px([x - view.rect[0], y - view.rect[1]]))
}

/// Where a place of the plane is on the canvas, in each contour plot.
pub(super) fn marks(views: &[FlatView], [alpha, beta]: [f64; 2]) -> Vec<[f32; 2]> {
    let mark = |view: &FlatView| {
        let [x, y] = view.plot.px_from_plane(alpha, beta);
        [x + view.rect[0], y + view.rect[1]]
    };
    views.iter().map(mark).collect()
}

/// Draws the cross-section, or takes it away.
pub(super) fn update_profile(state: &ViewState) {
    let section: HtmlElement = dom::by_id("profile");
    let is_shown = state.section.is_some() && state.shown().next().is_some();
    dom::set_shown(&section, is_shown);
    if is_shown {
        show_profile(state);
    }
}

#[inline(never)]
fn show_profile(state: &ViewState) {
    let parent: HtmlElement = dom::by_id("profile-plot");
    let rect = parent.get_bounding_client_rect();
    let size = [rect.width() as f32, rect.height() as f32];
    if let Some(plot) = profile_plot(state, size).filter(|_| size[0] > 1.0) {
        drawing::show(&parent, &plot.drawing);
    }
    dom::set_text(&dom::by_id::<Element>("profile-text"), &words::section_text(state));
}
