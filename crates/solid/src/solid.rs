//! The closed solid: the surface on top, walls around it, a plate below.
//!
//! The plate is the whole rectangle of the grid, so that all of a print holds together. A hole is a pit
//! that ends halfway down the plate: below the lowest loss, so that its walls have a height everywhere.
//! Seen as a whole it is one sphere: every edge has two triangles, every corner one fan of them.
//!
//! For that, what is drawn must not touch itself in a point alone: edges of two pairs of walls would
//! fall together there. Of such parts around a point the largest stays, the others become holes.
//! Different corners have different coordinates, since programs that read STL join equal ones.

use crate::relief::{Place, Relief};

/// A corner of the solid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Corner {
    /// On the surface.
    Top(Place),
    /// At the bottom of a hole, below a point of the grid.
    Pit(u32),
    /// On the underside, below a point of the grid's border.
    Foot(u32),
    /// The middle of the underside.
    Middle,
}

/// The triangles of the solid, counterclockwise from outside.
pub(crate) fn triangles(relief: &Relief<'_>) -> Vec<[Corner; 3]> {
    let lattice = Lattice { n_columns: relief.n_columns, n_rows: relief.n_rows };
    let mut is_filled: Vec<bool> =
        relief.triangles().map(|triangle| !relief.is_hole(triangle)).collect();
    lattice.part_pinches(&mut is_filled);
    let mut solid = Vec::new();
    for (index, triangle) in relief.triangles().enumerate() {
        if is_filled[index] {
            solid.extend(
                relief.parts(triangle).into_iter().map(|(places, _)| places.map(Corner::Top)),
            );
        } else {
            solid.push(triangle.map(Corner::Pit));
        }
        for side in 0..3 {
            let [a, b] = [triangle[side], triangle[(side + 1) % 3]];
            let neighbor = lattice.neighbor(index, side);
            let is_wall = match neighbor {
                Some(neighbor) => is_filled[index] && !is_filled[neighbor],
                None => true,
            };
            if !is_wall {
                continue;
            }
            let end = |point: u32| {
                // A pit beside a wall's end parts its edge.
                let has_pit = lattice.around(point).into_iter().flatten().any(|t| !is_filled[t]);
                let foot = neighbor.is_none().then_some(Corner::Foot(point));
                let pit = has_pit.then_some(Corner::Pit(point));
                let top = is_filled[index].then_some(Corner::Top(Place::Point(point)));
                [foot, pit, top].into_iter().flatten().collect::<Vec<_>>()
            };
            let crossing = relief.crossing(a, b).filter(|_| is_filled[index]);
            wall(&[end(a), end(b)], crossing, &mut solid);
            if neighbor.is_none() {
                solid.push([Corner::Middle, Corner::Foot(b), Corner::Foot(a)]);
            }
        }
    }
    solid
}

/// A wall between two ends, each from below to above, seen from outside: left and right. Between their
/// tops may be one more corner, above the line from one to the other.
fn wall([left, right]: &[Vec<Corner>; 2], between: Option<Place>, solid: &mut Vec<[Corner; 3]>) {
    for pair in right.windows(2) {
        solid.push([left[0], pair[0], pair[1]]);
    }
    let top = right[right.len() - 1];
    for pair in left.windows(2) {
        solid.push([pair[0], top, pair[1]]);
    }
    if let Some(between) = between {
        solid.push([left[left.len() - 1], top, Corner::Top(between)]);
    }
}

/// How the triangles of a grid lie to each other. Cell by cell, of cell number `n` the lower right
/// one has number `2 n` and the upper left one `2 n + 1`.
struct Lattice {
    n_columns: usize,
    n_rows: usize,
}

impl Lattice {
    fn cell(&self, column: Option<usize>, row: Option<usize>) -> Option<usize> {
        let (column, row) = (column?, row?);
        let is_inside = column + 1 < self.n_columns && row + 1 < self.n_rows;
        is_inside.then(|| row * (self.n_columns - 1) + column)
    }

    /// The triangle beyond side 0, 1 or 2 of a triangle, from its first corner on; `None` beyond
    /// the grid.
    fn neighbor(&self, triangle: usize, side: usize) -> Option<usize> {
        let cell = triangle / 2;
        let (column, row) = (cell % (self.n_columns - 1), cell / (self.n_columns - 1));
        let (here_x, here_y) = (Some(column), Some(row));
        match (triangle % 2, side) {
            (0, 0) => Some(2 * self.cell(here_x, row.checked_sub(1))? + 1),
            (0, 1) => Some(2 * self.cell(Some(column + 1), here_y)? + 1),
            (0, _) => Some(triangle + 1),
            (_, 0) => Some(triangle - 1),
            (_, 1) => Some(2 * self.cell(here_x, Some(row + 1))?),
            (_, _) => Some(2 * self.cell(column.checked_sub(1), here_y)?),
        }
    }

    /// The triangles around a point, counterclockwise.
    fn around(&self, point: u32) -> [Option<usize>; 6] {
        let (column, row) = (point as usize % self.n_columns, point as usize / self.n_columns);
        let (here_x, here_y) = (Some(column), Some(row));
        let (left, below) = (column.checked_sub(1), row.checked_sub(1));
        [
            self.cell(here_x, here_y).map(|cell| 2 * cell),
            self.cell(here_x, here_y).map(|cell| 2 * cell + 1),
            self.cell(left, here_y).map(|cell| 2 * cell),
            self.cell(left, below).map(|cell| 2 * cell + 1),
            self.cell(left, below).map(|cell| 2 * cell),
            self.cell(here_x, below).map(|cell| 2 * cell + 1),
        ]
    }

    fn corners(&self, triangle: usize) -> [u32; 3] {
        let cell = triangle / 2;
        let at = cell / (self.n_columns - 1) * self.n_columns + cell % (self.n_columns - 1);
        let across = at + self.n_columns + 1;
        let corners = match triangle % 2 {
            0 => [at, at + 1, across],
            _ => [at, across, at + self.n_columns],
        };
        corners.map(|point| point as u32)
    }

    /// Empties triangles until those that are filled around any point are one fan.
    fn part_pinches(&self, is_filled: &mut [bool]) {
        let mut points: Vec<u32> = (0..(self.n_columns * self.n_rows) as u32).collect();
        while let Some(point) = points.pop() {
            let around = self.around(point);
            let is_there = around.map(|triangle| triangle.is_some_and(|t| is_filled[t]));
            let mut fans: Vec<Vec<usize>> = (0..6)
                .filter(|i| is_there[*i] && !is_there[(i + 5) % 6])
                .map(|first| {
                    let fan = (first..first + 6).map(|i| i % 6).take_while(|i| is_there[*i]);
                    fan.filter_map(|i| around[i]).collect()
                })
                .collect();
            // The first of the largest ones is last.
            fans.sort_by_key(Vec::len);
            fans.pop();
            for triangle in fans.into_iter().flatten() {
                is_filled[triangle] = false;
                points.extend(self.corners(triangle));
            }
        }
    }
}
