//! A run that was stopped, as a picture of the whole plane.
//!
//! A grid is computed coarse to fine ([`Levels`]), so the points of a stopped run stand apart, and few
//! of them are corners of one cell. Between them a picture needs heights: level after level, a
//! point that the run has not come to lies on the line between its two neighbours of the level
//! before, along a row or else a column. Where nothing finer is computed that is bilinear in each
//! cell, and as every point has one height, cells of different levels join without a crack.
//!
//! Such heights are for drawing alone. They are no values: nothing counts them or tells them.

use crate::{Grid, Levels};
use std::ops::RangeInclusive;

/// The grid of a run that was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    levels: Levels,
    /// From the first computed point to the last, in row-major order: the whole grid, or what there
    /// is of a part's band.
    band: RangeInclusive<usize>,
}

impl Unfinished {
    /// The run that came to the computed points of `values`, over `grid`, and was stopped there;
    /// `None` where they are not what such a run leaves. They are if each comes before each
    /// missing one in [`Levels::order`], within a band that begins and ends with a computed
    /// point. Any other missing point is a hole in the data, which nothing may hide.
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn of(grid: &Grid, values: &[f32]) -> Option<Self> {
        assert_eq!(values.len() as u64, grid.n_points(), "one value for each grid point");
        if !values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let is_computed = |value: &f32| !value.is_nan();
        let band = values.iter().position(is_computed)?..=values.iter().rposition(is_computed)?;
        let levels = Levels::new(grid);
        let mut is_past_the_end = false;
        for index in levels.order() {
            if band.contains(&index) {
                if is_past_the_end && is_computed(&values[index]) {
                    return None;
                }
                is_past_the_end |= !is_computed(&values[index]);
            }
        }
        is_past_the_end.then_some(Self { levels, band })
    }

    /// Gives missing points (NaN) among `heights`, row-major over the grid and else finite, the
    /// heights at which they are drawn. What has no computed points around it stays NaN.
    ///
    /// # Panics
    /// If there is not one height for each grid point.
    pub fn bridge(&self, heights: &mut [f32]) {
        let n_columns = self.levels.columns(usize::MAX).len();
        let n_rows = self.levels.rows(usize::MAX).len();
        assert_eq!(heights.len(), n_columns * n_rows, "one height for each grid point");
        for level in 1..self.levels.len() {
            let rows = self.levels.rows(level - 1);
            for row in rows {
                for ends in self.levels.columns(level - 1).windows(2) {
                    self.fill_middle(heights, row * n_columns + ends[0], ends[1] - ends[0], 1);
                }
            }
            for ends in rows.windows(2) {
                for column in self.levels.columns(level) {
                    let begin = ends[0] * n_columns + column;
                    self.fill_middle(heights, begin, ends[1] - ends[0], n_columns);
                }
            }
        }
    }

    /// Fills the point halfway between the one at `begin` and the one `n_steps` of `stride` further on,
    /// rounded down as the middles of [`Levels`] are.
    fn fill_middle(&self, heights: &mut [f32], begin: usize, n_steps: usize, stride: usize) {
        let middle = begin + n_steps / 2 * stride;
        if heights[middle].is_nan() && self.band.contains(&middle) {
            let (before, after) = (heights[begin], heights[begin + n_steps * stride]);
            let share = (n_steps / 2) as f32 / n_steps as f32;
            heights[middle] = before + (after - before) * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;

    fn grid(x: u32, y: u32) -> Grid {
        let axis = |len| crate::Axis::new(0.0, f64::from(len - 1), len).unwrap();
        Grid { x: axis(x), y: axis(y) }
    }

    /// `values` with only the first `n` points of `range` in the order of a run.
    fn stopped(grid: &Grid, values: &[f32], range: RangeInclusive<usize>, n: usize) -> Vec<f32> {
        let mut found = vec![NAN; values.len()];
        let order = Levels::new(grid).order().into_iter().filter(|index| range.contains(index));
        for index in order.take(n) {
            found[index] = values[index];
        }
        found
    }

    /// What is drawn, -1 standing for a hole.
    fn drawn(grid: &Grid, values: &[f32]) -> Vec<f32> {
        let mut heights = values.to_vec();
        if let Some(unfinished) = Unfinished::of(grid, values) {
            unfinished.bridge(&mut heights);
        }
        heights.into_iter().map(|height| if height.is_nan() { -1.0 } else { height }).collect()
    }

    #[test]
    fn the_first_level_covers_the_plane() {
        #[rustfmt::skip]
        let values = [
            0.0, NAN, 4.0, NAN, 8.0,
            NAN, NAN, NAN, NAN, NAN,
            4.0, NAN, 8.0, NAN, 0.0,
            NAN, NAN, NAN, NAN, NAN,
            0.0, NAN, 4.0, NAN, 4.0,
        ];
        #[rustfmt::skip]
        let expected = [
            0.0, 2.0, 4.0, 6.0, 8.0,
            2.0, 4.0, 6.0, 5.0, 4.0,
            4.0, 6.0, 8.0, 4.0, 0.0,
            2.0, 4.0, 6.0, 4.0, 2.0,
            0.0, 2.0, 4.0, 4.0, 4.0,
        ];
        assert_eq!(drawn(&grid(5, 5), &values), expected);
    }

    #[test]
    fn finer_points_bend_the_cells_beside_them() {
        // Level 1 came through its first row and to the first point of its second.
        #[rustfmt::skip]
        let values = [
            0.0, 4.0, 0.0, 8.0, 0.0,
            4.0, NAN, NAN, NAN, NAN,
            0.0, NAN, 0.0, NAN, 0.0,
            NAN, NAN, NAN, NAN, NAN,
            0.0, NAN, 0.0, NAN, 0.0,
        ];
        #[rustfmt::skip]
        let expected = [
            0.0, 4.0, 0.0, 8.0, 0.0,
            4.0, 2.0, 0.0, 4.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
        ];
        assert_eq!(drawn(&grid(5, 5), &values), expected);
    }

    #[test]
    fn a_cell_without_a_corner_is_not_drawn() {
        // Stopped before the last point of level 0.
        #[rustfmt::skip]
        let values = [
            1.0, NAN, 1.0, NAN, 1.0,
            NAN, NAN, NAN, NAN, NAN,
            1.0, NAN, 1.0, NAN, NAN,
            NAN, NAN, NAN, NAN, NAN,
            NAN, NAN, NAN, NAN, NAN,
        ];
        #[rustfmt::skip]
        let expected = [
            1.0, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, -1.0, -1.0,
            1.0, 1.0, 1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0, -1.0, -1.0,
        ];
        assert_eq!(drawn(&grid(5, 5), &values), expected);
    }

    #[test]
    fn a_part_is_drawn_within_its_band() {
        // Rows 1 to 3, of which level 0 has only the middle one.
        let values = stopped(&grid(5, 5), &[1.0; 25], 5..=19, 3 + 2 + 9);
        #[rustfmt::skip]
        let expected = [
            -1.0, -1.0, -1.0, -1.0, -1.0,
            1.0, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, 1.0, -1.0,
            -1.0, -1.0, -1.0, -1.0, -1.0,
        ];
        assert_eq!(drawn(&grid(5, 5), &values), expected);
    }

    #[test]
    fn a_hole_stays_a_hole() {
        let grid = grid(7, 5);
        let order = Levels::new(&grid).order();
        let (last, earlier) = order.split_last().unwrap();
        let without = |index: usize| {
            let mut values = vec![1.0; order.len()];
            values[index] = NAN;
            Unfinished::of(&grid, &values)
        };
        assert!(earlier.iter().all(|index| without(*index).is_none()));
        assert!(without(*last).is_some(), "a run that had one point to go");
    }

    #[test]
    fn what_is_no_stopped_run_is_left_alone() {
        let grid = grid(9, 9);
        let whole = [1.0; 81];
        assert_eq!(Unfinished::of(&grid, &whole), None);
        assert_eq!(Unfinished::of(&grid, &[NAN; 81]), None);
        assert_eq!(
            Unfinished::of(&grid, &stopped(&grid, &whole, 30..=50, 21)),
            None,
            "a whole part"
        );
        let overflowed = stopped(&grid, &[f32::INFINITY; 81], 0..=80, 40);
        assert!(Unfinished::of(&grid, &overflowed).is_some(), "overflowed is computed");
        let mut holed = stopped(&grid, &whole, 0..=80, 40);
        holed[40] = NAN;
        assert_eq!(Unfinished::of(&grid, &holed), None, "the middle is of level 0");
    }

    proptest! {
        #[test]
        fn planes_are_drawn_as_planes_and_points_as_computed(
            (x, y, n) in (1u32..40, 1u32..40).prop_flat_map(|(x, y)| (Just(x), Just(y), 0..=x * y)),
        ) {
            let grid = grid(x, y);
            let plane: Vec<f32> =
                (0..x * y).map(|index| (index % x) as f32 - 2.0 * (index / x) as f32).collect();
            let values = stopped(&grid, &plane, 0..=plane.len() - 1, n as usize);
            let mut heights = values.clone();
            if let Some(unfinished) = Unfinished::of(&grid, &values) {
                unfinished.bridge(&mut heights);
            }
            let levels = Levels::new(&grid);
            let is_covered = n as usize >= levels.columns(0).len() * levels.rows(0).len();
            for ((height, value), expected) in heights.iter().zip(&values).zip(&plane) {
                prop_assert!(height.is_nan() || (height - expected).abs() < 1e-4);
                prop_assert!(value.is_nan() || height == value);
                prop_assert!(!is_covered || !height.is_nan(), "{n} of {x} x {y}");
            }
        }

        #[test]
        fn a_whole_level_is_drawn_as_a_grid_of_its_own(
            level in 0usize..3, values in prop::collection::vec(-3.0f32..3.0, 17 * 9),
        ) {
            let whole = grid(17, 9);
            let levels = Levels::new(&whole);
            let (columns, rows) = (levels.columns(level), levels.rows(level));
            let of_level: Vec<f32> = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |column| (row, column)))
                .map(|(row, column)| values[whole.index(*column, *row)])
                .collect();
            let coarse = Grid {
                x: crate::Axis::new(0.0, 16.0, columns.len() as u32).unwrap(),
                y: crate::Axis::new(0.0, 8.0, rows.len() as u32).unwrap(),
            };
            let mut heights = stopped(&whole, &values, 0..=values.len() - 1, of_level.len());
            Unfinished::of(&whole, &heights).unwrap().bridge(&mut heights);
            for (index, height) in heights.iter().enumerate() {
                let (alpha, beta) = whole.point(index);
                let expected = coarse.sample(&of_level, alpha, beta).unwrap();
                prop_assert!((f64::from(*height) - expected).abs() < 1e-5);
            }
        }
    }
}
