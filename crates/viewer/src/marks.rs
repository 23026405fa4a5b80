//! Marks on the picture: the minima, the cross-section, the pinned point and what is pointed at.

use crate::{
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
    let mut add = |place: [f64; 2], mark| {
        marks.extend(state.marks(place).into_iter().map(|at| (at, mark)));
    };
    if state.style.has_minima {
        minima(state).into_iter().for_each(|place| add(place, Mark::Minimum));
    }
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
fn minima(state: &ViewState) -> Vec<[f64; 2]> {
    let of = |subject: &Subject| {
        let minima = state.sheet(*subject).and_then(|sheet| sheet.minima());
        minima.map_or_else(Vec::new, |minima| minima.places.clone())
    };
    let of_view = |subjects: Vec<Subject>| {
        subjects.iter().flat_map(of).take(MAX_MINIMA).map(|(place, _)| place).collect::<Vec<_>>()
    };
    state.views().into_iter().flat_map(|view| of_view(view.subjects)).collect()
}

#[inline(never)]
fn dots(section: [[f64; 2]; 2]) -> Vec<[f64; 2]> {
    let [from, to] = section;
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let at = |i| place_along(section, length * f64::from(i) / f64::from(N_DOTS));
    (1..N_DOTS).map(at).collect()
}
