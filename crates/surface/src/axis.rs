//! Axes and grids: regular, increasing, in units of the direction they run along.

use crate::SurfaceError;
use serde::Serialize;

/// One regular, increasing axis of a grid. Its unit is the length of the (normalised) direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Axis {
    first: f64,
    last: f64,
    len: u32,
}

/// How far, in steps, a coordinate may lie off a regular axis and still count as on it.
const REGULAR_TOLERANCE_STEPS: f64 = 0.1;

/// How far, in steps, rounding may take a computed coordinate off a value of an axis.
const ROUNDING_STEPS: f64 = 1e-6;

impl Axis {
    /// The axis of `len` equally spaced values from `first` to `last`, both included.
    ///
    /// # Errors
    /// Unless both ends are finite and `first < last`, or `first == last` where `len` is 1.
    pub fn new(first: f64, last: f64, len: u32) -> Result<Self, SurfaceError> {
        let invalid = |why: &str| {
            Err(SurfaceError::Invalid(format!("axis {first}:{last}:{len}: expected {why}")))
        };
        // The sum of both magnitudes bounds every intermediate of `value` and `step`.
        if !(first.abs() + last.abs()).is_finite() {
            return invalid("finite ends");
        }
        match len {
            0 => invalid("at least one value"),
            1 if first != last => invalid("equal ends where there is one value"),
            2.. if first >= last => invalid("the first value below the last"),
            _ => {
                // -0.0 and 0.0 are one coordinate and must give one file.
                let axis = Self { first: first + 0.0, last: last + 0.0, len };
                let steps_vanish = len > 1 && axis.value(0) == axis.value(1);
                if steps_vanish {
                    return invalid("steps that float64 can tell apart");
                }
                Ok(axis)
            }
        }
    }

    /// The regular axis on which `values` lie, each within 10 % of a step. It ends at the first and
    /// last value where that will do.
    ///
    /// # Errors
    /// Where there is none: values that decrease, repeat, are not finite or not equally spaced.
    pub fn from_values(values: &[f64]) -> Result<Self, SurfaceError> {
        Self::from_bounds(&values.iter().map(|value| [*value; 2]).collect::<Vec<_>>())
    }

    /// The same for several values at each place, of which the lowest and the highest are given.
    pub(crate) fn from_bounds(bounds: &[[f64; 2]]) -> Result<Self, SurfaceError> {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            return Err(SurfaceError::Invalid(
                "axis: expected at least one value, found none".into(),
            ));
        };
        let len = u32::try_from(bounds.len()).map_err(|_too_long| SurfaceError::TooLarge {
            what: "an axis".into(),
            found: bounds.len() as u64,
            limit: u64::from(u32::MAX),
        })?;
        if let Some(value) = bounds.as_flattened().iter().find(|value| !value.is_finite()) {
            return Err(SurfaceError::Invalid(format!(
                "axis: expected finite values, found {value}"
            )));
        }
        let middle = |[low, high]: &[f64; 2]| low + (high - low) / 2.0;
        let from_end_to_end = Self::new(middle(first), middle(last), len)?;
        if from_end_to_end.is_near(bounds).is_ok() {
            return Ok(from_end_to_end);
        }
        // The ends may be off themselves, and then mislead about all values between them.
        let best = Self::least_squares(bounds.iter().map(middle), len)?;
        best.is_near(bounds).map(|()| best)
    }

    /// The axis with the smallest sum of squared distances from these values.
    fn least_squares(
        values: impl Iterator<Item = f64> + Clone,
        len: u32,
    ) -> Result<Self, SurfaceError> {
        let half = f64::from(len - 1) / 2.0;
        let mean = values.clone().map(|value| value / f64::from(len)).sum::<f64>();
        let (covariance, variance) =
            values.enumerate().fold((0.0, 0.0), |(covariance, variance), (i, value)| {
                let offset = i as f64 - half;
                (covariance + offset * (value - mean), variance + offset * offset)
            });
        let reach = if len == 1 { 0.0 } else { half * covariance / variance };
        Self::new(mean - reach, mean + reach, len)
    }

    /// Whether all values are on this axis, within the tolerance; the error names one that isn't.
    fn is_near(&self, bounds: &[[f64; 2]]) -> Result<(), SurfaceError> {
        for (i, &[low, high]) in bounds.iter().enumerate() {
            let on_axis = self.value(i);
            let value = if on_axis - low > high - on_axis { low } else { high };
            // A single value has no step to measure by. The last term forgives rounding.
            let tolerance = REGULAR_TOLERANCE_STEPS * self.step() * (1.0 + 1e-9);
            if (value - on_axis).abs() > tolerance {
                return Err(SurfaceError::Invalid(format!(
                    "axis: expected equally spaced values, {on_axis:?} at place {i} (within 10 % of \
                     a step), found {value:?}; resample the surface onto a regular grid"
                )));
            }
        }
        Ok(())
    }

    /// The first and smallest value.
    pub fn first(&self) -> f64 {
        self.first
    }

    /// The last and largest value.
    pub fn last(&self) -> f64 {
        self.last
    }

    /// The number of values, at least 1.
    #[allow(clippy::len_without_is_empty, reason = "an axis is never empty")]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// The distance of neighbouring values; 0 where there is only one.
    pub fn step(&self) -> f64 {
        if self.len == 1 { 0.0 } else { (self.last - self.first) / f64::from(self.len - 1) }
    }

    /// Value number `index`, counted from 0. Exact at both ends, and exactly 0 in the middle of a
    /// symmetric axis.
    pub fn value(&self, index: usize) -> f64 {
        if self.len == 1 {
            return self.first;
        }
        let n_steps = f64::from(self.len - 1);
        let right = index as f64 / n_steps;
        let left = (n_steps - index as f64) / n_steps;
        self.first * left + self.last * right
    }

    /// All values, in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        (0..self.len()).map(|i| self.value(i))
    }

    /// Where `value` lies, as a fractional index: 0 at the first value, `len - 1` at the last.
    /// Where there is only one value: 0 at it, and infinitely far away elsewhere.
    pub fn position(&self, value: f64) -> f64 {
        if self.len == 1 {
            return match value.partial_cmp(&self.first) {
                Some(std::cmp::Ordering::Less) => f64::NEG_INFINITY,
                Some(std::cmp::Ordering::Equal) => 0.0,
                Some(std::cmp::Ordering::Greater) => f64::INFINITY,
                None => f64::NAN,
            };
        }
        (value - self.first) / (self.last - self.first) * f64::from(self.len - 1)
    }

    /// The same for a coordinate that was computed: whole where it is a value of this axis but for
    /// rounding, so that nothing beside that value has a say. `None` outside.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        let position = self.position(value);
        let nearest = position.round();
        let is_nearest = (position - nearest).abs() <= ROUNDING_STEPS;
        let place = if is_nearest { nearest } else { position };
        (0.0..=(self.len() - 1) as f64).contains(&place).then_some(place)
    }
}

impl std::fmt::Display for Axis {
    /// As the command line takes it: `first:last:len`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.first, self.last, self.len)
    }
}

impl std::str::FromStr for Axis {
    type Err = SurfaceError;

    /// Parses `first:last:len`, for example `-1:1:51`.
    fn from_str(text: &str) -> Result<Self, SurfaceError> {
        let malformed = || {
            SurfaceError::Invalid(format!(
                "expected first:last:number, for example -1:1:51, found {text:?}"
            ))
        };
        let parts: Vec<&str> = text.split(':').collect();
        let [first, last, len] = parts[..] else { return Err(malformed()) };
        match (first.trim().parse(), last.trim().parse(), len.trim().parse()) {
            (Ok(first), Ok(last), Ok(len)) => Self::new(first, last, len),
            _ => Err(malformed()),
        }
    }
}

/// A rectangular grid of points: alpha along `x`, beta along `y`. Values over it are row-major,
/// one row for each beta: the value at `(alpha[i], beta[j])` stands at `j * x.len() + i`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Grid {
    /// The values of alpha, along the first direction.
    pub x: Axis,
    /// The values of beta, along the second direction.
    pub y: Axis,
}

impl Grid {
    /// The number of points. A `u64` product of two `u32` cannot overflow.
    pub fn n_points(&self) -> u64 {
        u64::from(self.x.len) * u64::from(self.y.len)
    }

    /// Where the value at column `i` (alpha) and row `j` (beta) stands.
    pub fn index(&self, i: usize, j: usize) -> usize {
        j * self.x.len() + i
    }

    /// Alpha and beta of the point at `index`.
    pub fn point(&self, index: usize) -> (f64, f64) {
        (self.x.value(index % self.x.len()), self.y.value(index / self.x.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_and_middle_are_exact() {
        let axis: Axis = "-1:1:51".parse().unwrap();
        assert_eq!((axis.value(0), axis.value(25), axis.value(50)), (-1.0, 0.0, 1.0));
        let odd: Axis = "-0.1:0.7:13".parse().unwrap();
        assert_eq!((odd.value(0), odd.value(12)), (-0.1, 0.7));
    }

    #[test]
    fn position_inverts_value() {
        let axis = Axis::new(-1.0, 2.0, 7).unwrap();
        for i in 0..7 {
            assert!((axis.position(axis.value(i)) - i as f64).abs() < 1e-12);
        }
        let single = Axis::new(0.1, 0.1, 1).unwrap();
        assert_eq!((single.position(0.1), single.position(0.2)), (0.0, f64::INFINITY));
    }

    #[test]
    fn unusable_axes_are_refused() {
        for text in [
            "1:-1:51",
            "0:0:2",
            "0:1:1",
            "0:1:0",
            "nan:1:3",
            "0:inf:3",
            "-1e308:1e308:3",
            "0:1",
            "a",
        ] {
            assert!(text.parse::<Axis>().is_err(), "{text}");
        }
        assert!(Axis::new(1.0, 1.0 + f64::EPSILON, 1000).is_err(), "steps below float64");
    }

    #[test]
    fn a_tenth_of_a_step_is_regular_and_more_is_not() {
        let near = Axis::from_values(&[0.0, 1.09, 2.0]).unwrap();
        assert_eq!(near, Axis::new(0.0, 2.0, 3).unwrap(), "the ends stay");
        assert!(Axis::from_values(&[0.0, 1.1, 2.0]).is_ok());
        assert!(Axis::from_values(&[0.0, 1.25, 2.0]).is_err());
        assert_eq!(
            Axis::from_values(&[0.0, 1.0, 2.0, 3.5, 4.0])
                .unwrap_err()
                .to_string()
                .split(',')
                .next(),
            Some("axis: expected equally spaced values")
        );
        // Both ends are off, so that no axis from end to end will do.
        let fitted = Axis::from_values(&[0.09, 0.93, 1.95, 2.97, 4.09]).unwrap();
        assert!((fitted.step() - 1.0).abs() < 0.05 && fitted.first().abs() < 0.1, "{fitted}");
        assert!(Axis::from_values(&[0.0, f64::NAN, 2.0]).is_err());
        assert!(Axis::from_values(&[2.0, 1.0, 0.0]).is_err());
        assert!(Axis::from_values(&[]).is_err());
        assert!(Axis::from_values(&[0.3]).is_ok());
        assert!(Axis::from_bounds(&[[0.0, 0.1], [1.0, 1.1]]).is_ok());
        assert!(Axis::from_bounds(&[[0.0, 0.3], [1.0, 1.0]]).is_err());
        assert!(Axis::from_bounds(&[[0.0, 0.1]]).is_err());
    }

    proptest! {
        #[test]
        fn noise_is_regular_at_the_ends_too(
            first in -2.0..2.0f64, step in 0.01..2.0f64,
            noise in prop::collection::vec(-0.06..0.06f64, 3..60),
        ) {
            let values: Vec<f64> =
                noise.iter().enumerate().map(|(i, off)| first + (i as f64 + off) * step).collect();
            let axis = Axis::from_values(&values).unwrap();
            prop_assert!((axis.first() - first).abs() < 0.2 * step);
            prop_assert!((axis.last() - first - (noise.len() - 1) as f64 * step).abs() < 0.2 * step);
        }

        #[test]
        fn an_axis_is_found_from_its_values(
            first in -2.0..2.0f64, length in 0.01..2.0f64, len in 2u32..200,
        ) {
            let axis = Axis::new(first, first + length, len).unwrap();
            prop_assert_eq!(Axis::from_values(&axis.values().collect::<Vec<_>>()).unwrap(), axis);
        }
    }
}
