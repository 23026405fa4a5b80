//! Loss and accuracy over a grid in the plane, journalled point by point.

use std::ops::ControlFlow;
use std::path::Path;

use lossland_surface::{Field, FieldKind, Grid, Precision, SurfaceError};
use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor};

use crate::dataset::{Subset, on_device};
use crate::device::Runtime;
use crate::directions::Directions;
use crate::error::{ComputeError, Result};
use crate::files::remove_if_present;
use crate::journal::{Journal, Run};
use crate::network::Network;
use crate::plane::{Plane, kinds};
use crate::score::{Score, score};
use crate::state::State;

/// What to evaluate, and where. All of it, but for the journal's place, decides the values.
pub struct SurfaceJob<'a> {
    /// The network.
    pub network: &'a Network,
    /// The weights at the centre of the plane.
    pub weights: &'a State,
    /// The directions, as rescaled as they are to be.
    pub directions: &'a Directions,
    /// Where in the plane.
    pub grid: Grid,
    /// Training images, if the fields of the training set are wanted.
    pub train: Option<&'a Subset<'a>>,
    /// Test images, if the fields of the test set are wanted.
    pub test: Option<&'a Subset<'a>>,
    /// Number format of the evaluation.
    pub precision: Precision,
    /// Where points are recorded as they are computed. [`remove_journal`] takes it away once the
    /// surface is safe.
    pub journal: &'a Path,
}

/// What evaluation tells its observer.
#[derive(Debug)]
pub enum SurfaceEvent<'a> {
    /// Evaluation begins, or goes on where it was interrupted.
    Started {
        /// Points that were computed before.
        done: usize,
        /// Points of the grid.
        points: usize,
    },
    /// Some images of a point were evaluated.
    Images {
        /// Images of the point done.
        done: usize,
        /// Images of each point.
        images: usize,
    },
    /// A point was computed and recorded.
    Point {
        /// Points computed so far.
        done: usize,
        /// All that was computed so far.
        values: &'a GridValues,
    },
}

/// Hears of progress; [`ControlFlow::Break`] interrupts the run, at the cost of the point that is
/// being computed.
pub trait SurfaceObserver {
    /// Called after each batch of images and each point.
    fn event(&mut self, event: SurfaceEvent<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(SurfaceEvent<'_>) -> ControlFlow<()>> SurfaceObserver for F {
    fn event(&mut self, event: SurfaceEvent<'_>) -> ControlFlow<()> {
        self(event)
    }
}

/// How an evaluation ended.
#[derive(Debug)]
pub enum SurfaceOutcome {
    /// Every point is computed.
    Finished(GridValues),
    /// The observer interrupted it; the same call goes on from there.
    Interrupted(GridValues),
}

/// The values at each point of a grid, NaN where not computed yet.
#[derive(Debug, Clone)]
pub struct GridValues {
    kinds: Vec<FieldKind>,
    /// For each kind, row-major `[beta][alpha]`.
    values: Vec<Vec<f32>>,
}

impl GridValues {
    /// As fields of a surface: loss and accuracy of the training set, then of the test set, of
    /// those that were asked for.
    ///
    /// # Errors
    /// None that can happen: losses and accuracies are no negative infinity.
    pub fn fields(&self) -> Result<Vec<Field>, SurfaceError> {
        let pairs = self.kinds.iter().zip(&self.values);
        pairs.map(|(kind, values)| Field::new(kind.clone(), values.clone())).collect()
    }

    fn new(kinds: Vec<FieldKind>, points: usize) -> Self {
        let values = vec![vec![f32::NAN; points]; kinds.len()];
        Self { kinds, values }
    }

    fn set(&mut self, point: usize, values: &[f32]) {
        self.values.iter_mut().zip(values).for_each(|(field, value)| field[point] = *value);
    }

    fn is_computed(&self, point: usize) -> bool {
        self.values.iter().all(|field| !field[point].is_nan())
    }
}

/// A grid that no one waits for is refused before memory is asked for.
const MAX_POINTS: u64 = 1 << 24;

/// Evaluates the network at every point of the grid that the journal does not hold yet.
///
/// # Errors
/// [`ComputeError::Request`] where no images were given or the grid has more than 2^24 points;
/// [`ComputeError::OtherRun`] where the journal belongs to another run; [`ComputeError::InUse`]
/// while another process computes this surface; [`ComputeError::Io`] and [`ComputeError::Torch`]
/// where the machine refuses.
pub fn evaluate(
    runtime: Runtime,
    job: &SurfaceJob<'_>,
    observer: &mut dyn SurfaceObserver,
) -> Result<SurfaceOutcome> {
    if job.grid.n_points() > MAX_POINTS {
        return Err(ComputeError::Request(format!(
            "expected at most {MAX_POINTS} points, found {} x {}",
            job.grid.x.len(),
            job.grid.y.len()
        )));
    }
    let points = job.grid.n_points() as usize;
    let mut values = GridValues::new(job.kinds(), points);
    if values.kinds.is_empty() {
        return Err(ComputeError::Request("expected images to evaluate, found none".to_owned()));
    }
    let run = Run { digest: job.digest(runtime), points, width: values.kinds.len() };
    let (mut journal, recorded) = Journal::open(job.journal, &run)?;
    for (point, recorded) in &recorded {
        values.set(*point, recorded);
    }
    let missing: Vec<usize> = (0..points).filter(|point| !values.is_computed(*point)).collect();
    let mut done = points - missing.len();
    if observer.event(SurfaceEvent::Started { done, points }).is_break() {
        return Ok(SurfaceOutcome::Interrupted(values));
    }
    let evaluator = Evaluator::new(runtime, job)?;
    for point in missing {
        let Some(at_point) = evaluator.point(job.grid.point(point), observer)? else {
            journal.sync()?;
            return Ok(SurfaceOutcome::Interrupted(values));
        };
        journal.append(point, &at_point)?;
        values.set(point, &at_point);
        done += 1;
        let last = done == points;
        if observer.event(SurfaceEvent::Point { done, values: &values }).is_break() && !last {
            journal.sync()?;
            return Ok(SurfaceOutcome::Interrupted(values));
        }
    }
    journal.sync()?;
    Ok(SurfaceOutcome::Finished(values))
}

/// Removes a journal whose surface is safe on disk.
///
/// # Errors
/// [`ComputeError::Io`] if the system refuses.
pub fn remove_journal(path: &Path) -> Result<()> {
    remove_if_present(path)
}

impl SurfaceJob<'_> {
    fn subsets(&self) -> impl Iterator<Item = &Subset<'_>> {
        [self.train, self.test].into_iter().flatten()
    }

    fn kinds(&self) -> Vec<FieldKind> {
        let train = self.train.map(|_| [FieldKind::TrainLoss, FieldKind::TrainAccuracy]);
        let test = self.test.map(|_| [FieldKind::TestLoss, FieldKind::TestAccuracy]);
        [train, test].into_iter().flatten().flatten().collect()
    }

    /// SHA-256 over everything that decides the values, so that a journal goes on with its own run
    /// only.
    fn digest(&self, runtime: Runtime) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut text = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        text(concat!("lossland ", env!("CARGO_PKG_VERSION")));
        text(self.network.name());
        text(&self.precision.to_string());
        text(if runtime.device().is_cuda() { "cuda" } else { "cpu" });
        for subset in [self.train, self.test] {
            text(subset.map_or("", |subset| subset.dataset.digest()));
        }
        for subset in self.subsets() {
            let places = subset.places.iter().flat_map(|place| (*place as u64).to_le_bytes());
            hash.update((subset.places.len() as u64).to_le_bytes());
            hash.update(places.collect::<Vec<_>>());
        }
        for axis in [self.grid.x, self.grid.y] {
            hash.update((axis.len() as u64).to_le_bytes());
            hash.update(axis.first().to_le_bytes());
            hash.update(axis.last().to_le_bytes());
        }
        let [x, y] = self.directions.values();
        for numbers in [self.weights.values(), x, y] {
            numbers.iter().for_each(|number| hash.update(number.to_le_bytes()));
        }
        hash.finalize().into()
    }
}

/// Everything on the device that stays the same from point to point.
struct Evaluator<'a> {
    network: &'a Network,
    plane: Plane,
    /// Images and labels of each split that is wanted.
    splits: Vec<(Tensor, Vec<u8>)>,
    batch: usize,
}

impl<'a> Evaluator<'a> {
    fn new(runtime: Runtime, job: &SurfaceJob<'a>) -> Result<Self> {
        let device = runtime.device();
        let (_, kind) = kinds(job.precision);
        let splits = job.subsets().map(|subset| on_device(subset, kind, device));
        Ok(Self {
            network: job.network,
            splits: splits.collect::<Result<_>>()?,
            plane: Plane::new(job.weights, job.directions, job.precision, device)?,
            batch: batch(device, kind),
        })
    }

    /// Loss and accuracy of each split at a point, or `None` if the observer broke off.
    fn point(
        &self,
        (alpha, beta): (f64, f64),
        observer: &mut dyn SurfaceObserver,
    ) -> Result<Option<Vec<f32>>> {
        let _guard = tch::no_grad_guard();
        let prepared = self.plane.network_at(self.network, alpha, beta)?;
        let images = self.splits.iter().map(|(_, labels)| labels.len()).sum();
        let mut done_before = 0;
        let mut values = Vec::new();
        for (split, labels) in &self.splits {
            let mut told = |done: usize| {
                observer.event(SurfaceEvent::Images { done: done_before + done, images })
            };
            let score = score(self.network, &prepared, split, labels, self.batch, &mut told)?;
            let Some(score) = score else { return Ok(None) };
            values.extend([loss(&score), score.accuracy() as f32]);
            done_before += labels.len();
        }
        Ok(Some(values))
    }
}

/// Images that go through the network at once: what is fastest, as long as a CPU's caches hold what
/// they become.
fn batch(device: Device, kind: Kind) -> usize {
    match (device.is_cuda(), kind) {
        (true, _) => 1000,
        (false, Kind::Double) => 25,
        (false, _) => 100,
    }
}

/// A loss beyond float32 is infinite, as the conversion has it.
fn loss(score: &Score) -> f32 {
    score.loss() as f32
}
