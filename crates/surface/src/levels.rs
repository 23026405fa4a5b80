//! Coarse to fine: the order in which a grid is computed, and how it is shared out.
//!
//! A level is a grid of its own, made of some columns and rows of the whole one: first the ends and
//! the middle, then with each level the middles between those, until every column and row is there.
//! A run that was stopped is so already a picture of the whole plane. Everything here depends on the
//! numbers of columns and rows alone, so that whoever computes or draws a part needs to know nothing
//! of the rest.

use crate::{Grid, SurfaceError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The levels of a grid, coarsest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    columns: Vec<Vec<usize>>,
    rows: Vec<Vec<usize>>,
}

impl Levels {
    /// The levels of `grid`.
    pub fn new(grid: &Grid) -> Self {
        Self { columns: bisect(grid.x.len()), rows: bisect(grid.y.len()) }
    }

    /// How many levels there are, at least 1; the last is the whole grid.
    #[expect(clippy::len_without_is_empty, reason = "there is always the whole grid")]
    pub fn len(&self) -> usize {
        self.columns.len().max(self.rows.len())
    }

    /// The columns of a level, increasing, the first and the last of the grid among them.
    pub fn columns(&self, level: usize) -> &[usize] {
        &self.columns[level.min(self.columns.len() - 1)]
    }

    /// The rows of a level, likewise.
    pub fn rows(&self, level: usize) -> &[usize] {
        &self.rows[level.min(self.rows.len() - 1)]
    }

    /// Every point of the grid once, as its index in row-major order `[beta][alpha]`: level after
    /// level, row by row.
    pub fn order(&self) -> Vec<usize> {
        let n_columns = self.columns(usize::MAX).len();
        let mut is_taken = vec![false; n_columns * self.rows(usize::MAX).len()];
        let mut order = Vec::with_capacity(is_taken.len());
        for level in 0..self.len() {
            for row in self.rows(level) {
                for column in self.columns(level) {
                    let index = row * n_columns + column;
                    if !std::mem::replace(&mut is_taken[index], true) {
                        order.push(index);
                    }
                }
            }
        }
        order
    }
}

/// The index sets of an axis of `len` values, each with the middles of the one before.
fn bisect(len: usize) -> Vec<Vec<usize>> {
    let mut level = vec![0, (len - 1) / 2, len - 1];
    level.dedup();
    let mut levels = vec![level];
    while let Some(last) = levels.last()
        && last.len() < len
    {
        let mut next = Vec::with_capacity(2 * last.len());
        for pair in last.windows(2) {
            next.push(pair[0]);
            if pair[1] - pair[0] > 1 {
                next.push(pair[0].midpoint(pair[1]));
            }
        }
        next.push(len - 1);
        levels.push(next);
    }
    levels
}

/// One of several parts of a surface, each computed by a process of its own: a band of the grid.
/// In files and arguments it is `I/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Which part, counted from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are; more than the index.
    pub fn count(self) -> u32 {
        self.count
    }

    /// The points of this part, as indices in row-major order. The parts of a grid are disjoint, are
    /// the whole grid together, and differ by at most one point in size.
    pub fn points(self, grid: &Grid) -> Range<usize> {
        let bound = |index: u32| {
            (u128::from(grid.n_points()) * u128::from(index) / u128::from(self.count)) as usize
        };
        bound(self.index)..bound(self.index + 1)
    }
}

/// More parts than this are a mistake.
const MAX_SHARDS: u32 = 1 << 20;

impl FromStr for Shard {
    type Err = SurfaceError;

    /// `I/N`, I from 0.
    fn from_str(text: &str) -> Result<Self, SurfaceError> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.parse().ok()?, count: count.parse().ok()? })
        });
        parsed.filter(|shard| shard.index < shard.count && shard.count <= MAX_SHARDS).ok_or_else(
            || {
                SurfaceError::Invalid(format!(
                    "expected a part I/N with I from 0 to N - 1, for example 0/8, found {text:?}"
                ))
            },
        )
    }
}

impl TryFrom<String> for Shard {
    type Error = SurfaceError;

    fn try_from(text: String) -> Result<Self, SurfaceError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(x: u32, y: u32) -> Grid {
        let axis = |len| crate::Axis::new(0.0, f64::from(len - 1), len).unwrap();
        Grid { x: axis(x), y: axis(y) }
    }

    #[test]
    fn an_axis_is_halved_until_it_is_whole() {
        let levels = Levels::new(&grid(9, 1));
        let columns: Vec<_> = (0..levels.len()).map(|level| levels.columns(level)).collect();
        let [first, second, last] = columns[..] else { panic!("{columns:?}") };
        assert_eq!(first, [0, 4, 8]);
        assert_eq!(second, [0, 2, 4, 6, 8]);
        assert_eq!(last, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(levels.rows(2), [0]);
    }

    #[test]
    fn the_order_of_a_small_grid() {
        // The numbers are the places in the order.
        #[rustfmt::skip]
        let expected = [
            0, 9, 1, 10, 2,
            3, 11, 4, 12, 5,
            6, 13, 7, 14, 8,
        ];
        let order = Levels::new(&grid(5, 3)).order();
        let place = |index| order.iter().position(|other| *other == index).unwrap();
        assert_eq!((0..15).map(place).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_point_comes_once_and_levels_grow() {
        for (x, y) in [(1, 1), (2, 1), (1, 7), (51, 51), (4, 33)] {
            let levels = Levels::new(&grid(x, y));
            let mut order = levels.order();
            let first: Vec<usize> = order[..levels.columns(0).len() * levels.rows(0).len()].into();
            assert!(first.contains(&0) && first.contains(&(order.len() - 1)), "{x} x {y}");
            order.sort_unstable();
            assert_eq!(order, (0..(x * y) as usize).collect::<Vec<_>>());
            for level in 1..levels.len() {
                let [coarse, fine] = [level - 1, level].map(|level| levels.columns(level));
                assert!(coarse.iter().all(|column| fine.contains(column)), "{x}: {fine:?}");
            }
        }
    }

    #[test]
    fn parts_are_disjoint_and_whole_together() {
        for (x, y, count) in [(51, 51, 1), (51, 51, 7), (2, 1, 5)] {
            let grid = grid(x, y);
            let parts = (0..count).map(|index| Shard { index, count }.points(&grid));
            let points: Vec<usize> = parts.flatten().collect();
            assert_eq!(points, (0..(x * y) as usize).collect::<Vec<_>>());
        }
    }

    #[test]
    fn parts_have_names() {
        assert_eq!("3/8".parse::<Shard>().unwrap(), Shard { index: 3, count: 8 });
        for wrong in ["", "3", "8/8", "-1/8", "0/0", "1/99999999", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
