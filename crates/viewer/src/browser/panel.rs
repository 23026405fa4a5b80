//! The page's text and controls, brought to the state. Names come from files: they are set as
//! text, never as markup.

use super::{
    App, cards,
    controls::{BALL_STEPS, CUT_STEPS},
    dom, legend, list, save, tour,
};
use crate::{
    ball::{self, Ball, METHODS},
    scale::CutSlider,
    state::{Tool, ViewState},
    style::{LAYOUTS, Layout, TINTS, name_of},
    words,
};
use lossland_surface::FieldKind;
use std::rc::Rc;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// Brings everything up to date.
pub(super) fn update(app: &Rc<App>, state: &ViewState) {
    let title = words::title(state);
    // A line does not end within a name ("ResNet-56").
    dom::set_text(&dom::by_id::<Element>("title"), &title.replace('-', "-\u{2060}"));
    dom::set_attribute(&app.canvas, "aria-label", &title);
    dom::set_text(&dom::by_id::<Element>("caption"), &words::caption(state));
    let page_title = format!("{title} \u{b7} {}", app.name);
    if dom::document().title() != page_title {
        dom::document().set_title(&page_title);
    }
    list::update(state);
    update_layout(state);
    update_cut(state);
    update_looks(state);
    update_reading(state);
    update_camera(state);
    legend::update(state);
    cards::update(app, state);
    save::update(state);
    tour::update(state);
    let panel: HtmlElement = dom::by_id("panel");
    let _ = panel.class_list().toggle_with_force("folded", !state.is_panel_open);
    let toggle: Element = dom::by_id("panel-toggle");
    let _ =
        toggle.set_attribute("aria-expanded", if state.is_panel_open { "true" } else { "false" });
}

fn update_layout(state: &ViewState) {
    let n_shown = state.shown().count();
    dom::set_shown(&dom::by_id("layout"), n_shown > 1);
    for (name, layout) in LAYOUTS {
        set_checked(&dom::by_id(&format!("layout-{name}")), state.style.layout == layout);
    }
    let is_side = state.style.layout == Layout::Side;
    dom::set_shown(&dom::by_id("own-row"), is_side && n_shown > 1);
    set_checked(&dom::by_id("own-scales"), state.style.has_own_scales);
    let difference = words::difference_text(state);
    dom::set_shown(&dom::by_id("swap-row"), difference.is_some());
    dom::set_text(&dom::by_id::<Element>("difference-text"), &difference.unwrap_or_default());
    set_checked(&dom::by_id("flat-on"), state.is_flat());
    set_checked(&dom::by_id("flat-off"), !state.is_flat());
}

fn update_cut(state: &ViewState) {
    let level = state.cut();
    set_checked(&dom::by_id("cut-on"), level.is_some());
    let slider: HtmlInputElement = dom::by_id("cut-slider");
    slider.set_disabled(level.is_none());
    let number: HtmlInputElement = dom::by_id("cut-level");
    number.set_disabled(level.is_none());
    let (position, text) = match level {
        Some(level) => {
            let position = CutSlider::new(state.extent()).position(level) * CUT_STEPS;
            (position.round(), level.to_string())
        }
        None => (CUT_STEPS, String::new()),
    };
    set_value(&slider, &position.to_string());
    set_spoken(&slider, &text);
    set_value(&number, &text);
    dom::set_text(&dom::by_id::<Element>("cut-share"), &words::cut_sentence(state));
    set_checked(&dom::by_id("scale-log"), state.style.is_log);
    set_checked(&dom::by_id("scale-linear"), !state.style.is_log);
}

fn update_looks(state: &ViewState) {
    set_checked(&dom::by_id("wireframe"), state.style.is_wireframe);
    let contours: HtmlInputElement = dom::by_id("contours");
    set_checked(&contours, state.style.has_contours);
    // Between the wires there is nothing to draw them on.
    contours.set_disabled(state.style.is_wireframe);
    dom::by_id::<HtmlSelectElement>("map").set_value(state.style.map.name());
    set_checked(&dom::by_id("floor-map"), state.style.has_floor_map);
    set_checked(&dom::by_id("noise"), state.style.has_noise);
    let noise: HtmlElement = dom::by_id("noise-text");
    dom::set_shown(&noise, state.style.has_noise);
    if state.style.has_noise {
        dom::set_text(&noise, &words::noise_text(state));
    }
    let known = state.known_fields();
    for (id, none, chosen) in [
        ("height-field", "main field", &state.fields.height),
        ("color-field", "the height", &state.fields.color),
    ] {
        let name = |kind: &FieldKind| (kind.name().to_owned(), kind.label().to_owned());
        let first = (String::new(), none.to_owned());
        let options = [first].into_iter().chain(known.iter().map(name));
        let chosen = chosen.as_ref().map_or("", FieldKind::name);
        list::set_options(&dom::by_id(id), options, chosen);
    }
    // With one surface there is nothing to tell apart.
    let is_overlay = state.style.layout == Layout::Overlay && state.fields.color.is_none();
    dom::set_shown(&dom::by_id("tint-row"), is_overlay && state.shown().count() > 1);
    dom::by_id::<HtmlSelectElement>("tint").set_value(name_of(&TINTS, &state.style.tint));
    let light = state.light;
    for (id, value, unit) in [
        ("light-azimuth", light.azimuth, "\u{b0}"),
        ("light-elevation", light.elevation, "\u{b0}"),
        ("light-intensity", light.intensity * 100.0, " %"),
    ] {
        let slider = dom::by_id(id);
        set_value(&slider, &format!("{value:.0}"));
        let text = format!("{value:.0}{unit}").replace('-', "\u{2212}");
        set_spoken(&slider, &text);
        dom::set_text(&dom::by_id::<Element>(&format!("{id}-text")), &text);
    }
}

fn update_reading(state: &ViewState) {
    set_pressed("section-tool", matches!(state.tool, Tool::SectionFrom | Tool::SectionTo(_)));
    set_pressed("ball-tool", state.tool == Tool::Ball);
    let rows: HtmlElement = dom::by_id("ball-rows");
    dom::set_shown(&rows, state.ball.is_some());
    if let Some(ball) = &state.ball {
        update_ball(state, ball);
    }
    dom::set_text(&dom::by_id::<Element>("tool-text"), words::tool_text(state));
    set_pressed("measures-toggle", state.has_measures);
    let pin: HtmlElement = dom::by_id("pin-toggle");
    let is_pinned = state.pin.is_some() && state.place().is_none_or(|at| Some(at) == state.pin);
    dom::set_text(&pin, if is_pinned { "Unpin" } else { "Pin this point" });
    set_checked(&dom::by_id("minima"), state.style.has_minima);
    let minima: HtmlElement = dom::by_id("minima-text");
    dom::set_shown(&minima, state.style.has_minima);
    if state.style.has_minima {
        dom::set_text(&minima, &words::minima_text(state));
    }
}

// Apart, as some functions of this folder are: no first picture has a ball.
#[inline(never)]
fn update_ball(state: &ViewState, ball: &Ball) {
    let method: HtmlSelectElement = dom::by_id("ball-method");
    method.set_value(name_of(&METHODS, &ball.method));
    let position = (ball::slider_position(ball.step) * BALL_STEPS).round();
    let slider = dom::by_id("ball-step");
    set_value(&slider, &position.to_string());
    set_spoken(&slider, &ball.step.to_string());
    dom::set_text(&dom::by_id::<Element>("ball-step-text"), &ball.step.to_string());
    dom::set_text(&dom::by_id::<Element>("ball-text"), &words::ball_text(state, ball));
}

fn set_pressed(id: &str, is_pressed: bool) {
    let button: Element = dom::by_id(id);
    let _ = button.set_attribute("aria-pressed", if is_pressed { "true" } else { "false" });
}

fn update_camera(state: &ViewState) {
    let camera = state.camera();
    for (id, text) in [
        ("camera-position", words::camera_position(&camera)),
        ("camera-rotation", words::camera_rotation(&camera)),
        ("camera-distance", words::camera_distance(&camera)),
    ] {
        dom::set_text(&dom::by_id::<Element>(id), &text);
    }
}

/// Adds or removes children, made from a template, until there are `n`.
pub(super) fn set_n_children(parent: &HtmlElement, n: usize, template: &str) {
    while (parent.child_element_count() as usize) < n {
        // A new element can be appended to an element of the page.
        let _ = parent.append_child(&dom::from_template(template));
    }
    while parent.child_element_count() as usize > n {
        if let Some(last) = parent.last_element_child() {
            last.remove();
        }
    }
}

pub(super) fn set_checked(input: &HtmlInputElement, is_checked: bool) {
    if input.checked() != is_checked {
        input.set_checked(is_checked);
    }
}

/// What a slider's position means, for those who hear it.
pub(super) fn set_spoken(slider: &HtmlInputElement, text: &str) {
    dom::set_attribute(slider, "aria-valuetext", text);
}

/// Sets a value, unless the user is about to type another.
pub(super) fn set_value(input: &HtmlInputElement, value: &str) {
    let is_typing = input.type_() == "number"
        && dom::document().active_element().is_some_and(|active| active.id() == input.id());
    if !is_typing && input.value() != value {
        input.set_value(value);
    }
}
