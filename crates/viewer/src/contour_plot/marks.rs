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
    /// The ways of balls, each in a colour.
    pub rolled: &'a [(&'a [[f64; 2]], Paint)],
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

    /// Lines: paths of training, each checkpoint a dot; of balls, the start a ring and the end a disc;
    /// and the cross-section, its direction an arrow.
    pub(super) fn lines(&self, frame: &Frame) -> Vec<Shape> {
        let px = |[alpha, beta]: [f64; 2]| frame.px(alpha, beta);
        let mut shapes = Vec::new();
        for trajectory in self.trajectories {
            let mut path = Line::default();
            let mut dots = Vec::new();
            for (alpha, beta) in trajectory.alpha().iter().zip(trajectory.beta()) {
                let at = px([*alpha, *beta]);
                path.points.push(at);
                dots.push(Shape::dot(at, 2.0, Paint::Ink));
            }
            shapes.extend(Shape::cased(vec![path], Paint::Ink));
            shapes.append(&mut dots);
        }
        for (places, paint) in self.rolled {
            let places: Vec<[f32; 2]> = places.iter().copied().map(px).collect();
            let [Some(start), Some(end)] = [places.first(), places.last()].map(|at| at.copied())
            else {
                continue;
            };
            shapes.extend(Shape::cased(vec![Line::open(places)], *paint));
            shapes.extend([Shape::start(start, *paint), Shape::end(end, *paint)]);
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
            shapes.extend(Shape::cased(lines, Paint::Accent));
            shapes.push(Shape::dot(from, 3.5, Paint::Accent));
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
            shapes.push(Shape::dot(px(pin), 5.0, Paint::Accent));
        }
        shapes
    }
}
