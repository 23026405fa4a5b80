//! The 2-D plots of a state: its boxes seen as contour plots, and the cross-section of all that is shown.

use crate::{
    color::Rgb,
    compare::View,
    contour_plot::{ContourPlot, Layer, Look, Marks},
    drawing::Paint,
    picture::Subject,
    profile_plot::{ProfileFacts, ProfileLine, ProfilePlot},
    state::ViewState,
    words,
};

/// A view as a contour plot, and where it is on the canvas: left, top, width, height in CSS pixels.
#[derive(Debug)]
pub struct FlatView {
    /// Its part of the canvas.
    pub rect: [f32; 4],
    /// What is drawn there.
    pub plot: ContourPlot,
}

/// Room between a contour plot and the edges of its part, in CSS pixels.
const AIR_PX: f32 = 8.0;

/// Every view as a contour plot.
pub fn contour_plots(state: &ViewState) -> Vec<FlatView> {
    state.views().iter().filter_map(|view| flat_view(state, view)).collect()
}

fn flat_view(state: &ViewState, view: &View) -> Option<FlatView> {
    let names: Vec<String> = view.subjects.iter().map(|subject| state.name(*subject)).collect();
    let noise: Vec<_> =
        view.subjects.iter().map(|subject| state.noise_at_points(*subject)).collect();
    let is_only = view.subjects.len() == 1;
    let layers = view.subjects.iter().enumerate().filter_map(|(i, &subject)| {
        let sheet = state.sheet(subject)?;
        Some(Layer {
            name: &names[i],
            grid: sheet.surface().grid(),
            values: sheet.field().values(),
            is_noise: noise[i].as_deref(),
            look: match subject {
                _ if is_only => Look::Filled(state.ramp(subject)),
                Subject::Surface(index) if state.is_tinted() => Look::Plain(state.swatch(index)),
                _ => Look::Lines(state.ramp(subject)),
            },
        })
    });
    let layers: Vec<Layer<'_>> = layers.collect();
    if layers.is_empty() {
        return None;
    }
    let minima: Vec<[f64; 2]> = (view.subjects.iter())
        .filter(|_| state.style.has_minima)
        .filter_map(|subject| state.sheet(*subject)?.minima())
        .flat_map(|minima| minima.places.iter().map(|(place, _)| *place))
        .collect();
    let trajectories: Vec<_> = (view.subjects.iter())
        .filter_map(|subject| state.sheet(*subject))
        .flat_map(|sheet| sheet.surface().trajectories())
        .collect();
    let rolled: Vec<_> = (view.subjects.iter())
        .filter_map(|&subject| {
            let rolled = state.sheet(subject)?.rolled(&state.ball?);
            // As the lines of its surface, where that is not the only one.
            let paint = match subject {
                Subject::Surface(index) if !is_only && state.is_tinted() => {
                    Paint::DataOnGround(state.swatch(index))
                }
                _ => Paint::Accent,
            };
            Some((rolled, paint))
        })
        .collect();
    let rolled: Vec<_> =
        rolled.iter().map(|(rolled, paint)| (rolled.places.as_slice(), *paint)).collect();
    let marks = Marks {
        pin: state.pin,
        section: state.section,
        trajectories: &trajectories,
        rolled: &rolled,
        minima: &minima,
    };
    let [left, top, width, height] = view.viewport.free();
    // The plane is a square, mostly: what is left beside it is room for the colour bar.
    let [name, scale] = view.viewport.legend;
    let is_over = scale[0] < left + width / 4.0
        && name[1].min(scale[1]) < top + height
        && name[3].max(scale[3]) > top;
    let legend_px = if is_over { name[2].max(scale[2]) - left } else { 0.0 };
    // It gives way to it rather than being much smaller.
    let legend_px = legend_px.clamp(0.0, (width - 0.85 * height).max(0.0));
    let (left, width) = (left + legend_px, width - legend_px);
    let rect = [left + AIR_PX, top, (width - 2.0 * AIR_PX).max(1.0), (height - AIR_PX).max(1.0)];
    let plot = ContourPlot::new(&layers, &view.plot.scale, [rect[2], rect[3]], &marks);
    Some(FlatView { rect, plot })
}

/// The cross-section in a drawing of this size, in CSS pixels; `None` where there is none.
pub fn profile_plot(state: &ViewState, size: [f32; 2]) -> Option<ProfilePlot> {
    let [from, to] = state.section?;
    let views = state.views();
    let subjects: Vec<Subject> = views.iter().flat_map(|view| view.subjects.clone()).collect();
    let sections: Vec<(String, Rgb, Vec<[f64; 2]>)> = subjects
        .iter()
        .filter_map(|&subject| {
            let sheet = state.sheet(subject)?;
            let samples = sheet.surface().grid().profile(sheet.field().values(), from, to);
            let color = match subject {
                Subject::Surface(index) => state.swatch(index),
                Subject::Difference => state.ramp(subject).rgb(0.95),
            };
            Some((state.name(subject), color, samples))
        })
        .collect();
    let lines: Vec<ProfileLine<'_>> = sections
        .iter()
        .map(|(name, color, samples)| ProfileLine { name, color: *color, samples })
        .collect();
    let cursor = state.place().and_then(|place| along(from, to, place));
    let value_name = words::height_name(state);
    let facts = ProfileFacts { value_name: &value_name, guessing: state.guessing(), cursor };
    (!lines.is_empty()).then(|| ProfilePlot::new(&lines, &state.plot().scale, size, &facts))
}

/// How far along a line a place is, where it is beside it.
fn along(from: [f64; 2], to: [f64; 2], place: [f64; 2]) -> Option<f64> {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let length = dx.hypot(dy);
    let at = ((place[0] - from[0]) * dx + (place[1] - from[1]) * dy) / length;
    (0.0..=length).contains(&at).then_some(at)
}

/// The place at a distance along the cross-section.
pub fn place_along(section: [[f64; 2]; 2], distance: f64) -> [f64; 2] {
    let [from, to] = section;
    let share = distance / (to[0] - from[0]).hypot(to[1] - from[1]);
    [0, 1].map(|i| from[i] + (to[i] - from[i]) * share)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        sheet::{Sheet, tests::surface},
        state::{Action, reduce, tests::listed},
        style::Layout,
    };
    use std::rc::Rc;

    /// Two bowls on one grid, the second 2 higher.
    pub(crate) fn two_shown() -> ViewState {
        let mut state = listed();
        reduce(&mut state, Action::Show(1, true));
        for (index, lift) in [(0, 0.0), (1, 2.0)] {
            let values = (0..81).map(|k| {
                let (x, y) = ((k % 9) as f32 / 4.0 - 1.0, (k / 9) as f32 / 4.0 - 1.0);
                lift + 3.0 * (x * x + y * y)
            });
            let fields = [("train_loss", values.collect())];
            let sheet = Sheet::new(surface("-1:1:9", "-1:1:9", &fields));
            reduce(&mut state, Action::Loaded(index, Rc::new(sheet)));
        }
        state
    }

    #[test]
    fn each_view_has_a_contour_plot_in_its_part() {
        let mut state = two_shown();
        assert_eq!(contour_plots(&state).len(), 1);
        reduce(&mut state, Action::SetLayout(Layout::Side));
        let plots = contour_plots(&state);
        assert_eq!(plots.len(), 2);
        assert!(plots[0].rect[0] + plots[0].rect[2] <= plots[1].rect[0]);
        let [x, y] = plots[1].plot.px_from_plane(0.5, -0.25);
        let [alpha, beta] = plots[1].plot.plane_from_px([x, y]).expect("on the plane");
        assert!((alpha - 0.5).abs() < 1e-3 && (beta + 0.25).abs() < 1e-3);
    }

    #[test]
    fn a_cross_section_has_a_line_a_surface_and_follows_the_pointer() {
        let mut state = two_shown();
        assert!(profile_plot(&state, [400.0, 200.0]).is_none());
        let section = [[-1.0, 0.5], [1.0, 0.5]];
        reduce(&mut state, Action::SetSection(Some(section)));
        let still = profile_plot(&state, [400.0, 200.0]).expect("a plot");
        reduce(&mut state, Action::MovePointer(0, 0));
        let pointed = profile_plot(&state, [400.0, 200.0]).expect("a plot");
        assert_ne!(pointed.drawing, still.drawing, "a cursor");
        assert_eq!(along(section[0], section[1], [0.25, -0.5]), Some(1.25));
        assert_eq!(place_along(section, 1.25), [0.25, 0.5]);
        assert_eq!(along(section[0], section[1], [2.0, 0.5]), None);
    }
}
