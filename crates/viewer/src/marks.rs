//! Marks on the picture: the minima, the cross-section, the pinned point and what is pointed at.

use crate::{
    compare::View,
    picture::Subject,
    plots::place_along,
    state::{Tool, ViewState},
};

/// A cross-section is a row of so many dots and its ends.
const N_DOTS: u32 = 48;
/// More minima of a view are not marked.
const MAX_MINIMA: usize = 200;

/// What a mark is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A minimum.
    Minimum,
    /// A point of the cross-section.
    Dot,
    /// An end of it.
    End,
    /// The pinned point.
    Pin,
    /// What is pointed at.
    Pointer,
}

/// Where the marks of a state are on the surfaces, in CSS pixels.
pub fn on_surfaces(state: &ViewState) -> Vec<([f32; 2], Mark)> {
    let mut marks = Vec::new();
    if state.style.has_minima {
        marks.extend(minima(state).into_iter().map(|at| (at, Mark::Minimum)));
    }
    let mut add = |place: [f64; 2], mark| {
        marks.extend(state.marks(place).into_iter().map(|at| (at, mark)));
    };
    if let Some(section) = state.section {
        dots(section).into_iter().for_each(|place| add(place, Mark::Dot));
        section.into_iter().for_each(|place| add(place, Mark::End));
    }
    if let Tool::SectionTo(from) = state.tool {
        add(from, Mark::End);
    }
    if let Some(pin) = state.pin {
        add(pin, Mark::Pin);
    }
    if let Some(place) = state.place() {
        add(place, Mark::Pointer);
    }
    marks
}

// Apart, since no first picture calls it: so it does not travel with it.
#[inline(never)]
fn minima(state: &ViewState) -> Vec<[f32; 2]> {
    let of_view = |view: View| {
        let of = |subject: &Subject| {
            let minima = state.sheet(*subject).and_then(|sheet| sheet.minima());
            let places = minima.map_or_else(Vec::new, |minima| minima.places.clone());
            // On their own surface alone: on another one they are none.
            places
                .into_iter()
                .filter_map(|(place, _)| state.mark_on(&view, *subject, place))
                .collect::<Vec<_>>()
        };
        view.subjects.iter().flat_map(of).take(MAX_MINIMA).collect::<Vec<_>>()
    };
    state.views().into_iter().flat_map(of_view).collect()
}

#[inline(never)]
fn dots(section: [[f64; 2]; 2]) -> Vec<[f64; 2]> {
    let [from, to] = section;
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let at = |i| place_along(section, length * f64::from(i) / f64::from(N_DOTS));
    (1..N_DOTS).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plots::tests::two_shown,
        state::{Action, reduce},
        style::Layout,
    };

    #[test]
    fn minima_are_marked_on_their_own_surface_alone() {
        let mut state = two_shown();
        reduce(&mut state, Action::SetMinima(true));
        reduce(&mut state, Action::SetLayout(Layout::Side));
        let marks = on_surfaces(&state);
        assert_eq!(marks.len(), 2, "{marks:?}");
        for (view, (at, mark)) in state.views().iter().zip(&marks) {
            let [left, _, width, _] = view.viewport.free();
            assert!(*mark == Mark::Minimum && (left..left + width).contains(&at[0]), "{at:?}");
        }
    }
}
