//! Loss and accuracy at single points of a plane, over all the images that are given: no grid, no
//! journal, and nothing that stops early. It is what a surface is checked against.

use std::ops::ControlFlow;

use lossland_surface::Precision;

use crate::dataset::{Subset, on_device};
use crate::device::Runtime;
use crate::directions::Directions;
use crate::error::Result;
use crate::evaluate::batch;
use crate::network::Network;
use crate::plane::{Plane, kinds};
use crate::random::{Purpose, Stream};
use crate::score::{Score, score_images};
use crate::state::State;

/// What to evaluate.
pub struct PointsJob<'a> {
    /// The network.
    pub network: &'a Network,
    /// The weights at the centre of the plane.
    pub weights: &'a State,
    /// The directions, as rescaled as they are to be.
    pub directions: &'a Directions,
    /// Number format of the evaluation.
    pub precision: Precision,
    /// Images to evaluate, each set by itself.
    pub subsets: Vec<&'a Subset<'a>>,
}

/// What a network makes of some images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointScore {
    /// Mean cross-entropy, in nats; infinite where the network overflows.
    pub loss: f32,
    /// Share classified correctly, in per cent.
    pub accuracy: f32,
}

/// Scores each subset at each of these points (alpha, beta). `told` hears after each point how many
/// are done.
///
/// # Errors
/// [`crate::ComputeError::Torch`] where the machine refuses.
pub fn evaluate_points(
    runtime: Runtime,
    job: &PointsJob<'_>,
    points: &[(f64, f64)],
    told: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<PointScore>>> {
    let _guard = tch::no_grad_guard();
    let device = runtime.device();
    let (_, kind) = kinds(job.precision);
    let plane = Plane::new(job.weights, job.directions, job.precision, device)?;
    let images = job.subsets.iter().map(|subset| on_device(subset, kind, device));
    let images: Vec<_> = images.collect::<Result<_>>()?;
    let batch = batch(device, kind);
    let mut scores = Vec::new();
    for (alpha, beta) in points {
        let prepared = plane.network_at(job.network, *alpha, *beta)?;
        let mut at_point = Vec::new();
        for (images, labels) in &images {
            let images = (images, labels.as_slice());
            let range = 0..labels.len();
            let mut go_on = |_| ControlFlow::Continue(());
            let scored = score_images(job.network, &prepared, images, range, batch, &mut go_on)?;
            let score: Score = scored.into_iter().flatten().collect();
            at_point
                .push(PointScore { loss: score.loss() as f32, accuracy: score.accuracy() as f32 });
        }
        scores.push(at_point);
        told(scores.len());
    }
    Ok(scores)
}

/// Draws `count` of these points with `seed` (all of them if there are no more), in ascending order.
pub fn draw_points(mut points: Vec<usize>, count: usize, seed: u64) -> Vec<usize> {
    Stream::new(Purpose::Check, seed, [0, 0]).shuffle(&mut points);
    points.truncate(count);
    points.sort_unstable();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_draws_different_points_each_once() {
        let items = || (10..110).collect::<Vec<_>>();
        let drawn = draw_points(items(), 20, 1);
        assert_eq!(drawn, draw_points(items(), 20, 1));
        assert_ne!(drawn, draw_points(items(), 20, 2));
        assert!(drawn.len() == 20 && drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
        assert!(drawn.iter().all(|item| items().contains(item)));
        assert_eq!(draw_points(items(), 200, 1), items());
    }
}
