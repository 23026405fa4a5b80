//! Picking: where a ray meets a height field.
//!
//! The ray is walked over the grid from cell to cell (a two-dimensional DDA, after Amanatides and
//! Woo 1987), and in one step past any block of cells that it is clear of, above or below: a pick
//! looks at a few dozen cells of a million. In each cell the surface is two triangles, split along
//! `(i, j)` to `(i + 1, j + 1)`, as the viewer draws them. Along the ray, its height above the
//! surface is a chain of linear pieces; a hit is a change of sign in that chain, also from one
//! piece to the next, so that no ray slips through between two triangles.

mod blocks;
mod walk;

use crate::SurfaceError;
use blocks::Blocks;
use walk::Walk;

/// Heights over a grid as they are drawn, and what finds a ray's way over them. Coordinates are
/// the grid's: column, row, height. `H` holds the heights, owned or borrowed.
#[derive(Clone, Debug)]
pub struct HeightField<H> {
    n_columns: usize,
    n_rows: usize,
    heights: H,
    ceiling: f64,
    /// `None` where the field has no cell.
    blocks: Option<Blocks>,
}

/// A half-line `origin + t * direction`, t >= 0, in grid coordinates (column, row, height).
/// The direction need not have length 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: [f64; 3],
    /// Where it goes.
    pub direction: [f64; 3],
}

impl Ray {
    /// The point at `t`.
    pub fn at(&self, t: f64) -> [f64; 3] {
        std::array::from_fn(|k| self.origin[k] + t * self.direction[k])
    }
}

/// Where a ray meets a height field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// How far along the ray, in lengths of its direction.
    pub t: f64,
    /// The fractional column, 0 to `n_columns - 1`.
    pub column: f64,
    /// The fractional row, 0 to `n_rows - 1`.
    pub row: f64,
}

impl<H: AsRef<[f32]>> HeightField<H> {
    /// The field of `heights`, row-major `[row][column]`. A triangle with a corner that is not
    /// finite is a hole. Where a triangle rises above `ceiling`, the surface is flat at
    /// the ceiling; `f32::INFINITY` is no ceiling. Reads all heights once: keep the field for as
    /// many rays as there are.
    ///
    /// # Errors
    /// If there are not `n_columns * n_rows` heights or the ceiling is NaN.
    pub fn new(
        n_columns: usize,
        n_rows: usize,
        heights: H,
        ceiling: f32,
    ) -> Result<Self, SurfaceError> {
        let n_heights = heights.as_ref().len();
        if n_columns.checked_mul(n_rows) != Some(n_heights) {
            return Err(SurfaceError::Invalid(format!(
                "expected {n_columns} x {n_rows} heights, found {n_heights}"
            )));
        }
        if ceiling.is_nan() {
            return Err(SurfaceError::Invalid("expected a ceiling, found NaN".into()));
        }
        let has_cells = n_columns >= 2 && n_rows >= 2;
        let blocks = has_cells.then(|| Blocks::new(n_columns, n_rows, heights.as_ref()));
        Ok(Self { n_columns, n_rows, heights, ceiling: f64::from(ceiling), blocks })
    }

    /// The nearest hit beyond `t_min`. Pass the `t` of a hit, or a little more, for what is behind
    /// it.
    pub fn first_hit(&self, ray: &Ray, t_min: f64) -> Option<Hit> {
        self.hits(ray).find(|hit| hit.t > t_min)
    }

    /// All hits in the order in which the ray meets them, from above or below. None where the
    /// field has fewer than two columns or rows, or the ray has a coordinate that is not finite.
    pub fn hits(&self, ray: &Ray) -> impl Iterator<Item = Hit> + use<'_, H> {
        let ray = *ray;
        let mut walk = self.clip(&ray).map(|range| Walk::new(self, &ray, range));
        let mut side = None;
        let mut found = [None; 4].into_iter().flatten();
        std::iter::from_fn(move || {
            loop {
                if let Some(t) = found.next() {
                    let [column, row, _height] = ray.at(t);
                    let column = column.clamp(0.0, (self.n_columns - 1) as f64);
                    let row = row.clamp(0.0, (self.n_rows - 1) as f64);
                    return Some(Hit { t, column, row });
                }
                let stretch = walk.as_mut()?.next()?;
                match stretch.cell {
                    Some(cell) => {
                        let range = [stretch.begin, stretch.end];
                        found = self.crossings(&ray, cell, range, &mut side).into_iter().flatten();
                    }
                    // What follows starts well off the surface: as after a hole, there is no side
                    // to come from.
                    None => side = None,
                }
            }
        })
    }

    /// Where the ray meets the surface over a cell: there are at most two triangles, each in two
    /// parts. `side` is as in [`LinearPiece::crossing`].
    fn crossings(
        &self,
        ray: &Ray,
        cell: [usize; 2],
        range: [f64; 2],
        side: &mut Option<f64>,
    ) -> [Option<f64>; 4] {
        let mut found = [None; 4];
        let mut places = found.iter_mut();
        for triangle in self.triangles(ray, cell, range).into_iter().flatten() {
            for piece in self.linear_pieces(ray, triangle).into_iter().flatten() {
                if let Some(place) = places.next() {
                    *place = piece.crossing(side);
                }
            }
        }
        found
    }

    /// The part of the ray in the box around the field, with some room below and above, since a
    /// hit at the very end of the walk could be missed by a rounding error.
    fn clip(&self, ray: &Ray) -> Option<[f64; 2]> {
        let range = self.blocks.as_ref()?.range();
        let [lowest, highest] = range.map(|end| f64::from(end).min(self.ceiling));
        if range[0] > range[1] {
            return None;
        }
        let room = 1.0 + 0.01 * (highest - lowest) + 1e-9 * lowest.abs().max(highest.abs());
        let slabs = [
            [0.0, (self.n_columns - 1) as f64],
            [0.0, (self.n_rows - 1) as f64],
            [lowest - room, highest + room],
        ];
        let (mut t_in, mut t_out) = (0.0_f64, f64::INFINITY);
        for (k, [low, high]) in slabs.into_iter().enumerate() {
            let (origin, direction) = (ray.origin[k], ray.direction[k]);
            if !(origin.is_finite() && direction.is_finite()) {
                return None;
            }
            if direction == 0.0 {
                if origin < low || origin > high {
                    return None;
                }
                continue;
            }
            let (a, b) = ((low - origin) / direction, (high - origin) / direction);
            t_in = t_in.max(a.min(b));
            t_out = t_out.min(a.max(b));
        }
        (t_in <= t_out && t_out.is_finite()).then_some([t_in, t_out])
    }

    /// The ray's way through a cell, parted where it crosses the diagonal.
    fn triangles(
        &self,
        ray: &Ray,
        [i, j]: [usize; 2],
        [begin, end]: [f64; 2],
    ) -> [Option<TrianglePiece>; 2] {
        let (heights, below) = (self.heights.as_ref(), j * self.n_columns + i);
        let above = below + self.n_columns;
        let (h00, h10) = (f64::from(heights[below]), f64::from(heights[below + 1]));
        let (h01, h11) = (f64::from(heights[above]), f64::from(heights[above + 1]));
        let plane = |along_column: f64, along_row: f64| {
            let slopes = [along_column, along_row];
            // A corner that is not finite leaves its mark in h00 or a slope.
            (h00 + slopes[0] + slopes[1]).is_finite().then_some(Plane { cell: [i, j], h00, slopes })
        };
        // Positive below the diagonal, towards (i + 1, j).
        let off_diagonal = |t: f64| {
            let [column, row, _height] = ray.at(t);
            (column - i as f64) - (row - j as f64)
        };
        let triangle = |begin: f64, end: f64, off_diagonal: f64| TrianglePiece {
            begin,
            end,
            plane: if off_diagonal >= 0.0 {
                plane(h10 - h00, h11 - h10)
            } else {
                plane(h11 - h01, h01 - h00)
            },
        };
        let (a, b) = (off_diagonal(begin), off_diagonal(end));
        match zero_between([begin, end], [a, b]) {
            Some(t) => [Some(triangle(begin, t, a)), Some(triangle(t, end, b))],
            None => [Some(triangle(begin, end, a + b)), None],
        }
    }

    /// The ray's height above the drawn surface over a triangle, parted where the triangle passes
    /// through the ceiling, so that it is linear in each part. A hole is one part of NaN.
    fn linear_pieces(&self, ray: &Ray, piece: TrianglePiece) -> [Option<LinearPiece>; 2] {
        let TrianglePiece { begin, end, plane } = piece;
        let Some(plane) = plane else {
            let hole = LinearPiece { t: [begin, end], above: [f64::NAN; 2] };
            return [Some(hole), None];
        };
        let height = |t: f64| plane.height(&ray.at(t));
        let above = |t: f64| ray.at(t)[2] - height(t).min(self.ceiling);
        let linear = |begin: f64, end: f64| LinearPiece {
            t: [begin, end],
            above: [above(begin), above(end)],
        };
        let below_ceiling = [self.ceiling - height(begin), self.ceiling - height(end)];
        match zero_between([begin, end], below_ceiling) {
            Some(t) => [Some(linear(begin, t)), Some(linear(t, end))],
            None => [Some(linear(begin, end)), None],
        }
    }
}

/// The part of a ray over one triangle; without a plane it is a hole.
struct TrianglePiece {
    begin: f64,
    end: f64,
    plane: Option<Plane>,
}

/// The plane of a triangle, by its height at the cell's corner `(i, j)` and its slopes.
struct Plane {
    cell: [usize; 2],
    h00: f64,
    slopes: [f64; 2],
}

impl Plane {
    fn height(&self, [column, row, _height]: &[f64; 3]) -> f64 {
        self.h00
            + (column - self.cell[0] as f64) * self.slopes[0]
            + (row - self.cell[1] as f64) * self.slopes[1]
    }
}

/// A part of a ray over which its height above the surface is linear.
struct LinearPiece {
    t: [f64; 2],
    above: [f64; 2],
}

impl LinearPiece {
    /// Where the ray meets the surface here. `side` is the ray's height above the surface at the
    /// end of the piece before, `None` where there was no surface; it is updated.
    fn crossing(&self, side: &mut Option<f64>) -> Option<f64> {
        let [a, b] = self.above;
        if a.is_nan() || b.is_nan() {
            *side = None;
            return None;
        }
        let sign = |height: f64| height.partial_cmp(&0.0);
        let met_on_entry = match side.replace(b) {
            Some(before) => before != 0.0 && sign(before) != sign(a),
            None => a == 0.0,
        };
        if met_on_entry {
            return Some(self.t[0]);
        }
        if a != 0.0 && b == 0.0 { Some(self.t[1]) } else { zero_between(self.t, self.above) }
    }
}

/// Where a function, linear from `t[0]` to `t[1]` with these values there, passes through zero
/// on its way; `None` where both values have one sign or one is zero.
fn zero_between(t: [f64; 2], values: [f64; 2]) -> Option<f64> {
    let [a, b] = values;
    let changes_sign = (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0);
    changes_sign.then(|| (t[0] + (t[1] - t[0]) * (a / (a - b))).clamp(t[0], t[1]))
}

#[cfg(test)]
mod tests;
