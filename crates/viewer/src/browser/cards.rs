//! The cards: what went wrong, why, and what to do.

use super::{App, dom};
use crate::{
    state::{Action, Entry, Status, ViewState},
    whole::{Whole, WholeStatus},
};
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

    let failed: Vec<Failure<'_>> = state.entries.iter().enumerate().filter_map(failure).collect();
    let key = format!("{failed:?}");
    if *app.cards.borrow() == key {
        return;
    }
    show(app, failed);
    *app.cards.borrow_mut() = key;
}

#[inline(never)]
fn show(app: &Rc<App>, failed: Vec<Failure<'_>>) {
    let cards: HtmlElement = dom::by_id("cards");
    cards.set_text_content(None);
    for Failure { index, title, why, is_of_whole } in failed {
        let card = dom::from_template("card-template");
        let heading = if is_of_whole {
            format!("The rest of {title} can\u{2019}t be had")
        } else {
            format!("{title} can\u{2019}t be shown")
        };
        dom::set_text(&dom::within::<Element>(&card, ".card-title"), &heading);
        dom::set_text(&dom::within::<Element>(&card, ".card-cause"), why);
        let dismiss: Element = dom::within(&card, ".dismiss");
        if is_of_whole {
            dom::set_text(&dismiss, "Go on without");
        }
        let (retry_app, dismiss_app) = (app.clone(), app.clone());
        dom::listen(&dom::within::<Element>(&card, ".retry"), "click", move |_: Event| {
            let retry = if is_of_whole { Action::RetryWhole } else { Action::Retry };
            retry_app.dispatch(retry(index));
        });
        dom::listen(&dismiss, "click", move |_: Event| {
            dismiss_app.dispatch(if is_of_whole {
                Action::DoWithoutWhole(index)
            } else {
                Action::Show(index, false)
            });
        });
        let _ = cards.append_child(&card);
    }
}

/// A file that could not be had.
#[derive(Debug)]
struct Failure<'a> {
    index: usize,
    title: &'a str,
    why: &'a str,
    /// The surface is drawn, but other fields and standard errors are not there.
    is_of_whole: bool,
}

fn failure((index, entry): (usize, &Entry)) -> Option<Failure<'_>> {
    let (why, is_of_whole) = match (&entry.status, &entry.whole) {
        (Status::Failed(why), _) => (why, false),
        (_, Some(Whole { status: WholeStatus::Failed(why), .. })) => (why, true),
        _ => return None,
    };
    entry.is_shown.then_some(Failure { index, title: &entry.title, why, is_of_whole })
}
