//! A ray's way over a height field: cell by cell where it may meet the surface, and in one step past
//! every block that it is clear of.

use super::{HeightField, Ray, blocks::range_of};

/// A part of a ray.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The cell that it is over; `None` where the ray is clear of all that is drawn.
    pub(super) cell: Option<[usize; 2]>,
    pub(super) begin: f64,
    pub(super) end: f64,
}

/// The parts of a ray in order, from where it enters the field's box to where it leaves it.
pub(super) struct Walk<'a, H> {
    field: &'a HeightField<H>,
    ray: Ray,
    /// 1 / direction, of columns and rows.
    per_direction: [f64; 2],
    /// Where the walk has come to: a cell, how far along the ray.
    cell: [usize; 2],
    t: f64,
    /// Where it ends; before [`Walk::t`] where it has ended.
    t_out: f64,
    /// What is looked at next: 0 the cell, else the block around it of that level.
    level: usize,
}

impl<'a, H: AsRef<[f32]>> Walk<'a, H> {
    /// The way of `ray` from `t_in` to `t_out`, between which it is over the field.
    pub(super) fn new(field: &'a HeightField<H>, ray: &Ray, [t_in, t_out]: [f64; 2]) -> Self {
        let mut walk = Self {
            field,
            ray: *ray,
            per_direction: [1.0 / ray.direction[0], 1.0 / ray.direction[1]],
            cell: [0; 2],
            t: t_in,
            t_out,
            level: field.n_levels(),
        };
        walk.cell = [walk.place(0, t_in), walk.place(1, t_in)];
        walk
    }

    /// The cell's place along an axis that the ray is over at `t`.
    fn place(&self, axis: usize, t: f64) -> usize {
        let position = self.ray.origin[axis] + t * self.ray.direction[axis];
        (position.max(0.0) as usize).min(self.field.last_cell(axis))
    }

    /// The line through which the ray leaves the square of cells along an axis, and when.
    fn exit(&self, axis: usize, side_log2: u32) -> (usize, f64) {
        let direction = self.ray.direction[axis];
        let square = self.cell[axis] >> side_log2;
        let line = (square + usize::from(direction > 0.0)) << side_log2;
        let t = (line as f64 - self.ray.origin[axis]) * self.per_direction[axis];
        (line, if direction == 0.0 { f64::INFINITY } else { t })
    }

    /// Whether the ray is clear of all that is drawn in the square, above or below it and by more
    /// than a rounding error, from where the walk is to `end`.
    fn is_clear(&self, end: f64) -> bool {
        let range = match self.level {
            0 => range_of(&self.field.corners(self.cell)),
            level => self.field.level(level).range(self.cell),
        };
        let [low, high] = range.map(|end| f64::from(end).min(self.field.ceiling));
        let height = |t: f64| self.ray.origin[2] + t * self.ray.direction[2];
        let (a, b) = (height(self.t), height(end));
        let slack = 1e-9 * (self.ray.origin[2].abs() + low.abs() + high.abs());
        let (lower, upper) = if a < b { (a, b) } else { (b, a) };
        range[0] > range[1] || lower > high + slack || upper < low - slack
    }

    /// Goes on into the square beyond `line` of the axis `across`.
    fn cross(&mut self, across: usize, line: usize, side_log2: u32) {
        let along = 1 - across;
        if side_log2 > 0 {
            // Along the line, it may have gone on by some cells, but within the square, and never
            // back, whatever the rounding.
            let (cell, first) = (self.cell[along], self.cell[along] >> side_log2 << side_log2);
            let last = first + (1 << side_log2) - 1;
            let place = self.place(along, self.t);
            self.cell[along] = match self.ray.direction[along] {
                d if d > 0.0 => place.clamp(cell, last),
                d if d < 0.0 => place.clamp(first, cell),
                _ => cell,
            };
        }
        let is_up = self.ray.direction[across] > 0.0;
        if if is_up { line > self.field.last_cell(across) } else { line == 0 } {
            self.t_out = f64::NEG_INFINITY;
            return;
        }
        self.cell[across] = if is_up { line } else { line - 1 };
        // Where coarser blocks begin at the line, too, they come first.
        while self.level < self.field.n_levels()
            && line.is_multiple_of(1 << self.field.level(self.level + 1).side_log2)
        {
            self.level += 1;
        }
    }
}

impl<H: AsRef<[f32]>> Iterator for Walk<'_, H> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        if self.t > self.t_out {
            return None;
        }
        loop {
            let side_log2 =
                if self.level == 0 { 0 } else { self.field.level(self.level).side_log2 };
            let exits = [self.exit(0, side_log2), self.exit(1, side_log2)];
            let across = usize::from(exits[1].1 < exits[0].1);
            let (line, t) = exits[across];
            let end = t.clamp(self.t, self.t_out);
            let is_clear = self.is_clear(end);
            if !is_clear && self.level > 0 {
                self.level -= 1;
                continue;
            }
            let cell = (!is_clear).then_some(self.cell);
            let stretch = Stretch { cell, begin: self.t, end };
            if t < self.t_out {
                self.t = end;
                self.cross(across, line, side_log2);
            } else {
                self.t_out = f64::NEG_INFINITY;
            }
            return Some(stretch);
        }
    }
}
