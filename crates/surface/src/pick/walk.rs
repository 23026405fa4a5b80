//! A ray's way over a height field: cell by cell where it may meet the surface, and in one step past
//! every block that it is clear of.
//!
//! A pick is a few dozen of the steps in here, so they are written without closures and arrays of
//! results: in a build for size, as the page's is, those cost half as much again.

use super::{
    HeightField, Ray,
    blocks::{Blocks, Level, Range},
};

/// A part of a ray.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The cell that it is over; `None` where the ray is clear of all that is drawn.
    pub(super) cell: Option<[usize; 2]>,
    pub(super) begin: f64,
    pub(super) end: f64,
}

/// The parts of a ray in order, from where it enters the field's box to where it leaves it.
pub(super) struct Walk<'a> {
    heights: &'a [f32],
    n_columns: usize,
    last_cell: [usize; 2],
    ceiling: f64,
    /// Blocks, fine to coarse.
    levels: &'a [Level],
    ray: Ray,
    /// 1 / direction, of columns and rows.
    per_direction: [f64; 2],
    /// Where the walk has come to: a cell, and how far along the ray.
    cell: [usize; 2],
    t: f64,
    /// Where it ends; before `t` where it has ended.
    t_out: f64,
    /// How many of the levels come before what is looked at next: the block of the last of them
    /// around the cell, or with none of them the cell itself.
    level: usize,
    /// Cells along a side of that, as a power of 2.
    side_log2: u32,
}

impl<'a> Walk<'a> {
    /// The way of `ray` over `field` from `t_in` to `t_out`, between which it is within the field's
    /// columns and rows.
    pub(super) fn new<H: AsRef<[f32]>>(
        field: &'a HeightField<H>,
        ray: &Ray,
        [t_in, t_out]: [f64; 2],
    ) -> Self {
        let levels = field.blocks.as_ref().map_or(&[][..], Blocks::levels);
        let mut walk = Self {
            heights: field.heights.as_ref(),
            n_columns: field.n_columns,
            last_cell: [field.n_columns - 2, field.n_rows - 2],
            ceiling: field.ceiling,
            levels,
            ray: *ray,
            per_direction: [1.0 / ray.direction[0], 1.0 / ray.direction[1]],
            cell: [0; 2],
            t: t_in,
            t_out,
            level: levels.len(),
            side_log2: levels.last().map_or(0, |level| level.side_log2),
        };
        walk.cell = [walk.place(0, t_in), walk.place(1, t_in)];
        walk
    }

    /// The cell's place along an axis that the ray is over at `t`.
    fn place(&self, axis: usize, t: f64) -> usize {
        let position = self.ray.origin[axis] + t * self.ray.direction[axis];
        (position.max(0.0) as usize).min(self.last_cell[axis])
    }

    /// The line through which the ray leaves the square of cells along an axis, and when.
    fn exit(&self, axis: usize) -> (usize, f64) {
        let direction = self.ray.direction[axis];
        let square = self.cell[axis] >> self.side_log2;
        let line = (square + usize::from(direction > 0.0)) << self.side_log2;
        let t = (line as f64 - self.ray.origin[axis]) * self.per_direction[axis];
        (line, if direction == 0.0 { f64::INFINITY } else { t })
    }

    /// The lowest and the highest height in the square; all heights in a cell with a hole.
    fn range(&self) -> Range {
        if self.level > 0 {
            return self.levels[self.level - 1].range(self.cell);
        }
        let below = self.cell[1] * self.n_columns + self.cell[0];
        let above = below + self.n_columns;
        let (a, b) = (self.heights[below], self.heights[below + 1]);
        let (c, d) = (self.heights[above], self.heights[above + 1]);
        if !(a.is_finite() && b.is_finite() && c.is_finite() && d.is_finite()) {
            return [f32::MIN, f32::MAX];
        }
        let (low_ab, high_ab) = if a < b { (a, b) } else { (b, a) };
        let (low_cd, high_cd) = if c < d { (c, d) } else { (d, c) };
        [
            if low_ab < low_cd { low_ab } else { low_cd },
            if high_ab > high_cd { high_ab } else { high_cd },
        ]
    }

    /// Whether the ray is clear of all that is drawn in the square, above or below it and by more
    /// than a rounding error, from where the walk is to `end`.
    fn is_clear(&self, end: f64) -> bool {
        let [low, high] = self.range();
        if low > high {
            return true;
        }
        let (low, high) = (f64::from(low).min(self.ceiling), f64::from(high).min(self.ceiling));
        let a = self.ray.origin[2] + self.t * self.ray.direction[2];
        let b = self.ray.origin[2] + end * self.ray.direction[2];
        let (lower, upper) = if a < b { (a, b) } else { (b, a) };
        let slack = 1e-9 * (self.ray.origin[2].abs() + low.abs() + high.abs());
        lower > high + slack || upper < low - slack
    }

    /// Goes on into the square beyond `line` of the axis `across`.
    fn cross(&mut self, across: usize, line: usize) {
        let along = 1 - across;
        if self.side_log2 > 0 {
            // Along the line, the ray may have gone on by some cells, but within the square, and
            // never back, whatever the rounding.
            let cell = self.cell[along];
            let first = cell >> self.side_log2 << self.side_log2;
            let last = first + (1 << self.side_log2) - 1;
            let place = self.place(along, self.t);
            self.cell[along] = match self.ray.direction[along] {
                d if d > 0.0 => place.clamp(cell, last),
                d if d < 0.0 => place.clamp(first, cell),
                _ => cell,
            };
        }
        let is_up = self.ray.direction[across] > 0.0;
        let is_beyond = if is_up { line > self.last_cell[across] } else { line == 0 };
        if is_beyond {
            self.t_out = f64::NEG_INFINITY;
            return;
        }
        self.cell[across] = if is_up { line } else { line - 1 };
        // Where coarser blocks begin at the line, too, they come first.
        while let Some(coarser) = self.levels.get(self.level) {
            if line & ((1 << coarser.side_log2) - 1) != 0 {
                break;
            }
            self.level += 1;
            self.side_log2 = coarser.side_log2;
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        if self.t > self.t_out {
            return None;
        }
        loop {
            let (columns, rows) = (self.exit(0), self.exit(1));
            let is_through_row = rows.1 < columns.1;
            let (line, t) = if is_through_row { rows } else { columns };
            let end = t.clamp(self.t, self.t_out);
            let is_clear = self.is_clear(end);
            if !is_clear && self.level > 0 {
                self.level -= 1;
                self.side_log2 =
                    if self.level > 0 { self.levels[self.level - 1].side_log2 } else { 0 };
                continue;
            }
            let cell = (!is_clear).then_some(self.cell);
            let stretch = Stretch { cell, begin: self.t, end };
            if t < self.t_out {
                self.t = end;
                self.cross(usize::from(is_through_row), line);
            } else {
                self.t_out = f64::NEG_INFINITY;
            }
            return Some(stretch);
        }
    }
}
