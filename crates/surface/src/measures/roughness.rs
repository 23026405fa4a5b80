//! Roughness: the total variation of the loss along cuts through the network.

use super::{Incomplete, Measured, reach};
use crate::Grid;
use serde::Serialize;
use std::f64::consts::PI;

/// Cuts, at equal angles.
const N_CUTS: usize = 32;

/// T = sum |dL| / (max L - min L) of cuts along the diameters of the largest disc around (0, 0)
/// in the grid: 1 for a slope, 2 for a bowl, and more the more the loss goes up and down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Roughness {
    /// The mean of T over the cuts.
    pub mean: f64,
    /// The standard deviation of T over the cuts.
    pub spread: f64,
    /// The number of cuts.
    pub n_cuts: usize,
    /// The disc's radius, in units of the directions.
    pub radius: f64,
    /// The distance of samples on a cut: at most half the grid's spacing.
    pub step: f64,
}

impl Roughness {
    /// The roughness of `values`, sampled bilinearly.
    ///
    /// # Errors
    /// Where a value on a cut was not computed or overflowed, the loss is constant on one, or
    /// (0, 0) is not inside the grid.
    pub fn of(grid: &Grid, values: &[f32]) -> Measured<Self> {
        let radius = reach(grid);
        if radius <= 0.0 {
            return Err(Incomplete::CentreOutside);
        }
        // The slack keeps a step that fits exactly from being divided for a rounding error.
        let spacing = grid.x.step().min(grid.y.step());
        let n_steps = (2.0 * radius / spacing - 1e-9).ceil() as i64;
        let cut = |k: usize| -> Vec<f64> {
            let (sin, cos) = match k {
                // A rounding error off the axis would make noise of a constant.
                _ if 2 * k == N_CUTS => (1.0, 0.0),
                _ => (k as f64 * PI / N_CUTS as f64).sin_cos(),
            };
            let sample = |step: i64| {
                // In this order, so that the ends are at the radius exactly.
                let t = step as f64 / n_steps as f64 * radius;
                grid.sample(values, t * cos, t * sin).unwrap_or(f64::NAN)
            };
            (-n_steps..=n_steps).map(sample).collect()
        };
        let cuts: Vec<Vec<f64>> = (0..N_CUTS).map(cut).collect();
        let count = |is: fn(&f64) -> bool| cuts.iter().filter(|cut| cut.iter().any(is)).count();
        let (of, what) = (N_CUTS, "cuts");
        match (count(|value| value.is_nan()), count(|value| value.is_infinite())) {
            (0, 0) => {}
            (0, n) => return Err(Incomplete::Overflowed { n, of, what }),
            (n, _) => return Err(Incomplete::NotComputed { n, of, what }),
        }
        let variations: Vec<f64> = cuts.iter().map(|cut| relative_variation(cut)).collect();
        let n_constant = variations.iter().filter(|variation| variation.is_nan()).count();
        if n_constant > 0 {
            return Err(Incomplete::Constant { n: n_constant, of });
        }
        let mean_of = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / N_CUTS as f64;
        let mean = mean_of(&mut variations.iter().copied());
        let variance = mean_of(&mut variations.iter().map(|variation| (variation - mean).powi(2)));
        Ok(Self {
            mean,
            spread: variance.sqrt(),
            n_cuts: N_CUTS,
            radius,
            step: radius / n_steps as f64,
        })
    }
}

/// sum |dL| / (max L - min L); NaN where the cut is constant.
fn relative_variation(cut: &[f64]) -> f64 {
    let total: f64 = cut.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    let max = cut.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = cut.iter().copied().fold(f64::INFINITY, f64::min);
    total / (max - min)
}
