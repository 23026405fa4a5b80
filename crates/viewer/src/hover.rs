//! What is under the pointer: the surface in front there, and its data's own values.
//!
//! The place is found on what is drawn, the cut and the logarithm included; the value told is
//! that of the data at this alpha and beta.

use crate::{
    camera::Viewport,
    picture::Subject,
    plot::{Footprint, Plot},
    sheet::Sheet,
    state::ViewState,
};
use cgmath::{InnerSpace, Point3, Vector2};
use lossland_surface::{Hit, Ray};

/// A place on a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hover {
    /// What is there.
    pub subject: Subject,
    /// Along the first direction.
    pub alpha: f64,
    /// Along the second.
    pub beta: f64,
    /// The data's value there, between grid points interpolated; +infinity where it overflowed.
    /// NaN where a point around was not computed, as in a run that was stopped.
    pub value: f64,
    /// Where it is NaN, the nearest computed point.
    pub nearest: Option<Nearest>,
    /// The place in world space.
    pub world: Point3<f32>,
}

/// A computed point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Along the first direction.
    pub alpha: f64,
    /// Along the second.
    pub beta: f64,
    /// Its value; +infinity where it overflowed.
    pub value: f64,
}

/// In the wireframe, how far from a line the pointer still touches it, in CSS pixels.
const LINE_REACH_PX: f32 = 3.0;

/// Wireframe lines are at least this far apart on the screen.
const MIN_LINE_SPACING_PX: f32 = 6.0;

/// What is under the point `at` of the canvas, in CSS pixels. In the wireframe that is the first
/// surface of which a line is there, for one can look through between its lines; where there is
/// no line at all, the surface in front.
pub fn hover(state: &ViewState, at: [f32; 2]) -> Option<Hover> {
    let view = state.view_at(at);
    let plot = view.plot;
    let mut found: Vec<(f64, Hover, bool)> = Vec::new();
    for &subject in &view.subjects {
        let Some(sheet) = state.sheet(subject) else { continue };
        let footprint = plot.footprint(sheet);
        let (origin, direction) = state.camera().ray(&view.viewport, at);
        let ray = Ray {
            origin: footprint.grid_from_world(sheet, origin),
            direction: footprint.grid_direction(sheet, direction),
        };
        for hit in sheet.height_field(&plot.scale).hits(&ray) {
            let world = origin + direction * hit.t as f32;
            let Some(hover) = hover_at(subject, sheet, &hit, world) else { continue };
            let is_on_line = !state.style.is_wireframe
                || is_near_line(state, &view.viewport, &plot, sheet, &hit, world);
            found.push((hit.t, hover, is_on_line));
            if !state.style.is_wireframe {
                break;
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let on_line = found.iter().find(|(_, _, is_on_line)| *is_on_line);
    on_line.or(found.first()).map(|(_, hover, _)| *hover)
}

fn hover_at(subject: Subject, sheet: &Sheet, hit: &Hit, world: Point3<f32>) -> Option<Hover> {
    let grid = sheet.surface().grid();
    // A ribbon's two columns are one of the data.
    let column = if grid.x.len() == 1 { 0.0 } else { hit.column };
    let row = if grid.y.len() == 1 { 0.0 } else { hit.row };
    let value = grid.sample_at(sheet.field().values(), column, row)?;
    let place =
        |axis: &lossland_surface::Axis, position: f64| axis.first() + position * axis.step();
    let (alpha, beta) = (place(&grid.x, column), place(&grid.y, row));
    let nearest = if value.is_nan() { nearest(sheet, alpha, beta) } else { None };
    Some(Hover { subject, alpha, beta, value, nearest, world })
}

/// The computed point that is nearest in the plane.
fn nearest(sheet: &Sheet, alpha: f64, beta: f64) -> Option<Nearest> {
    let mut nearest = (f64::INFINITY, None);
    for (index, value) in sheet.field().values().iter().enumerate() {
        if !value.is_nan() {
            let point = sheet.surface().grid().point(index);
            let squared_distance = (point.0 - alpha).powi(2) + (point.1 - beta).powi(2);
            if squared_distance < nearest.0 {
                let (alpha, beta) = point;
                nearest =
                    (squared_distance, Some(Nearest { alpha, beta, value: f64::from(*value) }));
            }
        }
    }
    nearest.1
}

/// Every how many grid lines one is drawn in the wireframe, so that lines stay apart: a number of
/// the series 1, 2, 5, 10, ..., for columns and rows.
pub fn line_strides(
    state: &ViewState,
    viewport: &Viewport,
    plot: &Plot,
    sheet: &Sheet,
) -> [u32; 2] {
    let Footprint { x, y, .. } = plot.footprint(sheet);
    let world_per_px = state.camera().world_per_px(viewport);
    [(x, sheet.n_columns()), (y, sheet.n_rows())].map(|((first, last), n)| {
        let spacing_px = (last - first) / world_per_px / (n - 1) as f32;
        let series = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
        series
            .take_while(|stride| (*stride as usize) < n)
            .find(|stride| spacing_px * *stride as f32 >= MIN_LINE_SPACING_PX)
            // The border alone.
            .unwrap_or((n - 1) as u32)
    })
}

fn is_near_line(
    state: &ViewState,
    viewport: &Viewport,
    plot: &Plot,
    sheet: &Sheet,
    hit: &Hit,
    world: Point3<f32>,
) -> bool {
    let Footprint { x, y, .. } = plot.footprint(sheet);
    let strides = line_strides(state, viewport, plot, sheet);
    let to_line = |position: f64, stride: u32, n: usize| {
        let stride = f64::from(stride);
        let nearest = ((position / stride).round() * stride).min((n - 1) as f64);
        let last = (n - 1) as f64;
        let nearest =
            if (last - position).abs() < (nearest - position).abs() { last } else { nearest };
        nearest - position
    };
    let [columns, rows] = [
        to_line(hit.column, strides[0], sheet.n_columns()) as f32,
        to_line(hit.row, strides[1], sheet.n_rows()) as f32,
    ];
    let cell =
        [(x.1 - x.0) / (sheet.n_columns() - 1) as f32, (y.1 - y.0) / (sheet.n_rows() - 1) as f32];
    let slopes = slopes_at(sheet, plot, hit);
    let project = |world| state.camera().project(viewport, world).map(Vector2::from);
    let Some(here) = project(world) else { return false };
    // Along the surface to the line, so that a steep slope counts as it looks.
    let on_lines = [
        Point3::new(world.x + columns * cell[0], world.y, world.z + columns * slopes[0]),
        Point3::new(world.x, world.y + rows * cell[1], world.z + rows * slopes[1]),
    ];
    on_lines
        .into_iter()
        .filter_map(project)
        .any(|on_line| (on_line - here).magnitude() <= LINE_REACH_PX)
}

/// The drawn surface's rise for a column and for a row, in world units; 0 where it is cut.
fn slopes_at(sheet: &Sheet, plot: &Plot, hit: &Hit) -> [f32; 2] {
    let heights = sheet.heights(&plot.scale);
    let (n_columns, n_rows) = (sheet.n_columns(), sheet.n_rows());
    let i = (hit.column as usize).min(n_columns - 2);
    let j = (hit.row as usize).min(n_rows - 2);
    let at = |i: usize, j: usize| heights[j * n_columns + i].min(1.0) * 2.0 * plot.half_height;
    [at(i + 1, j) - at(i, j), at(i, j + 1) - at(i, j)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        camera::Viewport,
        sheet::tests::{STOPPED, surface},
        state::{Action, Entry, Status, reduce},
        style::Cut,
    };
    use std::rc::Rc;

    fn state_of(sheets: Vec<Sheet>) -> ViewState {
        let mut state = ViewState::default();
        let entries = sheets.into_iter().enumerate().map(|(i, sheet)| Entry {
            is_shown: true,
            status: Status::Ready(Rc::new(sheet)),
            ..Entry::new(i.to_string(), i.to_string(), String::new(), 0)
        });
        reduce(&mut state, Action::CatalogLoaded(entries.collect()));
        let viewport = Viewport { width: 1280.0, height: 720.0, ..Viewport::default() };
        reduce(&mut state, Action::Resize(viewport));
        state
    }

    /// 7 x 5 points without symmetry, low enough in front that all are in sight.
    fn odd() -> Sheet {
        let values = (0..35).map(|k| {
            let (i, j) = (k % 7, k / 7);
            1.0 + 0.9 * (6 - i) as f32 + 0.3 * (4 - j) as f32 + 0.1 * ((i * 3 + j) % 4) as f32
        });
        Sheet::new(surface("-1:2:7", "-0.5:0.5:5", &[("train_loss", values.collect())]))
    }

    fn screen(state: &ViewState, alpha: f64, beta: f64, value: f32) -> [f32; 2] {
        let plot = state.plot();
        let world = plot.world(alpha, beta, plot.scale.height(value));
        state.camera().project(&state.viewport, world).expect("in front of the eye")
    }

    #[test]
    fn grid_points_read_the_data() {
        let state = state_of(vec![odd()]);
        let (_, sheet) = state.shown().next().expect("one surface");
        let grid = *sheet.surface().grid();
        let values = sheet.field().values().to_vec();
        for (i, j) in [(1, 1), (5, 3), (2, 3), (4, 1), (3, 2)] {
            let (alpha, beta) = (grid.x.value(i), grid.y.value(j));
            let value = values[grid.index(i, j)];
            let at = screen(&state, alpha, beta, value);
            let found = hover(&state, at).expect("a hit");
            assert!((found.alpha - alpha).abs() < 1e-3, "{alpha} {found:?}");
            assert!((found.beta - beta).abs() < 1e-3, "{beta} {found:?}");
            assert!((found.value - f64::from(value)).abs() < 1e-2, "{value} {found:?}");
        }
        assert_eq!(hover(&state, [3.0, 3.0]), None);
    }

    fn flat(value: f32) -> Sheet {
        Sheet::new(surface("-1:1:5", "-1:1:5", &[("train_loss", vec![value; 25])]))
    }

    #[test]
    fn of_two_surfaces_the_one_in_front_is_found() {
        let state = state_of(vec![flat(2.0), flat(8.0)]);
        let above = screen(&state, 0.25, 0.25, 8.0);
        assert_eq!(hover(&state, above).map(|found| found.subject), Some(Subject::Surface(1)));
    }

    #[test]
    fn between_the_wires_one_touches_what_is_behind() {
        let mut state = state_of(vec![flat(2.0), flat(8.0)]);
        reduce(&mut state, Action::Orbit(0.0, 0.5));
        reduce(&mut state, Action::SetWireframe(true));
        // A crossing of lines of the lower surface, seen through the upper one.
        let behind = screen(&state, -0.5, -0.5, 2.0);
        assert_eq!(hover(&state, behind).map(|found| found.subject), Some(Subject::Surface(0)));
        let on_upper = screen(&state, 0.5, -0.5, 8.0);
        assert_eq!(hover(&state, on_upper).map(|found| found.subject), Some(Subject::Surface(1)));
        reduce(&mut state, Action::SetWireframe(false));
        assert_eq!(hover(&state, behind).map(|found| found.subject), Some(Subject::Surface(1)));
    }

    #[test]
    fn what_is_cut_is_touched_at_the_cut_and_read_from_the_data() {
        let mut state = state_of(vec![flat(8.0), flat(1.0)]);
        reduce(&mut state, Action::SetCut(Cut::At(5.0)));
        let at = screen(&state, 0.1, 0.1, 5.0);
        let found = hover(&state, at).expect("a hit");
        assert_eq!((found.subject, found.value), (Subject::Surface(0), 8.0));
    }

    #[test]
    fn holes_are_looked_through_and_overflow_is_told() {
        let mut values = vec![3.0; 25];
        values[12] = f32::NAN;
        values[6] = f32::INFINITY;
        let state =
            state_of(vec![Sheet::new(surface("-1:1:5", "-1:1:5", &[("train_loss", values)]))]);
        assert_eq!(hover(&state, screen(&state, 0.0, 0.1, 3.0)), None);
        let at = screen(&state, -0.5, -0.5, state.plot().scale.hi);
        assert_eq!(hover(&state, at).map(|found| found.value), Some(f64::INFINITY));
    }

    #[test]
    fn between_the_points_of_a_stopped_run_there_is_a_place_but_no_value() {
        let state = state_of(vec![Sheet::new(surface(
            "-1:1:5",
            "-1:1:5",
            &[("train_loss", STOPPED.into())],
        ))]);
        // On the surface between (0, 0), which is 1, and (0, 1), which is 4.
        let found = hover(&state, screen(&state, 0.0, 0.7, 3.1)).expect("a hit");
        assert!((found.beta - 0.7).abs() < 1e-3 && found.value.is_nan(), "{found:?}");
        assert_eq!(found.nearest, Some(Nearest { alpha: 0.0, beta: 1.0, value: 4.0 }));
        let computed = hover(&state_of(vec![odd()]), [600.0, 400.0]).expect("a hit");
        assert!(computed.nearest.is_none() && computed.value.is_finite());
    }

    #[test]
    fn a_ribbon_reads_its_only_row() {
        let row = surface("-1:1:5", "0.3:0.3:1", &[("train_loss", vec![1.0, 2.0, 3.0, 2.0, 1.0])]);
        let state = state_of(vec![Sheet::new(row)]);
        let found = hover(&state, screen(&state, 0.5, 0.3, 2.0)).expect("a hit");
        assert_eq!(found.beta, 0.3);
        assert!((found.value - 2.0).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn wires_keep_apart() {
        let large = Sheet::new(surface("-1:1:501", "-1:1:2", &[("train_loss", vec![1.0; 1002])]));
        let state = state_of(vec![large]);
        let (_, sheet) = state.shown().next().expect("one surface");
        let [columns, rows] = line_strides(&state, &state.viewport, &state.plot(), sheet);
        assert!((5..=10).contains(&columns), "{columns}");
        assert_eq!(rows, 1);
    }
}
