//! Values between the grid points: bilinear interpolation, and what it does beside missing ones.

use crate::Grid;

impl Grid {
    /// The value at `(alpha, beta)`, bilinear between the four grid points around it, of `values`
    /// over this grid. `None` outside the grid. Exact at a grid point, whatever stands beside it;
    /// elsewhere a missing value counts wherever it has a say: NaN (not computed) before
    /// +infinity (overflowed).
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn sample(&self, values: &[f32], alpha: f64, beta: f64) -> Option<f64> {
        let place = |axis: &crate::Axis, value: f64| {
            let inside = axis.first() <= value && value <= axis.last();
            let position = axis.position(value).clamp(0.0, (axis.len() - 1) as f64);
            // A grid point's own coordinate must find that point, not one a rounding error away.
            let nearest = position.round();
            let position = if axis.value(nearest as usize) == value { nearest } else { position };
            inside.then_some(position)
        };
        self.sample_at(values, place(&self.x, alpha)?, place(&self.y, beta)?)
    }

    /// The same at a fractional `column` and `row`: 0 at the first value of an axis, `len - 1` at
    /// its last.
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn sample_at(&self, values: &[f32], column: f64, row: f64) -> Option<f64> {
        assert_eq!(values.len() as u64, self.n_points(), "one value for each grid point");
        let (i, right) = cell(column, self.x.len())?;
        let (j, up) = cell(row, self.y.len())?;
        let along_row = |j: usize| {
            let value = |i: usize| f64::from(values[self.index(i, j)]);
            mix(value(i), || value(i + 1), right)
        };
        Some(mix(along_row(j), || along_row(j + 1), up))
    }
}

/// The cell in which `position` lies on an axis of `len` values, and how far in it, from 0 up to
/// but not including 1. A grid of one column or row has only positions at its values.
fn cell(position: f64, len: usize) -> Option<(usize, f64)> {
    let inside = (0.0..=(len - 1) as f64).contains(&position);
    inside.then(|| (position as usize, position.fract()))
}

/// Linear between two values, of which the second counts (and is looked up) only where its weight
/// is not zero. Of those that count, one that was not computed (NaN) makes the result NaN, since
/// nothing is known there; else one that overflowed makes it +infinity.
fn mix(a: f64, b: impl FnOnce() -> f64, weight_of_b: f64) -> f64 {
    if weight_of_b == 0.0 {
        return a;
    }
    match (a, b()) {
        (a, b) if a.is_nan() || b.is_nan() => f64::NAN,
        (a, b) if a.is_infinite() || b.is_infinite() => f64::INFINITY,
        (a, b) => a + (b - a) * weight_of_b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(x: &str, y: &str) -> Grid {
        Grid { x: x.parse().unwrap(), y: y.parse().unwrap() }
    }

    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;

    #[test]
    fn between_four_points() {
        let grid = grid("-1:2:2", "0:1:2");
        #[rustfmt::skip]
        let values = [
            0.0, 3.0,
            6.0, 9.0,
        ];
        assert_eq!(grid.sample(&values, -1.0, 0.0), Some(0.0));
        assert_eq!(grid.sample(&values, 0.0, 0.0), Some(1.0));
        assert_eq!(grid.sample(&values, 0.5, 0.5), Some(4.5));
        assert_eq!(grid.sample(&values, 2.0, 1.0), Some(9.0));
        for (alpha, beta) in [(-1.1, 0.0), (2.1, 0.0), (0.0, -0.1), (0.0, 1.1), (f64::NAN, 0.0)] {
            assert_eq!(grid.sample(&values, alpha, beta), None);
        }
    }

    #[test]
    fn missing_values_count_only_where_they_have_weight() {
        let grid = grid("0:2:3", "0:1:2");
        #[rustfmt::skip]
        let values = [
            1.0, 2.0, INF,
            NAN, 4.0, 6.0,
        ];
        let at = |alpha, beta| grid.sample(&values, alpha, beta).unwrap();
        assert!(at(0.5, 0.5).is_nan());
        assert_eq!(at(0.5, 0.0), 1.5, "on the edge across from the hole");
        assert_eq!(at(1.0, 0.5), 3.0);
        assert_eq!(at(1.5, 0.5), f64::INFINITY);
        assert_eq!(at(1.5, 1.0), 5.0);
        assert!(at(0.0, 1.0).is_nan());
    }

    #[test]
    fn one_row_and_one_point() {
        let row = grid("0:2:3", "0.1:0.1:1");
        assert_eq!(row.sample(&[1.0, 2.0, 4.0], 1.5, 0.1), Some(3.0));
        assert_eq!(row.sample(&[1.0, 2.0, 4.0], 1.5, 0.0), None);
        assert_eq!(grid("0:0:1", "0:0:1").sample(&[7.0], 0.0, 0.0), Some(7.0));
    }

    proptest! {
        #[test]
        fn exact_at_grid_points_among_holes(
            first in -3.0..3.0f64, length in 0.1..9.0f64, len in 2u32..60, at in any::<u16>(),
        ) {
            let axis = crate::Axis::new(first, first + length, len).unwrap();
            let grid = Grid { x: axis, y: axis };
            let index = usize::from(at) % (len * len) as usize;
            let mut values = vec![NAN; (len * len) as usize];
            values[index] = 0.1;
            let (alpha, beta) = grid.point(index);
            prop_assert_eq!(grid.sample(&values, alpha, beta), Some(f64::from(0.1f32)));
        }

        #[test]
        fn linear_functions_are_reproduced(u in 0.0..=1.0f64, v in 0.0..=1.0f64) {
            let grid = grid("-1:2:7", "-0.5:0.5:5");
            let linear = |alpha: f64, beta: f64| 3.0 - 2.0 * alpha + 0.5 * beta;
            let values: Vec<f32> = (0..35)
                .map(|k| grid.point(k))
                .map(|(alpha, beta)| linear(alpha, beta) as f32)
                .collect();
            let (alpha, beta) = (-1.0 + 3.0 * u, v - 0.5);
            let sampled = grid.sample(&values, alpha, beta).unwrap();
            prop_assert!((sampled - linear(alpha, beta)).abs() < 1e-6);
        }
    }
}
