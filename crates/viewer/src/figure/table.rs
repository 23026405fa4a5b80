//! Numbers of what is shown, as `.csv` tables (RFC 4180) for other programs. A cell is empty where a
//! point was not computed, and `inf` where the network overflowed.

use crate::{picture::Subject, plots::place_along, state::ViewState};
use lossland_surface::Grid;

/// What is shown, a row for each point: `surface,field,alpha,beta,value`.
pub fn value_table(state: &ViewState) -> String {
    let mut table = String::from("surface,field,alpha,beta,value\n");
    for subject in subjects(state) {
        let Some(sheet) = state.sheet(subject) else { continue };
        let start = start_of_row(state, subject);
        let grid: &Grid = sheet.surface().grid();
        for (index, value) in sheet.field().values().iter().enumerate() {
            let (alpha, beta) = grid.point(index);
            let [alpha, beta] = [alpha, beta].map(rounded);
            table.push_str(&format!(
                "{start},{alpha:?},{beta:?},{}\n",
                cell(f64::from(*value), value)
            ));
        }
    }
    table
}

/// The cross-section: `surface,field,distance,alpha,beta,value`, interpolated as it is drawn; `None` where there is none.
pub fn section_table(state: &ViewState) -> Option<String> {
    let [from, to] = state.section?;
    let mut table = String::from("surface,field,distance,alpha,beta,value\n");
    for subject in subjects(state) {
        let Some(sheet) = state.sheet(subject) else { continue };
        let start = start_of_row(state, subject);
        let grid = sheet.surface().grid();
        for [distance, value] in grid.profile(sheet.field().values(), from, to) {
            let [alpha, beta] = place_along([from, to], distance).map(rounded);
            let distance = rounded(distance);
            let value = cell(value, &value);
            table.push_str(&format!("{start},{distance:?},{alpha:?},{beta:?},{value}\n"));
        }
    }
    Some(table)
}

/// A coordinate without what its last digits have of the sums that made it.
fn rounded(coordinate: f64) -> f64 {
    (coordinate * 1e12).round() / 1e12
}

fn subjects(state: &ViewState) -> Vec<Subject> {
    state.views().iter().flat_map(|view| view.subjects.clone()).collect()
}

fn start_of_row(state: &ViewState, subject: Subject) -> String {
    let field = state.sheet(subject).map_or("", |sheet| sheet.field().kind().name());
    format!("{},{}", quoted(&state.name(subject)), quoted(field))
}

/// A number so that it reads back as the same.
fn cell(value: f64, number: &impl std::fmt::Debug) -> String {
    if value.is_nan() { String::new() } else { format!("{number:?}") }
}

/// A text from anywhere as one cell.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
