//! The values of contour lines in the 3-D view: on the surfaces, where they are seen, and on the map
//! below the box. Every fifth level has one, as in the contour plot.

use crate::{
    axes::{self, Label, Placed, Role},
    compare::View,
    contour_plot::strong_levels,
    hover,
    picture::Subject,
    scale::Scale,
    sheet::Sheet,
    state::ViewState,
    words,
};
use cgmath::{MetricSpace, Point3, Vector2};
use lossland_surface::Axis;
use std::rc::Rc;

/// The lines of a level that may carry its value.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelLines {
    /// Its height in the box.
    height: f32,
    /// Its value.
    text: String,
    /// Places along each line, the longest line first: alpha and beta.
    lines: Vec<Vec<[f64; 2]>>,
}

/// A line shorter than this share of the plane's side has no room for a value.
const MIN_SHARE: f64 = 0.2;
/// At the border, within this share of the plane's side, it is a matter of rounding what is seen.
const BORDER_SHARE: f64 = 0.02;
/// Of one level so many lines are tried.
const MAX_LINES: usize = 3;
/// Along a line so many places are tried.
const N_TRIALS: usize = 24;
/// And of those so many for being seen, which takes a ray each.
const MAX_RAYS: usize = 8;
/// Lines of more surfaces than this, on one another, would leave no room for their values.
const MAX_LABELLED: usize = 2;
/// Places are as good as each other where one is less than about this much lower, in CSS pixels.
const ALIKE_PX: f32 = 12.0;
/// A value stands at least this far from a surface's lower edge, in CSS pixels.
const INSIDE_PX: f32 = 9.0;
/// What a ray may meet before a place that is seen, in world units.
const SEEN_WITHIN: f32 = 0.04;

/// Of a sheet's strong levels.
pub fn level_lines(sheet: &Sheet, scale: &Scale) -> Vec<LevelLines> {
    let grid = sheet.surface().grid();
    if grid.x.len() < 2 || grid.y.len() < 2 {
        return Vec::new();
    }
    let heights = sheet.heights(scale);
    let sides = [grid.x.last() - grid.x.first(), grid.y.last() - grid.y.first()];
    let length = |points: &[[f64; 2]]| -> f64 {
        let steps = points.windows(2);
        steps
            .map(|p| [0, 1].map(|k| (p[1][k] - p[0][k]) / sides[k]))
            .map(|s| s[0].hypot(s[1]))
            .sum()
    };
    let of_level = |(height, text): (f32, String)| {
        let contours = grid.contours(&heights, height);
        let mut lines: Vec<(f64, Vec<[f64; 2]>)> =
            contours.into_iter().map(|line| (length(&line.points), line.points)).collect();
        lines.retain(|(length, _)| *length >= MIN_SHARE);
        lines.sort_by(|a, b| b.0.total_cmp(&a.0));
        let trials = lines.into_iter().take(MAX_LINES).map(|(_, points)| {
            let is_inner = |[alpha, beta]: &[f64; 2]| {
                let share =
                    |value: f64, axis: &Axis| (value - axis.first()) / (axis.last() - axis.first());
                [share(*alpha, &grid.x), share(*beta, &grid.y)]
                    .iter()
                    .all(|share| (BORDER_SHARE..1.0 - BORDER_SHARE).contains(share))
            };
            let step = points.len().div_ceil(N_TRIALS);
            points.into_iter().step_by(step).filter(is_inner).collect()
        });
        LevelLines { height, text, lines: trials.collect() }
    };
    // At the floor and at the top there is no line, or one that is an edge.
    let is_inside = |(height, _): &(f32, String)| (0.001..0.999).contains(height);
    strong_levels(scale).into_iter().filter(is_inside).map(of_level).collect()
}

/// All that stands beside a view's box and on its contour lines.
pub fn labels(state: &ViewState, view: &View) -> Vec<Label> {
    let name = words::height_name(state);
    let mut placed = axes::labels(&state.camera(), &view.viewport, &view.plot, &name);
    put(state, view, &mut placed);
    placed.labels
}

/// Adds the values of a view's contour lines to its labels.
fn put(state: &ViewState, view: &View, placed: &mut Placed) {
    let of_surfaces = state.style.has_contours && !state.style.is_wireframe;
    for subject in view.subjects.iter().take(MAX_LABELLED) {
        let Some(sheet) = state.sheet(*subject) else { continue };
        let levels = sheet.level_lines(&view.plot.scale);
        if view.plot.has_map {
            put_all(state, view, placed, &levels, None);
        }
        if of_surfaces {
            put_all(state, view, placed, &levels, Some(*subject));
        }
    }
}

/// On a surface, or on the map.
fn put_all(
    state: &ViewState,
    view: &View,
    placed: &mut Placed,
    levels: &Rc<[LevelLines]>,
    on: Option<Subject>,
) {
    let camera = state.camera();
    for level in levels.iter() {
        for line in &level.lines {
            let mut spots: Vec<([f32; 2], Point3<f32>)> = line
                .iter()
                .filter_map(|[alpha, beta]| {
                    let mut world = view.plot.world(*alpha, *beta, level.height);
                    if on.is_none() {
                        world.z = view.plot.lowest();
                    }
                    Some((camera.project(&view.viewport, world)?, world))
                })
                .collect();
            // What is low on the screen is near; about as low is as near, or values would jump from
            // one end of a line to the other at the least turn.
            let lowness = |at: [f32; 2]| (at[1] / ALIKE_PX).round() as i32;
            spots.sort_by_key(|(at, _)| -lowness(*at));
            let label = |at: [f32; 2]| Label::new(&level.text, Vector2::from(at), Role::Level);
            spots.retain(|(at, _)| placed.has_room(&label(*at)));
            let is_seen = |(at, world): &&([f32; 2], Point3<f32>)| match hover::hover(state, *at) {
                Some(found) => {
                    // Not at an edge, where half of it would stand beside the surface.
                    let below = || hover::hover(state, [at[0], at[1] + INSIDE_PX]);
                    on == Some(found.subject)
                        && found.world.distance(*world) < SEEN_WITHIN
                        && below().is_some_and(|below| on == Some(below.subject))
                }
                None => on.is_none(),
            };
            if let Some((at, _)) = spots.iter().take(MAX_RAYS).find(is_seen) {
                placed.put(label(*at));
                // One is enough to read it by.
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        axes,
        camera::Preset,
        sheet::tests::surface,
        state::{Action, Entry, reduce},
        style::Cut,
    };

    /// A bowl of 21 x 21 points, its loss 5 at the middles of the sides.
    fn state() -> ViewState {
        let side = |i: i32| f64::from(i % 21 - 10) / 10.0;
        let value = |i: i32| (5.0 * (side(i).powi(2) + side(i / 21).powi(2))) as f32;
        let values = (0..21 * 21).map(value).collect();
        let sheet = Rc::new(Sheet::new(surface("-1:1:21", "-1:1:21", &[("train_loss", values)])));
        let mut state = ViewState::default();
        let viewport = crate::camera::Viewport {
            width: 1280.0,
            height: 720.0,
            pixel_ratio: 1.0,
            ..Default::default()
        };
        for action in [
            Action::Resize(viewport),
            Action::CatalogLoaded(vec![Entry::new("a".into(), "A".into(), String::new(), 1)]),
            Action::Show(0, true),
            Action::Loaded(0, sheet),
            Action::SetCut(Cut::Off),
        ] {
            reduce(&mut state, action);
        }
        state
    }

    fn values(state: &ViewState) -> Vec<(String, [f32; 2])> {
        let view = &state.views()[0];
        let mut placed = axes::labels(&state.camera(), &view.viewport, &view.plot, "loss");
        put(state, view, &mut placed);
        let levels = placed.labels.into_iter().filter(|label| label.role == Role::Level);
        levels.map(|label| (label.text, [label.x, label.y])).collect()
    }

    #[test]
    fn a_value_stands_on_its_line_where_that_is_seen() {
        let mut state = state();
        let found = values(&state);
        assert!(found.len() >= 2, "{found:?}");
        for (text, at) in &found {
            let here = hover::hover(&state, *at).expect("a surface");
            let level: f64 = text.parse().expect("a number");
            assert!((here.value - level).abs() < 0.3, "{text}: {here:?}");
        }
        reduce(&mut state, Action::SetContours(false));
        assert_eq!(values(&state), [], "no lines, no values");
    }

    #[test]
    fn the_map_below_has_values_of_its_own() {
        let mut state = state();
        reduce(&mut state, Action::SetContours(false));
        reduce(&mut state, Action::SetFloorMap(true));
        let found = values(&state);
        assert!(!found.is_empty());
        for (text, at) in &found {
            assert!(hover::hover(&state, *at).is_none(), "{text} is hidden by the surface");
        }
        // Straight from above the surface hides all of it.
        reduce(&mut state, Action::Turn(Preset::Top));
        assert_eq!(values(&state), []);
    }
}
