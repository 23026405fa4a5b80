//! Cross-sections: the values of a field along a straight line through the plane.

use crate::Grid;

/// Places along a line are at most this far apart, in steps of the grid: fine enough that a line
/// along a row or column meets each of its points, and a spike of one point is seen from any angle.
const SPACING_STEPS: f64 = 0.5;
/// No more places than this, however long the line.
const MAX_PLACES: usize = 8193;

impl Grid {
    /// The values of `values`, over this grid, along the line from one point of the plane `[alpha,
    /// beta]` to another: evenly spaced places, both ends included, as `[distance, value]`.
    /// Distances are from the first end and in the plane's own units, `sqrt(alpha^2 + beta^2)`,
    /// whatever the angle of the directions in weight space. Values are as [`Grid::sample_at`] has
    /// them: bilinear, +infinity beside a point that overflowed; NaN where nothing was computed,
    /// and outside the grid.
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn profile(&self, values: &[f32], from: [f64; 2], to: [f64; 2]) -> Vec<[f64; 2]> {
        let [along_alpha, along_beta] = [to[0] - from[0], to[1] - from[1]];
        let length = along_alpha.hypot(along_beta);
        // An axis of one value has no step: 0 or infinitely many.
        let n_steps = |along: f64, step: f64| if along == 0.0 { 0.0 } else { along.abs() / step };
        let n_steps = n_steps(along_alpha, self.x.step()).max(n_steps(along_beta, self.y.step()));
        // Rounding must not add a place between all grid points of a row.
        let n_parts = (n_steps / SPACING_STEPS - 1e-6).ceil().clamp(1.0, (MAX_PLACES - 1) as f64);
        (0..=n_parts as usize)
            .map(|place| {
                let share = place as f64 / n_parts;
                // Exact at both ends.
                let between = |from: f64, to: f64| from * (1.0 - share) + to * share;
                let column = self.x.place(between(from[0], to[0]));
                let row = self.y.place(between(from[1], to[1]));
                let sampled = column.zip(row).and_then(|(i, j)| self.sample_at(values, i, j));
                [length * share, sampled.unwrap_or(f64::NAN)]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;

    fn grid(x: &str, y: &str) -> Grid {
        Grid { x: x.parse().unwrap(), y: y.parse().unwrap() }
    }

    fn values_along(grid: &Grid, values: &[f32], from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        grid.profile(values, from, to).iter().map(|place| place[1]).collect()
    }

    #[test]
    fn along_a_row_every_point_is_met_and_the_middles_between() {
        let grid = grid("-1:1:3", "0:1:2");
        let values = [1.0, 9.0, 2.0, 0.0, 0.0, 0.0];
        assert_eq!(
            grid.profile(&values, [-1.0, 0.0], [1.0, 0.0]),
            [[0.0, 1.0], [0.5, 5.0], [1.0, 9.0], [1.5, 5.5], [2.0, 2.0]]
        );
        let backwards = values_along(&grid, &values, [1.0, 0.0], [-1.0, 0.0]);
        assert_eq!(backwards, [2.0, 5.5, 9.0, 5.0, 1.0]);
    }

    #[test]
    fn holes_and_the_outside_are_not_known() {
        let grid = grid("0:2:3", "0:1:2");
        let values = [1.0, NAN, 3.0, 1.0, f32::INFINITY, 3.0];
        let along = values_along(&grid, &values, [-1.0, 0.0], [2.0, 0.0]);
        let known: Vec<bool> = along.iter().map(|value| !value.is_nan()).collect();
        assert_eq!(known, [false, false, true, false, false, false, true]);
        let overflowed = values_along(&grid, &values, [0.0, 1.0], [2.0, 1.0]);
        assert_eq!(overflowed, [1.0, f64::INFINITY, f64::INFINITY, f64::INFINITY, 3.0]);
    }

    #[test]
    fn odd_lines_are_short_or_bounded() {
        let square = grid("0:1:2", "0:1:2");
        let values = [0.0, 1.0, 2.0, 3.0];
        let place = values_along(&square, &values, [0.5, 0.5], [0.5, 0.5]);
        assert_eq!(place, [1.5, 1.5]);
        let far = square.profile(&values, [-1e9, 0.0], [1e9, 0.0]);
        assert_eq!(far.len(), MAX_PLACES);
        let nowhere = values_along(&square, &values, [f64::NAN, 0.0], [1.0, 0.0]);
        assert!(nowhere.iter().all(|value| value.is_nan()));
        let line = grid("0:1:2", "0.5:0.5:1");
        assert_eq!(values_along(&line, &[0.0, 2.0], [0.0, 0.5], [1.0, 0.5]), [0.0, 1.0, 2.0]);
        assert_eq!(line.profile(&[0.0, 2.0], [0.0, 0.5], [1.0, 0.6]).len(), MAX_PLACES);
    }

    proptest! {
        #[test]
        fn a_plane_has_straight_profiles(
            from in [-1.0..=1.0f64, -0.5..=0.5f64], to in [-1.0..=1.0f64, -0.5..=0.5f64],
        ) {
            let grid = grid("-1:1:9", "-0.5:0.5:4");
            let linear = |alpha: f64, beta: f64| 2.0 + alpha - 3.0 * beta;
            let values: Vec<f32> = (0..36)
                .map(|index| grid.point(index))
                .map(|(alpha, beta)| linear(alpha, beta) as f32)
                .collect();
            let profile = grid.profile(&values, from, to);
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            prop_assert_eq!(profile[0][0], 0.0);
            prop_assert_eq!(profile[profile.len() - 1][0], length);
            let step = length / (profile.len() - 1) as f64;
            prop_assert!(step <= 0.5 * 0.25f64.hypot(1.0 / 3.0) + 1e-9, "{step}");
            for [distance, value] in profile {
                let share = if length == 0.0 { 0.0 } else { distance / length };
                let at = |k: usize| from[k] + (to[k] - from[k]) * share;
                prop_assert!((value - linear(at(0), at(1))).abs() < 1e-5);
            }
        }

        #[test]
        fn no_spike_along_a_row_is_missed(spike in 0usize..51, row in 0usize..5) {
            let grid = grid("-1:1:51", "-1:1:5");
            let mut values = vec![0.0; 255];
            values[grid.index(spike, row)] = 7.0;
            let beta = grid.y.value(row);
            let along = values_along(&grid, &values, [-1.0, beta], [1.0, beta]);
            prop_assert!(along.iter().any(|value| (value - 7.0).abs() < 1e-6));
        }
    }
}
