//! The frame of a 2-D plot: where its axes are, and the way between values and pixels.

use crate::drawing::{Anchor, Line, Paint, Shape, Stroke, Text, TextRole};

/// The rectangle that a plot is drawn in, between its axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left, top, right and bottom, in CSS pixels.
    pub rect: [f32; 4],
    /// The values at its left and its right.
    pub x: [f64; 2],
    /// The values at its bottom and its top.
    pub y: [f64; 2],
}

/// One axis: values with what is written at them, and its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Values, and how they are written.
    pub ticks: Vec<(f64, String)>,
    /// What the axis stands for.
    pub name: String,
}

const TICK_PX: f32 = 4.0;
const GAP_PX: f32 = 4.0;
const LINE_HEIGHT_PX: f32 = 16.0;
/// Right of the frame, for half of the last value's text.
const RIGHT_PX: f32 = 14.0;
/// What is left of the plot where a drawing is too small for its axes.
const MIN_SIDE_PX: f32 = 16.0;

impl Axis {
    /// How wide its widest text is.
    fn width(&self) -> f32 {
        self.ticks.iter().fold(0.0, |width, (_, text)| TextRole::Tick.width(text).max(width))
    }
}

impl Frame {
    /// A frame for values `x` and `y` in a drawing of this size, `top` pixels of it being taken,
    /// and what the axes need.
    pub fn new(size: [f32; 2], top: f32, x: [f64; 2], y: [f64; 2], y_axis: &Axis) -> Self {
        let left = LINE_HEIGHT_PX + 2.0 * GAP_PX + y_axis.width() + TICK_PX;
        let top = top + LINE_HEIGHT_PX / 2.0;
        let right = (size[0] - RIGHT_PX).max(left + MIN_SIDE_PX);
        let bottom = size[1] - 2.0 * LINE_HEIGHT_PX - GAP_PX - TICK_PX;
        Self { rect: [left, top, right, bottom.max(top + MIN_SIDE_PX)], x, y }
    }

    /// The largest square in this frame, at the top and in the middle of its width.
    #[must_use]
    pub fn squared(self) -> Self {
        let [left, top, ..] = self.rect;
        let [width, height] = self.size();
        let side = width.min(height);
        let left = left + (width - side) / 2.0;
        Self { rect: [left, top, left + side, top + side], ..self }
    }

    /// Width and height, in CSS pixels.
    pub fn size(&self) -> [f32; 2] {
        let [left, top, right, bottom] = self.rect;
        [right - left, bottom - top]
    }

    /// Where a pair of values is, in CSS pixels; beyond the frame's ends, too.
    pub fn px(&self, x: f64, y: f64) -> [f32; 2] {
        let [left, top, right, bottom] = self.rect.map(f64::from);
        let share = |value: f64, [first, last]: [f64; 2]| (value - first) / (last - first);
        [
            (left + share(x, self.x) * (right - left)) as f32,
            (bottom - share(y, self.y) * (bottom - top)) as f32,
        ]
    }

    /// The values at a place in the frame; `None` outside.
    pub fn value(&self, [x, y]: [f32; 2]) -> Option<[f64; 2]> {
        let [left, top, right, bottom] = self.rect;
        let is_inside = (left..=right).contains(&x) && (top..=bottom).contains(&y);
        let share = |at: f32, from: f32, to: f32| f64::from(at - from) / f64::from(to - from);
        let between = |share: f64, [first, last]: [f64; 2]| first * (1.0 - share) + last * share;
        is_inside.then(|| {
            [between(share(x, left, right), self.x), between(share(y, bottom, top), self.y)]
        })
    }

    /// Lines across the frame, one at each value.
    pub fn grid_lines(&self, x_axis: &Axis, y_axis: &Axis) -> Shape {
        let [left, top, right, bottom] = self.rect;
        let mut lines = Vec::new();
        for (value, _) in &x_axis.ticks {
            let [x, _] = self.px(*value, 0.0);
            lines.push(Line::open([[x, top], [x, bottom]]));
        }
        for (value, _) in &y_axis.ticks {
            let [_, y] = self.px(0.0, *value);
            lines.push(Line::open([[left, y], [right, y]]));
        }
        Shape::Path { lines, stroke: Some(Stroke::solid(Paint::Hairline, 1.0)), fill: None }
    }

    /// Outline, values and names: of x below, of y at the left.
    pub fn axes(&self, x_axis: &Axis, y_axis: &Axis) -> Vec<Shape> {
        let [left, top, right, bottom] = self.rect;
        let outline = [[left, top], [right, top], [right, bottom], [left, bottom]];
        let mut lines = vec![Line { points: outline.into(), is_ring: true }];
        let mut shapes = Vec::new();
        for (value, text) in &x_axis.ticks {
            let [x, _] = self.px(*value, 0.0);
            lines.push(Line::open([[x, bottom], [x, bottom + TICK_PX]]));
            let at = [x, bottom + TICK_PX + LINE_HEIGHT_PX / 2.0 + 1.0];
            shapes.push(Shape::text(text, at, Anchor::Middle, TextRole::Tick, Paint::Secondary));
        }
        for (value, text) in &y_axis.ticks {
            let [_, y] = self.px(0.0, *value);
            lines.push(Line::open([[left - TICK_PX, y], [left, y]]));
            let at = [left - TICK_PX - GAP_PX, y];
            shapes.push(Shape::text(text, at, Anchor::End, TextRole::Tick, Paint::Secondary));
        }
        let [x_middle, y_middle] = [(left + right) / 2.0, (top + bottom) / 2.0];
        let below = bottom + TICK_PX + GAP_PX + 1.5 * LINE_HEIGHT_PX;
        let name =
            |axis: &Axis, at| Text::new(&axis.name, at, Anchor::Middle, TextRole::Name, Paint::Ink);
        shapes.push(Shape::Text(name(x_axis, [x_middle, below])));
        let beside = left - TICK_PX - 2.0 * GAP_PX - y_axis.width() - LINE_HEIGHT_PX / 2.0;
        shapes.push(Shape::Text(Text { angle: -90.0, ..name(y_axis, [beside, y_middle]) }));
        let stroke = Some(Stroke::solid(Paint::Secondary, 1.0));
        shapes.insert(0, Shape::Path { lines, stroke, fill: None });
        shapes
    }
}

/// What lines of one colour stand for, in rows from the upper left corner of a drawing of this
/// width; and the height that they take. One line needs no legend.
pub fn legend(names: &[(&str, Paint)], width: f32) -> (Vec<Shape>, f32) {
    const SWATCH_PX: f32 = 18.0;
    if names.len() < 2 {
        return (Vec::new(), 0.0);
    }
    let mut shapes = Vec::new();
    let (mut x, mut y) = (GAP_PX, LINE_HEIGHT_PX / 2.0);
    for (name, paint) in names {
        let text_width = TextRole::Name.width(name);
        if x > GAP_PX && x + SWATCH_PX + GAP_PX + text_width > width {
            (x, y) = (GAP_PX, y + LINE_HEIGHT_PX);
        }
        shapes.push(Shape::line([[x, y], [x + SWATCH_PX, y]], Stroke::solid(*paint, 2.0)));
        let at = [x + SWATCH_PX + GAP_PX, y];
        shapes.push(Shape::text(name, at, Anchor::Start, TextRole::Name, Paint::Ink));
        x = at[0] + text_width + 2.0 * GAP_PX;
    }
    (shapes, y + LINE_HEIGHT_PX / 2.0 + GAP_PX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(texts: &[&str]) -> Axis {
        let ticks = texts.iter().map(|text| (0.0, (*text).to_owned())).collect();
        Axis { ticks, name: "name".into() }
    }

    #[test]
    fn pixels_and_values_invert_each_other() {
        let frame = Frame::new([400.0, 300.0], 0.0, [-1.0, 3.0], [0.0, 0.5], &axis(&["0.25"]));
        assert_eq!(frame.px(-1.0, 0.0), [frame.rect[0], frame.rect[3]]);
        assert_eq!(frame.px(3.0, 0.5), [frame.rect[2], frame.rect[1]]);
        for px in [[100.0, 50.0], [frame.rect[0], frame.rect[1]], [300.5, 99.25]] {
            let [x, y] = frame.value(px).expect("inside");
            let back = frame.px(x, y);
            assert!((back[0] - px[0]).abs() < 1e-3 && (back[1] - px[1]).abs() < 1e-3, "{px:?}");
        }
        assert_eq!(frame.value([frame.rect[0] - 1.0, 100.0]), None);
        assert_eq!(frame.value([100.0, frame.rect[3] + 1.0]), None);
    }

    #[test]
    fn longer_values_get_more_room_and_no_size_is_too_small() {
        let left =
            |text| Frame::new([400.0, 300.0], 0.0, [0.0, 1.0], [0.0, 1.0], &axis(&[text])).rect[0];
        assert!(left("1000000") > left("1") + 30.0);
        for size in [[0.0, 0.0], [20.0, 500.0], [280.0, 30.0]] {
            let frame = Frame::new(size, 40.0, [0.0, 1.0], [0.0, 1.0], &axis(&["0.5"]));
            assert!(frame.size()[0] >= MIN_SIDE_PX && frame.size()[1] >= MIN_SIDE_PX);
        }
        let squared =
            Frame::new([400.0, 300.0], 0.0, [0.0, 1.0], [0.0, 1.0], &axis(&["1"])).squared();
        let [width, height] = squared.size();
        assert!((width - height).abs() < 1e-3, "{width} x {height}");
    }

    #[test]
    fn a_legend_wraps_and_one_line_has_none() {
        let name = ("ResNet-20 without shortcuts", Paint::Ink);
        assert_eq!(legend(&[name], 300.0), (Vec::new(), 0.0));
        let (shapes, one_row) = legend(&[name; 2], 600.0);
        assert_eq!(shapes.len(), 4);
        assert!(legend(&[name; 2], 300.0).1 > one_row);
    }
}
