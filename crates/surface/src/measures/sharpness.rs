//! Sharpness: how far the loss rises near the network, after Keskar et al., "On Large-Batch
//! Training for Deep Learning: Generalization Gap and Sharp Minima", ICLR 2017, here over a disc
//! of the plane.

use super::{Incomplete, Measured, all_computed, centre, measured, reach};
use crate::Grid;
use serde::Serialize;

/// The sharpness within one radius.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sharpness {
    /// The radius, in units of the directions.
    pub radius: f64,
    /// How far the loss rises there.
    #[serde(flatten, serialize_with = "measured")]
    pub rise: Measured<Rise>,
}

/// How far the loss rises over the grid points of a disc, alpha^2 + beta^2 <= r^2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rise {
    /// Points in the disc.
    pub n_points: usize,
    /// max(L - L0). +infinity where a point overflowed, and so are the other two.
    pub max: f64,
    /// mean(L - L0).
    pub mean: f64,
    /// 100 (max L - L0) / (1 + L0), Keskar's measure.
    pub keskar: f64,
}

/// By how much a squared radius may be passed: (0.6, 0.8) is on the unit circle in float64 too.
const ROUNDING: f64 = 1e-9;

impl Sharpness {
    /// The sharpness within each of `radii`.
    pub fn within(grid: &Grid, values: &[f32], radii: &[f64]) -> Vec<Self> {
        let within = |&radius: &f64| Self { radius, rise: Rise::within(grid, values, radius) };
        radii.iter().map(within).collect()
    }
}

impl Rise {
    /// The rise within `radius` around (0, 0).
    ///
    /// # Errors
    /// Where the disc leaves the grid or has no grid point, one of its points was not computed, or
    /// the centre overflowed.
    pub fn within(grid: &Grid, values: &[f32], radius: f64) -> Measured<Self> {
        let found = reach(grid);
        if found < radius {
            return Err(Incomplete::OutOfRange { expected: radius, found });
        }
        let is_inside = |(alpha, beta): (f64, f64)| {
            alpha * alpha + beta * beta <= radius * radius * (1.0 + ROUNDING)
        };
        let disc: Vec<f32> = (0..values.len())
            .filter(|&index| is_inside(grid.point(index)))
            .map(|index| values[index])
            .collect();
        all_computed(&disc)?;
        let centre = centre(grid, values)?;
        let rises = disc.iter().map(|value| f64::from(*value) - centre);
        let max = rises.clone().reduce(f64::max).ok_or(Incomplete::NoPoints { radius })?;
        Ok(Self {
            n_points: disc.len(),
            max,
            mean: rises.sum::<f64>() / disc.len() as f64,
            keskar: 100.0 * max / (1.0 + centre),
        })
    }
}
