//! Paths on the surfaces of the 3-D view: the balls' that are rolled on them, and the training's
//! that their files hold. What a surface hides of them is drawn fainter.

use crate::{
    compare::View,
    drawing::{Drawing, Line, Paint, Shape, Stroke},
    hover,
    picture::Subject,
    sheet::Sheet,
    state::ViewState,
};
use cgmath::{MetricSpace, Point3};

/// Of a longer path so many points are drawn.
const MAX_POINTS: usize = 2000;
/// Between two points of a path so many places are looked up at most, to lay it on the surface.
const MAX_PIECES: f64 = 64.0;
/// Places of a line closer than this are one, in CSS pixels.
const APART_PX: f32 = 1.5;
/// So many places of all paths are tried for being seen, which takes a ray each.
const MAX_RAYS: usize = 240;
/// What a ray may meet before a place that is seen, in world units.
const SEEN_WITHIN: f32 = 0.04;
/// How opaque is what is hidden.
const HIDDEN: f32 = 0.5;

/// A path in the plane.
struct Path {
    on: Subject,
    points: Vec<[f64; 2]>,
    paint: Paint,
    /// Each of its points has a dot.
    has_dots: bool,
}

/// A place of a path on the canvas.
#[derive(Clone, Copy)]
struct Spot {
    at: [f32; 2],
    world: Point3<f32>,
    /// Whether it is a point of the path, and not between two.
    is_point: bool,
    is_seen: bool,
}

/// Whether there is any path to draw.
pub fn has_any(state: &ViewState) -> bool {
    let is_trained = |sheet: &Sheet| !sheet.surface().trajectories().is_empty();
    state.ball.is_some() || state.shown().any(|(_, sheet)| is_trained(sheet))
}

/// The paths on all surfaces, over the whole canvas.
// Apart, since no first picture calls it: so it does not travel with it.
#[inline(never)]
pub fn on_surfaces(state: &ViewState) -> Drawing {
    let views = state.views();
    let paths: Vec<Vec<Path>> = views.iter().map(|view| of_view(state, view)).collect();
    let n_paths = paths.iter().flatten().count().max(1);
    let mut shapes = Vec::new();
    for (view, paths) in views.iter().zip(paths) {
        let drawn = paths.iter().flat_map(|path| drawn(state, view, path, MAX_RAYS / n_paths));
        let drawn: Vec<Shape> = drawn.collect();
        if views.len() > 1 {
            let [left, top, width, height] = view.viewport.free();
            shapes.push(Shape::Clipped([left, top, left + width, top + height], drawn));
        } else {
            shapes.extend(drawn);
        }
    }
    let size = [state.viewport.width, state.viewport.height];
    Drawing { size, shapes, ..Drawing::default() }
}

fn of_view(state: &ViewState, view: &View) -> Vec<Path> {
    let mut paths = Vec::new();
    for &on in &view.subjects {
        let Some(sheet) = state.sheet(on) else { continue };
        for path in sheet.surface().trajectories() {
            let points = path.alpha().iter().zip(path.beta()).map(|(a, b)| [*a, *b]).collect();
            paths.push(Path { on, points, paint: Paint::Ink, has_dots: true });
        }
        if let Some(ball) = &state.ball {
            let points = sheet.rolled(ball).places.clone();
            paths.push(Path { on, points, paint: Paint::Accent, has_dots: false });
        }
    }
    paths
}

/// A path as shapes: what is hidden of it, what is seen, its start a ring and its end a disc.
fn drawn(state: &ViewState, view: &View, path: &Path, n_rays: usize) -> Vec<Shape> {
    let Some(sheet) = state.sheet(path.on) else { return Vec::new() };
    let mut lines = laid(state, view, sheet, path);
    look(state, path.on, &mut lines, n_rays);
    let [mut hidden, mut seen] = [Vec::new(), Vec::new()];
    for line in &lines {
        let mut begin = 0;
        for i in 1..line.len() {
            if i + 1 == line.len() || line[i].is_seen != line[begin].is_seen {
                let points: Vec<[f32; 2]> = line[begin..=i].iter().map(|spot| spot.at).collect();
                let part = if line[begin].is_seen { &mut seen } else { &mut hidden };
                part.push(Line::open(points));
                begin = i;
            }
        }
    }
    let faint = Stroke { opacity: HIDDEN, ..Stroke::solid(path.paint, 2.0) };
    let mut shapes = Vec::new();
    if !hidden.is_empty() {
        // Blue on dark green is not seen without.
        let casing = Stroke { opacity: HIDDEN, ..Stroke::solid(Paint::Ground, 4.5) };
        for (lines, stroke) in [(hidden.clone(), casing), (hidden, faint)] {
            shapes.push(Shape::Path { lines, stroke: Some(stroke), fill: None });
        }
    }
    if !seen.is_empty() {
        shapes.extend(Shape::cased(seen, path.paint));
    }
    if path.has_dots {
        let points = lines.iter().flatten().filter(|spot| spot.is_point && spot.is_seen);
        shapes.extend(points.map(|spot| Shape::dot(spot.at, 2.0, path.paint)));
    }
    // Where a path begins or ends beside the surface, there is no mark.
    let is_end = |spot: &&Spot| spot.is_point;
    let begin = lines.first().and_then(|line| line.first()).filter(is_end);
    let end = lines.last().and_then(|line| line.last()).filter(is_end);
    let mark = |spot: &Spot, shape: fn([f32; 2], Paint) -> Shape| match spot.is_seen {
        true => shape(spot.at, path.paint),
        false => Shape::Circle { at: spot.at, radius: 3.5, stroke: Some(faint), fill: None },
    };
    shapes.extend(begin.map(|spot| mark(spot, Shape::start)));
    shapes.extend(end.map(|spot| mark(spot, Shape::end)));
    shapes
}

/// The places of a path on its surface, in lines that end where there is no surface.
fn laid(state: &ViewState, view: &View, sheet: &Sheet, path: &Path) -> Vec<Vec<Spot>> {
    let camera = state.camera();
    let (scale, grid) = (&view.plot.scale, sheet.surface().grid());
    let spot = |[alpha, beta]: [f64; 2], is_point: bool| {
        let height = sheet.height_at(scale, alpha, beta).filter(|height| height.is_finite())?;
        let world = view.plot.world(alpha, beta, height.clamp(0.0, 1.0));
        let at = camera.project(&view.viewport, world)?;
        Some(Spot { at, world, is_point, is_seen: true })
    };
    let stride = path.points.len().div_ceil(MAX_POINTS).max(1);
    let last = path.points.len().saturating_sub(1);
    let points = path.points.iter().enumerate();
    let points = points.filter(|(i, _)| i % stride == 0 || *i == last).map(|(_, point)| *point);
    let mut lines = vec![Vec::new()];
    let mut add = |spot: Option<Spot>| match (spot, lines.last_mut()) {
        (Some(spot), Some(line)) => {
            let is_apart = line.last().is_none_or(|last: &Spot| {
                (last.at[0] - spot.at[0]).hypot(last.at[1] - spot.at[1]) >= APART_PX
            });
            match line.last_mut() {
                Some(last) if spot.is_point && !is_apart && !last.is_point => *last = spot,
                _ if is_apart || spot.is_point => line.push(spot),
                _ => {}
            }
        }
        (None, Some(line)) if !line.is_empty() => lines.push(Vec::new()),
        _ => {}
    };
    let mut before: Option<[f64; 2]> = None;
    for point in points {
        if let Some(before) = before {
            let along = [point[0] - before[0], point[1] - before[1]];
            let steps = |k: usize, axis: &lossland_surface::Axis| match axis.len() {
                1 => 0.0,
                _ => 2.0 * along[k].abs() / axis.step(),
            };
            let n = steps(0, &grid.x).max(steps(1, &grid.y)).ceil().min(MAX_PIECES);
            for i in 1..n as usize {
                let share = i as f64 / n;
                add(spot([0, 1].map(|k| before[k] + share * along[k]), false));
            }
        }
        add(spot(point, true));
        before = Some(point);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Finds out what is seen, at so many places; a place between is as the one before it.
fn look(state: &ViewState, on: Subject, lines: &mut [Vec<Spot>], n_rays: usize) {
    // Between wires one looks through.
    if state.style.is_wireframe {
        return;
    }
    let stride = lines.iter().map(Vec::len).sum::<usize>().div_ceil(n_rays.max(2)).max(1);
    for line in lines {
        let last = line.len() - 1;
        let mut is_seen = true;
        for (i, spot) in line.iter_mut().enumerate() {
            if i % stride == 0 || i == last {
                is_seen = hover::hover(state, spot.at).is_none_or(|found| {
                    found.subject == on && found.world.distance(spot.world) < SEEN_WITHIN
                });
            }
            spot.is_seen = is_seen;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ball::Ball,
        camera::{Preset, Viewport},
        sheet::tests::surface,
        state::{Action, Entry, Tool, reduce},
        style::Layout,
    };
    use lossland_surface::Trajectory;
    use std::rc::Rc;

    /// Bowls of 21 x 21 points with a path of training each, on a canvas.
    fn bowls(n: usize) -> ViewState {
        let mut state = ViewState::default();
        let entry = |i: usize| Entry::new(format!("s{i}"), format!("S{i}"), String::new(), 1);
        let viewport =
            Viewport { width: 1280.0, height: 720.0, pixel_ratio: 1.0, ..Default::default() };
        reduce(&mut state, Action::Resize(viewport));
        reduce(&mut state, Action::CatalogLoaded((0..n).map(entry).collect()));
        for index in 0..n {
            let side = |i: i32| f64::from(i % 21 - 10) / 10.0;
            let value = |i: i32| (4.0 * (side(i).powi(2) + side(i / 21).powi(2))) as f32;
            let values = (0..21 * 21).map(value).map(|value| value + index as f32).collect();
            let path = Trajectory::new("SGD", vec![-0.8, -0.3, 0.0], vec![-0.8, -0.1, 0.0]);
            let sheet = surface("-1:1:21", "-1:1:21", &[("train_loss", values)])
                .with_trajectories(vec![path.expect("a path")]);
            reduce(&mut state, Action::Show(index, true));
            reduce(&mut state, Action::Loaded(index, Rc::new(Sheet::new(sheet))));
        }
        state
    }

    fn flat(shapes: &[Shape]) -> Vec<&Shape> {
        let inner = shapes.iter().flat_map(|shape| match shape {
            Shape::Clipped(_, shapes) => flat(shapes),
            other => vec![other],
        });
        inner.collect()
    }

    /// The opacities of all lines in this colour.
    fn opacities(drawing: &Drawing, wanted: Paint) -> Vec<f32> {
        let shapes = flat(&drawing.shapes).into_iter();
        let strokes = shapes.filter_map(|shape| match shape {
            Shape::Path { stroke: Some(stroke), .. } if stroke.paint == wanted => Some(*stroke),
            _ => None,
        });
        strokes.map(|stroke| stroke.opacity).collect()
    }

    #[test]
    fn a_ball_and_a_path_of_training_lie_on_each_surface() {
        let mut state = bowls(2);
        assert!(has_any(&state), "paths of training");
        assert_eq!(opacities(&on_surfaces(&state), Paint::Accent), [0.0; 0]);
        reduce(&mut state, Action::SetBall(Some(Ball::at([0.75, -0.5]))));
        reduce(&mut state, Action::Turn(Preset::Top));
        reduce(&mut state, Action::SetLayout(Layout::Side));
        let drawing = on_surfaces(&state);
        assert_eq!(drawing.size, [1280.0, 720.0]);
        assert_eq!(opacities(&drawing, Paint::Accent), [1.0; 2], "all is seen from above");
        assert_eq!(opacities(&drawing, Paint::Ink), [1.0; 2]);
        // Both start where the surface is at their start.
        let starts = state.marks([0.75, -0.5]);
        for start in starts {
            let begins = flat(&drawing.shapes).into_iter().any(|shape| match shape {
                Shape::Path { lines, .. } => {
                    let [x, y] = lines[0].points[0];
                    (x - start[0]).hypot(y - start[1]) < 0.1
                }
                _ => false,
            });
            assert!(begins, "{start:?}");
        }
    }

    #[test]
    fn a_path_follows_the_surface_between_its_points() {
        let mut state = bowls(1);
        reduce(&mut state, Action::Turn(Preset::Front));
        let drawing = on_surfaces(&state);
        // From (-0.8, -0.8) to (-0.3, -0.1) the bowl sags below the straight line.
        let half = [-0.55, -0.45];
        let [x, y] = state.marks(half)[0];
        let nearest = |shape: &Shape| match shape {
            Shape::Path { lines, .. } => {
                let points = lines.iter().flat_map(|line| line.points.clone());
                points.map(|at| (at[0] - x).hypot(at[1] - y)).fold(f32::INFINITY, f32::min)
            }
            _ => f32::INFINITY,
        };
        let nearest = flat(&drawing.shapes).into_iter().map(nearest).fold(f32::INFINITY, f32::min);
        assert!(nearest < 15.0, "{nearest}");
        let [a, b] = [[-0.8, -0.8], [-0.3, -0.1]].map(|place| state.marks(place)[0]);
        let chord = (a[1] + b[1]) / 2.0;
        assert!((chord - y).abs() > 15.0, "there is something to follow: {chord} {y}");
    }

    #[test]
    fn what_the_surface_hides_is_fainter_but_not_in_the_wireframe() {
        let mut state = bowls(1);
        // Seen from beside, the near wall of a bowl is before what is on the far one.
        reduce(&mut state, Action::SetBall(Some(Ball::at([-0.6, -0.6]))));
        let level = -state.camera().elevation;
        reduce(&mut state, Action::Orbit(0.0, level));
        let faint = opacities(&on_surfaces(&state), Paint::Accent);
        assert!(faint.contains(&HIDDEN), "{faint:?}");
        reduce(&mut state, Action::SetWireframe(true));
        assert_eq!(opacities(&on_surfaces(&state), Paint::Accent), [1.0]);
    }

    #[test]
    fn a_click_lets_a_ball_go_and_the_next_one_moves_alike() {
        let mut state = bowls(1);
        reduce(&mut state, Action::ToggleBallTool);
        assert_eq!(state.tool, Tool::Ball);
        let [at, other] = [[0.5, -0.5], [-0.5, -0.5]].map(|place| state.marks(place)[0]);
        reduce(&mut state, Action::Click(at));
        let ball = state.ball.expect("a ball");
        assert!((ball.start[0] - 0.5).abs() + (ball.start[1] + 0.5).abs() < 0.01, "{ball:?}");
        assert_eq!((state.tool, state.pin), (Tool::Pin, None));
        reduce(&mut state, Action::SetBall(Some(Ball { step: 0.5, ..ball })));
        reduce(&mut state, Action::ToggleBallTool);
        reduce(&mut state, Action::Click(other));
        let next = state.ball.expect("a ball");
        assert!(next.step == 0.5 && next.start[0] < 0.0, "{next:?}");
        // One tool takes the place of the other, and each is put away by itself.
        reduce(&mut state, Action::ToggleBallTool);
        reduce(&mut state, Action::ToggleSectionTool);
        assert_eq!(state.tool, Tool::SectionFrom);
        reduce(&mut state, Action::ToggleBallTool);
        reduce(&mut state, Action::ToggleBallTool);
        assert_eq!(state.tool, Tool::Pin);
    }

    #[test]
    fn a_path_that_leaves_the_plane_or_is_nowhere_is_drawn_as_far_as_it_goes() {
        let mut state = bowls(1);
        reduce(&mut state, Action::SetBall(Some(Ball::at([7.0, 7.0]))));
        assert_eq!(opacities(&on_surfaces(&state), Paint::Accent), [0.0; 0]);
        let far = Trajectory::new("far", vec![-3.0, 0.0, 0.0, 3.0], vec![0.5, 0.5, -0.5, -0.5]);
        let values = vec![1.0; 25];
        let sheet = surface("-1:1:5", "-1:1:5", &[("train_loss", values)])
            .with_trajectories(vec![far.expect("a path")]);
        reduce(&mut state, Action::Loaded(0, Rc::new(Sheet::new(sheet))));
        reduce(&mut state, Action::Turn(Preset::Top));
        let drawing = on_surfaces(&state);
        assert_eq!(opacities(&drawing, Paint::Ink), [1.0]);
        let edges = state.marks([-1.0, 0.5])[0][0]..=state.marks([1.0, -0.5])[0][0];
        for shape in flat(&drawing.shapes) {
            if let Shape::Path { lines, .. } = shape {
                assert!(lines.iter().flat_map(|l| &l.points).all(|at| edges.contains(&at[0])));
            }
        }
    }
}
