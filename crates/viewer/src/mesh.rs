//! A surface as triangles: what the GPU gets when a surface, its scale or its level of detail is
//! new. Cameras, light and colours change nothing here.
//!
//! Each cell is split along (i, j) to (i + 1, j + 1), as it is picked. A triangle with a corner that
//! was not computed is left out. The others are sorted by how they stand to the cut and to the border,
//! so that most are drawn once, with few steps for each pixel.

use crate::plot::Footprint;
use cgmath::{Matrix4, Point3, Vector4};
use std::{borrow::Cow, ops::Range};

/// Slopes are of heights up to this one: a wall that runs into the cut looks steep, and is lit
/// alike whether it would end at twice or at a hundred times the cut.
const SLOPE_CAP: f32 = 1.25;
/// The height of a point where the network overflowed: above every cap, and a number, since shaders
/// may take infinity for anything.
pub const OVERFLOWED: f32 = 1e30;
/// A sample that differs from the line between its neighbours by this share of the box's height
/// may be seen, and so is never left out of a coarser mesh.
const STANDS_OUT: f32 = 2e-3;
/// Smaller grids are always drawn whole.
const MIN_POINTS_TO_THIN: usize = 1 << 16;

/// Heights over a grid: row-major, NaN where not computed.
#[derive(Clone, Copy, Debug)]
pub struct Heights<'a> {
    /// 0 at the floor, 1 at the cut.
    pub values: &'a [f32],
    /// More than a half where the network overflowed; `None` where it nowhere did.
    pub overflow: Option<&'a [f32]>,
    /// At least 2.
    pub n_columns: usize,
}

/// Triangles, and which points of the grid their corners are.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// The number of corners along x.
    pub n_columns: usize,
    /// How many points of the grid apart they are; the last ones may be closer.
    pub stride: usize,
    /// Of each corner: its height, or [`OVERFLOWED`], and its rise to the next point of the grid along
    /// x and y.
    pub corners: Vec<[f32; 3]>,
    /// Between them.
    pub triangles: Triangles,
    /// The point of the grid that stands at each corner; empty where that is the corner's own number.
    points: Vec<u32>,
    /// The mean of the heights up to the cut, of what was computed.
    pub mean: f32,
}

/// Triangles between numbered corners, sorted into parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangles {
    /// Three for each triangle, counterclockwise from above.
    pub indices: Vec<u32>,
    /// Which of them belong to which part.
    pub parts: Parts,
}

/// Where in a list of indices the parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Ends: inner ones, near an edge and below the cut, across the cut, above it.
    ends: [usize; 4],
}

/// Triangles that are drawn alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing of them is cut or near an edge.
    Inner,
    /// Near an edge: of the surface, or of what is cut, of which pixels are not drawn.
    Edges,
    /// Flat at the cut: pixels below it are not drawn.
    Plateau,
}

impl Mesh {
    /// Of a grid's heights, with a corner at every `stride`th point.
    pub fn new(heights: &Heights<'_>, stride: usize) -> Self {
        let (n_points_x, n_points_y) = heights.size();
        let [xs, ys] = [n_points_x, n_points_y].map(|n| places(n, stride));
        let n_columns = xs.len();
        let points = if stride > 1 { heights.thinned(&xs, &ys) } else { Vec::new() };
        let at_corners: Vec<f32> = if points.is_empty() {
            (0..heights.values.len()).map(|point| heights.at(point)).collect()
        } else {
            points.iter().map(|point| heights.at(*point as usize)).collect()
        };
        let kinds = kinds(&at_corners, n_columns);
        let triangles = triangles(&kinds, n_columns);
        let corners = corners(&at_corners, &xs, &ys);
        let mean = mean(&at_corners);
        Self { n_columns, stride, corners, triangles, points, mean }
    }

    /// What of the grid's `values` belongs to the corners.
    pub fn at_corners<T: Copy>(&self, values: &[T]) -> Vec<T> {
        if self.points.is_empty() {
            return values.to_vec();
        }
        self.points.iter().map(|point| values[*point as usize]).collect()
    }
}

impl Triangles {
    /// Of several meshes, whose corners are numbered one mesh after the other; in each part, the mesh that
    /// is highest on average comes first.
    pub fn joined<'a>(meshes: &[&'a Mesh]) -> Cow<'a, Self> {
        if let [only] = meshes {
            return Cow::Borrowed(&only.triangles);
        }
        let n_indices = meshes.iter().map(|mesh| mesh.triangles.indices.len()).sum();
        let mut indices = Vec::with_capacity(n_indices);
        let mut first = 0;
        let mut order: Vec<(u32, &Mesh)> = Vec::with_capacity(meshes.len());
        for mesh in meshes {
            let place = order.partition_point(|(_, before)| before.mean >= mesh.mean);
            order.insert(place, (first, mesh));
            first += mesh.corners.len() as u32;
        }
        let ends = std::array::from_fn(|part| {
            for (first, mesh) in &order {
                let Self { indices: own, parts: Parts { ends } } = &mesh.triangles;
                let start = if part == 0 { 0 } else { ends[part - 1] };
                indices.extend(own[start..ends[part]].iter().map(|index| first + index));
            }
            indices.len()
        });
        Cow::Owned(Self { indices, parts: Parts { ends } })
    }
}

impl Parts {
    /// Which indices belong to a part.
    pub fn range(self, part: Part) -> Range<usize> {
        let [whole, near, across, above] = self.ends;
        match part {
            Part::Inner => 0..whole,
            Part::Edges => whole..across,
            Part::Plateau => near..above,
        }
    }

    /// All of them.
    pub fn all(self) -> Range<usize> {
        0..self.ends[3]
    }
}

/// Whether a grid of this many columns and rows is always drawn whole.
pub fn is_always_whole([n_columns, n_rows]: [usize; 2]) -> bool {
    n_columns * n_rows < MIN_POINTS_TO_THIN
}

impl Heights<'_> {
    fn size(&self) -> (usize, usize) {
        (self.n_columns, self.values.len() / self.n_columns)
    }

    fn at(&self, point: usize) -> f32 {
        let is_overflow = self.overflow.is_some_and(|overflow| overflow[point] > 0.5);
        if is_overflow { OVERFLOWED } else { self.values[point] }
    }

    /// The point of the grid that is drawn at each corner of a coarser mesh: the corner's own, unless
    /// one around it stands out from its neighbours. A hole stays one.
    fn thinned(&self, xs: &[usize], ys: &[usize]) -> Vec<u32> {
        let (n_columns, n_rows) = self.size();
        let [xs_around, ys_around] = [(xs, n_columns), (ys, n_rows)].map(|(at, n)| around(at, n));
        let mut points = Vec::with_capacity(xs.len() * ys.len());
        for (y, ys) in ys.iter().zip(ys_around) {
            for (x, xs) in xs.iter().zip(&xs_around) {
                let mut most = (STANDS_OUT, y * n_columns + x);
                for row in ys.clone() {
                    for point in row * n_columns + xs.start..row * n_columns + xs.end {
                        let by = self.stands_out_by(point, point - row * n_columns, row);
                        if by > most.0 {
                            most = (by, point);
                        }
                    }
                }
                points.push(most.1 as u32);
            }
        }
        points
    }

    /// By how much a point differs from the middle of those beside it; infinitely if it is a hole.
    fn stands_out_by(&self, point: usize, column: usize, row: usize) -> f32 {
        let here = capped(self.at(point));
        if here.is_nan() {
            return f32::INFINITY;
        }
        let (n_columns, n_rows) = self.size();
        let beside = |is_inside: bool, step: usize| {
            if !is_inside {
                return 0.0;
            }
            let by = here - (capped(self.at(point - step)) + capped(self.at(point + step))) / 2.0;
            if by.is_nan() { 0.0 } else { by.abs() }
        };
        let is_inside = [0 < column && column + 1 < n_columns, 0 < row && row + 1 < n_rows];
        if is_inside == [false; 2] {
            // A corner of the grid, in no middle: more than its neighbour if it is a spike itself, and
            // less if the neighbour is.
            let next = if column == 0 { point + 1 } else { point - 1 };
            let by = 0.75 * (here - capped(self.at(next))).abs();
            return if by.is_nan() { 0.0 } else { by };
        }
        beside(is_inside[0], 1).max(beside(is_inside[1], n_columns))
    }
}

/// Every `stride`th of `n` points, and the last.
fn places(n: usize, stride: usize) -> Vec<usize> {
    (0..n - 1).step_by(stride).chain([n - 1]).collect()
}

/// The points that are nearer to each of these places than to the others.
fn around(places: &[usize], n: usize) -> Vec<Range<usize>> {
    let ends = places.windows(2).map(|pair| (pair[0] + pair[1]).div_ceil(2)).chain([n]);
    let starts = [0].into_iter().chain(ends.clone());
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

/// Heights as slopes are of; NaN stays.
fn capped(height: f32) -> f32 {
    if height > SLOPE_CAP { SLOPE_CAP } else { height }
}

#[inline(never)]
fn corners(heights: &[f32], xs: &[usize], ys: &[usize]) -> Vec<[f32; 3]> {
    let n_columns = xs.len();
    let mut corners = Vec::with_capacity(heights.len());
    for row in 0..ys.len() {
        for column in 0..n_columns {
            let at = row * n_columns + column;
            let height = heights[at];
            let along = |places: &[usize], i: usize, step: usize| {
                let neighbor = |is_there: bool, at: usize, i: usize| {
                    if is_there { (capped(heights[at]), places[i] as f32) } else { (f32::NAN, 0.0) }
                };
                let before = neighbor(i > 0, at.wrapping_sub(step), i.wrapping_sub(1));
                let after = neighbor(i + 1 < places.len(), at + step, i + 1);
                rise(before, (capped(height), places[i] as f32), after)
            };
            // A hole is no triangle's corner, but may be seen by debuggers.
            let shown = if height.is_nan() { 0.0 } else { height };
            corners.push([shown, along(xs, column, 1), along(ys, row, n_columns)]);
        }
    }
    corners
}

/// The rise for a step of the grid, of heights at places; one-sided at the border and beside a hole.
fn rise(before: (f32, f32), here: (f32, f32), after: (f32, f32)) -> f32 {
    let from = if before.0.is_nan() { here } else { before };
    let to = if after.0.is_nan() { here } else { after };
    if from.1 < to.1 && !here.0.is_nan() { (to.0 - from.0) / (to.1 - from.1) } else { 0.0 }
}

#[inline(never)]
fn mean(heights: &[f32]) -> f32 {
    let shown = || heights.iter().filter(|height| !height.is_nan());
    shown().map(|height| height.min(1.0)).sum::<f32>() / shown().count().max(1) as f32
}

const HOLE: u8 = 1;
const ABOVE: u8 = 2;
/// Of the lines along the cut and along the border, one may reach the triangles here.
const NEAR: u8 = 4;
/// A border's line is in this share of the cells along a side, which is many a pixel.
const CELLS_PER_BORDER: usize = 64;

#[inline(never)]
fn kinds(heights: &[f32], n_columns: usize) -> Vec<u8> {
    let mut kinds: Vec<u8> = heights
        .iter()
        .map(|height| if height.is_nan() { HOLE } else { u8::from(*height > 1.0) * ABOVE })
        .collect();
    let n_rows = heights.len() / n_columns;
    let [wide_x, wide_y] = [n_columns, n_rows].map(|n| n.div_ceil(CELLS_PER_BORDER));
    for row in 0..n_rows {
        let is_border_row = row < wide_y || row + wide_y >= n_rows;
        for column in 0..n_columns {
            let at = row * n_columns + column;
            if is_border_row || column < wide_x || column + wide_x >= n_columns {
                kinds[at] |= NEAR;
            }
            if kinds[at] & ABOVE != 0 {
                for row in row.saturating_sub(1)..(row + 2).min(n_rows) {
                    for column in column.saturating_sub(1)..(column + 2).min(n_columns) {
                        kinds[row * n_columns + column] |= NEAR;
                    }
                }
            }
        }
    }
    kinds
}

/// The triangles' corners, and where the parts end.
#[inline(never)]
fn triangles(kinds: &[u8], n_columns: usize) -> Triangles {
    let n_rows = kinds.len() / n_columns;
    let mut parts: [Vec<u32>; 4] = Default::default();
    parts[0].reserve_exact(6 * (n_columns - 1) * (n_rows - 1));
    for row in 0..n_rows - 1 {
        for column in 0..n_columns - 1 {
            let at = row * n_columns + column;
            let [right, up, across] = [at + 1, at + n_columns, at + n_columns + 1];
            for triangle in [[at, right, across], [at, across, up]] {
                let of = triangle.map(|corner| kinds[corner]);
                let [any, all] = [of[0] | of[1] | of[2], of[0] & of[1] & of[2]];
                let part = match () {
                    () if any & HOLE != 0 => continue,
                    () if all & ABOVE != 0 => 3,
                    () if any & ABOVE != 0 => 2,
                    () if any & NEAR != 0 => 1,
                    () => 0,
                };
                parts[part].extend(triangle.map(|corner| corner as u32));
            }
        }
    }
    let mut end = 0;
    let ends = std::array::from_fn(|part| {
        end += parts[part].len();
        end
    });
    let [mut indices, near, across, above] = parts;
    for part in [near, across, above] {
        indices.extend(part);
    }
    Triangles { indices, parts: Parts { ends } }
}

/// Every how many points of a grid a mesh needs a corner, where it now has one every `current` (0:
/// none yet), so that of all points that fall into a pixel at least one is drawn.
pub fn stride(
    clip_from_world: &Matrix4<f32>,
    canvas_px: [u32; 2],
    footprint: &Footprint,
    size: [usize; 2],
    current: usize,
) -> usize {
    if is_always_whole(size) {
        return 1;
    }
    let area_px = cell_area_px(clip_from_world, canvas_px, footprint, size);
    // The side of a square of cells that fills a pixel.
    let side = area_px.max(1e-6).sqrt().recip();
    // A wide margin, since a new mesh costs more than a frame: no back and forth while one turns.
    let suits = |stride: usize| (stride as f32) <= side && side < 2.6 * stride as f32;
    if current == 1 && side < 2.0 || suits(current) {
        return current;
    }
    let mut stride = 1;
    while 2.0 * stride as f32 <= side && stride < 64 {
        stride *= 2;
    }
    stride
}

/// The largest area of a cell on the screen, in square pixels, that a surface in this footprint can
/// have; infinite if a part of it is behind the eye.
fn cell_area_px(
    clip_from_world: &Matrix4<f32>,
    canvas_px: [u32; 2],
    footprint: &Footprint,
    size: [usize; 2],
) -> f32 {
    let Footprint { x, y, z } = *footprint;
    let cells = size.map(|n| (n - 1) as f32);
    let steps = [
        clip_from_world.x * ((x.1 - x.0) / cells[0]),
        clip_from_world.y * ((y.1 - y.0) / cells[1]),
    ];
    let px = canvas_px.map(|n| n as f32 / 2.0);
    let mut most = 0.0_f32;
    for i in 0..8 {
        let end = |bit: u32, ends: (f32, f32)| if i >> bit & 1 == 0 { ends.0 } else { ends.1 };
        let corner = Point3::new(end(0, x), end(1, y), end(2, z));
        let at: Vector4<f32> = clip_from_world * corner.to_homogeneous();
        if at.w < 0.05 {
            return f32::INFINITY;
        }
        // The derivative of x / w and y / w along a step.
        let [a, b] = steps.map(|step| {
            [(step.x - at.x / at.w * step.w) * px[0], (step.y - at.y / at.w * step.w) * px[1]]
                .map(|length| length / at.w)
        });
        most = most.max((a[0] * b[1] - a[1] * b[0]).abs());
    }
    most
}

#[cfg(test)]
mod tests;
