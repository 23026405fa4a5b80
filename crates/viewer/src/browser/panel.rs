//! The page's text and controls, brought to the state. Names come from files: they are set as
//! text, never as markup.

use super::{App, controls::CUT_STEPS, dom};
use crate::{
    color::{Ramp, css, surface_color},
    scale::CutSlider,
    state::{Action, Status, Tint, ViewState},
    words,
};
use std::rc::Rc;
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// Makes the list of surfaces, once the catalogue is there.
pub(super) fn build_list(app: &Rc<App>) {
    let list: HtmlElement = dom::by_id("surfaces");
    list.set_text_content(None);
    for (index, entry) in app.state.borrow().entries.iter().enumerate() {
        let row = dom::from_template("surface-template");
        dom::set_text(&dom::within::<Element>(&row, ".name"), &entry.title);
        dom::set_style(&dom::within(&row, ".swatch"), "background", &css(surface_color(index)));
        let (show_app, only_app) = (app.clone(), app.clone());
        let check: HtmlInputElement = dom::within(&row, "input");
        let only: HtmlElement = dom::within(&row, ".only");
        // An attribute that fails to be set leaves the button's own text as its name.
        let _ = only.set_attribute("aria-label", &format!("Show only {}", entry.title));
        dom::listen(&check.clone(), "change", move |_: Event| {
            show_app.dispatch(Action::Show(index, check.checked()));
        });
        dom::listen(&only, "click", move |_: Event| only_app.dispatch(Action::ShowOnly(index)));
        let _ = list.append_child(&row);
    }
}

/// Brings everything up to date.
pub(super) fn update(app: &Rc<App>, state: &ViewState) {
    let title = words::title(state);
    dom::set_text(&dom::by_id::<Element>("title"), &title);
    dom::set_text(&dom::by_id::<Element>("caption"), &words::caption(state));
    let page_title = format!("{title} \u{b7} Lossland");
    if dom::document().title() != page_title {
        dom::document().set_title(&page_title);
    }
    update_list(state);
    update_cut(state);
    update_looks(state);
    update_camera(state);
    update_legend(state);
    update_messages(app, state);
    let panel: HtmlElement = dom::by_id("panel");
    let _ = panel.class_list().toggle_with_force("folded", !state.is_panel_open);
    let toggle: Element = dom::by_id("panel-toggle");
    let _ =
        toggle.set_attribute("aria-expanded", if state.is_panel_open { "true" } else { "false" });
}

fn update_list(state: &ViewState) {
    let list: HtmlElement = dom::by_id("surfaces");
    let _ = list.class_list().toggle_with_force("tinted", state.is_tinted());
    let rows = list.children();
    for (index, entry) in state.entries.iter().enumerate() {
        let Some(row) = rows.item(index as u32) else { continue };
        set_checked(&dom::within(&row, "input"), entry.is_shown);
        let facts: HtmlElement = dom::within(&row, ".facts");
        let text = words::entry_text(state, index);
        dom::set_text(&facts, &text);
        dom::set_shown(&facts, !text.is_empty());
        let is_failed = matches!(entry.status, Status::Failed(_));
        let _ = row.class_list().toggle_with_force("failed", is_failed);
    }
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
    // With one surface there is nothing to tell apart.
    dom::set_shown(&dom::by_id("tint-row"), state.shown().count() > 1);
    dom::by_id::<HtmlSelectElement>("tint").set_value(match state.style.tint {
        Tint::Auto => "auto",
        Tint::Loss => "loss",
        Tint::Surface => "surface",
    });
    let light = state.light;
    for (id, value, unit) in [
        ("light-azimuth", light.azimuth, "\u{b0}"),
        ("light-elevation", light.elevation, "\u{b0}"),
        ("light-intensity", light.intensity * 100.0, " %"),
    ] {
        set_value(&dom::by_id(id), &format!("{value:.0}"));
        let text = format!("{value:.0}{unit}").replace('-', "\u{2212}");
        dom::set_text(&dom::by_id::<Element>(&format!("{id}-text")), &text);
    }
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

/// The colour bars: one for all surfaces or, where colour tells them apart, one for each.
fn update_legend(state: &ViewState) {
    let legend: HtmlElement = dom::by_id("legend");
    let shown: Vec<usize> = state.shown().map(|(index, _)| index).collect();
    dom::set_shown(&legend, !shown.is_empty());
    let bars: HtmlElement = dom::by_id("legend-bars");
    let wanted: Vec<(Ramp, Option<usize>)> = if state.is_tinted() {
        shown.iter().map(|&index| (state.ramp(index), Some(index))).collect()
    } else {
        shown.first().map(|&index| (state.ramp(index), None)).into_iter().collect()
    };
    set_n_children(&bars, wanted.len(), "bar-template");
    for (i, (ramp, surface)) in wanted.into_iter().enumerate() {
        let Some(bar) = bars.children().item(i as u32) else { continue };
        dom::set_style(&dom::within(&bar, ".ramp"), "background-image", &gradient(ramp));
        let name = surface.map_or("", |index| state.entries[index].title.as_str());
        dom::set_text(&dom::within::<Element>(&bar, ".bar-name"), name);
    }

    let scale = state.plot().scale;
    let ticks = scale.ticks(5);
    let places: HtmlElement = dom::by_id("legend-ticks");
    set_n_children(&places, ticks.len(), "tick-template");
    for (i, (height, text)) in ticks.into_iter().enumerate() {
        let Some(tick) = places.children().item(i as u32) else { continue };
        dom::set_text(&tick, &text);
        dom::set_style(tick.unchecked_ref(), "left", &format!("{:.2}%", height * 100.0));
        // Centred below its place, but not beyond the bar's ends.
        let shift = if height < 0.03 {
            "0"
        } else if height > 0.97 {
            "-100%"
        } else {
            "-50%"
        };
        dom::set_style(tick.unchecked_ref(), "translate", shift);
    }
    dom::set_text(&dom::by_id::<Element>("legend-name"), &words::height_text(state));
    let is_cut = state.cut().is_some_and(|level| {
        state.shown().any(|(_, sheet)| sheet.share_above(level).is_some_and(|share| share > 0.0))
    });
    let _ = legend.class_list().toggle_with_force("cut", is_cut || scale.is_cut);
}

fn gradient(ramp: Ramp) -> String {
    let stops: Vec<String> = (0..=16).map(|i| css(ramp.rgb(f64::from(i) / 16.0))).collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}

/// The cards: what went wrong, why, and what to do.
fn update_messages(app: &Rc<App>, state: &ViewState) {
    let card: HtmlElement = dom::by_id("catalog-card");
    dom::set_shown(&card, state.catalog_error.is_some());
    if let Some(why) = &state.catalog_error {
        dom::set_text(&dom::by_id::<Element>("catalog-cause"), why);
    }
    let note: HtmlElement = dom::by_id("note");
    dom::set_shown(&note, state.note.is_some());
    if let Some(text) = &state.note {
        dom::set_text(&dom::by_id::<Element>("note-text"), text);
    }

    let failed: Vec<(usize, &str, &str)> = state
        .entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| match &entry.status {
            Status::Failed(why) if entry.is_shown => {
                Some((index, entry.title.as_str(), why.as_str()))
            }
            _ => None,
        })
        .collect();
    let key = format!("{failed:?}");
    if *app.cards.borrow() == key {
        return;
    }
    let cards: HtmlElement = dom::by_id("cards");
    cards.set_text_content(None);
    for (index, title, why) in failed {
        let card = dom::from_template("card-template");
        let heading = format!("{title} can\u{2019}t be shown");
        dom::set_text(&dom::within::<Element>(&card, ".card-title"), &heading);
        dom::set_text(&dom::within::<Element>(&card, ".card-cause"), why);
        let (retry_app, hide_app) = (app.clone(), app.clone());
        dom::listen(&dom::within::<Element>(&card, ".retry"), "click", move |_: Event| {
            retry_app.dispatch(Action::Retry(index));
        });
        dom::listen(&dom::within::<Element>(&card, ".dismiss"), "click", move |_: Event| {
            hide_app.dispatch(Action::Show(index, false));
        });
        let _ = cards.append_child(&card);
    }
    *app.cards.borrow_mut() = key;
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

fn set_checked(input: &HtmlInputElement, is_checked: bool) {
    if input.checked() != is_checked {
        input.set_checked(is_checked);
    }
}

/// Sets a value, unless the user is about to type another.
fn set_value(input: &HtmlInputElement, value: &str) {
    let is_typing = input.type_() == "number"
        && dom::document().active_element().is_some_and(|active| active.id() == input.id());
    if !is_typing && input.value() != value {
        input.set_value(value);
    }
}
