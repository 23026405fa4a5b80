//! Where a surface comes from, below its name in the list: in sentences, and the commands that make it again.

use super::{clipboard, dom, panel};
use crate::{
    state::{Entry, Status},
    whole::WholeStatus,
};
use web_sys::{Element, Event, HtmlElement};

/// Connects the button of a row.
pub(super) fn connect(row: &HtmlElement) {
    let row = row.clone();
    let button: Element = dom::within(&row, ".copy-commands");
    dom::listen(&button, "click", move |_: Event| {
        let commands = dom::within::<Element>(&row, ".commands").children();
        let lines = (0..commands.length()).filter_map(|i| commands.item(i)?.text_content());
        let text: String = lines.map(|line| line + "\n").collect();
        clipboard::copy(
            text,
            dom::within(&row, ".copied"),
            "Copied.",
            "The browser refused: select them and copy.".into(),
        );
    });
}

/// Tells where an entry comes from, in its row.
#[inline(never)]
pub(super) fn update(row: &HtmlElement, entry: &Entry) {
    let (sentences, commands) = match (&entry.status, &entry.whole) {
        // The file's first part does not say it.
        (_, Some(whole)) => {
            let text = match whole.status {
                WholeStatus::Failed(_) | WholeStatus::DoneWithout => {
                    "The rest of the file, which tells it, can\u{2019}t be had."
                }
                _ => "Fetching what the file says\u{2026}",
            };
            (vec![text.to_owned()], Vec::new())
        }
        (Status::Ready(sheet), None) => {
            let provenance = sheet.surface().provenance();
            (provenance.sentences(), provenance.commands().map(str::to_owned).collect())
        }
        _ => (Vec::new(), Vec::new()),
    };
    fill(&dom::within(row, ".sentences"), &sentences, "sentence-template");
    let place: HtmlElement = dom::within(row, ".commands");
    fill(&place, &commands, "command-template");
    (0..commands.len()).filter_map(|i| place.children().item(i as u32)).for_each(|command| {
        if command.child_element_count() == 0 {
            keep_words_whole(&command);
        }
    });
    dom::set_shown(&dom::within(row, ".made-by"), !commands.is_empty());
}

/// Has lines end between words alone, not within `--option`.
fn keep_words_whole(command: &Element) {
    let text = command.text_content().unwrap_or_default();
    command.set_text_content(None);
    for (i, word) in text.split(' ').enumerate() {
        let element = dom::from_template("word-template");
        dom::set_text(&element, word);
        let space = if i == 0 { "" } else { " " };
        // Nothing that could fail: both are nodes of this page.
        let _ = command.append_with_str_1(space);
        let _ = command.append_child(&element);
    }
}

fn fill(place: &HtmlElement, texts: &[String], template: &str) {
    panel::set_n_children(place, texts.len(), template);
    for (i, text) in texts.iter().enumerate() {
        if let Some(child) = place.children().item(i as u32) {
            dom::set_text(&child, text);
        }
    }
}
