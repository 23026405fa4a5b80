//! Picking: where a ray meets a height field.
//!
//! The ray is walked over the grid from cell to cell (a two-dimensional DDA, after Amanatides and
//! Woo 1987), and in one step past any block of cells that it is clear of, above or below: a pick
//! looks at a few dozen cells of a million. In each cell the surface is two triangles, split along
//! `(i, j)` to `(i + 1, j + 1)`, as the viewer draws them. Along the ray, its height above the
//! surface is a chain of linear pieces; a hit is a change of sign in that chain, also from one
//! piece to the next, so that no ray slips through between two triangles.

mod blocks;

use crate::SurfaceError;
use blocks::{Blocks, Level};

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
        let mut side = None;
        self.stretches(ray)
            .flat_map(move |stretch| self.triangles(&ray, stretch))
            .flat_map(move |piece| self.linear_pieces(&ray, piece))
            .filter_map(move |piece| piece.crossing(&mut side))
            .map(move |t| {
                let [column, row, _height] = ray.at(t);
                Hit {
                    t,
                    column: column.clamp(0.0, (self.n_columns - 1) as f64),
                    row: row.clamp(0.0, (self.n_rows - 1) as f64),
                }
            })
    }

    /// The ray's way over the field in order, cell by cell, but in one stretch where it is clear of
    /// a whole block. The last ends where the ray leaves the field's box.
    fn stretches(&self, ray: Ray) -> impl Iterator<Item = Stretch> + use<'_, H> {
        let last_cell = [self.n_columns, self.n_rows].map(|n| n.saturating_sub(2));
        let index = move |k: usize, t: f64| (ray.at(t)[k].max(0.0) as usize).min(last_cell[k]);
        let mut next =
            self.clip(&ray).map(|[t_in, t_out]| ([index(0, t_in), index(1, t_in)], t_in, t_out));
        std::iter::from_fn(move || {
            let (cell, begin, t_out) = next.take()?;
            let clear = self.blocks.iter().flat_map(Blocks::levels).find_map(|level| {
                let exit = Exit::new(&ray, cell, level.side, begin, t_out);
                self.is_clear(&ray, level, cell, begin, exit.t).then_some(exit)
            });
            let is_clear = clear.is_some();
            let exit = clear.unwrap_or_else(|| Exit::new(&ray, cell, 1, begin, t_out));
            if let Some(across) = exit.across {
                let along = 1 - across;
                // Along the line that it leaves through, the ray may have gone on by some cells,
                // but within the square, and never back, whatever the rounding.
                let [first, last] = exit.cells[along];
                let onward = match ray.direction[along] {
                    d if d > 0.0 => cell[along]..=last.min(last_cell[along]),
                    d if d < 0.0 => first..=cell[along],
                    _ => cell[along]..=cell[along],
                };
                let mut place = [index(along, exit.t).clamp(*onward.start(), *onward.end()); 2];
                let [first, last] = exit.cells[across];
                let beyond =
                    if ray.direction[across] > 0.0 { Some(last + 1) } else { first.checked_sub(1) };
                next = beyond.filter(|beyond| *beyond <= last_cell[across]).map(|beyond| {
                    place[across] = beyond;
                    (place, exit.t, t_out)
                });
            }
            Some(Stretch { cell: (!is_clear).then_some(cell), begin, end: exit.t })
        })
    }

    /// Whether the ray is clear of all that is drawn in the block around a cell, above or below it
    /// and by more than a rounding error, from `begin` to `end`.
    fn is_clear(&self, ray: &Ray, level: &Level, cell: [usize; 2], begin: f64, end: f64) -> bool {
        let [low, high] = level.range(cell).map(|end| f64::from(end).min(self.ceiling));
        let [a, b] = [ray.at(begin)[2], ray.at(end)[2]];
        let slack = 1e-9 * (ray.origin[2].abs() + low.abs().max(high.abs()));
        low > high || a.min(b) > high + slack || a.max(b) < low - slack
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
        let mut range = [0.0, f64::INFINITY];
        for (k, [low, high]) in slabs.into_iter().enumerate() {
            let (origin, direction) = (ray.origin[k], ray.direction[k]);
            if direction == 0.0 {
                if !(low..=high).contains(&origin) {
                    return None;
                }
                continue;
            }
            let (a, b) = ((low - origin) / direction, (high - origin) / direction);
            range = [range[0].max(a.min(b)), range[1].min(a.max(b))];
        }
        let all_finite =
            ray.origin.iter().chain(&ray.direction).chain(&range).all(|v| v.is_finite());
        (all_finite && range[0] <= range[1]).then_some(range)
    }

    /// The ray's way through a cell, parted where it crosses the diagonal. Over a block that the ray
    /// is clear of there is nothing to meet, as over a hole.
    fn triangles(
        &self,
        ray: &Ray,
        stretch: Stretch,
    ) -> impl Iterator<Item = TrianglePiece> + use<H> {
        let Stretch { cell, begin, end } = stretch;
        let Some([i, j]) = cell else {
            return [Some(TrianglePiece { begin, end, plane: None }), None].into_iter().flatten();
        };
        let corner = |di: usize, dj: usize| {
            f64::from(self.heights.as_ref()[(j + dj) * self.n_columns + i + di])
        };
        let (h00, h10, h01, h11) = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
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
        .into_iter()
        .flatten()
    }

    /// The ray's height above the drawn surface over a triangle, parted where the triangle passes
    /// through the ceiling, so that it is linear in each part. A hole is one part of NaN.
    fn linear_pieces(
        &self,
        ray: &Ray,
        piece: TrianglePiece,
    ) -> impl Iterator<Item = LinearPiece> + use<H> {
        let TrianglePiece { begin, end, plane } = piece;
        let Some(plane) = plane else {
            let hole = LinearPiece { t: [begin, end], above: [f64::NAN; 2] };
            return [Some(hole), None].into_iter().flatten();
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
        .into_iter()
        .flatten()
    }
}

/// A part of a ray: over a cell, or over a block that it is clear of.
struct Stretch {
    cell: Option<[usize; 2]>,
    begin: f64,
    end: f64,
}

/// Where a ray leaves a square of cells.
struct Exit {
    t: f64,
    /// The axis whose line it crosses; `None` where the ray ends before.
    across: Option<usize>,
    /// The first and the last cell of the square along each axis, beyond the field's end too.
    cells: [[usize; 2]; 2],
}

impl Exit {
    /// Of the square of `side` cells around `cell` that the ray is in at `begin`.
    fn new(ray: &Ray, cell: [usize; 2], side: usize, begin: f64, t_out: f64) -> Self {
        let cells = cell.map(|place| {
            let first = place / side * side;
            [first, first + side - 1]
        });
        let [across_columns, across_rows] = [0, 1].map(|k| match ray.direction[k] {
            0.0 => f64::INFINITY,
            d if d > 0.0 => ((cells[k][1] + 1) as f64 - ray.origin[k]) / d,
            d => (cells[k][0] as f64 - ray.origin[k]) / d,
        });
        let across = usize::from(across_rows < across_columns);
        let t = across_columns.min(across_rows);
        Self { t: t.clamp(begin, t_out), across: (t < t_out).then_some(across), cells }
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
