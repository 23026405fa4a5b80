//! Data sets: labelled images, held as their files have them and identified by what they contain.
//!
//! A data set's digest is SHA-256 over the sorted SHA-256 digests of its records (label byte, then
//! pixels as stored, channel by channel and row by row, little-endian). Records are kept in that
//! order, so that the same images in another order train the same network and give the same subset.

mod archive;
mod cifar;
mod images;
mod npz;

pub use cifar::{CIFAR10_FILES, CIFAR10_FOLDER, Split, load_cifar10, unpack_cifar10};
pub(crate) use images::{channels_last, normalised, on_device};
pub use npz::load_npz;

use lossland_surface::sha256_hex;
use sha2::{Digest, Sha256};

use crate::error::{ComputeError, Result};
use crate::network::{CLASSES, IMAGE_CHANNELS, IMAGE_SIDE};
use crate::random::{Purpose, Stream};

/// Numbers in an image.
pub(crate) const IMAGE_LEN: usize = IMAGE_CHANNELS * IMAGE_SIDE * IMAGE_SIDE;

/// How a pixel is stored. Bytes are normalised as the paper does; floating numbers are taken as
/// they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelType {
    /// 0 to 255.
    U8,
    /// IEEE half precision.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

impl PixelType {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Labelled images of one split.
pub struct Dataset {
    name: String,
    pixel_type: PixelType,
    pixels: Vec<u8>,
    labels: Vec<u8>,
    digest: String,
}

impl Dataset {
    /// A data set of `labels.len()` images, `pixels` being `[n, 3, 32, 32]` in row-major order,
    /// little-endian.
    ///
    /// # Errors
    /// [`ComputeError::Data`] if there are no images, the lengths disagree, or a label is not below
    /// 10.
    pub fn new(name: &str, pixel_type: PixelType, pixels: Vec<u8>, labels: &[u8]) -> Result<Self> {
        let record_len = IMAGE_LEN * pixel_type.size();
        if labels.is_empty() || pixels.len() != labels.len() * record_len {
            return Err(ComputeError::Data(format!(
                "expected at least one image, and {record_len} bytes of pixels for each label, \
                found {} labels and {} bytes",
                labels.len(),
                pixels.len()
            )));
        }
        if let Some(place) = labels.iter().position(|label| usize::from(*label) >= CLASSES) {
            return Err(ComputeError::Data(format!(
                "expected labels from 0 to {}, found {} for image {place}",
                CLASSES - 1,
                labels[place]
            )));
        }
        let mut order: Vec<([u8; 32], usize)> = pixels
            .chunks_exact(record_len)
            .zip(labels)
            .map(|(image, label)| Sha256::new().chain_update([*label]).chain_update(image))
            .enumerate()
            .map(|(place, hash)| (hash.finalize().into(), place))
            .collect();
        order.sort_unstable();
        let digests: Vec<[u8; 32]> = order.iter().map(|(digest, _)| *digest).collect();
        let mut sorted_pixels = Vec::with_capacity(pixels.len());
        for (_, place) in &order {
            sorted_pixels.extend_from_slice(&pixels[place * record_len..][..record_len]);
        }
        Ok(Self {
            name: name.to_owned(),
            pixel_type,
            pixels: sorted_pixels,
            labels: order.iter().map(|(_, place)| labels[*place]).collect(),
            digest: sha256_hex(digests.as_flattened()),
        })
    }

    /// Its name: "CIFAR-10".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many images it holds; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a data set is never empty")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// What it contains, in any order: 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Draws `count` images (all of them if `None`) with `seed`: the first of the order that it
    /// draws, as in [`Dataset::sequence`]. All of them stay in the order of their digests.
    ///
    /// # Errors
    /// [`ComputeError::Request`] where `count` is zero or more than there are.
    pub fn subset(&self, count: Option<usize>, seed: u64) -> Result<Subset<'_>> {
        if count.is_none_or(|count| count == self.len()) {
            return Ok(Subset { dataset: self, places: (0..self.len()).collect() });
        }
        self.sequence(count, seed)
    }

    /// The first `count` images (all of them if `None`) of the order that `seed` draws: the records
    /// in the order of their digests, shuffled. Of two such sequences the shorter begins the longer.
    ///
    /// # Errors
    /// As [`Dataset::subset`].
    pub fn sequence(&self, count: Option<usize>, seed: u64) -> Result<Subset<'_>> {
        let count = count.unwrap_or(self.len());
        if count == 0 || count > self.len() {
            return Err(ComputeError::Request(format!(
                "expected a number of images from 1 to {}, found {count}",
                self.len()
            )));
        }
        let mut places: Vec<usize> = (0..self.len()).collect();
        Stream::new(Purpose::Subset, seed, [0, 0]).shuffle(&mut places);
        places.truncate(count);
        Ok(Subset { dataset: self, places })
    }

    pub(crate) fn pixel_type(&self) -> PixelType {
        self.pixel_type
    }

    /// The stored bytes of one image.
    pub(crate) fn image(&self, place: usize) -> &[u8] {
        let len = IMAGE_LEN * self.pixel_type.size();
        &self.pixels[place * len..][..len]
    }

    pub(crate) fn label(&self, place: usize) -> u8 {
        self.labels[place]
    }
}

/// Some images of a data set, in a fixed order.
pub struct Subset<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) places: Vec<usize>,
}

impl Subset<'_> {
    /// How many images; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a subset is never empty")]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// The data set they are from.
    pub fn dataset(&self) -> &Dataset {
        self.dataset
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `n` images whose top half is bright in a way that depends on the label, so that a network
    /// can learn them.
    pub(crate) fn toy(n: usize) -> Dataset {
        let labels: Vec<u8> = (0..n).map(|i| (i % CLASSES) as u8).collect();
        let mut stream = Stream::new(Purpose::Subset, 99, [0, 0]);
        let mut pixels = Vec::with_capacity(n * IMAGE_LEN);
        for label in &labels {
            pixels.extend((0..IMAGE_LEN).map(|i| {
                let signal = if i / 64 % CLASSES == usize::from(*label) { 120 } else { 0 };
                (signal + stream.below(100)) as u8
            }));
        }
        Dataset::new("toy", PixelType::U8, pixels, &labels).unwrap()
    }

    #[test]
    fn order_does_not_matter() {
        let first = vec![1; IMAGE_LEN];
        let second = vec![2; IMAGE_LEN];
        let a = Dataset::new("a", PixelType::U8, [&*first, &*second].concat(), &[3, 4]).unwrap();
        let b = Dataset::new("b", PixelType::U8, [&*second, &*first].concat(), &[4, 3]).unwrap();
        assert_eq!(a.digest(), b.digest());
        assert_eq!((a.image(0), a.label(0)), (b.image(0), b.label(0)));
        let c = Dataset::new("c", PixelType::U8, [&*second, &*first].concat(), &[3, 4]).unwrap();
        assert_ne!(a.digest(), c.digest());
    }

    #[test]
    fn the_digest_is_the_one_that_is_documented() {
        let data = Dataset::new("one", PixelType::U8, vec![0; IMAGE_LEN], &[0]).unwrap();
        let record = Sha256::digest([0; IMAGE_LEN + 1]);
        assert_eq!(data.digest(), sha256_hex(&record));
    }

    #[test]
    fn a_larger_subset_of_one_seed_contains_the_smaller() {
        let data = toy(50);
        let small = data.subset(Some(10), 1).unwrap().places;
        let large = data.subset(Some(20), 1).unwrap().places;
        assert_eq!(small, large[..10]);
        assert_ne!(small, data.subset(Some(10), 2).unwrap().places);
        assert_eq!(data.subset(None, 1).unwrap().places, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn impossible_subsets_and_labels_are_refused() {
        assert!(toy(5).subset(Some(6), 0).is_err());
        assert!(toy(5).subset(Some(0), 0).is_err());
        let error = Dataset::new("x", PixelType::U8, vec![0; IMAGE_LEN], &[10]).err().unwrap();
        assert_eq!(error.to_string(), "expected labels from 0 to 9, found 10 for image 0");
        assert!(Dataset::new("x", PixelType::F32, vec![0; IMAGE_LEN], &[1]).is_err());
    }
}
