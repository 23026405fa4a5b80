//! What some images tell of all of them: the mean loss of a split from its first images in a fixed
//! random order, and how far off it may be.
//!
//! With `--tolerance`, a point uses the first n images, n from a ladder of doublings, and stops at
//! the first n whose standard error is small enough. The images' losses at neighbouring points are
//! strongly correlated. So a coarse lattice of points is evaluated on more images, M, and a point
//! between them regresses its images' losses on those that the same images have at the lattice
//! points around it (control variates; Cochran 1977, "double sampling"). What the regression
//! explains is then known as well as from M images, and only the residual as from n:
//!
//! ```text
//! se^2 = s_residual^2 (1/n - 1/M) + s^2 (1/M - 1/N)
//! ```
//!
//! with N images in the split. Everything is a function of the point, the order and the grid alone.

use std::ops::Range;

use lossland_surface::{Grid, Levels};

/// Images on the first rung of the ladder; the next ones have twice as many each.
const FIRST_RUNG: usize = 256;

/// Images on the first rung at lattice points.
const LATTICE_FIRST_RUNG: usize = 2048;

/// Lattice points have to be better than those that lean on them, by this factor.
const LATTICE_TOLERANCE: f64 = 0.7;

/// Lattice columns, and rows, are at most so many steps apart.
const LATTICE_GAP: usize = 4;

/// The standard error aimed at, in units of the tolerance, is the loss plus this: where the loss is
/// nearly zero, its error need not be.
const LOSS_OFFSET: f64 = 0.1;

/// A mean over a split as some of its images tell it, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    /// Its standard error: 0 where all images were evaluated, infinite where a loss is.
    pub(crate) stderr: f64,
}

impl Estimate {
    /// From the losses of the first images, of `population` in all.
    pub(crate) fn plain(losses: &[f64], population: usize) -> Self {
        let n = losses.len() as f64;
        let mean = losses.iter().sum::<f64>() / n;
        let remainder = 1.0 / n - 1.0 / population as f64;
        if remainder <= 0.0 {
            return Self { mean, stderr: 0.0 };
        }
        if !mean.is_finite() || losses.len() < 2 {
            return Self { mean, stderr: f64::INFINITY };
        }
        Self { mean, stderr: (variance(losses, mean) * remainder).sqrt() }
    }

    /// The same, with what the same images lose at lattice points, first images first, of which more
    /// are known there.
    pub(crate) fn controlled(losses: &[f64], controls: &[&[f32]], population: usize) -> Self {
        let plain = Self::plain(losses, population);
        let n = losses.len();
        let known = controls.iter().map(|control| control.len()).min().unwrap_or(0);
        if known <= n || !plain.stderr.is_finite() {
            return plain;
        }
        let controls: Vec<Control> =
            controls.iter().filter_map(|control| Control::new(&control[..known], n)).collect();
        let deviations: Vec<f64> = losses.iter().map(|loss| loss - plain.mean).collect();
        let Some(slopes) = regress(&deviations, &controls) else { return plain };
        let correction: f64 = slopes.iter().zip(&controls).map(|(b, c)| b * c.shift).sum();
        let residuals = deviations.iter().enumerate().map(|(i, deviation)| {
            deviation - slopes.iter().zip(&controls).map(|(b, c)| b * c.scores[i]).sum::<f64>()
        });
        let freedom = (n - 1).saturating_sub(controls.len()).max(1) as f64;
        let residual_variance = residuals.map(|r| r * r).sum::<f64>() / freedom;
        let (n, known) = (n as f64, known as f64);
        let stderr = (residual_variance * (1.0 / n - 1.0 / known)
            + variance(losses, plain.mean) * (1.0 / known - 1.0 / population as f64))
            .sqrt();
        let mean = plain.mean + correction;
        // No loss is negative, so such a correction is none.
        if mean > 0.0 && stderr < plain.stderr { Self { mean, stderr } } else { plain }
    }

    /// Whether the error is small enough.
    pub(crate) fn meets(self, tolerance: f64) -> bool {
        // An infinite loss gets no better.
        self.mean.is_infinite() || self.stderr <= tolerance * (self.mean + LOSS_OFFSET)
    }
}

/// The rungs of the ladder: how many images, the last all `available` ones.
pub(crate) fn rungs(is_lattice: bool, available: usize) -> impl Iterator<Item = usize> {
    let first = if is_lattice { LATTICE_FIRST_RUNG } else { FIRST_RUNG };
    let doublings = std::iter::successors(Some(first), |rung| rung.checked_mul(2));
    doublings.take_while(move |rung| *rung < available).chain([available])
}

/// The tolerance that a point has to meet.
pub(crate) fn tolerance_of(is_lattice: bool, tolerance: f64) -> f64 {
    if is_lattice { LATTICE_TOLERANCE * tolerance } else { tolerance }
}

/// The lattice: those columns and rows of a grid whose points are evaluated on more images.
pub(crate) struct Lattice {
    n_columns: usize,
    columns: Vec<usize>,
    rows: Vec<usize>,
}

impl Lattice {
    /// The coarsest level of the grid whose lines are near enough to each other.
    pub(crate) fn new(grid: &Grid) -> Self {
        let levels = Levels::new(grid);
        let is_near =
            |lines: &[usize]| lines.windows(2).all(|pair| pair[1] - pair[0] <= LATTICE_GAP);
        let first = |lines: &dyn Fn(usize) -> Vec<usize>| {
            (0..levels.len()).map(lines).find(|lines| is_near(lines)).expect("the last is whole")
        };
        Self {
            n_columns: grid.x.len(),
            columns: first(&|level| levels.columns(level).to_vec()),
            rows: first(&|level| levels.rows(level).to_vec()),
        }
    }

    /// The lattice points around a point of the grid: one to four, the point itself if it is one.
    pub(crate) fn around(&self, point: usize) -> Vec<usize> {
        let (column, row) = (point % self.n_columns, point / self.n_columns);
        let columns = &self.columns[lines_around(&self.columns, column)];
        let rows = &self.rows[lines_around(&self.rows, row)];
        let row_of = |row: &usize| row * self.n_columns;
        rows.iter().flat_map(|row| columns.iter().map(move |c| row_of(row) + c)).collect()
    }

    pub(crate) fn contains(&self, point: usize) -> bool {
        self.around(point) == [point]
    }
}

/// The lines on both sides of `place`, or the one on it.
fn lines_around(lines: &[usize], place: usize) -> Range<usize> {
    match lines.binary_search(&place) {
        Ok(on) => on..on + 1,
        Err(after) => after.saturating_sub(1)..(after + 1).min(lines.len()),
    }
}

/// The losses at one lattice point, ready for regression.
struct Control {
    /// Of the first n images, less their mean, in units of their standard deviation.
    scores: Vec<f64>,
    /// The mean of all that are known less that of the first n, in the same unit.
    shift: f64,
}

impl Control {
    /// `None` where the losses explain nothing: all equal, or not all finite.
    fn new(losses: &[f32], n: usize) -> Option<Self> {
        let mean = |losses: &[f32]| {
            losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64
        };
        let (mean_known, mean_first) = (mean(losses), mean(&losses[..n]));
        let first: Vec<f64> = losses[..n].iter().map(|loss| f64::from(*loss)).collect();
        let deviation = variance(&first, mean_first).sqrt();
        if !mean_known.is_finite() || !deviation.is_normal() {
            return None;
        }
        Some(Self {
            scores: first.iter().map(|loss| (loss - mean_first) / deviation).collect(),
            shift: (mean_known - mean_first) / deviation,
        })
    }
}

/// Lattice points are alike, so their correlation matrix may be nearly singular; this much is added
/// to its diagonal.
const RIDGE: f64 = 1e-6;

/// The slopes of the least-squares plane through the origin; `None` without controls, or where there
/// is no such plane.
fn regress(deviations: &[f64], controls: &[Control]) -> Option<Vec<f64>> {
    let k = controls.len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let n = deviations.len() as f64;
    let mut rows: Vec<Vec<f64>> = controls
        .iter()
        .enumerate()
        .map(|(i, control)| {
            let with = |other: &Control| dot(&control.scores, &other.scores) / n;
            let mut row: Vec<f64> = controls.iter().map(with).collect();
            row[i] += RIDGE;
            row.push(dot(&control.scores, deviations) / n);
            row
        })
        .collect();
    // Gaussian elimination: the matrix is symmetric and positive definite, so needs no pivoting.
    for i in 0..k {
        let (above, below) = rows.split_at_mut(i + 1);
        for row in below {
            let factor = row[i] / above[i][i];
            row.iter_mut()
                .zip(&above[i])
                .skip(i)
                .for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    let mut slopes = vec![0.0; k];
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| rows[i][j] * slopes[j]).sum();
        slopes[i] = (rows[i][k] - known) / rows[i][i];
    }
    (k > 0 && slopes.iter().all(|slope| slope.is_finite())).then_some(slopes)
}

fn variance(values: &[f64], mean: f64) -> f64 {
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    fn normal(len: usize, seed: u64) -> Vec<f64> {
        let mut values = vec![0.0; len];
        Stream::new(Purpose::Subset, seed, [1, 1]).fill_normal(&mut values);
        values
    }

    #[test]
    fn all_images_leave_no_error() {
        let estimate = Estimate::plain(&[1.0, 2.0, 6.0], 3);
        assert_eq!(estimate, Estimate { mean: 3.0, stderr: 0.0 });
        let some = Estimate::plain(&[1.0, 3.0], 4);
        assert_eq!(some, Estimate { mean: 2.0, stderr: (2.0_f64 * 0.25).sqrt() });
    }

    #[test]
    fn an_infinite_loss_is_an_infinite_mean_and_is_enough() {
        let estimate = Estimate::plain(&[1.0, f64::INFINITY], 9);
        assert_eq!((estimate.mean, estimate.stderr), (f64::INFINITY, f64::INFINITY));
        assert!(estimate.meets(0.01));
    }

    /// Losses are twice the control plus small noise: the error is that of the control's larger
    /// sample, and 95 % intervals hold the mean about as often as they say.
    #[test]
    fn a_control_that_explains_lends_its_images() {
        const N: usize = 20_000;
        const M: usize = 2_000;
        const SAMPLE: usize = 100;
        let (mut covered, mut closer) = (0, 0);
        for trial in 0..200 {
            let control: Vec<f64> = normal(N, trial).iter().map(|z| 5.0 + z).collect();
            let noise = normal(N, trial + 1000);
            let losses: Vec<f64> =
                control.iter().zip(noise).map(|(c, z)| 2.0 * c + 0.2 * z).collect();
            let truth = losses.iter().sum::<f64>() / N as f64;
            let control: Vec<f32> = control[..M].iter().map(|c| *c as f32).collect();
            let plain = Estimate::plain(&losses[..SAMPLE], N);
            let estimate = Estimate::controlled(&losses[..SAMPLE], &[&control], N);
            assert!(estimate.stderr < 0.5 * plain.stderr, "{estimate:?}, {plain:?}");
            covered += u32::from((estimate.mean - truth).abs() < 1.96 * estimate.stderr);
            closer += u32::from((estimate.mean - truth).abs() < (plain.mean - truth).abs());
        }
        assert!((180..=198).contains(&covered), "{covered} of 200");
        assert!(closer > 140, "{closer} of 200");
    }

    #[test]
    fn useless_controls_change_nothing() {
        let losses = normal(100, 1).iter().map(|z| z + 5.0).collect::<Vec<_>>();
        let plain = Estimate::plain(&losses, 1000);
        let constant = [3.0; 500];
        let infinite = [f32::INFINITY; 500];
        let short = [1.0; 100];
        for controls in [&[][..], &[&constant[..]], &[&infinite], &[&short]] {
            assert_eq!(Estimate::controlled(&losses, controls, 1000), plain);
        }
        // Twins are as good as one.
        let control: Vec<f32> = normal(500, 2).iter().map(|z| *z as f32).collect();
        let one = Estimate::controlled(&losses, &[&control], 1000);
        let two = Estimate::controlled(&losses, &[&control, &control], 1000);
        assert!((one.mean - two.mean).abs() < 1e-4, "{one:?} {two:?}");
    }

    #[test]
    fn the_ladder_ends_with_all() {
        let rungs = |is_lattice, available| rungs(is_lattice, available).collect::<Vec<_>>();
        assert_eq!(rungs(false, 1000), [256, 512, 1000]);
        assert_eq!(rungs(false, 1024), [256, 512, 1024]);
        assert_eq!(rungs(true, 5000), [2048, 4096, 5000]);
        assert_eq!(rungs(true, 100), [100]);
    }

    #[test]
    fn lattice_points_surround_the_others() {
        let grid = Grid { x: "-1:1:51".parse().unwrap(), y: "0:0:1".parse().unwrap() };
        let lattice = Lattice::new(&grid);
        assert_eq!(
            lattice.columns,
            [0, 3, 6, 9, 12, 15, 18, 21, 25, 28, 31, 34, 37, 40, 43, 46, 50]
        );
        assert_eq!(lattice.around(23), [21, 25]);
        assert_eq!(lattice.around(25), [25]);
        assert!(lattice.contains(50) && !lattice.contains(49));
        let square = Grid { x: grid.x, y: grid.x };
        assert_eq!(Lattice::new(&square).around(51 + 1), [0, 3, 153, 156]);
    }
}
