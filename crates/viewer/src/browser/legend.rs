//! The colour bars in the page.

use super::{dom, panel::set_n_children};
use crate::{
    color::{Ramp, css},
    legend::{self, Tick},
    state::ViewState,
    words,
};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// Brings the bars up to date.
pub(super) fn update(state: &ViewState) {
    let legend: HtmlElement = dom::by_id("legend");
    let bars = legend::bars(state);
    dom::set_shown(&legend, legend::is_shown(state));
    let parent: HtmlElement = dom::by_id("legend-bars");
    set_n_children(&parent, bars.len(), "bar-template");
    for (i, bar) in bars.into_iter().enumerate() {
        let Some(element) = parent.children().item(i as u32) else { continue };
        dom::set_style(&dom::within(&element, ".ramp"), "background-image", &gradient(bar.ramp));
        dom::set_text(&dom::within::<Element>(&element, ".bar-name"), &bar.name);
        update_ticks(&dom::within(&element, ".ticks"), bar.ticks);
    }
    dom::set_text(&dom::by_id::<Element>("legend-name"), &words::height_text(state));
    let _ = legend.class_list().toggle_with_force("cut", legend::has_cut(state));
}

fn update_ticks(parent: &HtmlElement, ticks: Vec<Tick>) {
    set_n_children(parent, ticks.len(), "tick-template");
    dom::set_shown(parent, !ticks.is_empty());
    for (i, Tick { place, text, is_guessing }) in ticks.into_iter().enumerate() {
        let Some(tick) = parent.children().item(i as u32) else { continue };
        dom::set_text(&tick, &text);
        let _ = tick.class_list().toggle_with_force("guess", is_guessing);
        dom::set_style(tick.unchecked_ref(), "left", &format!("{:.2}%", place * 100.0));
        // Centred below its place, but not beyond the bar's ends.
        let shift = match place {
            place if place < 0.03 && !is_guessing => "0",
            place if place > 0.97 && !is_guessing => "-100%",
            _ => "-50%",
        };
        dom::set_style(tick.unchecked_ref(), "translate", shift);
    }
}

fn gradient(ramp: Ramp) -> String {
    let stops: Vec<String> = (0..=16).map(|i| css(ramp.rgb(f64::from(i) / 16.0))).collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}
