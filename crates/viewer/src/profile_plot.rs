//! The plot of a cross-section: one line a surface, along the way through the plane.
//!
//! Heights are on the scale of the 3-D view. A line ends where nothing is known, and runs out of
//! the plot where its values are beyond the scale; there a mark says so, filled for what is cut,
//! hollow for what overflowed.

use crate::{
    color::Rgb,
    drawing::{Anchor, Drawing, Line, Paint, Shape, Stroke, Text, TextRole},
    frame::{Axis, Frame, legend},
    scale::Scale,
    ticks::{round_ticks, tick_text},
};

/// A surface's values along the way.
#[derive(Clone, Copy, Debug)]
pub struct ProfileLine<'a> {
    /// What the legend calls it, where there are several.
    pub name: &'a str,
    /// Its colour.
    pub color: Rgb,
    /// Places in order, as `[distance, value]`.
    pub samples: &'a [[f64; 2]],
}

/// What else there is to show.
#[derive(Clone, Copy, Debug)]
pub struct ProfileFacts<'a> {
    /// The name of the values, with their unit.
    pub value_name: &'a str,
    /// The loss of guessing, where the number of classes is known.
    pub guessing: Option<f32>,
    /// A distance that is pointed at.
    pub cursor: Option<f64>,
}

/// The plot, and the way between its pixels and distances.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfilePlot {
    /// What is drawn.
    pub drawing: Drawing,
    frame: Frame,
}

/// Ticks stand at least this far apart, in CSS pixels.
const TICK_APART_PX: [f32; 2] = [64.0, 32.0];
/// Half the width of the mark where a line leaves the scale.
const MARK_PX: f32 = 4.0;
/// How far beyond the scale a height may be and still be its end.
const ROUNDING: f64 = 1e-5;

impl ProfilePlot {
    /// The plot of these lines in a drawing of this size; it needs a width of 240 pixels to be
    /// read.
    pub fn new(
        lines: &[ProfileLine<'_>],
        scale: &Scale,
        size: [f32; 2],
        facts: &ProfileFacts<'_>,
    ) -> Self {
        let scale = &scale.beyond_floor();
        let names: Vec<_> =
            lines.iter().map(|line| (line.name, Paint::DataOnGround(line.color))).collect();
        let (mut shapes, top) = legend(&names, size[0]);
        let ends = lines.iter().filter_map(|line| line.samples.last()).map(|sample| sample[0]);
        let length = ends.filter(|end| *end > 0.0 && end.is_finite()).fold(0.0, f64::max);
        let length = if length > 0.0 { length } else { 1.0 };

        let n_ticks = |px: f32, apart: f32| ((px / apart) as usize).clamp(2, 8);
        let heights = scale.ticks(n_ticks(size[1] - top - 48.0, TICK_APART_PX[1]));
        let ticks = heights.into_iter().map(|(height, text)| (f64::from(height), text)).collect();
        let y_axis = Axis { ticks, name: facts.value_name.into() };
        let frame = Frame::new(size, top, [0.0, length], [0.0, 1.0], &y_axis);
        let values = round_ticks(0.0, length, n_ticks(frame.size()[0], TICK_APART_PX[0]));
        let step = if values.len() > 1 { values[1] - values[0] } else { length };
        let ticks = values.into_iter().map(|value| (value, tick_text(value, step))).collect();
        let x_axis = Axis { ticks, name: "distance along the line".into() };

        shapes.push(frame.grid_lines(&x_axis, &y_axis));
        if let Some(level) = facts.guessing {
            shapes.append(&mut guessing_level(level, scale, &frame, lines));
        }
        let mut curves: Vec<Shape> = Vec::new();
        let mut beyond: Vec<Shape> = Vec::new();
        for line in lines {
            let paint = Paint::DataOnGround(line.color);
            curves.push(Shape::Path {
                lines: curve(line.samples, scale, &frame),
                stroke: Some(Stroke::solid(paint, 1.8)),
                fill: None,
            });
            beyond.append(&mut exits(line.samples, scale, &frame, paint));
        }
        if let Some(distance) = facts.cursor {
            let [x, _] = frame.px(distance, 0.0);
            let [_, top, _, bottom] = frame.rect;
            curves.push(Shape::line([[x, top], [x, bottom]], Stroke::solid(Paint::Secondary, 1.0)));
            for line in lines {
                let Some(height) = height_at(line.samples, distance, scale) else { continue };
                let fill = Some(Paint::DataOnGround(line.color));
                let stroke = Some(Stroke::solid(Paint::Ground, 1.5));
                let at = frame.px(distance, height);
                curves.push(Shape::Circle { at, radius: 4.0, stroke, fill });
            }
        }
        shapes.push(Shape::Clipped(frame.rect, curves));
        shapes.append(&mut frame.axes(&x_axis, &y_axis));
        shapes.append(&mut beyond);
        Self { drawing: Drawing { size, images: Vec::new(), shapes }, frame }
    }

    /// The distance along the line at a place of the drawing in CSS pixels; `None` beside the plot.
    pub fn distance_from_px(&self, px: [f32; 2]) -> Option<f64> {
        self.frame.value(px).map(|[distance, _]| distance)
    }

    /// Where a distance is from the left of the drawing, in CSS pixels.
    pub fn px_from_distance(&self, distance: f64) -> f32 {
        self.frame.px(distance, 0.0)[0]
    }

    /// Where the lines are in the drawing: left, top, right, bottom, in CSS pixels.
    pub fn rect(&self) -> [f32; 4] {
        self.frame.rect
    }
}

fn height(value: f64, scale: &Scale) -> f64 {
    f64::from(scale.height(value as f32))
}

/// Where a sample is, in CSS pixels.
fn place(sample: &[f64; 2], scale: &Scale, frame: &Frame) -> [f32; 2] {
    frame.px(sample[0], height(sample[1], scale))
}

/// The line through the samples, in pieces where some are not known. A piece of one sample is a
/// dot.
fn curve(samples: &[[f64; 2]], scale: &Scale, frame: &Frame) -> Vec<Line> {
    let mut pieces = Vec::new();
    for known in samples.split(|sample| sample[1].is_nan()).filter(|piece| !piece.is_empty()) {
        let mut piece = Line::default();
        for sample in known {
            piece.points.push(place(sample, scale, frame));
        }
        if let [[x, y]] = piece.points[..] {
            piece = Line::open([[x - 1.0, y], [x + 1.0, y]]);
        }
        pieces.push(piece);
    }
    pieces
}

/// For each stretch beyond an end of the scale: a mark in its middle, above the top or over the
/// bottom.
fn exits(samples: &[[f64; 2]], scale: &Scale, frame: &Frame, paint: Paint) -> Vec<Shape> {
    let mut marks = Vec::new();
    for is_top in [true, false] {
        let is_beyond = |sample: &[f64; 2]| {
            let height = height(sample[1], scale);
            if is_top { height > 1.0 + ROUNDING } else { height < -ROUNDING }
        };
        for stretch in samples.split(|sample| !is_beyond(sample)) {
            let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
            let middle = (first[0] + last[0]) / 2.0;
            let [x, y] = frame.px(middle, if is_top { 1.0 } else { 0.0 });
            let tip = 1.6 * MARK_PX;
            let [base, tip] = if is_top { [y, y - tip] } else { [y - tip, y] };
            let points = vec![[x - MARK_PX, base], [x + MARK_PX, base], [x, tip]];
            let is_overflow = stretch.iter().any(|sample| sample[1].is_infinite());
            marks.push(Shape::Path {
                lines: vec![Line { points, is_ring: true }],
                stroke: Some(Stroke::solid(paint, 1.5)),
                fill: Some(if is_overflow { Paint::Ground } else { paint }),
            });
        }
    }
    marks
}

/// The height at a distance, between two known samples, if it is in the frame.
fn height_at(samples: &[[f64; 2]], distance: f64, scale: &Scale) -> Option<f64> {
    let next = samples.partition_point(|sample| sample[0] < distance);
    let after = samples.get(next)?;
    let before = if next == 0 { after } else { &samples[next - 1] };
    let way = after[0] - before[0];
    let share = if way > 0.0 { (distance - before[0]) / way } else { 1.0 };
    let [from, to] = [before, after].map(|sample| height(sample[1], scale));
    // A sample with no say must not make a NaN of the other.
    let found = if share >= 1.0 { to } else { from + (to - from) * share };
    (-ROUNDING..=1.0 + ROUNDING).contains(&found).then_some(found)
}

/// The level that guessing has, dashed, with its name: above or below its end, middle or beginning,
/// where the fewest of the lines' points are.
fn guessing_level(
    level: f32,
    scale: &Scale,
    frame: &Frame,
    lines: &[ProfileLine<'_>],
) -> Vec<Shape> {
    let height = f64::from(scale.height(level));
    if !(0.0..=1.0).contains(&height) {
        return Vec::new();
    }
    let text = format!("guessing {}", tick_text(f64::from(level), 0.001));
    let half_width = TextRole::Tick.width(&text) / 2.0;
    let [left, top, right, bottom] = frame.rect;
    let [_, y] = frame.px(0.0, height);
    let n_hidden = |at: [f32; 2]| {
        let is_hidden = |sample: &&[f64; 2]| {
            let [x, y] = place(sample, scale, frame);
            (x - at[0]).abs() < half_width + 4.0 && (y - at[1]).abs() < 8.0
        };
        lines.iter().map(|line| line.samples.iter().filter(is_hidden).count()).sum::<usize>()
    };
    let mut best: Option<(usize, [f32; 2])> = None;
    for x in [right - half_width - 6.0, (left + right) / 2.0, left + half_width + 6.0] {
        for at in [[x, y - 8.0], [x, y + 8.0]] {
            let is_inside = at[1] >= top + 8.0 && at[1] <= bottom - 8.0;
            if is_inside && best.is_none_or(|(least, _)| n_hidden(at) < least) {
                best = Some((n_hidden(at), at));
            }
        }
    }
    let stroke = Stroke { dash: Some([5.0, 4.0]), ..Stroke::solid(Paint::Secondary, 1.0) };
    let mut shapes = vec![Shape::line([[left, y], [right, y]], stroke)];
    if let Some((_, at)) = best {
        let text = Text::new(&text, at, Anchor::Middle, TextRole::Tick, Paint::Secondary);
        shapes.push(Shape::Text(Text { halo: Some(Paint::Ground), ..text }));
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::Extent;

    const FACTS: ProfileFacts<'_> =
        ProfileFacts { value_name: "training loss", guessing: None, cursor: None };

    fn line(samples: &[[f64; 2]]) -> ProfileLine<'_> {
        ProfileLine { name: "Bowl", color: [0, 114, 178], samples }
    }

    fn scale() -> Scale {
        Scale::new(Extent::of(&[0.0, 40.0]), Some(10.0), false)
    }

    fn samples(values: &[f64]) -> Vec<[f64; 2]> {
        values.iter().enumerate().map(|(k, value)| [k as f64, *value]).collect()
    }

    /// The curves, and the circles on them.
    fn clipped(plot: &ProfilePlot) -> &[Shape] {
        let clipped = plot.drawing.shapes.iter().find_map(|shape| match shape {
            Shape::Clipped(_, shapes) => Some(shapes.as_slice()),
            _ => None,
        });
        clipped.expect("curves")
    }

    fn curves(plot: &ProfilePlot) -> Vec<&[Line]> {
        let paths = clipped(plot).iter().filter_map(|shape| match shape {
            Shape::Path { lines, .. } => Some(lines.as_slice()),
            _ => None,
        });
        paths.collect()
    }

    fn texts(plot: &ProfilePlot) -> Vec<&Text> {
        let texts = plot.drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        });
        texts.collect()
    }

    /// What fills the marks above the frame.
    fn exits(plot: &ProfilePlot) -> Vec<Option<Paint>> {
        let marks = plot.drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Path { lines, fill, .. } if lines[0].points.len() == 3 => Some(*fill),
            _ => None,
        });
        marks.collect()
    }

    #[test]
    fn a_line_goes_through_its_samples_and_ends_where_nothing_is_known() {
        let samples = samples(&[f64::NAN, 4.0, 2.0, f64::NAN, 6.0, f64::NAN]);
        let plot = ProfilePlot::new(&[line(&samples)], &scale(), [400.0, 300.0], &FACTS);
        let [pieces] = curves(&plot)[..] else { panic!("one curve") };
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].points[..], [plot.frame.px(1.0, 0.4), plot.frame.px(2.0, 0.2)]);
        let lonely: f32 = pieces[1].points.iter().map(|point| point[0]).sum();
        assert!((lonely / 2.0 - plot.px_from_distance(4.0)).abs() < 1e-3, "a dot");
    }

    #[test]
    fn what_leaves_the_scale_is_marked_by_why() {
        let cut = samples(&[1.0, 12.0, 30.0, 2.0, 11.0]);
        let overflowed = samples(&[1.0, f64::INFINITY, 1.0]);
        let plot =
            ProfilePlot::new(&[line(&cut), line(&overflowed)], &scale(), [400.0, 300.0], &FACTS);
        let color = Some(Paint::DataOnGround([0, 114, 178]));
        assert_eq!(exits(&plot), [color, color, Some(Paint::Ground)]);
        let both_ways = Scale { lo: -10.0, ..scale() };
        let low = samples(&[1.0, -11.0, 2.0, 11.0]);
        let plot = ProfilePlot::new(&[line(&low)], &both_ways, [400.0, 300.0], &FACTS);
        assert_eq!(exits(&plot), [color, color]);
        let symmetric = Scale::symmetric(Extent::of(&[-30.0, 20.0]), Some(10.0));
        let plot = ProfilePlot::new(&[line(&low)], &symmetric, [400.0, 300.0], &FACTS);
        assert_eq!(exits(&plot), [color, color], "a difference that is cut on both sides");
        let below = samples(&[1.0, 10.0]);
        let plot = ProfilePlot::new(&[line(&below)], &scale(), [400.0, 300.0], &FACTS);
        assert_eq!(exits(&plot), [], "the cut itself is not above it");
    }

    #[test]
    fn axes_have_names_and_values_and_several_lines_a_legend() {
        let samples = samples(&[1.0, 2.0, 1.0]);
        for width in [280.0, 560.0] {
            let lines = [line(&samples), line(&samples)];
            let plot = ProfilePlot::new(&lines, &scale(), [width, 220.0], &FACTS);
            let texts = texts(&plot);
            let count = |text: &str| texts.iter().filter(|found| found.text == text).count();
            assert_eq!(["distance along the line", "training loss", "Bowl"].map(count), [1, 1, 2]);
            assert!(count("0") >= 1 && count("10") == 1, "{texts:?}");
            assert!(texts.iter().all(|text| text.at[0] >= 0.0 && text.at[0] <= width));
        }
    }

    #[test]
    fn guessing_is_a_level_with_a_name_where_it_can_be_seen() {
        let samples = samples(&[9.0, 5.0, 1.0, 0.5, 1.0]);
        let named = |guessing: f32| {
            let facts = ProfileFacts { guessing: Some(guessing), ..FACTS };
            let plot = ProfilePlot::new(&[line(&samples)], &scale(), [400.0, 300.0], &facts);
            let texts = texts(&plot);
            texts
                .iter()
                .find(|text| text.text.starts_with("guessing"))
                .map(|text| text.text.clone())
        };
        assert_eq!(named(10_f32.ln()).as_deref(), Some("guessing 2.303"));
        assert_eq!(named(12.0), None, "above the cut");
        assert!(named(10.0).is_some() && named(0.0).is_some(), "at the frame's own edges");
    }

    #[test]
    fn the_cursor_has_a_dot_on_each_line_that_is_there() {
        let (whole, holed) = (samples(&[2.0, 4.0, 2.0]), samples(&[2.0, f64::NAN, 30.0]));
        let at = |distance| {
            let facts = ProfileFacts { cursor: Some(distance), ..FACTS };
            let lines = [line(&whole), line(&holed)];
            let plot = ProfilePlot::new(&lines, &scale(), [400.0, 300.0], &facts);
            let circles = clipped(&plot).iter().filter_map(|shape| match shape {
                Shape::Circle { at, .. } => Some(*at),
                _ => None,
            });
            (circles.collect::<Vec<_>>(), plot.frame)
        };
        let (dots, frame) = at(0.5);
        assert_eq!(dots, [frame.px(0.5, 0.3)]);
        let (dots, frame) = at(0.0);
        assert_eq!(dots, [frame.px(0.0, 0.2); 2]);
        assert_eq!(at(2.0).0.len(), 1, "the other is cut");
        assert_eq!(at(7.0).0, [] as [[f32; 2]; 0]);
    }

    #[test]
    fn pixels_and_distances_invert_each_other() {
        let samples = samples(&[1.0, 2.0, 3.0]);
        let plot = ProfilePlot::new(&[line(&samples)], &scale(), [400.0, 300.0], &FACTS);
        for distance in [0.0, 0.7, 2.0] {
            let px = [plot.px_from_distance(distance), 100.0];
            let found = plot.distance_from_px(px).expect("in the plot");
            assert!((found - distance).abs() < 1e-5);
        }
        assert_eq!(plot.distance_from_px([2.0, 100.0]), None);
    }

    #[test]
    fn odd_lines_have_a_plot_too() {
        let lists =
            [vec![], samples(&[3.0]), samples(&[f64::NAN; 3]), vec![[0.0, 1.0], [0.0, 1.0]]];
        for (samples, size) in
            lists.iter().flat_map(|list| [[0.0, 0.0], [280.0, 200.0]].map(|s| (list, s)))
        {
            let facts = ProfileFacts { guessing: Some(f32::NAN), cursor: Some(f64::NAN), ..FACTS };
            let plot =
                ProfilePlot::new(&[line(samples)], &Scale::new(None, None, true), size, &facts);
            assert!(texts(&plot).iter().any(|text| text.text == "training loss"));
        }
    }
}
