//! A 2-D drawing in CSS pixels: what the plots are made of, and how it reads as SVG.
//!
//! Plots are pure functions from data to a [`Drawing`], tested without a browser.
//! [`Drawing::write`] tells it as SVG elements to a [`Sink`], which makes nodes of them, or text.
//! Colours are data, or roles in the page's theme, which the style sheet resolves: so a drawing is
//! the same in light and dark.

mod document;
mod svg;

use crate::color::{Rgb, css, mix};
pub use document::{About, Palette};
pub use svg::Sink;

/// A drawing, from its upper left corner at (0, 0).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Width and height, in CSS pixels.
    pub size: [f32; 2],
    /// Images below everything else.
    pub images: Vec<Image>,
    /// The shapes, from back to front.
    pub shapes: Vec<Shape>,
}

/// One thing in a drawing. Places are `[x, y]` in CSS pixels, y downwards.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Lines of one look; filled, if at all, by the even-odd rule.
    Path {
        /// The lines.
        lines: Vec<Line>,
        /// How they are drawn.
        stroke: Option<Stroke>,
        /// What is inside.
        fill: Option<Paint>,
    },
    /// A circle.
    Circle {
        /// Its middle.
        at: [f32; 2],
        /// Its radius.
        radius: f32,
        /// Its outline.
        stroke: Option<Stroke>,
        /// Its inside.
        fill: Option<Paint>,
    },
    /// A text of one line.
    Text(Text),
    /// Shapes of which only what is in a rectangle (left, top, right, bottom) is seen.
    Clipped([f32; 4], Vec<Shape>),
}

/// A line through points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The points.
    pub points: Vec<[f32; 2]>,
    /// Whether the last is joined to the first.
    pub is_ring: bool,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub paint: Paint,
    /// Its width, in CSS pixels.
    pub width: f32,
    /// 0 (unseen) to 1.
    pub opacity: f32,
    /// Drawn and left out, in CSS pixels; solid without.
    pub dash: Option<[f32; 2]>,
}

/// A colour of data, or a role in the page's theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Of data, on other data: as it is.
    Data(Rgb),
    /// Of data, on the page's ground: as much darker on a light page, or lighter on a dark one, as
    /// a line needs to be seen (contrast 3:1).
    DataOnGround(Rgb),
    /// Text and marks.
    Ink,
    /// Text of less weight.
    Secondary,
    /// Lines that guide the eye.
    Hairline,
    /// What everything is drawn on.
    Ground,
    /// What the user put there.
    Accent,
    /// What is cut off.
    Cut,
}

/// A text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// Its middle in height, and in width what `anchor` says.
    pub at: [f32; 2],
    /// Which part of it is at `at`.
    pub anchor: Anchor,
    /// What it is for.
    pub role: TextRole,
    /// Turned by so many degrees around `at`, clockwise.
    pub angle: f32,
    /// Its colour.
    pub paint: Paint,
    /// Its outline, which keeps what is behind it off.
    pub halo: Option<Paint>,
}

/// Which part of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRole {
    /// A value on an axis.
    Tick,
    /// The name of an axis, a line or a mark.
    Name,
    /// The value of a contour line, on it.
    Level,
    /// What a figure is of.
    Title,
    /// More on that.
    Caption,
    /// What a part of it is of.
    Heading,
}

/// An image made of data.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Where it is: left, top, right, bottom.
    pub rect: [f32; 4],
    /// Its pixels in a row.
    pub n_columns: u32,
    /// Red, green, blue and opacity (not premultiplied), row by row from the top.
    pub rgba: Vec<u8>,
}

/// Text is laid out by this estimate of a digit's width, on the wide side, as a share of its size.
const CHAR_WIDTH: f32 = 0.56;

impl TextRole {
    /// The size of the font, in CSS pixels.
    pub fn size(self) -> f32 {
        match self {
            Self::Tick | Self::Name => 12.0,
            Self::Level => 11.0,
            Self::Title => 20.0,
            Self::Caption | Self::Heading => 14.0,
        }
    }

    /// About how wide a text is.
    pub fn width(self, text: &str) -> f32 {
        text.chars().count() as f32 * CHAR_WIDTH * self.size()
    }
}

impl Drawing {
    /// The same, elsewhere.
    pub fn moved(mut self, by: [f32; 2]) -> Self {
        for image in &mut self.images {
            image.rect = moved_rect(image.rect, by);
        }
        self.shapes.iter_mut().for_each(|shape| shape.shift(by));
        self
    }

    /// Puts another onto it.
    pub fn append(&mut self, other: Self) {
        self.images.extend(other.images);
        self.shapes.extend(other.shapes);
    }
}

fn moved([x, y]: [f32; 2], by: [f32; 2]) -> [f32; 2] {
    [x + by[0], y + by[1]]
}

fn moved_rect([left, top, right, bottom]: [f32; 4], by: [f32; 2]) -> [f32; 4] {
    let [[left, top], [right, bottom]] = [[left, top], [right, bottom]].map(|at| moved(at, by));
    [left, top, right, bottom]
}

impl Stroke {
    /// A solid line.
    pub fn solid(paint: Paint, width: f32) -> Self {
        Self { paint, width, opacity: 1.0, dash: None }
    }
}

impl Line {
    /// The line through these points.
    pub fn open(points: impl Into<Vec<[f32; 2]>>) -> Self {
        Self { points: points.into(), is_ring: false }
    }

    /// Its points, a ring's first one at the end again.
    pub fn closed(&self) -> Vec<[f32; 2]> {
        let mut points = self.points.clone();
        if self.is_ring {
            points.extend(self.points.first());
        }
        points
    }
}

impl Shape {
    /// One open line.
    pub fn line(points: impl Into<Vec<[f32; 2]>>, stroke: Stroke) -> Self {
        Self::Path { lines: vec![Line::open(points)], stroke: Some(stroke), fill: None }
    }

    /// Lines with the ground at both their sides, which show on every colour.
    pub(crate) fn cased(lines: Vec<Line>, paint: Paint) -> [Self; 2] {
        let stroked = |lines, stroke| Self::Path { lines, stroke: Some(stroke), fill: None };
        let casing = Stroke { opacity: 0.8, ..Stroke::solid(Paint::Ground, 4.5) };
        [stroked(lines.clone(), casing), stroked(lines, Stroke::solid(paint, 2.0))]
    }

    /// A dot with the ground around it.
    pub(crate) fn dot(at: [f32; 2], radius: f32, paint: Paint) -> Self {
        let stroke = Some(Stroke::solid(Paint::Ground, 1.5));
        Self::Circle { at, radius, stroke, fill: Some(paint) }
    }

    /// Where a path begins.
    pub(crate) fn start(at: [f32; 2], paint: Paint) -> Self {
        let stroke = Some(Stroke::solid(paint, 2.0));
        Self::Circle { at, radius: 3.5, stroke, fill: Some(Paint::Ground) }
    }

    /// Where a path ends.
    pub(crate) fn end(at: [f32; 2], paint: Paint) -> Self {
        Self::dot(at, 5.0, paint)
    }

    fn shift(&mut self, by: [f32; 2]) {
        match self {
            Self::Path { lines, .. } => {
                for point in lines.iter_mut().flat_map(|line| &mut line.points) {
                    *point = moved(*point, by);
                }
            }
            Self::Circle { at, .. } => *at = moved(*at, by),
            Self::Text(text) => text.at = moved(text.at, by),
            Self::Clipped(rect, shapes) => {
                *rect = moved_rect(*rect, by);
                shapes.iter_mut().for_each(|shape| shape.shift(by));
            }
        }
    }

    /// A text without turn or halo.
    pub fn text(text: &str, at: [f32; 2], anchor: Anchor, role: TextRole, paint: Paint) -> Self {
        Self::Text(Text::new(text, at, anchor, role, paint))
    }
}

impl Text {
    /// Without turn or halo.
    pub fn new(text: &str, at: [f32; 2], anchor: Anchor, role: TextRole, paint: Paint) -> Self {
        Self { text: text.into(), at, anchor, role, angle: 0.0, paint, halo: None }
    }
}

/// Contrast of a line against the page's ground (WCAG AA for graphics), and the luminance of
/// what it is measured against: white, and the dark theme's ground.
const LINE_CONTRAST: f64 = 3.0;
const GROUNDS: [f64; 2] = [1.0, 0.006];

impl Paint {
    /// As CSS has it. The page's style sheet knows the roles by these names.
    pub fn css(self) -> String {
        match self {
            Self::Data(rgb) => css(rgb),
            Self::DataOnGround(rgb) => {
                let [light, dark] = GROUNDS.map(|ground| css(readable(rgb, ground)));
                format!("light-dark({light},{dark})")
            }
            Self::Ink => "var(--ink)".into(),
            Self::Secondary => "var(--secondary)".into(),
            Self::Hairline => "var(--hairline)".into(),
            Self::Ground => "var(--ground)".into(),
            Self::Accent => "var(--accent)".into(),
            Self::Cut => "var(--cut)".into(),
        }
    }
}

/// The colour, moved towards black or white by as much as it needs on a ground of this luminance.
fn readable(rgb: Rgb, ground: f64) -> Rgb {
    let goal = if ground > 0.5 { [0; 3] } else { [255; 3] };
    let towards = |tenths: u8| mix(rgb, goal, f64::from(tenths) / 10.0);
    let is_readable = |rgb: &Rgb| {
        let pair = [luminance(*rgb) + 0.05, ground + 0.05];
        pair[0].max(pair[1]) >= LINE_CONTRAST * pair[0].min(pair[1])
    };
    (0..10).map(towards).find(is_readable).unwrap_or(rgb)
}

/// Relative luminance, 0 to 1; sRGB's curve taken as a square, which is a little too bright.
pub fn luminance([r, g, b]: Rgb) -> f64 {
    let linear = |channel: u8| (f64::from(channel) / 255.0).powi(2);
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stand_out_from_both_grounds() {
        let contrast = |rgb: Rgb, ground: f64| {
            let pair = [luminance(rgb) + 0.05, ground + 0.05];
            pair[0].max(pair[1]) / pair[0].min(pair[1])
        };
        for rgb in [[240, 228, 66], [68, 1, 84], [0, 0, 0], [255, 255, 255], [0, 114, 178]] {
            for ground in GROUNDS {
                assert!(contrast(readable(rgb, ground), ground) >= 3.0, "{rgb:?} on {ground}");
            }
        }
        assert_eq!(readable([0, 114, 178], 1.0), [0, 114, 178], "no more than is needed");
        assert_eq!(Paint::DataOnGround([0, 0, 0]).css(), "light-dark(#000000,#666666)");
    }
}
