//! Flat area: how much of the grid is not far above the network itself.

use super::{Measured, all_computed, centre};
use crate::Grid;
use serde::Serialize;

/// The flat area V(t) at one height t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FlatArea {
    /// The height t over the loss at the centre.
    pub height: f64,
    /// The share of the grid's points with L <= L0 + t, 0 to 1.
    pub share: f64,
}

/// V(t) for each t of `heights`. A value that overflowed is above every level.
///
/// # Errors
/// Where a point, or the centre, was not computed, or the centre overflowed or is off the grid.
pub fn flat_area(grid: &Grid, values: &[f32], heights: &[f64]) -> Measured<Vec<FlatArea>> {
    all_computed(values)?;
    let centre = centre(grid, values)?;
    let flat =
        |&height: &f64| FlatArea { height, share: share(values, |value| value <= centre + height) };
    Ok(heights.iter().map(flat).collect())
}

/// The share of the grid's points with L < 1, 0 to 1.
///
/// # Errors
/// Where a point was not computed.
pub fn share_below_1(values: &[f32]) -> Measured<f64> {
    all_computed(values)?;
    Ok(share(values, |value| value < 1.0))
}

fn share(values: &[f32], is_in: impl Fn(f64) -> bool) -> f64 {
    let n_in = values.iter().filter(|value| value.is_finite() && is_in(f64::from(**value))).count();
    n_in as f64 / values.len() as f64
}
