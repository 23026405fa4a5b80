//! Where the values of contour lines stand: on their lines, upright, where a line is straight and
//! its neighbours leave room, and never on each other.

use super::{Heights, Level, distance};
use crate::{
    drawing::{Anchor, Line, Paint, Shape, Text, TextRole},
    frame::Frame,
};

/// Labels that have found their place.
pub(super) struct Labels {
    frame: Frame,
    /// Discs that are taken: middle and radius.
    taken: Vec<([f32; 2], f32)>,
    texts: Vec<Shape>,
}

/// Around a label, and between a label and the frame.
const GAP_PX: f32 = 3.0;
/// Places that are tried along a line are this far apart.
const TRIAL_PX: f32 = 6.0;
/// A longer line gets one more label for each such length.
const LENGTH_PER_LABEL_PX: f32 = 900.0;
/// Labels of one line stand at least this far apart.
const APART_PX: f32 = 220.0;
/// A line bent by more than this share of a label's length can't carry it.
const MAX_BEND: f32 = 0.12;
/// Nor can lines that are this many to a label's height.
const MAX_CROWD: f32 = 4.0;

impl Labels {
    /// None yet; these places are taken.
    pub(super) fn new(frame: &Frame, taken: Vec<[f32; 2]>) -> Self {
        let mut labels = Self { frame: *frame, taken: Vec::new(), texts: Vec::new() };
        for at in taken {
            labels.taken.push((at, 6.0));
        }
        labels
    }

    pub(super) fn into_shapes(self) -> Vec<Shape> {
        self.texts
    }

    /// Puts labels on a line of a level, as many as it has room for; and what is left of the line.
    pub(super) fn put(
        &mut self,
        line: Line,
        level: &Level,
        heights: &Heights<'_>,
        paint: Paint,
        halo: Paint,
    ) -> Vec<Line> {
        let path = Path::new(&line);
        let width = TextRole::Level.width(&level.text) + 2.0 * GAP_PX;
        let n_wanted = 1 + (path.length() / LENGTH_PER_LABEL_PX) as usize;
        let mut gaps: Vec<[f32; 2]> = Vec::new();
        // A short line would be all label.
        for _ in 0..n_wanted.min((path.length() / (4.0 * width)) as usize) {
            let Some(spot) = self.best(&path, width, heights, &gaps) else { break };
            let reach = width / 2.0 + TextRole::Level.size() / 2.0;
            for along in [-1.0, -0.5, 0.0, 0.5, 1.0] {
                let at = [0, 1].map(|k| spot.at[k] + spot.along[k] * along * (reach - 8.0));
                self.taken.push((at, 8.0));
            }
            let gap = [spot.middle - width / 2.0, spot.middle + width / 2.0];
            gaps.insert(gaps.partition_point(|before| before[0] < gap[0]), gap);
            self.texts.push(Shape::Text(Text {
                text: level.text.clone(),
                at: spot.at,
                anchor: Anchor::Middle,
                role: TextRole::Level,
                angle: spot.along[1].atan2(spot.along[0]).to_degrees(),
                paint,
                halo: Some(halo),
            }));
        }
        if gaps.is_empty() { vec![line] } else { path.without(&gaps) }
    }

    /// The best place for a label of this width on a path, if there is any.
    fn best(
        &self,
        path: &Path,
        width: f32,
        heights: &Heights<'_>,
        gaps: &[[f32; 2]],
    ) -> Option<Spot> {
        let half = width / 2.0;
        let n_trials = ((path.length() - width) / TRIAL_PX) as usize;
        let mut best: Option<(f32, Spot)> = None;
        for trial in 0..=n_trials {
            let middle = half + trial as f32 * TRIAL_PX;
            let is_near = |gap: &[f32; 2]| (middle - (gap[0] + gap[1]) / 2.0).abs() < APART_PX;
            let [from, at, to] = [middle - half, middle, middle + half].map(|s| path.at(s));
            let chord = distance(from, to);
            let bend = 1.0 - chord / width;
            if bend > MAX_BEND || gaps.iter().any(is_near) {
                continue;
            }
            let upright = if to[0] < from[0] { -1.0 } else { 1.0 };
            let along = [0, 1].map(|k| upright * (to[k] - from[k]) / chord);
            let is_free = [from, at, to].iter().all(|place| self.is_free(*place));
            let Some(crowding) = heights.crowding(&self.frame, at) else { continue };
            let crowd = crowding * TextRole::Level.size();
            let cost = 8.0 * bend + 0.5 * crowd + 0.5 * along[1].abs();
            let is_better = best.as_ref().is_none_or(|(least, _)| cost < *least);
            if is_free && crowd <= MAX_CROWD && is_better {
                best = Some((cost, Spot { at, along, middle }));
            }
        }
        best.map(|(_, spot)| spot)
    }

    /// Whether text around a place runs into nothing.
    fn is_free(&self, at: [f32; 2]) -> bool {
        let margin = TextRole::Level.size() / 2.0 + GAP_PX;
        let [left, top, right, bottom] = self.frame.rect;
        let is_inside = (left + margin..=right - margin).contains(&at[0])
            && (top + margin..=bottom - margin).contains(&at[1]);
        is_inside && self.taken.iter().all(|(other, radius)| distance(at, *other) > margin + radius)
    }
}

/// A place for a label.
struct Spot {
    /// Its middle.
    at: [f32; 2],
    /// The direction of its text, of length 1.
    along: [f32; 2],
    /// How far along the path.
    middle: f32,
}

/// A line by the way along it; a ring is opened at its first point.
struct Path {
    points: Vec<[f32; 2]>,
    /// The way from the first point to each.
    way: Vec<f32>,
}

impl Path {
    fn new(line: &Line) -> Self {
        let points = line.closed();
        let mut so_far = 0.0;
        let mut way = vec![0.0];
        for pair in points.windows(2) {
            so_far += distance(pair[0], pair[1]);
            way.push(so_far);
        }
        Self { points, way }
    }

    fn length(&self) -> f32 {
        self.way[self.way.len() - 1]
    }

    fn at(&self, way: f32) -> [f32; 2] {
        let next = self.way.partition_point(|to| *to < way).clamp(1, self.way.len() - 1);
        let [from, to] = [self.way[next - 1], self.way[next]];
        let share = if to > from { ((way - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        let [a, b] = [self.points[next - 1], self.points[next]];
        [0, 1].map(|k| a[k] + (b[k] - a[k]) * share)
    }

    /// What is left beside the gaps, which are ways from and to, in order.
    fn without(&self, gaps: &[[f32; 2]]) -> Vec<Line> {
        let mut parts = Vec::new();
        let mut begin = 0.0;
        for [end, next] in gaps.iter().copied().chain([[self.length(); 2]]) {
            if end > begin {
                let mut points = vec![self.at(begin)];
                for (point, way) in self.points.iter().zip(&self.way) {
                    if *way > begin && *way < end {
                        points.push(*point);
                    }
                }
                points.push(self.at(end));
                parts.push(Line::open(points));
            }
            begin = next;
        }
        parts
    }
}
