//! The top view: a 2-D contour plot of one or several surfaces.
//!
//! Lines are at the levels of the contour lines in the 3-D view ([`Scale::contours`]), every fifth
//! stronger and labelled. They are taken from heights, as drawn there, so that both views agree, on
//! a logarithmic scale too. One surface is filled with the colours of its heights below its lines;
//! what is beyond the scale is grey, what overflowed hatched. A hole is the bare ground, and no
//! line runs across it.

mod labels;
mod marks;
mod raster;
#[cfg(test)]
mod tests;

use crate::{
    color::{Ramp, Rgb, mix},
    drawing::{Drawing, Line, Paint, Shape, Stroke, luminance},
    frame::{Axis, Frame, legend},
    plot::span,
    scale::Scale,
    sheet::drawn_ends,
    ticks::{round_ticks, tick_text},
};
use labels::Labels;
use lossland_surface::Grid;
pub use marks::Marks;

/// A surface in the plot.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// What the legend calls it, where several are shown.
    pub name: &'a str,
    /// Where its values stand.
    pub grid: &'a Grid,
    /// Its values, row-major `[beta][alpha]`.
    pub values: &'a [f32],
    /// Which of them lie within the noise, and are hatched where the layer is filled.
    pub is_noise: Option<&'a [bool]>,
    /// How it is coloured.
    pub look: Look,
}

/// How a layer is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The plane in the colours of heights, with lines on it. Of several such layers the first is
    /// filled.
    Filled(Ramp),
    /// Lines in the colours of their heights.
    Lines(Ramp),
    /// Lines in one colour.
    Plain(Rgb),
}

/// The plot, and the way between its pixels and the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ContourPlot {
    /// What is drawn.
    pub drawing: Drawing,
    frame: Frame,
}

/// Ticks stand at least this far apart, in CSS pixels.
const TICK_APART_PX: [f32; 2] = [64.0, 44.0];
/// Weaker lines closer than this would be a grey area that means nothing.
const MIN_SPACING_PX: f32 = 4.0;
/// Several layers have their weaker lines, too, where they are at most so many and the plane is at
/// least so wide.
const MAX_DETAILED: usize = 2;
const MIN_DETAILED_PX: f32 = 480.0;
/// The half width of a surface of one row or column, as a share of the axis.
const RIBBON_SHARE: f64 = 0.015;
/// Points of a line closer than this are one.
const MIN_SEGMENT_PX: f32 = 1.2;

impl ContourPlot {
    /// The plot of these layers in a drawing of this size. Where alpha and beta span the same,
    /// their scales are the same, too.
    ///
    /// # Panics
    /// If a layer has not one value for each grid point.
    pub fn new(layers: &[Layer<'_>], scale: &Scale, size: [f32; 2], marks: &Marks<'_>) -> Self {
        let scale = &scale.beyond_floor();
        let alpha = span(layers.iter().map(|layer| (layer.grid.x.first(), layer.grid.x.last())));
        let beta = span(layers.iter().map(|layer| (layer.grid.y.first(), layer.grid.y.last())));
        let names: Vec<_> = layers.iter().filter_map(named).collect();
        let (mut shapes, top) = legend(&names, size[0]);
        let frame = |y_axis: &Axis| {
            let frame = Frame::new(size, top, [alpha.0, alpha.1], [beta.0, beta.1], y_axis);
            let [across, up] = [alpha.1 - alpha.0, beta.1 - beta.0];
            let is_square = (across - up).abs() <= 1e-6 * across.max(up);
            if is_square { frame.squared() } else { frame }
        };
        // How many values there is room for is known without their texts.
        let [width, height] = frame(&Axis::default()).size();
        let x_axis = plane_axis("alpha", alpha, width / TICK_APART_PX[0]);
        let y_axis = plane_axis("beta", beta, height / TICK_APART_PX[1]);
        let frame = frame(&y_axis);

        let surfaces: Vec<_> =
            layers.iter().map(|layer| Heights::of(layer, scale, &frame)).collect();
        let filled = surfaces.iter().zip(layers).find_map(|(heights, layer)| match layer.look {
            Look::Filled(ramp) => Some(raster::image(heights, ramp, &frame)),
            _ => None,
        });
        if filled.is_none() {
            shapes.push(frame.grid_lines(&x_axis, &y_axis));
        }
        let mut labels = Labels::new(&frame, marks.places(&frame));
        let is_detailed =
            layers.len() == 1 || layers.len() <= MAX_DETAILED && frame.size()[0] >= MIN_DETAILED_PX;
        let mut lines = Vec::new();
        for (heights, layer) in surfaces.iter().zip(layers) {
            for level in levels(scale).iter().filter(|level| level.is_strong || is_detailed) {
                lines.extend(level_shape(heights, level, layer.look, &frame, &mut labels));
            }
        }
        lines.append(&mut marks.lines(&frame));
        shapes.push(Shape::Clipped(frame.rect, lines));
        shapes.append(&mut labels.into_shapes());
        shapes.append(&mut frame.axes(&x_axis, &y_axis));
        shapes.push(Shape::Clipped(frame.rect, marks.points(&frame)));
        Self { drawing: Drawing { size, images: filled.into_iter().collect(), shapes }, frame }
    }

    /// Alpha and beta at a place of the drawing in CSS pixels; `None` beside the plane.
    pub fn plane_from_px(&self, px: [f32; 2]) -> Option<[f64; 2]> {
        self.frame.value(px)
    }

    /// Where a point of the plane is in the drawing, in CSS pixels; beside it, too.
    pub fn px_from_plane(&self, alpha: f64, beta: f64) -> [f32; 2] {
        self.frame.px(alpha, beta)
    }

    /// Where the plane is in the drawing: left, top, right, bottom, in CSS pixels.
    pub fn rect(&self) -> [f32; 4] {
        self.frame.rect
    }
}

/// What the legend says of a layer; a ramp of several colours has no place in it.
fn named<'a>(layer: &Layer<'a>) -> Option<(&'a str, Paint)> {
    match layer.look {
        Look::Plain(rgb) if !layer.name.is_empty() => Some((layer.name, Paint::DataOnGround(rgb))),
        _ => None,
    }
}

fn plane_axis(name: &str, (first, last): (f64, f64), n: f32) -> Axis {
    let values = round_ticks(first, last, (n as usize).clamp(1, 8));
    let step = if values.len() > 1 { values[1] - values[0] } else { 0.0 };
    let ticks = values.into_iter().map(|value| (value, tick_text(value, step))).collect();
    Axis { ticks, name: name.into() }
}

/// A layer as it is drawn: heights instead of values, and with an area.
struct Heights<'a> {
    grid: Grid,
    /// Heights by the scale; +infinity where the network overflowed.
    heights: Vec<f32>,
    is_noise: Option<&'a [bool]>,
    /// How many levels apart heights 0 and 1 are.
    n_levels: f32,
}

impl<'a> Heights<'a> {
    fn of(layer: &Layer<'a>, scale: &Scale, frame: &Frame) -> Self {
        let height = |value: f32| if value.is_infinite() { value } else { scale.height(value) };
        let mut heights: Vec<f32> = layer.values.iter().map(|value| height(*value)).collect();
        let (mut grid, mut is_noise) = (*layer.grid, layer.is_noise);
        let ribbon = |axis: &lossland_surface::Axis, [first, last]: [f64; 2]| {
            let (first, last) = drawn_ends(axis, (last - first) * RIBBON_SHARE);
            lossland_surface::Axis::new(first, last, axis.len().max(2) as u32)
        };
        // A surface of one row or column becomes a ribbon, as in the 3-D view.
        if let (true, Ok(x), Ok(y)) = (
            grid.x.len().min(grid.y.len()) == 1,
            ribbon(&grid.x, frame.x),
            ribbon(&grid.y, frame.y),
        ) {
            let drawn = Grid { x, y };
            let at = |index: usize| {
                let (i, j) = (index % x.len(), index / x.len());
                heights[grid.index(i.min(grid.x.len() - 1), j.min(grid.y.len() - 1))]
            };
            heights = (0..drawn.n_points() as usize).map(at).collect();
            (grid, is_noise) = (drawn, None);
        }
        Self { grid, heights, is_noise, n_levels: scale.contours().0 }
    }

    /// How many levels lie within a pixel at a place of the frame, where that can be told.
    fn crowding(&self, frame: &Frame, [x, y]: [f32; 2]) -> Option<f32> {
        const REACH_PX: f32 = 2.0;
        let height = |dx: f32, dy: f32| {
            let [alpha, beta] = frame.value([x + dx, y + dy])?;
            self.grid.sample(&self.heights, alpha, beta)
        };
        let slope = |dx: f32, dy: f32| {
            Some((height(dx, dy)? - height(-dx, -dy)?) as f32 / (2.0 * REACH_PX))
        };
        let steepness = slope(REACH_PX, 0.0)?.hypot(slope(0.0, REACH_PX)?);
        (!steepness.is_nan()).then_some(steepness * self.n_levels)
    }
}

/// A level of the contour lines.
#[derive(Clone, Debug, PartialEq)]
struct Level {
    height: f32,
    text: String,
    is_strong: bool,
}

/// The levels between the floor and the top of a scale, low to high.
fn levels(scale: &Scale) -> Vec<Level> {
    const MAX_LEVELS: usize = 100;
    let (factor, offset) = scale.contours();
    let [first, last] =
        [(offset - 1e-3).ceil(), (offset + factor + 1e-3).floor()].map(|k| k as i64);
    // A trifle more than it is, since one that rounding made smaller would be written with more
    // digits.
    let step = 5.0 * (f64::from(scale.hi) - f64::from(scale.lo)) / f64::from(factor) * (1.0 + 1e-5);
    let level = |k: i64| {
        let value = if scale.is_log { 10_f64.powf(k as f64 / 5.0) } else { k as f64 * step / 5.0 };
        Level {
            height: (k as f32 - offset) / factor,
            text: tick_text(value, if scale.is_log { value } else { step }),
            is_strong: k % 5 == 0,
        }
    };
    (first..=last).take(MAX_LEVELS).map(level).collect()
}

/// Heights and values of the levels that are labelled, low to high.
pub fn strong_levels(scale: &Scale) -> Vec<(f32, String)> {
    let strong = levels(scale).into_iter().filter(|level| level.is_strong);
    strong.map(|level| (level.height, level.text)).collect()
}

/// The lines of one level. A strong one gets labels, and gaps where they stand.
fn level_shape(
    heights: &Heights<'_>,
    level: &Level,
    look: Look,
    frame: &Frame,
    labels: &mut Labels,
) -> Option<Shape> {
    let (paint, label_paint, halo) = paints(look, level);
    let mut lines = Vec::new();
    for contour in heights.grid.contours(&heights.heights, level.height) {
        let line = in_pixels(&contour, frame);
        if level.is_strong {
            lines.append(&mut labels.put(line, level, heights, label_paint, halo));
        } else {
            lines.append(&mut uncrowded(line, heights, frame));
        }
    }
    let (width, opacity) = if level.is_strong { (1.4, 1.0) } else { (0.8, 0.6) };
    let stroke = Stroke { opacity, ..Stroke::solid(paint, width) };
    (!lines.is_empty()).then_some(Shape::Path { lines, stroke: Some(stroke), fill: None })
}

/// The colours of a level's lines, of its labels, and of what is around those.
fn paints(look: Look, level: &Level) -> (Paint, Paint, Paint) {
    match look {
        Look::Filled(ramp) => {
            let fill = ramp.rgb(f64::from(level.height));
            let goal = if luminance(fill) > 0.18 { [0; 3] } else { [255; 3] };
            let [line, label] = [0.6, 0.95].map(|share| Paint::Data(mix(fill, goal, share)));
            (line, label, Paint::Data(fill))
        }
        Look::Lines(ramp) => {
            let paint = Paint::DataOnGround(ramp.rgb(f64::from(level.height)));
            (paint, Paint::Ink, Paint::Ground)
        }
        Look::Plain(rgb) => (Paint::DataOnGround(rgb), Paint::Ink, Paint::Ground),
    }
}

fn in_pixels(contour: &lossland_surface::Contour, frame: &Frame) -> Line {
    let mut points: Vec<[f32; 2]> = Vec::with_capacity(contour.points.len());
    let last = contour.points.len() - 1;
    for (index, [alpha, beta]) in contour.points.iter().enumerate() {
        let point = frame.px(*alpha, *beta);
        let is_apart = |before: &[f32; 2]| distance(*before, point) >= MIN_SEGMENT_PX;
        if index == last || points.last().is_none_or(is_apart) {
            points.push(point);
        }
    }
    Line { points, is_ring: contour.is_ring }
}

/// The parts of a line where its neighbours leave room.
fn uncrowded(line: Line, heights: &Heights<'_>, frame: &Frame) -> Vec<Line> {
    let is_roomy = |crowding: f32| crowding <= 1.0 / MIN_SPACING_PX;
    let is_free = |at: &[f32; 2]| heights.crowding(frame, *at).is_none_or(is_roomy);
    if line.points.iter().all(is_free) {
        return vec![line];
    }
    let mut parts = Vec::new();
    for run in line.closed().split(|at| !is_free(at)).filter(|run| run.len() > 1) {
        parts.push(Line::open(run));
    }
    parts
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
