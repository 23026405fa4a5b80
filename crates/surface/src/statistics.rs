//! What a field amounts to in a few numbers.
//!
//! Values that are missing or overflowed are counted, never guessed: those that were not computed
//! (NaN) are left out of everything, and one that overflowed (+infinity) counts as above every
//! level, but not as a maximum.

use crate::{Field, Grid};
use serde::Serialize;

/// The summary of one field. All values are as computed: no cut, no logarithm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The value at alpha = beta = 0, bilinear where that is no grid point: the network itself.
    /// `None` where (0, 0) is outside the grid or not computed; +infinity where it overflowed.
    pub centre: Option<f64>,
    /// The smallest finite value.
    pub minimum: Option<Extremum>,
    /// The largest finite value.
    pub maximum: Option<Extremum>,
    /// The middle one of the computed values, those that overflowed included; the mean of the two
    /// in the middle where their number is even.
    pub median: Option<f64>,
    /// Points of the grid.
    pub n_points: usize,
    /// Points that were not computed.
    pub n_missing: usize,
    /// Points that were computed, and not finite.
    pub n_overflowed: usize,
}

/// An extreme value, and where it is; of several, the first in the order of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Extremum {
    /// The value.
    pub value: f32,
    /// Alpha there.
    pub alpha: f64,
    /// Beta there.
    pub beta: f64,
}

impl Statistics {
    /// The summary of `field`, which is over `grid`.
    ///
    /// # Panics
    /// If the field has not one value for each grid point.
    pub fn new(grid: &Grid, field: &Field) -> Self {
        let values = field.values();
        let computed: Vec<f32> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let finite = || values.iter().enumerate().filter(|(_, value)| value.is_finite());
        let extremum = |(index, value): (usize, &f32)| {
            let (alpha, beta) = grid.point(index);
            Extremum { value: *value, alpha, beta }
        };
        Self {
            centre: grid.sample(values, 0.0, 0.0).filter(|centre| !centre.is_nan()),
            minimum: finite().min_by(|a, b| a.1.total_cmp(b.1)).map(extremum),
            // Reversed, so that of equal values the first one is taken.
            maximum: finite().rev().max_by(|a, b| a.1.total_cmp(b.1)).map(extremum),
            n_points: values.len(),
            n_missing: values.len() - computed.len(),
            n_overflowed: computed.iter().filter(|value| value.is_infinite()).count(),
            median: median(&computed),
        }
    }
}

/// The share of the computed values that are below `level`, 0 to 1. `None` where none is computed.
pub fn share_below(values: &[f32], level: f32) -> Option<f64> {
    let n_computed = values.iter().filter(|value| !value.is_nan()).count();
    let n_below = values.iter().filter(|value| **value < level).count();
    (n_computed > 0).then(|| n_below as f64 / n_computed as f64)
}

fn median(computed: &[f32]) -> Option<f64> {
    let upper = f64::from(nth(computed, computed.len() / 2)?);
    if !computed.len().is_multiple_of(2) {
        return Some(upper);
    }
    let lower = f64::from(nth(computed, computed.len() / 2 - 1)?);
    Some(lower / 2.0 + upper / 2.0)
}

/// The value that would be at `index` if they were sorted. By counting, twice: the page's standard
/// library is built for size, and what it has for this takes its time.
fn nth(values: &[f32], mut index: usize) -> Option<f32> {
    // Unsigned numbers in the order of `f32::total_cmp`.
    let key = |value: &f32| {
        let bits = value.to_bits();
        if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
    };
    // The half of the key with this shift, of those keys that begin with what is known already.
    let mut half = |known: Option<u32>, shift: u32| {
        let mut counts = vec![0usize; 1 << 16];
        for key in values.iter().map(key) {
            if known.is_none_or(|known| key >> 16 == known) {
                counts[(key >> shift & 0xFFFF) as usize] += 1;
            }
        }
        let found = counts.iter().position(|&count| {
            let is_here = index < count;
            index -= if is_here { 0 } else { count };
            is_here
        });
        found.map(|half| half as u32)
    };
    let upper = half(None, 16)?;
    let key = upper << 16 | half(Some(upper), 0)?;
    Some(f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldKind;

    fn of(values: &[f32]) -> Statistics {
        let grid = Grid { x: "-1:1:3".parse().unwrap(), y: "-0.5:0.5:2".parse().unwrap() };
        Statistics::new(&grid, &Field::new(FieldKind::TrainLoss, values.to_vec()).unwrap())
    }

    #[test]
    fn of_a_small_grid() {
        #[rustfmt::skip]
        let statistics = of(&[
            9.0, 1.0, f32::NAN,
            9.0, 2.0, f32::INFINITY,
        ]);
        assert_eq!(
            statistics,
            Statistics {
                centre: Some(1.5),
                minimum: Some(Extremum { value: 1.0, alpha: 0.0, beta: -0.5 }),
                maximum: Some(Extremum { value: 9.0, alpha: -1.0, beta: -0.5 }),
                median: Some(9.0),
                n_points: 6,
                n_missing: 1,
                n_overflowed: 1,
            }
        );
    }

    #[test]
    fn of_nothing_computed() {
        let statistics = of(&[f32::NAN; 6]);
        assert_eq!((statistics.centre, statistics.median, statistics.n_missing), (None, None, 6));
        assert_eq!((statistics.minimum, statistics.maximum), (None, None));
        assert_eq!(share_below(&[f32::NAN], 1.0), None);
    }

    #[test]
    fn median_of_an_even_number() {
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0, f32::NAN, f32::NAN]).median, Some(2.5));
        assert_eq!(of(&[f32::INFINITY; 6]).median, Some(f64::INFINITY));
    }

    #[test]
    fn overflowed_is_above_every_level() {
        let values = [0.5, 1.0, f32::INFINITY, f32::NAN, 0.9];
        assert_eq!(share_below(&values, 1.0), Some(0.5));
        assert_eq!(share_below(&values, f32::INFINITY), Some(0.75));
    }

    proptest::proptest! {
        #[test]
        fn any_place_is_found(mut values in proptest::collection::vec(proptest::num::f32::ANY, 0..40)) {
            let found: Vec<_> =
                (0..values.len()).map(|index| nth(&values, index).unwrap().to_bits()).collect();
            proptest::prop_assert_eq!(nth(&values, values.len()), None);
            values.sort_by(f32::total_cmp);
            let sorted: Vec<_> = values.iter().map(|value| value.to_bits()).collect();
            proptest::prop_assert_eq!(found, sorted);
        }
    }
}
