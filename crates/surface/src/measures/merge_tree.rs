//! The merge tree of a loss: how valleys join as a level rises.
//!
//! The region below a level, on the grid triangulated as the viewer draws it (each cell split
//! along (i, j) to (i + 1, j + 1)), grows with the level: a piece appears at each local minimum,
//! and pieces join at saddles. Where two join, the one with the higher minimum ends (the elder
//! rule); its minimum and that saddle are a pair, their difference the minimum's persistence
//! (Edelsbrunner, Letscher and Zomorodian, "Topological Persistence and Simplification", 2002).
//!
//! Equal values are told apart by their order in the grid, so that the result is a function of the
//! values. What that alone separates (two parts of one plateau) are not two minima.

use super::{Incomplete, Measured, all_computed};
use crate::Grid;

/// The local minima of a field over a grid and the saddles where their valleys join.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeTree {
    minima: Vec<Minimum>,
    /// For each grid point the valley that steepest descent ends in; `NONE` where it overflowed.
    valley_of_point: Vec<usize>,
    /// The valleys: those of the minima, and those that turned out to be parts of a plateau.
    valleys: Vec<Valley>,
}

/// A local minimum: a grid point, the first of them where a plateau is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimum {
    /// Where it is: the index of a grid point.
    pub point: usize,
    /// Its value: the level at which its valley appears.
    pub birth: f32,
    /// Where its valley ends in that of a lower minimum; `None` for the lowest.
    pub death: Option<Saddle>,
    /// The level at which its valley first meets another: the height of the saddle above this
    /// leaf of the tree. `None` where there is no other.
    pub first_meeting: Option<f32>,
}

/// Where a valley ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saddle {
    /// The saddle's value; +infinity where only points that overflowed are between the two.
    pub level: f32,
    /// The index of its grid point; `None` where the level is infinite.
    pub point: Option<usize>,
}

impl Minimum {
    /// Death minus birth; `None` for the lowest minimum, which never ends.
    pub fn persistence(&self) -> Option<f64> {
        self.death.map(|saddle| f64::from(saddle.level) - f64::from(self.birth))
    }
}

/// What a valley is in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Valley {
    /// Its minimum, as an index; `None` for a part of a plateau.
    minimum: Option<usize>,
    /// The valley across the saddle where it ends; itself, if it never does.
    beyond: usize,
}

const NONE: usize = usize::MAX;

impl MergeTree {
    /// The merge tree of `values`. A value that overflowed is above every level.
    ///
    /// # Errors
    /// Where a point was not computed, or all overflowed.
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn new(grid: &Grid, values: &[f32]) -> Measured<Self> {
        assert_eq!(values.len() as u64, grid.n_points(), "one value for each grid point");
        all_computed(values)?;
        let mut order: Vec<usize> = (0..values.len()).filter(|&p| values[p].is_finite()).collect();
        if order.is_empty() {
            let n = values.len();
            return Err(Incomplete::Overflowed { n, of: n, what: "points" });
        }
        // Stable: equal values stay in the order of the grid. Adding 0 makes -0 equal to 0.
        order.sort_by(|&p, &q| (values[p] + 0.0).total_cmp(&(values[q] + 0.0)));
        let mut flood = Flood::default();
        let mut valley_of_point = vec![NONE; values.len()];
        // Where a point is in `order`, once it is below the level.
        let mut rank = vec![NONE; values.len()];
        let mut around = Vec::new();
        for (place, &point) in order.iter().enumerate() {
            around.clear();
            around.extend(neighbours(grid, point).filter(|&q| rank[q] != NONE));
            around.sort_unstable_by_key(|&q| rank[q]);
            for q in &mut around {
                *q = valley_of_point[*q];
            }
            valley_of_point[point] = match around.first() {
                None => flood.appear(point, values[point]),
                Some(&lowest) => {
                    flood.meet(&around, values[point], Some(point));
                    lowest
                }
            };
            rank[point] = place;
        }
        // Whatever has not met yet is apart by overflowed points.
        let all: Vec<usize> = (0..flood.minima.len()).collect();
        flood.meet(&all, f32::INFINITY, None);
        let (minima, valleys) = flood.finish();
        Ok(Self { minima, valley_of_point, valleys })
    }

    /// The minima, the lowest first, at least one.
    pub fn minima(&self) -> &[Minimum] {
        &self.minima
    }

    /// The basins of the minima that count: for each grid point the minimum that steepest descent
    /// along the grid's edges ends in, as an index into [`MergeTree::minima`]. A minimum that does
    /// not count leaves its basin to the one across the saddle where it ends; the lowest always
    /// counts. `None` for a point that overflowed. With all minima from some persistence on, each
    /// basin is one piece.
    pub fn basins(&self, counts: impl Fn(&Minimum) -> bool) -> Vec<Option<usize>> {
        let counted = |valley: usize| {
            let Valley { minimum, beyond } = self.valleys[valley];
            minimum.filter(|&index| beyond == valley || counts(&self.minima[index]))
        };
        let mut owners: Vec<Option<usize>> = (0..self.valleys.len()).map(counted).collect();
        let mut path = Vec::new();
        for start in 0..owners.len() {
            // Ends, as the saddles make a tree of the valleys, at the latest with the lowest one.
            let mut valley = start;
            while owners[valley].is_none() {
                path.push(valley);
                valley = self.valleys[valley].beyond;
            }
            let owner = owners[valley];
            path.drain(..).for_each(|passed| owners[passed] = owner);
        }
        self.valley_of_point.iter().map(|&valley| *owners.get(valley)?).collect()
    }
}

/// The points that share an edge of the triangulation with `point`.
fn neighbours(grid: &Grid, point: usize) -> impl Iterator<Item = usize> {
    let (n_columns, n_rows) = (grid.x.len(), grid.y.len());
    let (i, j) = (point % n_columns, point / n_columns);
    let (left, right, down, up) = (i > 0, i + 1 < n_columns, j > 0, j + 1 < n_rows);
    [
        (down && left).then(|| point - n_columns - 1),
        down.then(|| point - n_columns),
        left.then(|| point - 1),
        right.then(|| point + 1),
        up.then(|| point + n_columns),
        (up && right).then(|| point + n_columns + 1),
    ]
    .into_iter()
    .flatten()
}

/// The valleys while the level rises. They are numbered as they appear, so that of two the one
/// with the smaller number is the elder.
#[derive(Default)]
struct Flood {
    minima: Vec<Minimum>,
    /// For each valley itself, or one that it is part of by now.
    whole: Vec<usize>,
    /// For each valley the one across the saddle where it ends, or itself.
    beyond: Vec<usize>,
}

impl Flood {
    fn appear(&mut self, point: usize, birth: f32) -> usize {
        let number = self.minima.len();
        self.minima.push(Minimum { point, birth, death: None, first_meeting: None });
        self.whole.push(number);
        self.beyond.push(number);
        number
    }

    /// The valley that `valley` is part of by now.
    fn whole(&mut self, mut valley: usize) -> usize {
        while self.whole[valley] != valley {
            // Halves the way for the next time.
            self.whole[valley] = self.whole[self.whole[valley]];
            valley = self.whole[valley];
        }
        valley
    }

    /// Joins the valleys around a point, of which some may be parts of one; the point belongs to
    /// the first of them.
    fn meet(&mut self, around: &[usize], level: f32, point: Option<usize>) {
        let parts: Vec<[usize; 2]> = around.iter().map(|&part| [self.whole(part), part]).collect();
        let mut wholes: Vec<usize> = parts.iter().map(|&[whole, _]| whole).collect();
        wholes.sort_unstable();
        wholes.dedup();
        let &[elder, _, ..] = &wholes[..] else { return };
        // What appeared at this very level is a part of a plateau, and no valley to meet.
        let n_real = wholes.iter().filter(|&&valley| self.minima[valley].birth < level).count();
        for &valley in &wholes {
            let minimum = &mut self.minima[valley];
            if n_real > 1 && minimum.birth < level {
                minimum.first_meeting.get_or_insert(level);
            }
            if valley == elder {
                continue;
            }
            minimum.death = Some(Saddle { level, point });
            self.whole[valley] = elder;
            // Across from the point's own valley the elder is, across from all others that one.
            let across = if parts[0][0] == valley { elder } else { parts[0][0] };
            let beyond = parts.iter().find(|[whole, _]| *whole == across);
            self.beyond[valley] = beyond.map_or(elder, |&[_, part]| part);
        }
    }

    /// The minima, without parts of plateaus, whose persistence is zero; and the valleys.
    fn finish(self) -> (Vec<Minimum>, Vec<Valley>) {
        let mut minima = Vec::new();
        let mut valleys = Vec::new();
        for (minimum, beyond) in self.minima.into_iter().zip(self.beyond) {
            let is_real = minimum.death.is_none_or(|saddle| saddle.level > minimum.birth);
            valleys.push(Valley { minimum: is_real.then_some(minima.len()), beyond });
            if is_real {
                minima.push(minimum);
            }
        }
        (minima, valleys)
    }
}

#[cfg(test)]
mod tests;
