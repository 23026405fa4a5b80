//! What stands on a contour plot beside the lines: the network itself, paths of training, minima,
//! and what the user put there.

use crate::{
    drawing::{Line, Paint, Shape, Stroke},
    frame::Frame,
};
use lossland_surface::Trajectory;

/// Marks to be drawn, in alpha and beta. The network itself, at (0, 0), has one always.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks<'a> {
    /// A pinned point.
    pub pin: Option<[f64; 2]>,
    /// The line of a cross-section, from its first end to its second.
    pub section: Option<[[f64; 2]; 2]>,
    /// Paths of training.
    pub trajectories: &'a [&'a Trajectory],
    /// Minima.
    pub minima: &'a [[f64; 2]],
}

const ARROW_PX: f32 = 9.0;

impl Marks<'_> {
    /// Where marks are, in CSS pixels.
    pub(super) fn places(&self, frame: &Frame) -> Vec<[f32; 2]> {
        let mut places = vec![frame.px(0.0, 0.0)];
        for [alpha, beta] in self.pin.iter().chain(self.minima) {
            places.push(frame.px(*alpha, *beta));
        }
        places
    }

    /// Lines: paths of training, each checkpoint a dot, and the cross-section, its direction an
    /// arrow.
    pub(super) fn lines(&self, frame: &Frame) -> Vec<Shape> {
        let px = |[alpha, beta]: [f64; 2]| frame.px(alpha, beta);
        let mut shapes = Vec::new();
        for trajectory in self.trajectories {
            let mut path = Line::default();
            let mut dots = Vec::new();
            for (alpha, beta) in trajectory.alpha().iter().zip(trajectory.beta()) {
                let at = px([*alpha, *beta]);
                path.points.push(at);
                dots.push(dot(at, 2.0, Paint::Ink));
            }
            shapes.extend(cased(vec![path], Paint::Ink));
            shapes.append(&mut dots);
        }
        if let Some(ends) = self.section {
            let [from, to] = ends.map(px);
            let along = [to[0] - from[0], to[1] - from[1]];
            let angle = along[1].atan2(along[0]);
            let barb = |turn: f32| {
                let (sin, cos) = (angle + turn).sin_cos();
                [to[0] - ARROW_PX * cos, to[1] - ARROW_PX * sin]
            };
            let lines = vec![Line::open([from, to]), Line::open([barb(0.5), to, barb(-0.5)])];
            shapes.extend(cased(lines, Paint::Accent));
            shapes.push(dot(from, 3.5, Paint::Accent));
        }
        shapes
    }

    /// Points: the network itself a ring, minima triangles that point down, the pin a large dot.
    pub(super) fn points(&self, frame: &Frame) -> Vec<Shape> {
        let px = |[alpha, beta]: &[f64; 2]| frame.px(*alpha, *beta);
        let mut triangles = Vec::new();
        for minimum in self.minima {
            let [x, y] = px(minimum);
            let points = vec![[x - 5.0, y - 4.0], [x + 5.0, y - 4.0], [x, y + 5.0]];
            triangles.push(Line { points, is_ring: true });
        }
        let mut shapes = vec![Shape::Path {
            lines: triangles,
            stroke: Some(Stroke::solid(Paint::Ground, 1.5)),
            fill: Some(Paint::Ink),
        }];
        let ring = Stroke::solid(Paint::Ink, 2.0);
        for (radius, stroke) in [(6.0, None), (4.0, Some(ring))] {
            let at = px(&[0.0; 2]);
            shapes.push(Shape::Circle { at, radius, stroke, fill: Some(Paint::Ground) });
        }
        if let Some(pin) = &self.pin {
            shapes.push(dot(px(pin), 5.0, Paint::Accent));
        }
        shapes
    }
}

/// A line with the ground at both its sides, which shows on every colour.
fn cased(lines: Vec<Line>, paint: Paint) -> [Shape; 2] {
    let stroked = |lines, stroke| Shape::Path { lines, stroke: Some(stroke), fill: None };
    let casing = Stroke { opacity: 0.8, ..Stroke::solid(Paint::Ground, 4.5) };
    [stroked(lines.clone(), casing), stroked(lines, Stroke::solid(paint, 2.0))]
}

fn dot(at: [f32; 2], radius: f32, paint: Paint) -> Shape {
    Shape::Circle { at, radius, stroke: Some(Stroke::solid(Paint::Ground, 1.5)), fill: Some(paint) }
}
