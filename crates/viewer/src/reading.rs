//! What all that is shown says of one place of the plane: a row for each surface, for the tooltip and
//! the pinned point.

use crate::{color::Rgb, picture::Subject, sheet::Sheet, state::ViewState, ticks::value_text};

/// One surface's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub subject: Subject,
    /// The colour that stands for it.
    pub swatch: Option<Rgb>,
    /// Its name.
    pub name: String,
    /// What it says there: the value, its standard error where that is known, and the value that is
    /// shown as colour where that is another.
    pub text: String,
}

/// The rows at a place, alpha and beta: of a difference its two surfaces, too.
pub fn rows(state: &ViewState, place: [f64; 2]) -> Vec<Row> {
    let mut subjects: Vec<Subject> =
        state.shown().map(|(index, _)| Subject::Surface(index)).collect();
    if let Some(pair) = state.pair().filter(|_| state.sheet(Subject::Difference).is_some()) {
        subjects = vec![Subject::Difference];
        subjects.extend(pair.map(Subject::Surface));
    }
    let is_tinted = state.is_tinted();
    let row = |subject: Subject| {
        let text = text(state, state.sheet(subject)?, place);
        let swatch = match subject {
            Subject::Surface(index) if is_tinted => Some(state.swatch(index)),
            _ => None,
        };
        Some(Row { subject, swatch, name: state.name(subject), text })
    };
    subjects.into_iter().filter_map(row).collect()
}

/// The value of a sheet at a place, with what belongs to it.
pub fn text(state: &ViewState, sheet: &Sheet, [alpha, beta]: [f64; 2]) -> String {
    let grid = sheet.surface().grid();
    let Some(value) = grid.sample(sheet.field().values(), alpha, beta) else {
        return "outside its grid".into();
    };
    let mut text = value_text(value);
    // Between grid points the error is no larger than that of the points around.
    let stderr = sheet.stderr().and_then(|stderr| grid.sample(stderr, alpha, beta));
    if let Some(stderr) = stderr.filter(|stderr| stderr.is_finite() && value.is_finite()) {
        text += &format!(" \u{b1} {}", value_text(stderr));
    }
    let color = state.fields.color.as_ref().filter(|kind| *kind != sheet.field().kind());
    if let Some(field) = color.and_then(|kind| sheet.surface().field(kind)) {
        let value = grid.sample(field.values(), alpha, beta).unwrap_or(f64::NAN);
        text += &format!("; {} {}", field.kind().label(), value_text(value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sheet::tests::surface,
        state::{Action, reduce, tests::listed},
        style::Layout,
    };
    use lossland_surface::FieldKind;
    use std::rc::Rc;

    fn two_shown() -> ViewState {
        let mut state = listed();
        reduce(&mut state, Action::Show(1, true));
        for (index, value) in [(0, 1.0), (1, 3.5)] {
            let fields = [
                ("train_loss", vec![value; 9]),
                ("train_loss_stderr", vec![0.25; 9]),
                ("train_accuracy", vec![60.0; 9]),
            ];
            let sheet = Sheet::new(surface("-1:1:3", "-1:1:3", &fields));
            reduce(&mut state, Action::Loaded(index, Rc::new(sheet)));
        }
        state
    }

    #[test]
    fn every_surface_shown_has_a_row_with_its_error() {
        let mut state = two_shown();
        let texts = |state: &ViewState, place| {
            rows(state, place).into_iter().map(|row| (row.name, row.text)).collect::<Vec<_>>()
        };
        let row = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(
            texts(&state, [0.3, -0.2]),
            [row("A", "1.000 \u{b1} 0.2500"), row("B", "3.500 \u{b1} 0.2500")]
        );
        assert_eq!(texts(&state, [1.5, 0.0])[0], row("A", "outside its grid"));
        reduce(&mut state, Action::SetLayout(Layout::Difference));
        let rows = texts(&state, [0.3, -0.2]);
        assert_eq!(rows[0], row("A \u{2212} B", "\u{2212}2.500"));
        assert_eq!(rows.len(), 3);
        reduce(&mut state, Action::SetLayout(Layout::Side));
        reduce(&mut state, Action::SetColorField(Some(FieldKind::TrainAccuracy)));
        assert_eq!(texts(&state, [0.0, 0.0])[1].1, "3.500 \u{b1} 0.2500; training accuracy 60.00");
    }
}
