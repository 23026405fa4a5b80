//! Evaluates one point: as many images of each split as it needs, with the help of the lattice points
//! around it.

use std::collections::HashMap;

use lossland_surface::Grid;
use tch::{Device, Kind, Tensor};

use super::{SurfaceEvent, SurfaceJob, SurfaceObserver};
use crate::dataset::{Subset, on_device};
use crate::device::Runtime;
use crate::error::Result;
use crate::estimate::{Estimate, Lattice, rungs, tolerance_of};
use crate::forward::Prepared;
use crate::journal::{Journal, Point};
use crate::network::Network;
use crate::plane::{Plane, kinds};
use crate::score::score_images;

/// The images of a split on the device.
struct Images {
    pixels: Tensor,
    labels: Vec<u8>,
    /// How many there are of them in the whole split.
    population: usize,
    has_stderr: bool,
}

/// The points around which others are computed, and what their images lose there, split by split.
struct Leaned {
    lattice: Lattice,
    losses: HashMap<usize, Vec<Vec<f32>>>,
}

/// Everything that stays from point to point.
pub(super) struct Evaluator<'a> {
    network: &'a Network,
    grid: Grid,
    plane: Plane,
    /// Those that are wanted.
    splits: Vec<Images>,
    tolerance: Option<f64>,
    leaned: Leaned,
    pub(super) journal: Journal,
    batch: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        runtime: Runtime,
        job: &SurfaceJob<'a>,
        journal: Journal,
        recorded: Vec<Point>,
    ) -> Result<Self> {
        let device = runtime.device();
        let (_, kind) = kinds(job.precision);
        let images = |subset: &Subset<'_>| -> Result<Images> {
            let (pixels, labels) = on_device(subset, kind, device)?;
            let population = subset.dataset().len();
            Ok(Images { pixels, labels, population, has_stderr: job.has_stderr(subset) })
        };
        let mut evaluator = Self {
            network: job.network,
            grid: job.grid,
            splits: job.subsets().map(images).collect::<Result<_>>()?,
            plane: Plane::new(job.weights, job.directions, job.precision, device)?,
            tolerance: job.tolerance,
            leaned: Leaned { lattice: Lattice::new(&job.grid), losses: HashMap::new() },
            journal,
            batch: batch(device, kind),
        };
        for point in recorded {
            evaluator.remember(point);
        }
        Ok(evaluator)
    }

    /// The values at a point, journalled; `None` if the observer broke off.
    pub(super) fn point(
        &mut self,
        index: usize,
        observer: &mut dyn SurfaceObserver,
    ) -> Result<Option<Vec<f32>>> {
        let _guard = tch::no_grad_guard();
        let leans_on = self.leans_on(index);
        // They may be none of the points that were asked for.
        for support in &leans_on {
            if !self.leaned.losses.contains_key(support) {
                let Some(point) = self.compute(*support, &[], observer)? else { return Ok(None) };
                self.record(point)?;
            }
        }
        let Some(point) = self.compute(index, &leans_on, observer)? else { return Ok(None) };
        let values = point.values.clone();
        self.record(point)?;
        Ok(Some(values))
    }

    /// The lattice points whose images' losses a point is regressed on.
    fn leans_on(&self, point: usize) -> Vec<usize> {
        if self.tolerance.is_none() || self.leaned.lattice.contains(point) {
            return Vec::new();
        }
        self.leaned.lattice.around(point)
    }

    fn record(&mut self, point: Point) -> Result<()> {
        self.journal.append(&point)?;
        self.remember(point);
        Ok(())
    }

    /// Keeps what others lean on. The number of each split's losses is the last of its values.
    fn remember(&mut self, point: Point) {
        if point.losses.is_empty() {
            return;
        }
        let mut rest = point.losses.as_slice();
        let of_split = point.values.chunks_exact(VALUES_WITH_TOLERANCE).map(|values| {
            let (losses, others) = rest.split_at(rest.len().min(values[3] as usize));
            rest = others;
            losses.to_vec()
        });
        self.leaned.losses.insert(point.index, of_split.collect());
    }

    /// Evaluates a point, with the help of those that it leans on.
    fn compute(
        &self,
        index: usize,
        leans_on: &[usize],
        observer: &mut dyn SurfaceObserver,
    ) -> Result<Option<Point>> {
        let (alpha, beta) = self.grid.point(index);
        let prepared = self.plane.network_at(self.network, alpha, beta)?;
        let is_leaned_on = self.tolerance.is_some() && self.leaned.lattice.contains(index);
        let mut point = Point { index, values: Vec::new(), losses: Vec::new() };
        for (number, images) in self.splits.iter().enumerate() {
            let controls: Vec<&[f32]> =
                leans_on.iter().map(|point| &*self.leaned.losses[point][number]).collect();
            let Some(seen) = self.split(images, &prepared, &controls, is_leaned_on, observer)?
            else {
                return Ok(None);
            };
            point.values.extend([seen.estimate.mean as f32, seen.accuracy() as f32]);
            if images.has_stderr {
                point.values.push(seen.estimate.stderr as f32);
            }
            if self.tolerance.is_some() {
                point.values.push(seen.losses.len() as f32);
            }
            if is_leaned_on {
                point.losses.extend(seen.losses.iter().map(|loss| *loss as f32));
            }
        }
        Ok(Some(point))
    }

    /// Evaluates as many images of a split as are needed.
    fn split(
        &self,
        images: &Images,
        prepared: &Prepared,
        controls: &[&[f32]],
        is_leaned_on: bool,
        observer: &mut dyn SurfaceObserver,
    ) -> Result<Option<Seen>> {
        let available = images.labels.len();
        let wanted = match self.tolerance {
            Some(_) => rungs(is_leaned_on, available).collect(),
            None => vec![available],
        };
        let mut seen = Seen::default();
        for rung in wanted {
            let done = seen.losses.len();
            let mut told = |done| observer.event(SurfaceEvent::Images { done, images: rung });
            let of_images = (&images.pixels, &*images.labels);
            let range = done..rung;
            let scored =
                score_images(self.network, prepared, of_images, range, self.batch, &mut told)?;
            let Some(scored) = scored else { return Ok(None) };
            for (loss, correct) in scored {
                seen.losses.push(loss);
                seen.correct += u64::from(correct);
            }
            seen.estimate = Estimate::controlled(&seen.losses, controls, images.population);
            if let Some(tolerance) = self.tolerance
                && seen.estimate.meets(tolerance_of(is_leaned_on, tolerance))
            {
                break;
            }
        }
        Ok(Some(seen))
    }
}

/// Loss, accuracy, standard error, images.
const VALUES_WITH_TOLERANCE: usize = 4;

/// What some images of a split gave at a point.
struct Seen {
    losses: Vec<f64>,
    correct: u64,
    estimate: Estimate,
}

impl Default for Seen {
    fn default() -> Self {
        let estimate = Estimate { mean: f64::INFINITY, stderr: f64::INFINITY };
        Self { losses: Vec::new(), correct: 0, estimate }
    }
}

impl Seen {
    /// Share classified correctly, in per cent.
    fn accuracy(&self) -> f64 {
        100.0 * self.correct as f64 / self.losses.len() as f64
    }
}

/// Images that go through the network at once: what is fastest, as long as a CPU's caches hold what
/// they become. A fixed number, since the last digits may depend on it.
pub(crate) fn batch(device: Device, kind: Kind) -> usize {
    match (device.is_cuda(), kind) {
        (true, _) => 1024,
        (false, Kind::Double) => 32,
        (false, _) => 128,
    }
}
