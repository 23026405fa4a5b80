//! The batches of an epoch: the images in random order, each cropped at random from its 4-pixel
//! frame of zeros and mirrored by the toss of a coin, on stored pixels, before they are normalised.

use crate::dataset::{Dataset, IMAGE_LEN};
use crate::network::{IMAGE_CHANNELS, IMAGE_SIDE};
use crate::random::{Purpose, Stream};

/// Width of the frame of zeros around an image.
const FRAME: usize = 4;

pub(super) struct Batches<'a> {
    data: &'a Dataset,
    places: Vec<usize>,
    size: usize,
    seed: u64,
    epoch: u32,
}

impl<'a> Batches<'a> {
    /// The batches of epoch number `epoch`, counted from 0.
    pub(super) fn new(data: &'a Dataset, size: usize, seed: u64, epoch: u32) -> Self {
        let mut places: Vec<usize> = (0..data.len()).collect();
        Stream::new(Purpose::Order, seed, [epoch.into(), 0]).shuffle(&mut places);
        Self { data, places, size, seed, epoch }
    }

    /// How many batches `images` images make. A last one of a single image is left out: batch norm
    /// cannot train on it.
    pub(super) fn count(images: usize, size: usize) -> usize {
        images / size + usize::from(images % size > 1)
    }

    /// Batch number `index`, counted from 0: stored pixels `[n, 3, 32, 32]`, and labels.
    pub(super) fn batch(&self, index: usize) -> (Vec<u8>, Vec<u8>) {
        let start = index * self.size;
        let places = &self.places[start..self.places.len().min(start + self.size)];
        let at = [self.epoch.into(), index as u64];
        let mut stream = Stream::new(Purpose::Augmentation, self.seed, at);
        let number_len = self.data.pixel_type().size();
        let mut pixels = vec![0; places.len() * IMAGE_LEN * number_len];
        for (to, place) in pixels.chunks_exact_mut(IMAGE_LEN * number_len).zip(places) {
            let [down, right] = [(); 2].map(|()| stream.below(2 * FRAME as u32 + 1) as usize);
            let mirrored = stream.below(2) == 1;
            crop(self.data.image(*place), to, number_len, [down, right], mirrored);
        }
        (pixels, places.iter().map(|place| self.data.label(*place)).collect())
    }
}

/// Copies the window at (`down`, `right`) of the framed image to `to`, which is all zeros.
fn crop(from: &[u8], to: &mut [u8], number_len: usize, [down, right]: [usize; 2], mirrored: bool) {
    // In one dimension, the places of the window that show the image and not its frame.
    let shown =
        |shift: usize| FRAME.saturating_sub(shift)..IMAGE_SIDE.min(IMAGE_SIDE + FRAME - shift);
    let row_len = IMAGE_SIDE * number_len;
    for channel in 0..IMAGE_CHANNELS {
        for row in shown(down) {
            let source = &from[(channel * IMAGE_SIDE + row + down - FRAME) * row_len..][..row_len];
            let target = &mut to[(channel * IMAGE_SIDE + row) * row_len..][..row_len];
            for column in shown(right) {
                let at = if mirrored { IMAGE_SIDE - 1 - column } else { column };
                let number = &source[(column + right - FRAME) * number_len..][..number_len];
                target[at * number_len..][..number_len].copy_from_slice(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::toy;

    /// An image whose first row counts up from 1.
    fn image() -> Vec<u8> {
        (0..IMAGE_LEN).map(|i| if i < IMAGE_SIDE { i as u8 + 1 } else { 0 }).collect()
    }

    fn row(pixels: &[u8], row: usize) -> &[u8] {
        &pixels[row * IMAGE_SIDE..][..IMAGE_SIDE]
    }

    #[test]
    fn windows_show_the_frame_as_zeros() {
        let crop = |at, mirrored| {
            let mut out = vec![0; IMAGE_LEN];
            crop(&image(), &mut out, 1, at, mirrored);
            out
        };
        assert_eq!(crop([4, 4], false), image(), "the middle window is the image");
        let corner = crop([0, 0], false);
        assert_eq!(row(&corner, 4)[..6], [0, 0, 0, 0, 1, 2]);
        assert!(corner[..4 * IMAGE_SIDE].iter().all(|pixel| *pixel == 0));
        let right = crop([4, 8], false);
        assert_eq!(row(&right, 0)[26..], [31, 32, 0, 0, 0, 0]);
        let mirrored = crop([4, 8], true);
        assert_eq!(row(&mirrored, 0)[..6], [0, 0, 0, 0, 32, 31]);
    }

    #[test]
    fn an_epoch_takes_every_image_once_in_an_order_of_its_own() {
        let data = toy(37);
        let labels = |epoch| {
            let batches = Batches::new(&data, 10, 1, epoch);
            (0..Batches::count(37, 10)).flat_map(|i| batches.batch(i).1).collect::<Vec<_>>()
        };
        assert_ne!(labels(0), labels(1));
        assert_eq!(labels(0).len(), 37);
        assert_eq!(Batches::count(31, 10), 3, "a batch of one is left out");
    }
}
