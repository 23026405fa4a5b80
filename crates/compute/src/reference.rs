//! The paper's own way of evaluating a point: every layer as it is, in float32, all images. Slow, and
//! what the engine's results and times are compared with.

use std::ops::ControlFlow;

use lossland_surface::Precision;
use tch::{Kind, Tensor};

use crate::dataset::{Subset, on_device};
use crate::device::Runtime;
use crate::directions::Directions;
use crate::error::Result;
use crate::forward::{plain, views};
use crate::network::Network;
use crate::plane::Plane;
use crate::score::{Score, score_images};
use crate::state::State;

/// A plane and the images to evaluate it on.
pub struct Reference<'a> {
    network: &'a Network,
    plane: Plane,
    images: Tensor,
    labels: Vec<u8>,
}

/// Images at once, as in the paper's code.
const BATCH: usize = 128;

impl<'a> Reference<'a> {
    /// The plane through `weights` along `directions`, over the images of `subset`.
    ///
    /// # Errors
    /// [`crate::ComputeError::Torch`] where the machine refuses.
    pub fn new(
        runtime: Runtime,
        network: &'a Network,
        weights: &State,
        directions: &Directions,
        subset: &Subset<'_>,
    ) -> Result<Self> {
        let device = runtime.device();
        let (images, labels) = on_device(subset, Kind::Float, device)?;
        Ok(Self {
            network,
            plane: Plane::new(weights, directions, Precision::Float32, device)?,
            // PyTorch's layout, channel by channel.
            images: images.f_contiguous()?,
            labels,
        })
    }

    /// Mean cross-entropy, in nats, and the share classified correctly, in per cent, at a point.
    ///
    /// # Errors
    /// [`crate::ComputeError::Torch`] where the machine refuses.
    pub fn point(&self, alpha: f64, beta: f64) -> Result<(f64, f64)> {
        let _guard = tch::no_grad_guard();
        let entries = views(self.network, &self.plane.at(alpha, beta)?)?;
        let prepared = plain(self.network, &entries, Kind::Float)?;
        let of_images = (&self.images, &*self.labels);
        let go_on = &mut |_done| ControlFlow::Continue(());
        let range = 0..self.labels.len();
        let scored = score_images(self.network, &prepared, of_images, range, BATCH, go_on)?;
        let score: Score = scored.into_iter().flatten().collect();
        Ok((score.loss(), score.accuracy()))
    }
}
