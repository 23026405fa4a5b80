//! The cards: what went wrong, why, and what to do.

use super::{App, dom};
use crate::state::{Action, Status, ViewState};
use std::rc::Rc;
use web_sys::{Element, Event, HtmlElement};

/// Brings the cards up to date.
pub(super) fn update(app: &Rc<App>, state: &ViewState) {
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
