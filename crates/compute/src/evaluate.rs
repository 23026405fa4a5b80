//! Loss and accuracy over a grid in the plane, coarse to fine, journalled point by point.

mod evaluator;

use std::ops::ControlFlow;
use std::path::Path;

use lossland_surface::{Field, FieldKind, Grid, Levels, Precision, SplitKinds, SurfaceError};
use sha2::{Digest, Sha256};

use crate::dataset::Subset;
use crate::device::Runtime;
use crate::directions::Directions;
use crate::error::{ComputeError, Result};
use crate::files::remove_if_present;
use crate::journal::{Journal, Run};
use crate::network::Network;
use crate::state::State;
use evaluator::Evaluator;

pub(crate) use evaluator::batch;

/// What to evaluate, and where. All of it, but for which points and the journal's place, decides the
/// values.
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
    /// Where given, a point uses the first of its images only until the loss's standard error is at
    /// most this times the loss plus 0.1. The images should then be a [`crate::Dataset::sequence`].
    pub tolerance: Option<f64>,
    /// Which points of the grid to evaluate, as indices in row-major order, if not all. Their values
    /// do not depend on which others there are.
    pub only: Option<&'a [usize]>,
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
        /// Points to compute in all.
        points: usize,
    },
    /// Some images of a point were evaluated.
    Images {
        /// Images of the point done.
        done: usize,
        /// Images that the point will have, as far as is known.
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
    /// As fields of a surface: loss, accuracy, the loss's standard error where not all images were
    /// used, and the number of images where it differs between points; of the training set, then of
    /// the test set, of those that were asked for.
    ///
    /// # Errors
    /// None that can happen: none of them is negative infinity.
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
    if job.tolerance.is_some_and(|tolerance| !(1e-6..=1e6).contains(&tolerance)) {
        return Err(ComputeError::Request(format!(
            "expected a tolerance from 1e-6 to 1e6, found {}",
            job.tolerance.unwrap_or_default()
        )));
    }
    let points = job.grid.n_points() as usize;
    let mut values = GridValues::new(job.kinds(), points);
    if values.kinds.is_empty() {
        return Err(ComputeError::Request("expected images to evaluate, found none".to_owned()));
    }
    let run = Run { digest: job.digest(runtime), points, width: values.kinds.len() };
    let mut is_missing = vec![job.only.is_none(); points];
    for point in job.only.into_iter().flatten() {
        *is_missing.get_mut(*point).ok_or_else(|| {
            ComputeError::Request(format!("expected points below {points}, found {point}"))
        })? = true;
    }
    let mut order = Levels::new(&job.grid).order();
    order.retain(|point| is_missing[*point]);
    let (journal, recorded) = Journal::open(job.journal, &run)?;
    let mut done = 0;
    // Others may be recorded too, since points lean on them.
    for point in &recorded {
        if std::mem::take(&mut is_missing[point.index]) {
            values.set(point.index, &point.values);
            done += 1;
        }
    }
    if observer.event(SurfaceEvent::Started { done, points: order.len() }).is_break() {
        return Ok(SurfaceOutcome::Interrupted(values));
    }
    let mut evaluator = Evaluator::new(runtime, job, journal, recorded)?;
    for point in order.iter().copied().filter(|point| is_missing[*point]) {
        let Some(at_point) = evaluator.point(point, observer)? else {
            evaluator.journal.sync()?;
            return Ok(SurfaceOutcome::Interrupted(values));
        };
        values.set(point, &at_point);
        done += 1;
        let last = done == order.len();
        if observer.event(SurfaceEvent::Point { done, values: &values }).is_break() && !last {
            evaluator.journal.sync()?;
            return Ok(SurfaceOutcome::Interrupted(values));
        }
    }
    evaluator.journal.sync()?;
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
        let mut kinds = Vec::new();
        for (subset, split) in [(self.train, SplitKinds::TRAIN), (self.test, SplitKinds::TEST)] {
            let Some(subset) = subset else { continue };
            kinds.extend([split.loss, split.accuracy]);
            if self.has_stderr(subset) {
                kinds.push(split.stderr);
            }
            if self.tolerance.is_some() {
                kinds.push(split.images);
            }
        }
        kinds
    }

    /// Whether the losses of a split have an error: they have none where each is over all images.
    fn has_stderr(&self, subset: &Subset<'_>) -> bool {
        self.tolerance.is_some() || subset.len() < subset.dataset().len()
    }

    /// SHA-256 over everything that decides the values, so that a journal goes on with its own run
    /// only.
    fn digest(&self, runtime: Runtime) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut text = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        text(concat!("lossland ", env!("CARGO_PKG_VERSION"), ", method 3"));
        text(self.network.name());
        text(&self.precision.to_string());
        text(if runtime.device().is_cuda() { "cuda" } else { "cpu" });
        text(&self.tolerance.map_or_else(String::new, |tolerance| tolerance.to_string()));
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
        if let Some(only) = self.only {
            only.iter().for_each(|point| hash.update((*point as u64).to_le_bytes()));
        }
        let [x, y] = self.directions.values();
        for numbers in [self.weights.values(), x, y] {
            numbers.iter().for_each(|number| hash.update(number.to_le_bytes()));
        }
        hash.finalize().into()
    }
}
