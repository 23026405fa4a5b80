//! Data sets of other origin, as NumPy archives: `images` `[n, 3, 32, 32]` and `labels` `[n]`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lossland_surface::SurfaceError;
use lossland_surface::arrays::{Array, Element, NpzReader};

use super::{Dataset, IMAGE_LEN, PixelType};
use crate::error::{ComputeError, Result};
use crate::network::{CLASSES, IMAGE_CHANNELS, IMAGE_SIDE};

/// What an archive may unpack to: 170,000 images in float64, or a million in bytes.
const MAX_UNPACKED: u64 = 4 << 30;

/// Reads a data set from `.npz`: `images` `[n, 3, 32, 32]` of uint8, which are normalised as the
/// paper does, or of float16, float32 or float64, which are taken as they are; `labels` `[n]` of any
/// integer type.
///
/// # Errors
/// [`ComputeError::Data`] where the archive is damaged, lacks an array, or holds one of another
/// type, shape or range; [`ComputeError::Io`] where it cannot be read.
pub fn load_npz(path: &Path) -> Result<Dataset> {
    let file = File::open(path).map_err(|error| ComputeError::io("reading", path, error))?;
    let damaged = |error: SurfaceError| ComputeError::Data(format!("{error}, in {path:?}"));
    let mut archive = NpzReader::new(BufReader::new(file), MAX_UNPACKED).map_err(damaged)?;
    let labels = archive.read("labels").map_err(damaged)?;
    let images = archive.read("images").map_err(damaged)?;
    let dataset = from_arrays(&images, &labels);
    dataset.map_err(|error| ComputeError::Data(format!("{error}, in {path:?}")))
}

fn from_arrays(images: &Array, labels: &Array) -> Result<Dataset> {
    let refuse = |text: String| Err(ComputeError::Data(text));
    let pixel_type = match images.element() {
        Element::U8 => PixelType::U8,
        Element::F16 => PixelType::F16,
        Element::F32 => PixelType::F32,
        Element::F64 => PixelType::F64,
        other => {
            return refuse(format!(
                "expected \"images\" of uint8, float16, float32 or float64, found {other:?}"
            ));
        }
    };
    let n = match labels.shape() {
        [n] if *n > 0 => *n,
        other => return refuse(format!("expected \"labels\" of shape [n], found {other:?}")),
    };
    let expected = [n, IMAGE_CHANNELS, IMAGE_SIDE, IMAGE_SIDE];
    if images.shape() != expected {
        return refuse(format!(
            "expected \"images\" of shape {expected:?}, as there are {n} labels, found {:?}; \
            channels come before rows and columns",
            images.shape()
        ));
    }
    let numbers =
        labels.to_i64s().map_err(|error| ComputeError::Data(format!("\"labels\": {error}")))?;
    let mut classes = Vec::with_capacity(n);
    for (place, label) in numbers.into_iter().enumerate() {
        match u8::try_from(label) {
            Ok(class) if usize::from(class) < CLASSES => classes.push(class),
            _ => {
                return refuse(format!(
                    "expected \"labels\" from 0 to {}, found {label} for image {place}",
                    CLASSES - 1
                ));
            }
        }
    }
    debug_assert_eq!(images.bytes().len(), n * IMAGE_LEN * pixel_type.size());
    Dataset::new("npz", pixel_type, images.bytes().to_vec(), &classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lossland_surface::arrays::write_npz;

    fn load(arrays: &[(&str, &Array)]) -> Result<Dataset> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npz");
        std::fs::write(
            &path,
            write_npz(arrays.iter().map(|(name, array)| (*name, (*array).clone())), &[]).unwrap(),
        )
        .unwrap();
        load_npz(&path)
    }

    fn integers(values: &[i64]) -> Array {
        Array::from_i64s(&[values.len()], values)
    }

    fn images(n: usize) -> Array {
        let values: Vec<f64> = (0..n * IMAGE_LEN).map(|i| i as f64 + 0.1).collect();
        Array::from_f64s(&[n, 3, 32, 32], &values)
    }

    fn refusal(arrays: &[(&str, &Array)]) -> String {
        match load(arrays) {
            Err(ComputeError::Data(text)) => text,
            Err(other) => panic!("expected a refusal of the data, found {other}"),
            Ok(_) => panic!("expected a refusal"),
        }
    }

    #[test]
    fn floating_images_keep_their_precision() {
        let labels = integers(&[3]);
        let data = load(&[("images", &images(1)), ("labels", &labels)]).unwrap();
        assert_eq!((data.len(), data.label(0), data.pixel_type()), (1, 3, PixelType::F64));
        assert_eq!(data.image(0)[..8], 0.1_f64.to_le_bytes());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (one, two) = (images(1), images(2));
        let labels = integers(&[1, 2]);
        assert!(refusal(&[("images", &two)]).contains("labels"));
        let text = refusal(&[("images", &one), ("labels", &labels)]);
        assert!(text.contains("expected \"images\" of shape [2, 3, 32, 32]"), "{text}");
        let text = refusal(&[("images", &two), ("labels", &integers(&[1, -1]))]);
        assert!(text.contains("found -1 for image 1"), "{text}");
        let text = refusal(&[("images", &two), ("labels", &Array::from_f64s(&[2], &[1.0, 2.0]))]);
        assert!(text.contains("labels"), "{text}");
        let text = refusal(&[("images", &labels), ("labels", &labels)]);
        assert!(text.contains("of uint8, float16, float32 or float64, found I64"), "{text}");
    }
}
