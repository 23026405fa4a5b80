//! The colour bars: one for all surfaces or, where colour tells them apart or each has a scale of its
//! own, one for each.

use super::{dom, panel::set_n_children};
use crate::{
    color::{Ramp, css},
    picture::Subject,
    scale::Scale,
    state::ViewState,
    words,
};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// One bar.
struct Bar {
    ramp: Ramp,
    name: String,
    /// The scale whose values stand below it.
    ticks: Option<Scale>,
}

/// Brings the bars up to date.
pub(super) fn update(state: &ViewState) {
    let legend: HtmlElement = dom::by_id("legend");
    let bars = bars(state);
    // A contour plot of several says itself which is which.
    let is_told = state.style.is_flat && state.is_tinted();
    dom::set_shown(&legend, !bars.is_empty() && !is_told);
    let parent: HtmlElement = dom::by_id("legend-bars");
    set_n_children(&parent, bars.len(), "bar-template");
    let guessing = state.guessing().filter(|_| state.fields.color.is_none());
    for (i, bar) in bars.into_iter().enumerate() {
        let Some(element) = parent.children().item(i as u32) else { continue };
        dom::set_style(&dom::within(&element, ".ramp"), "background-image", &gradient(bar.ramp));
        dom::set_text(&dom::within::<Element>(&element, ".bar-name"), &bar.name);
        update_ticks(&dom::within(&element, ".ticks"), bar.ticks.as_ref(), guessing);
    }
    dom::set_text(&dom::by_id::<Element>("legend-name"), &words::height_text(state));
    let is_cut = state.views().iter().any(|view| view.plot.scale.is_cut);
    let hides = state.cut().is_some_and(|level| {
        state.shown().any(|(_, sheet)| sheet.share_above(level).is_some_and(|share| share > 0.0))
    });
    let is_height = state.fields.color.is_none();
    let _ = legend.class_list().toggle_with_force("cut", is_height && (is_cut || hides));
}

fn bars(state: &ViewState) -> Vec<Bar> {
    let views = state.views();
    let subjects: Vec<(Subject, Scale)> = views
        .iter()
        .flat_map(|view| view.subjects.iter().map(|subject| (*subject, view.plot.scale)))
        .collect();
    let Some((first, scale)) = subjects.first().copied() else { return Vec::new() };
    if let Some(scale) = state.color_scale() {
        return vec![Bar { ramp: state.ramp(first), name: String::new(), ticks: Some(scale) }];
    }
    let has_own_scales = state.style.has_own_scales && views.len() > 1;
    let is_one = subjects.iter().all(|(subject, _)| state.ramp(*subject) == state.ramp(first));
    if is_one && !has_own_scales {
        return vec![Bar { ramp: state.ramp(first), name: String::new(), ticks: Some(scale) }];
    }
    let n = subjects.len();
    let bar = |(i, (subject, scale)): (usize, (Subject, Scale))| Bar {
        ramp: state.ramp(subject),
        name: state.name(subject),
        ticks: (has_own_scales || i + 1 == n).then_some(scale),
    };
    subjects.into_iter().enumerate().map(bar).collect()
}

fn update_ticks(parent: &HtmlElement, scale: Option<&Scale>, guessing: Option<f32>) {
    let mut ticks = scale.map_or_else(Vec::new, |scale| scale.ticks(5));
    let n_values = ticks.len();
    // On a line of its own, since it stands between the others anyhow.
    let guess = scale.zip(guessing).map(|(scale, level)| (scale.height(level), level));
    if let Some((height, level)) = guess.filter(|(height, _)| (0.0..=1.0).contains(height)) {
        ticks.push((height, words::guessing_text(level)));
    }
    set_n_children(parent, ticks.len(), "tick-template");
    dom::set_shown(parent, !ticks.is_empty());
    for (i, (height, text)) in ticks.into_iter().enumerate() {
        let Some(tick) = parent.children().item(i as u32) else { continue };
        dom::set_text(&tick, &text);
        let _ = tick.class_list().toggle_with_force("guess", i >= n_values);
        dom::set_style(tick.unchecked_ref(), "left", &format!("{:.2}%", height * 100.0));
        // Centred below its place, but not beyond the bar's ends.
        let shift = if i >= n_values {
            "-50%"
        } else if height < 0.03 {
            "0"
        } else if height > 0.97 {
            "-100%"
        } else {
            "-50%"
        };
        dom::set_style(tick.unchecked_ref(), "translate", shift);
    }
}

fn gradient(ramp: Ramp) -> String {
    let stops: Vec<String> = (0..=16).map(|i| css(ramp.rgb(f64::from(i) / 16.0))).collect();
    format!("linear-gradient(to right, {})", stops.join(", "))
}
