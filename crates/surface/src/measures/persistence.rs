//! Persistence of the local minima, and SMAD: two readings of the merge tree.
//!
//! A change of the loss by at most e moves no pair (birth, death) by more than e (Cohen-Steiner,
//! Edelsbrunner and Harer, "Stability of Persistence Diagrams", 2007), so that a pair whose
//! persistence is small beside the standard error of the loss may be noise. Where the file tells
//! standard errors, pairs under 4 s are not counted: a rule of thumb, and on the safe side, since
//! all points share their images.

use super::{Incomplete, Measured, MergeTree, Minimum};
use crate::Grid;
use serde::Serialize;

/// The minima that count, and how deep they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persistence {
    /// Minima that count, the lowest one among them.
    pub n_minima: usize,
    /// Those of them on the border of the grid, beyond which the loss may fall further.
    pub n_on_border: usize,
    /// Minima that do not count, as noise may make them.
    pub n_not_counted: usize,
    /// The least persistence that counts, in standard errors; none where those are not known and
    /// all minima count.
    pub least_in_stderr: Option<f64>,
    /// The smallest and the largest number of images of a point, where known. Where they differ
    /// the count of minima is doubtful: points beside each other may be means of different images.
    pub n_images: Option<[f32; 2]>,
    /// The sum of death - birth over the minima that count, without the lowest, which has no
    /// death. +infinity where only points that overflowed separate two minima.
    pub sum: f64,
    /// Its mean; none where there is only the lowest.
    pub mean: Option<f64>,
    /// The largest death - birth; none where there is only the lowest.
    pub largest: Option<f64>,
    /// The minima that count, from the lowest up.
    pub minima: Vec<PersistentMinimum>,
}

/// A minimum and where its valley ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PersistentMinimum {
    /// Alpha there.
    pub alpha: f64,
    /// Beta there.
    pub beta: f64,
    /// The loss there.
    pub birth: f32,
    /// The loss at the saddle to a lower minimum; none for the lowest.
    pub death: Option<f32>,
}

impl Persistence {
    /// The persistence of the minima of `tree`, which is over `grid`. With the standard errors of
    /// its points, a minimum counts from `least_in_stderr` times the larger one of its own and its
    /// saddle's. `n_images` are the numbers of images.
    ///
    /// # Errors
    /// Where a standard error is needed and was not computed.
    ///
    /// # Panics
    /// If standard errors or images are not one for each grid point.
    pub fn of(
        grid: &Grid,
        tree: &MergeTree,
        stderr: Option<&[f32]>,
        n_images: Option<&[f32]>,
        least_in_stderr: f64,
    ) -> Measured<Self> {
        let is_complete = |values: &[f32]| values.len() as u64 == grid.n_points();
        assert!(stderr.is_none_or(is_complete), "one standard error for each grid point");
        assert!(n_images.is_none_or(is_complete), "one number of images for each grid point");
        if let Some(stderr) = stderr {
            let is_unknown = |minimum: &&Minimum| larger(stderr, minimum).is_nan();
            let n = tree.minima().iter().filter(is_unknown).count();
            if n > 0 {
                let of = tree.minima().len();
                return Err(Incomplete::NotComputed { n, of, what: "standard errors" });
            }
        }
        let counts = |minimum: &&Minimum| counts(minimum, stderr, least_in_stderr);
        let counted: Vec<&Minimum> = tree.minima().iter().filter(counts).collect();
        let finite: Vec<f64> = counted.iter().filter_map(|m| m.persistence()).collect();
        let sum = finite.iter().sum::<f64>();
        Ok(Self {
            n_minima: counted.len(),
            n_on_border: counted.iter().filter(|m| is_on_border(grid, m.point)).count(),
            n_not_counted: tree.minima().len() - counted.len(),
            least_in_stderr: stderr.map(|_| least_in_stderr),
            n_images: n_images.map(range),
            sum: sum + 0.0,
            mean: (!finite.is_empty()).then(|| sum / finite.len() as f64),
            largest: finite.iter().copied().reduce(f64::max),
            minima: counted.into_iter().map(|minimum| on_grid(grid, minimum)).collect(),
        })
    }
}

/// Whether a minimum counts: its persistence is at least `least_in_stderr` times the larger standard
/// error of its own point and its saddle's. The lowest one always does, and where standard errors
/// are not known all do; one that was not computed settles nothing, so that the minimum does not.
///
/// # Panics
/// If standard errors are not one for each grid point.
pub fn counts(minimum: &Minimum, stderr: Option<&[f32]>, least_in_stderr: f64) -> bool {
    let (Some(persistence), Some(stderr)) = (minimum.persistence(), stderr) else { return true };
    persistence >= least_in_stderr * larger(stderr, minimum)
}

/// Saddle-minimum average distance: the mean height of the saddles over the minima beside them
/// (Landscaper, 2026). Over all leaves of the merge tree, the lowest too, each up to where its
/// valley first meets another; 0 where there is only one. Noise is not left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Smad {
    /// The mean of |L(saddle) - L(minimum)|.
    pub value: f64,
    /// The minima that it is over.
    pub n_minima: usize,
}

impl Smad {
    /// The SMAD of `tree`.
    pub fn of(tree: &MergeTree) -> Self {
        let minima = tree.minima();
        let height = |minimum: &Minimum| {
            minimum.first_meeting.map_or(0.0, |level| f64::from(level) - f64::from(minimum.birth))
        };
        let sum = minima.iter().map(height).sum::<f64>();
        Self { value: sum / minima.len() as f64, n_minima: minima.len() }
    }
}

/// The larger standard error of a minimum and its saddle, NaN where one was not computed.
fn larger(stderr: &[f32], minimum: &Minimum) -> f64 {
    let own = stderr[minimum.point];
    let saddle = minimum.death.and_then(|saddle| saddle.point).map_or(own, |point| stderr[point]);
    if own.is_nan() || saddle.is_nan() { f64::NAN } else { f64::from(own.max(saddle)) }
}

fn is_on_border(grid: &Grid, point: usize) -> bool {
    let (i, j) = (point % grid.x.len(), point / grid.x.len());
    i == 0 || j == 0 || i == grid.x.len() - 1 || j == grid.y.len() - 1
}

fn on_grid(grid: &Grid, minimum: &Minimum) -> PersistentMinimum {
    let (alpha, beta) = grid.point(minimum.point);
    let death = minimum.death.map(|saddle| saddle.level);
    PersistentMinimum { alpha, beta, birth: minimum.birth, death }
}

/// The smallest and the largest of `values` that were computed.
fn range(values: &[f32]) -> [f32; 2] {
    values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| {
        [low.min(*value), high.max(*value)]
    })
}
