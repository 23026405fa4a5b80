//! The box around the surfaces: which of its edges are drawn, and where its labels stand.
//!
//! Edges that would run in front of a surface are left out. Labels are text of the page, not of
//! the picture, so that they stay sharp, upright and readable to all; they stand outside the box,
//! on edges of its outline, and give way to each other.

use crate::{
    camera::{Camera, Viewport},
    plot::Plot,
    ticks, words,
};
use cgmath::{EuclideanSpace, InnerSpace, Point3, Vector2};

/// A line of the box, in world space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// One end.
    pub from: Point3<f32>,
    /// The other.
    pub to: Point3<f32>,
    /// Whether it is an edge of the box, and not of the grid on its floor.
    pub is_edge: bool,
}

/// A text beside the box. Coordinates are of its middle, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// From the left of the canvas.
    pub x: f32,
    /// From its top.
    pub y: f32,
    /// What it says that of.
    pub role: Role,
}

/// What a label tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What an axis is.
    Name,
    /// A value on an axis.
    Value,
    /// The value of a contour line.
    Level,
}

impl Label {
    pub(crate) fn new(text: &str, at: Vector2<f32>, role: Role) -> Self {
        Self { text: text.to_owned(), x: at.x, y: at.y, role }
    }
}

/// Ticks on an axis are aimed at this many steps.
const N_STEPS: usize = 4;
/// Between the box and its labels, and between labels.
const GAP_PX: f32 = 8.0;
/// Text is laid out by this estimate, on the wide side, for 12 px of a system font.
const CHAR_WIDTH_PX: f32 = 6.6;
const LINE_HEIGHT_PX: f32 = 16.0;
/// A height's name of more characters stands above its axis.
const LONG_NAME: usize = 8;
/// Values on an edge that is seen end-on, shorter than this, would be a heap.
const MIN_EDGE_PX: f32 = 48.0;

/// The lines of the box for an eye at this place: the floor's grid and outline, the outlines of the
/// two walls behind it, and that of the map below.
pub fn lines(camera: &Camera, plot: &Plot) -> Vec<Line> {
    let eye = camera.eye();
    let (floor, top) = (-plot.half_height, plot.half_height);
    // The walls that face the eye from behind.
    let (back_x, back_y) = (-sign(eye.x), -sign(eye.y));
    let mut lines = Vec::new();
    let mut line = |from: [f32; 3], to: [f32; 3], is_edge| {
        lines.push(Line { from: Point3::from(from), to: Point3::from(to), is_edge });
    };
    for (x, _) in places(plot, Axis::Alpha) {
        line([x, -1.0, floor], [x, 1.0, floor], false);
    }
    for (y, _) in places(plot, Axis::Beta) {
        line([-1.0, y, floor], [1.0, y, floor], false);
    }
    let map = plot.has_map.then(|| plot.lowest());
    for z in [floor].into_iter().chain(map) {
        for end in [-1.0, 1.0] {
            line([end, -1.0, z], [end, 1.0, z], true);
            line([-1.0, end, z], [1.0, end, z], true);
        }
    }
    line([back_x, -1.0, top], [back_x, 1.0, top], true);
    line([-1.0, back_y, top], [1.0, back_y, top], true);
    for (x, y) in [(back_x, back_y), (back_x, -back_y), (-back_x, back_y)] {
        line([x, y, floor], [x, y, top], true);
    }
    lines
}

/// The labels, `loss` naming the height. None overlaps another or leaves the free canvas.
pub fn labels(camera: &Camera, viewport: &Viewport, plot: &Plot, loss: &str) -> Placed {
    let mut placed = Placed { viewport: *viewport, labels: Vec::new() };
    let edges = outer_edges(camera, viewport, plot);
    let project = |world| camera.project(viewport, world).map(Vector2::from);
    let Some(middle) = project(Point3::origin()) else { return placed };
    // Names first: a value is easier to spare.
    let mut values = Vec::new();
    for (axis, edge) in edges {
        let (Some(from), Some(to)) = (project(edge(0.0)), project(edge(1.0))) else { continue };
        let along = to - from;
        if along.magnitude() < MIN_EDGE_PX {
            continue;
        }
        let across = Vector2::new(along.y, -along.x).normalize();
        let outward = across * sign(across.dot((from + to) / 2.0 - middle));
        let ticks = places(plot, axis);
        let reach = ticks.iter().map(|(_, text)| support(text, outward)).fold(0.0, f32::max);
        let name = match axis {
            Axis::Alpha => "alpha",
            Axis::Beta => "beta",
            Axis::Loss => loss,
        };
        let at =
            (from + to) / 2.0 + outward * (2.0 * GAP_PX + 2.0 * reach + support(name, outward));
        // Upright, a long one would lie over the box.
        let is_long = axis == Axis::Loss && name.chars().count() > LONG_NAME;
        let is_put = !is_long && placed.put(Label::new(name, at, Role::Name));
        if !is_put && axis == Axis::Loss {
            // No room beside the edge: above the topmost value, then, and not off the canvas.
            let [width, height] = size(name);
            let x = to.x + outward.x * (GAP_PX + reach);
            let least = viewport.free()[0] + width / 2.0;
            placed.put(Label::new(
                name,
                Vector2::new(x.max(least), to.y - 1.25 * height),
                Role::Name,
            ));
        }
        let ticks = ticks.into_iter().filter_map(|(place, text)| {
            let share = match axis {
                Axis::Alpha | Axis::Beta => (place + 1.0) / 2.0,
                Axis::Loss => place,
            };
            let at = project(edge(share))? + outward * (GAP_PX + support(&text, outward));
            Some(Label::new(&text, at, Role::Value))
        });
        let mut ticks = thinned(ticks.collect());
        let guess = guess_label(plot, axis, outward, |height| project(edge(height)));
        if let Some(guess) = guess.filter(|guess| placed.has_room(guess)) {
            // It is one place among many, but the one that has a meaning.
            ticks.retain(|tick| is_apart(bounds(tick), bounds(&guess), 1.0));
            ticks.insert(0, guess);
        }
        values.push(ticks);
    }
    for of_axis in values {
        // Those of one axis stand apart already.
        let fitting: Vec<_> = of_axis.into_iter().filter(|label| placed.has_room(label)).collect();
        placed.labels.extend(fitting);
    }
    placed
}

/// The level of guessing on the axis of heights.
fn guess_label(
    plot: &Plot,
    axis: Axis,
    outward: Vector2<f32>,
    place: impl Fn(f32) -> Option<Vector2<f32>>,
) -> Option<Label> {
    let level = plot.guessing.filter(|_| axis == Axis::Loss)?;
    let height = plot.scale.height(level);
    let at = (0.0..=1.0).contains(&height).then(|| place(height)).flatten()?;
    let text = words::guessing_text(level);
    Some(Label::new(&text, at + outward * (GAP_PX + support(&text, outward)), Role::Value))
}

/// Every value of an axis, or every second, or third, ...: so many as stand apart, evenly.
fn thinned(ticks: Vec<Label>) -> Vec<Label> {
    let fits = |stride: &usize| {
        let kept: Vec<_> = ticks.iter().step_by(*stride).map(bounds).collect();
        kept.windows(2).all(|pair| is_apart(pair[0], pair[1], GAP_PX / 2.0))
    };
    let stride = (1..=ticks.len()).find(fits).unwrap_or(1);
    ticks.into_iter().step_by(stride).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Alpha,
    Beta,
    Loss,
}

/// Where an axis has its values: x or y in the world for alpha and beta, heights for the loss.
fn places(plot: &Plot, axis: Axis) -> Vec<(f32, String)> {
    let (first, last) = match axis {
        Axis::Alpha => plot.alpha,
        Axis::Beta => plot.beta,
        Axis::Loss => return plot.scale.ticks(N_STEPS + 1),
    };
    let values = ticks::round_ticks(first, last, N_STEPS);
    let step = if values.len() > 1 { values[1] - values[0] } else { 0.0 };
    values
        .into_iter()
        .map(|value| {
            let place = 2.0 * (value - first) / (last - first) - 1.0;
            (place as f32, ticks::tick_text(value, step))
        })
        .collect()
}

type Edge = Box<dyn Fn(f32) -> Point3<f32>>;

/// For each axis the edge of the box, from its first value to its last, that carries labels: one
/// that is on the outline of the box from here. Straight from above the height has none.
fn outer_edges(camera: &Camera, viewport: &Viewport, plot: &Plot) -> Vec<(Axis, Edge)> {
    let (eye, half_height) = (camera.eye(), plot.half_height);
    let is_above = eye.z > half_height && eye.x.abs() < 1.0 && eye.y.abs() < 1.0;
    // The outline is the top then, which is nearer than the floor and looks larger.
    let z = if is_above { half_height } else { plot.lowest() };
    // From above the near edges of the floor are the lower outline, from below the far ones.
    let near = if camera.elevation >= 0.0 { 1.0 } else { -1.0 };
    let (x, y) = (near * sign(eye.x), near * sign(eye.y));
    let at = |t: f32| 2.0 * t - 1.0;
    let screen_x = |(x, y): (f32, f32)| {
        camera.project(viewport, Point3::new(x, y, 0.0)).map_or(f32::MAX, |[screen_x, _]| screen_x)
    };
    let (left_x, left_y) = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)]
        .into_iter()
        .min_by(|a, b| screen_x(*a).total_cmp(&screen_x(*b)))
        .unwrap_or((x, y));
    let mut edges: Vec<(Axis, Edge)> = vec![
        (Axis::Alpha, Box::new(move |t| Point3::new(at(t), y, z))),
        (Axis::Beta, Box::new(move |t| Point3::new(x, at(t), z))),
    ];
    if !is_above {
        edges.push((
            Axis::Loss,
            Box::new(move |t| Point3::new(left_x, left_y, at(t) * half_height)),
        ));
    }
    edges
}

/// How far a text reaches from its middle along a direction.
fn support(text: &str, direction: Vector2<f32>) -> f32 {
    let [width, height] = size(text);
    (direction.x.abs() * width + direction.y.abs() * height) / 2.0
}

fn size(text: &str) -> [f32; 2] {
    [text.chars().count() as f32 * CHAR_WIDTH_PX, LINE_HEIGHT_PX]
}

/// Labels that have found their place.
#[derive(Clone, Debug)]
pub struct Placed {
    viewport: Viewport,
    /// They, in the order in which they came.
    pub labels: Vec<Label>,
}

impl Placed {
    /// Puts one more, and says whether there was room.
    pub(crate) fn put(&mut self, label: Label) -> bool {
        let has_room = self.has_room(&label);
        if has_room {
            self.labels.push(label);
        }
        has_room
    }

    /// Whether there is room for one more.
    pub(crate) fn has_room(&self, label: &Label) -> bool {
        let [x0, y0, x1, y1] = bounds(label);
        let [left, top, width, height] = self.viewport.free();
        let is_inside = x0 >= left && y0 >= top && x1 <= left + width && y1 <= top + height;
        let mut others = self.labels.iter().map(bounds).chain(self.viewport.legend);
        is_inside && others.all(|other| is_apart([x0, y0, x1, y1], other, GAP_PX))
    }
}

/// Whether two boxes (left, top, right, bottom) stand apart, by a gap if side by side.
fn is_apart(a: [f32; 4], b: [f32; 4], gap: f32) -> bool {
    a[0] - gap >= b[2] || a[2] + gap <= b[0] || a[1] >= b[3] || a[3] <= b[1]
}

fn bounds(label: &Label) -> [f32; 4] {
    let [width, height] = size(&label.text).map(|extent| extent / 2.0);
    [label.x - width, label.y - height, label.x + width, label.y + height]
}

fn sign(value: f32) -> f32 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot;
    use std::f32::consts::PI;

    const VIEWPORT: Viewport = Viewport {
        width: 1280.0,
        height: 720.0,
        pixel_ratio: 1.0,
        insets: [0.0, 300.0, 0.0, 0.0],
        legend: [[0.0; 4]; 2],
    };

    fn box_to_10() -> Plot {
        Plot::new([].iter(), Some(10.0), false, &VIEWPORT)
    }

    fn first_view() -> Camera {
        Camera::first_view(&VIEWPORT, &plot::corners(&VIEWPORT, false), [90.0, 90.0, 90.0, 90.0])
    }

    fn texts(labels: &[Label]) -> Vec<&str> {
        labels.iter().map(|label| label.text.as_str()).collect()
    }

    #[test]
    fn the_first_view_has_all_names_and_all_values() {
        let labels = labels(&first_view(), &VIEWPORT, &box_to_10(), "loss").labels;
        let texts = texts(&labels);
        for text in ["alpha", "beta", "loss", "0", "10", "\u{2212}1.0", "0.5"] {
            assert!(texts.contains(&text), "{text}: {texts:?}");
        }
        assert!(labels.len() >= 3 + 5 + 4 + 4, "{texts:?}");
    }

    #[test]
    fn labels_never_overlap_nor_leave_the_canvas_nor_stand_in_the_box() {
        for i in 0..72 {
            for elevation in [-80.0_f32, -40.0, -5.0, 0.0, 10.0, 28.0, 60.0, 89.0] {
                let mut camera = first_view();
                camera.azimuth = i as f32 * PI / 36.0 - PI;
                camera.elevation = elevation.to_radians();
                let labels = labels(&camera, &VIEWPORT, &box_to_10(), "loss").labels;
                for (n, label) in labels.iter().enumerate() {
                    let [x0, y0, x1, y1] = bounds(label);
                    assert!(x0 >= 0.0 && y0 >= 0.0 && x1 <= 980.0 && y1 <= 720.0, "{label:?}");
                    for other in &labels[..n] {
                        let [u0, v0, u1, v1] = bounds(other);
                        let is_apart = x1 <= u0 || u1 <= x0 || y1 <= v0 || v1 <= y0;
                        assert!(is_apart, "{label:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_that_stand_too_close_are_thinned_evenly() {
        let row = |step: f32| -> Vec<f32> {
            let at = |k: u8| Vector2::new(100.0, step * f32::from(k));
            let ticks = (0..6).map(|k| Label::new("0.5", at(k), Role::Value)).collect();
            thinned(ticks).iter().map(|label| label.y / step).collect()
        };
        assert_eq!(row(LINE_HEIGHT_PX + 1.0), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(row(LINE_HEIGHT_PX * 0.6), [0.0, 2.0, 4.0]);
        assert_eq!(row(LINE_HEIGHT_PX * 0.4), [0.0, 3.0]);
    }

    #[test]
    fn a_phone_has_the_name_of_the_height_above_its_values() {
        let phone = Viewport { width: 360.0, insets: [100.0, 0.0, 130.0, 0.0], ..VIEWPORT };
        let camera =
            Camera::first_view(&phone, &plot::corners(&phone, false), [8.0, 36.0, 44.0, 44.0]);
        for name in ["loss", "loss (log)"] {
            let labels = labels(&camera, &phone, &box_to_10(), name);
            let at = |text: &str| {
                labels.labels.iter().find(|label| label.text == text).expect("a label")
            };
            assert!(at(name).y < at("10").y - LINE_HEIGHT_PX, "{labels:?}");
        }
    }

    #[test]
    fn no_label_runs_into_the_legend() {
        let scale = [24.0, 600.0, 300.0, 700.0];
        let legend = [[24.0, 580.0, 120.0, 600.0], scale];
        let mut camera = first_view();
        camera.pan(&VIEWPORT, -250.0, 60.0);
        let n_labels = |viewport| labels(&camera, &viewport, &box_to_10(), "loss").labels.len();
        assert!(n_labels(Viewport { legend, ..VIEWPORT }) < n_labels(VIEWPORT));
        let viewport = Viewport { legend, ..VIEWPORT };
        let all = labels(&camera, &viewport, &box_to_10(), "loss").labels;
        assert!(all.iter().all(|label| is_apart(bounds(label), scale, GAP_PX)), "{all:?}");
    }

    #[test]
    fn seen_from_above_the_height_has_no_labels() {
        let mut camera = first_view();
        camera.orbit(0.3, 10.0);
        camera.zoom(1.3);
        let labels = labels(&camera, &VIEWPORT, &box_to_10(), "loss").labels;
        assert!(texts(&labels).contains(&"alpha"));
        assert!(!texts(&labels).contains(&"loss"));
    }

    #[test]
    fn no_wall_stands_before_the_surfaces() {
        let lines = lines(&first_view(), &box_to_10());
        let front_top = Point3::new(1.0, 1.0, box_to_10().half_height);
        assert!(lines.iter().all(|line| line.from != front_top && line.to != front_top));
        assert_eq!(lines.iter().filter(|line| line.is_edge).count(), 4 + 2 + 3);
    }
}
