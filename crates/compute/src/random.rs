//! Random numbers that are the same on every machine: `ChaCha` streams addressed by what they are
//! for, and Gaussian numbers by Box-Muller over `libm`, whose results do not depend on the
//! platform's own mathematics library.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. Streams of different purposes are independent even when they share a seed.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// Initial weights of a network.
    Weights,
    /// The two directions of a plane.
    Directions,
    /// The images that a surface is computed over.
    Subset,
    /// The order of the images in an epoch.
    Order,
    /// Crop and flip of a batch.
    Augmentation,
    /// The points at which a surface is computed again.
    Check,
}

impl Purpose {
    fn tag(self) -> &'static [u8; 8] {
        match self {
            Self::Weights => b"weights ",
            Self::Directions => b"plane   ",
            Self::Subset => b"subset  ",
            Self::Order => b"order   ",
            Self::Augmentation => b"augment ",
            Self::Check => b"check   ",
        }
    }
}

/// A stream of random numbers.
pub(crate) struct Stream(ChaCha20Rng);

impl Stream {
    /// The stream for `purpose` under `seed`, with two further coordinates (an epoch and a batch,
    /// or zeros).
    ///
    /// The key is the 32 bytes `seed, purpose, first, second`, integers little-endian, so that any
    /// part of a run can be computed without the parts before it.
    pub(crate) fn new(purpose: Purpose, seed: u64, [first, second]: [u64; 2]) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(purpose.tag());
        key[16..24].copy_from_slice(&first.to_le_bytes());
        key[24..].copy_from_slice(&second.to_le_bytes());
        Self(ChaCha20Rng::from_seed(key))
    }

    /// Uniform in `0..bound`, without bias (Lemire 2019). `bound` is not zero.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        loop {
            let product = u64::from(self.0.next_u32()) * u64::from(bound);
            // The low half decides whether this draw belongs to the part that would favour some
            // values.
            if product as u32 >= bound.wrapping_neg() % bound {
                return (product >> 32) as u32;
            }
        }
    }

    /// Shuffles `items` in place (Fisher and Yates, from the last place down). At most 2^32 - 1
    /// items.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("at most 2^32 - 1 items");
            items.swap(last, self.below(bound) as usize);
        }
    }

    /// Fills `values` with independent standard normal numbers, two from each pair of uniform ones
    /// (Box and Muller 1958).
    pub(crate) fn fill_normal(&mut self, values: &mut [f64]) {
        for pair in values.chunks_mut(2) {
            // 1 - u lies in (0, 1]: its logarithm is finite.
            let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
            let angle = std::f64::consts::TAU * self.unit();
            pair[0] = radius * libm::cos(angle);
            if let Some(second) = pair.get_mut(1) {
                *second = radius * libm::sin(angle);
            }
        }
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut values = vec![0.0; 200_001];
        Stream::new(Purpose::Directions, 7, [0, 0]).fill_normal(&mut values);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / n;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
    }

    #[test]
    fn streams_are_fixed_by_their_address() {
        let draw = |purpose, seed, at| Stream::new(purpose, seed, at).below(1 << 30);
        assert_eq!(draw(Purpose::Order, 1, [2, 3]), draw(Purpose::Order, 1, [2, 3]));
        assert_ne!(draw(Purpose::Order, 1, [2, 3]), draw(Purpose::Order, 1, [3, 2]));
        assert_ne!(draw(Purpose::Order, 1, [2, 3]), draw(Purpose::Subset, 1, [2, 3]));
        assert_ne!(draw(Purpose::Order, 1, [2, 3]), draw(Purpose::Order, 2, [2, 3]));
    }

    /// Published surfaces rest on these numbers: a change of the generator is a change of every
    /// seed's plane.
    #[test]
    fn the_first_numbers_of_a_plane_never_change() {
        let expected = [0xbfd1_c69e_1a85_8c06, 0x3ff2_4b69_b72e_dd1b, 0xbfc4_61d3_eb4f_c195_u64];
        let mut values = [0.0; 3];
        Stream::new(Purpose::Directions, 7, [0, 0]).fill_normal(&mut values);
        assert_eq!(values.map(f64::to_bits), expected, "{values:?}");
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..1000).collect();
        Stream::new(Purpose::Order, 1, [0, 0]).shuffle(&mut items);
        assert_ne!(items, (0..1000).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..1000).collect::<Vec<_>>());
    }
}
