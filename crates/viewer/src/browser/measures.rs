//! The table of measures in the page.

use super::{App, dom, panel::set_n_children};
use crate::{measure_table::table, state::ViewState};
use web_sys::wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// Shows the table, or takes it away. It is made anew only where what is shown has changed.
pub(super) fn update(app: &App, state: &ViewState) {
    let section: HtmlElement = dom::by_id("measures");
    let is_shown = state.has_measures && state.shown().next().is_some();
    dom::set_shown(&section, is_shown);
    let sheets = state.planes_shown();
    if !is_shown || *app.measured.borrow() == sheets {
        return;
    }
    app.measured.replace(sheets);
    show_table(state);
}

#[inline(never)]
fn show_table(state: &ViewState) {
    let table = table(state);
    dom::set_text(&dom::by_id::<Element>("measures-domain"), &table.domain);
    let head: HtmlElement = dom::by_id("measures-head");
    set_n_children(&head, table.names.len() + 1, "measure-head-template");
    for (i, name) in std::iter::once("Measure").chain(table.names.iter().map(|n| &**n)).enumerate()
    {
        if let Some(cell) = head.children().item(i as u32) {
            dom::set_text(&cell, name);
        }
    }
    let body: HtmlElement = dom::by_id("measures-body");
    set_n_children(&body, table.rows.len(), "measure-row-template");
    for (i, row) in table.rows.iter().enumerate() {
        let Some(line) = body.children().item(i as u32) else { continue };
        dom::set_text(&dom::within::<Element>(&line, "b"), row.name);
        dom::set_text(&dom::within::<Element>(&line, "span"), row.meaning);
        // After the row's head.
        set_n_children(line.unchecked_ref(), row.cells.len() + 1, "measure-cell-template");
        for (j, text) in row.cells.iter().enumerate() {
            if let Some(cell) = line.children().item(j as u32 + 1) {
                dom::set_text(&cell, text);
            }
        }
    }
}
