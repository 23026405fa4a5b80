//! The colour bars: one for all surfaces or, where colour tells them apart or each has a scale of its
//! own, one for each.

use crate::{color::Ramp, picture::Subject, scale::Scale, state::ViewState, words};

/// How many values stand below a bar, about.
const N_TICKS: usize = 5;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its colours, from left to right.
    pub ramp: Ramp,
    /// What stands beside it; nothing where it is for all.
    pub name: String,
    /// The values below it; none where they are those of the next bar.
    pub ticks: Vec<Tick>,
}

/// A value below a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its place, from 0, the left end, to 1.
    pub place: f32,
    /// What it says.
    pub text: String,
    /// The loss of guessing: on a line of its own, since it stands between the others anyhow.
    pub is_guessing: bool,
}

/// The bars of what is shown.
pub fn bars(state: &ViewState) -> Vec<Bar> {
    let views = state.views();
    let subjects: Vec<(Subject, Scale)> = views
        .iter()
        .flat_map(|view| view.subjects.iter().map(|subject| (*subject, view.plot.scale)))
        .collect();
    let Some((first, scale)) = subjects.first().copied() else { return Vec::new() };
    let is_one = subjects.iter().all(|(subject, _)| state.ramp(*subject) == state.ramp(first));
    let has_own_scales = state.style.has_own_scales && views.len() > 1;
    let color_scale = state.color_scale();
    if color_scale.is_some() || (is_one && !has_own_scales) {
        let ticks = ticks(state, &color_scale.unwrap_or(scale));
        return vec![Bar { ramp: state.ramp(first), name: String::new(), ticks }];
    }
    let n = subjects.len();
    let bar = |(i, (subject, scale)): (usize, (Subject, Scale))| Bar {
        ramp: state.ramp(subject),
        name: state.name(subject),
        ticks: if has_own_scales || i + 1 == n { ticks(state, &scale) } else { Vec::new() },
    };
    subjects.into_iter().enumerate().map(bar).collect()
}

fn ticks(state: &ViewState, scale: &Scale) -> Vec<Tick> {
    let of = |is_guessing| move |(place, text)| Tick { place, text, is_guessing };
    let values = scale.ticks(N_TICKS).into_iter().map(of(false));
    let guessing = state.guessing().filter(|_| state.fields.color.is_none());
    let guessing = guessing.map(|level| (scale.height(level), words::guessing_text(level)));
    let guessing = guessing.filter(|(place, _)| (0.0..=1.0).contains(place)).map(of(true));
    values.chain(guessing).collect()
}

/// Whether there is something to tell that nothing else tells.
pub fn is_shown(state: &ViewState) -> bool {
    // A contour plot of several says itself which is which.
    let is_told = state.is_flat() && state.is_tinted();
    state.shown().next().is_some() && !is_told
}

/// Whether something is cut off, and so has the colour of what is.
pub fn has_cut(state: &ViewState) -> bool {
    let is_cut = state.views().iter().any(|view| view.plot.scale.is_cut);
    let hides = state.cut().is_some_and(|level| {
        state.shown().any(|(_, sheet)| sheet.share_above(level).is_some_and(|share| share > 0.0))
    });
    state.fields.color.is_none() && (is_cut || hides)
}
