//! The list of surfaces: which are shown, in which plane, in which colours.

use super::{App, account, dom, panel};
use crate::{
    color::css,
    state::{Action, Status, ViewState},
    style::{Look, Paint},
    words,
};
use std::rc::Rc;
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{
    Element, Event, HtmlElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement,
};

/// What an event of a row makes happen.
type Handler = Box<dyn Fn(&App) -> Option<Action>>;

/// Makes the list, once the catalogue is there.
pub(super) fn build(app: &Rc<App>) {
    let list: HtmlElement = dom::by_id("surfaces");
    list.set_text_content(None);
    for (index, entry) in app.state.borrow().entries.iter().enumerate() {
        let row = dom::from_template("surface-template");
        dom::set_text(&dom::within::<Element>(&row, ".name"), &entry.title);
        let check: HtmlInputElement = dom::within(&row, "input");
        let only: HtmlElement = dom::within(&row, ".only");
        for (element, what) in [
            (only.clone(), "Show only"),
            (dom::within(&row, ".plane"), "Plane of"),
            (dom::within(&row, ".paint"), "Colour of"),
            (dom::within(&row, ".opacity"), "Opacity of"),
        ] {
            // An attribute that fails to be set leaves the element's own text as its name.
            let _ = element.set_attribute("aria-label", &format!("{what} {}", entry.title));
        }
        let listen = |element: &Element, event: &str, act: Handler| {
            let app = app.clone();
            dom::listen(element, event, move |_: Event| {
                if let Some(action) = act(&app) {
                    app.dispatch(action);
                }
            });
        };
        listen(
            &check.clone(),
            "change",
            Box::new(move |_| Some(Action::Show(index, check.checked()))),
        );
        listen(&only, "click", Box::new(move |_| Some(Action::ShowOnly(index))));
        let plane: HtmlSelectElement = dom::within(&row, ".plane");
        listen(
            &plane.clone(),
            "change",
            Box::new(move |_| Some(Action::ShowPlane(index, plane.value().parse().ok()?))),
        );
        let paint: HtmlSelectElement = dom::within(&row, ".paint");
        let set_look = move |app: &App, change: &dyn Fn(&mut Look) -> Option<()>| {
            let mut look = app.state.borrow().entries.get(index)?.look;
            change(&mut look)?;
            Some(Action::SetLook(index, look))
        };
        listen(
            &paint.clone(),
            "change",
            Box::new(move |app| {
                set_look(app, &|look| {
                    look.paint = Paint::from_name(&paint.value())?;
                    Some(())
                })
            }),
        );
        let details: HtmlElement = dom::within(&row, ".account");
        listen(
            &details.clone(),
            "toggle",
            Box::new(move |_| Some(Action::TellOrigin(index, details.has_attribute("open")))),
        );
        account::connect(&row);
        let opacity: HtmlInputElement = dom::within(&row, ".opacity");
        listen(
            &opacity.clone(),
            "input",
            Box::new(move |app| {
                set_look(app, &|look| {
                    look.opacity = opacity.value_as_number() as f32 / 100.0;
                    Some(())
                })
            }),
        );
        let _ = list.append_child(&row);
    }
}

/// Brings the list up to date.
pub(super) fn update(state: &ViewState) {
    let list: HtmlElement = dom::by_id("surfaces");
    let n_shown = state.shown().count();
    let _ = list.class_list().toggle_with_force("tinted", n_shown > 1);
    let rows = list.children();
    for (index, entry) in state.entries.iter().enumerate() {
        let Some(row) = rows.item(index as u32) else { continue };
        let planes = state.planes(index);
        // Of several planes of a network, those that are shown stand for it, or the first.
        let is_listed = entry.is_shown
            || (!entry.is_aside
                && planes.first() == Some(&index)
                && !planes.iter().any(|plane| state.entries[*plane].is_shown));
        dom::set_shown(row.unchecked_ref(), is_listed);
        panel::set_checked(&dom::within(&row, "input"), entry.is_shown);
        let swatch: HtmlElement = dom::within(&row, ".swatch");
        dom::set_style(&swatch, "background", &css(state.swatch(index)));
        let facts: HtmlElement = dom::within(&row, ".facts");
        let text = words::entry_text(state, index);
        dom::set_text(&facts, &text);
        dom::set_shown(&facts, !text.is_empty());
        let is_failed = matches!(entry.status, Status::Failed(_));
        let _ = row.class_list().toggle_with_force("failed", is_failed);

        dom::set_shown(&dom::within(&row, ".plane-row"), entry.is_shown && planes.len() > 1);
        let options =
            planes.iter().map(|plane| (plane.to_string(), words::plane_name(state, *plane)));
        set_options(&dom::within(&row, ".plane"), options, &index.to_string());
        dom::set_shown(&dom::within(&row, ".look"), entry.is_shown && n_shown > 1);
        dom::within::<HtmlSelectElement>(&row, ".paint").set_value(&entry.look.paint.name());
        let percent = format!("{:.0}", entry.look.opacity * 100.0);
        let slider = dom::within(&row, ".opacity");
        panel::set_value(&slider, &percent);
        panel::set_spoken(&slider, &format!("{percent} %"));
        dom::set_text(&dom::within::<Element>(&row, "output"), &format!("{percent} %"));
        let details: HtmlElement = dom::within(&row, ".account");
        dom::set_shown(&details, entry.is_shown);
        let _ = details.toggle_attribute_with_force("open", entry.has_account);
        if entry.has_account {
            account::update(row.unchecked_ref(), entry);
        }
    }
}

/// Makes the options of a list, each a value and a text, and chooses one.
pub(super) fn set_options(
    select: &HtmlSelectElement,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
) {
    let options: Vec<_> = options.collect();
    panel::set_n_children(select, options.len(), "option-template");
    for (i, (value, text)) in options.iter().enumerate() {
        let Some(option) = select.children().item(i as u32) else { continue };
        dom::set_text(&option, text);
        let option: &HtmlOptionElement = option.unchecked_ref();
        if option.value() != *value {
            option.set_value(value);
        }
    }
    if select.value() != chosen {
        select.set_value(chosen);
    }
}
