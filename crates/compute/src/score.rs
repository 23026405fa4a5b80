//! Cross-entropy and accuracy from logits, in float64 on the host.
//!
//! The policy for a network that overflows is here: an image whose logits are not all finite has an
//! infinite loss and counts as wrong. So a point that was computed never has the NaN that stands
//! for "not computed".

use std::ops::{ControlFlow, Range};

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::error::Result;
use crate::forward::{Mode, Prepared, logits};
use crate::network::{CLASSES, Network};

/// Sums over images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// Sum of the images' cross-entropies, in nats.
    pub(crate) loss_sum: f64,
    /// How many images were classified correctly.
    pub(crate) correct: u64,
    /// How many images.
    pub(crate) images: u64,
}

impl Score {
    /// Scores logits `[n, 10]` against labels `[n]`.
    pub(crate) fn of(logits: &Tensor, labels: &[u8]) -> Result<Self> {
        Ok(cross_entropies(logits, labels)?.into_iter().collect())
    }

    /// Adds the sums over other images.
    pub(crate) fn add(&mut self, other: Self) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.images += other.images;
    }

    /// Mean cross-entropy, in nats.
    pub(crate) fn loss(&self) -> f64 {
        self.loss_sum / self.images as f64
    }

    /// Share classified correctly, in per cent.
    pub(crate) fn accuracy(&self) -> f64 {
        100.0 * self.correct as f64 / self.images as f64
    }
}

impl FromIterator<(f64, bool)> for Score {
    /// From the loss of each image, and whether it is classified correctly.
    fn from_iter<I: IntoIterator<Item = (f64, bool)>>(images: I) -> Self {
        let mut score = Self::default();
        for (loss, correct) in images {
            score.loss_sum += loss;
            score.correct += u64::from(correct);
            score.images += 1;
        }
        score
    }
}

/// The loss of each image `[n, 3, 32, 32]` in `range` in a prepared network, in nats, and whether it
/// is classified correctly; `batch` images at a time. `None` if `told`, which hears after each batch
/// how many are done, breaks off.
pub(crate) fn score_images(
    network: &Network,
    prepared: &Prepared,
    (images, labels): (&Tensor, &[u8]),
    range: Range<usize>,
    batch: usize,
    told: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Option<Vec<(f64, bool)>>> {
    let mut all = Vec::new();
    for start in range.clone().step_by(batch) {
        let len = batch.min(range.end - start);
        let images = images.f_narrow(0, start as i64, len as i64)?;
        all.push(logits(network, prepared, &images, Mode::Evaluate)?);
        if told(start + len).is_break() {
            return Ok(None);
        }
    }
    // Read back once, so that a GPU does not wait between batches.
    cross_entropies(&Tensor::f_cat(&all, 0)?, &labels[range]).map(Some)
}

/// The loss and the correctness of each image.
fn cross_entropies(logits: &Tensor, labels: &[u8]) -> Result<Vec<(f64, bool)>> {
    let mut host = vec![0.0_f64; labels.len() * CLASSES];
    let len = host.len();
    logits.f_to_kind(Kind::Double)?.f_contiguous()?.f_copy_data(&mut host, len)?;
    let images = host.chunks_exact(CLASSES).zip(labels);
    Ok(images.map(|(logits, label)| cross_entropy(logits, usize::from(*label))).collect())
}

/// The loss of one image, and whether its class has the largest logit.
fn cross_entropy(logits: &[f64], label: usize) -> (f64, bool) {
    if !logits.iter().all(|logit| logit.is_finite()) {
        return (f64::INFINITY, false);
    }
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    let sum: f64 = logits.iter().map(|logit| libm::exp(logit - logits[best])).sum();
    (libm::log(sum) + (logits[best] - logits[label]), best == label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_classes() {
        let (loss, correct) = cross_entropy(&[3.0; 10], 4);
        assert!((loss - 10_f64.ln()).abs() < 1e-15);
        assert!(!correct, "the first of equal classes is the answer");
    }

    #[test]
    fn large_logits_do_not_overflow_and_infinite_ones_cost_infinity() {
        let mut logits = [0.0; 10];
        logits[1] = 1e300;
        assert_eq!(cross_entropy(&logits, 1), (0.0, true));
        assert_eq!(cross_entropy(&logits, 2), (1e300, false));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            logits[1] = bad;
            assert_eq!(cross_entropy(&logits, 1), (f64::INFINITY, false));
        }
    }
}
