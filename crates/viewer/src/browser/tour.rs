//! The guided tour: its stops, which `web/index.html` holds, each a text with the address of its view.

use super::{App, dom};
use crate::{
    permalink::Permalink,
    state::{Action, ViewState},
};
use std::rc::Rc;
use web_sys::{Element, Event, HtmlButtonElement, HtmlElement, HtmlTemplateElement};

/// Connects the tour's buttons.
pub(super) fn connect(app: &Rc<App>) {
    for (id, by) in [("tour-open", 0), ("tour-back", -1), ("tour-next", 1)] {
        let app = app.clone();
        dom::listen(&dom::by_id::<Element>(id), "click", move |_: Event| {
            let at = app.state.borrow().tour.map_or(1, |stop| stop as i32 + by);
            if let Some(link) = u32::try_from(at).ok().and_then(view) {
                app.dispatch(Action::Visit(link));
                // What is read first is at the top.
                dom::by_id::<Element>("panel-body").set_scroll_top(0);
            }
        });
    }
    let app = app.clone();
    dom::listen(&dom::by_id::<Element>("tour-close"), "click", move |_: Event| {
        app.dispatch(Action::EndTour);
    });
}

/// What an address asks for: one that names a stop and nothing else, the view of that stop.
pub(super) fn resolved(link: Permalink) -> Permalink {
    match link.tour {
        Some(stop) if link == (Permalink { tour: link.tour, ..Permalink::default() }) => {
            view(stop).unwrap_or_else(unknown)
        }
        Some(stop) if stop as usize > stops().len() => {
            let mut unusable = link.unusable;
            unusable.push("tour".into());
            Permalink { tour: None, unusable, ..link }
        }
        _ => link,
    }
}

fn unknown() -> Permalink {
    Permalink { unusable: vec!["tour".into()], ..Permalink::default() }
}

/// The view of a stop.
#[inline(never)]
fn view(stop: u32) -> Option<Permalink> {
    let stops = stops();
    let address = stops.get(stop.checked_sub(1)? as usize)?.get_attribute("data-view")?;
    Some(Permalink { tour: Some(stop), ..Permalink::parse(&address) })
}

fn stops() -> Vec<Element> {
    let stops = dom::by_id::<HtmlTemplateElement>("tour-stops").content().children();
    (0..stops.length()).filter_map(|i| stops.item(i)).collect()
}

/// Shows the stop that the page is at, or offers the tour, where this host has what it shows.
pub(super) fn update(state: &ViewState) {
    let (tour, open): (HtmlElement, HtmlElement) = (dom::by_id("tour"), dom::by_id("tour-open"));
    let (is_on, was_on) = (state.tour.is_some(), !tour.hidden());
    // What has the focus is about to be hidden.
    let focus = dom::document().active_element();
    let had_focus = focus.is_some_and(|element| tour.contains(Some(&element)) || element == *open);
    dom::set_shown(&tour, is_on);
    dom::set_shown(&open, !is_on && is_possible(state));
    if let Some(stop) = state.tour {
        show(&tour, stop);
    }
    if had_focus && is_on != was_on {
        let next: HtmlElement = dom::by_id("tour-next");
        let _ = if is_on { next.focus() } else { open.focus() };
    }
}

/// Whether there are surfaces for a tour: the last to be listed are those that only it shows.
fn is_possible(state: &ViewState) -> bool {
    state.entries.iter().any(|entry| entry.is_aside)
}

#[inline(never)]
fn show(tour: &HtmlElement, stop: u32) {
    let text = stop.to_string();
    if tour.get_attribute("data-stop").as_deref() == Some(&text) {
        return;
    }
    let stops = stops();
    let Some(content) = stops.get(stop as usize - 1) else { return };
    let _ = tour.set_attribute("data-stop", &text);
    let title = content.get_attribute("data-title").unwrap_or_default();
    dom::set_text(&dom::by_id::<Element>("tour-title"), &title);
    let place: HtmlElement = dom::by_id("tour-text");
    place.set_text_content(None);
    if let Ok(copy) = content.clone_node_with_deep(true) {
        let _ = place.append_child(&copy);
    }
    let n_stops = stops.len();
    dom::set_text(&dom::by_id::<Element>("tour-count"), &format!("{stop} of {n_stops}"));
    let [back, next]: [HtmlButtonElement; 2] = ["tour-back", "tour-next"].map(dom::by_id);
    let focus = dom::document().active_element();
    let has_focus = |button: &HtmlButtonElement| focus.as_ref().is_some_and(|e| *e == ***button);
    let (is_first, is_last) = (stop == 1, stop as usize == n_stops);
    // A button that is switched off has no focus.
    if is_last && has_focus(&next) {
        back.set_disabled(false);
        let _ = back.focus();
    } else if is_first && has_focus(&back) {
        next.set_disabled(false);
        let _ = next.focus();
    }
    back.set_disabled(is_first);
    next.set_disabled(is_last);
}
