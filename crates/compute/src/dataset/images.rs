//! Images as tensors: normalised as the paper does, in the channels-last layout that convolutions
//! are fastest in.

use tch::{Device, Kind, Tensor};

use super::{PixelType, Subset};
use crate::error::Result;
use crate::forward::accumulator;
use crate::network::{IMAGE_CHANNELS, IMAGE_SIDE};

/// Mean and standard deviation of CIFAR-10's channels in the paper's code, in units of a pixel's
/// full scale.
const MEAN: [f64; 3] = [125.3 / 255.0, 123.0 / 255.0, 113.9 / 255.0];
const STD: [f64; 3] = [63.0 / 255.0, 62.1 / 255.0, 66.7 / 255.0];

/// Images that are copied to the device at once.
const CHUNK: usize = 1000;

const SIDE: i64 = IMAGE_SIDE as i64;
const CHANNELS: i64 = IMAGE_CHANNELS as i64;

/// All images of a subset `[n, 3, 32, 32]` in `kind`, channels last, and their labels.
pub(crate) fn on_device(
    subset: &Subset<'_>,
    kind: Kind,
    device: Device,
) -> Result<(Tensor, Vec<u8>)> {
    let (data, n) = (subset.dataset, subset.places.len() as i64);
    let images =
        Tensor::f_empty([n, SIDE, SIDE, CHANNELS], (kind, device))?.f_permute([0, 3, 1, 2])?;
    let mut start = 0;
    for places in subset.places.chunks(CHUNK) {
        let bytes = places.iter().flat_map(|place| data.image(*place)).copied().collect::<Vec<_>>();
        let chunk = normalised(&bytes, data.pixel_type(), kind, device)?;
        images.f_narrow(0, start, places.len() as i64)?.f_copy_(&chunk)?;
        start += places.len() as i64;
    }
    Ok((images, subset.places.iter().map(|place| data.label(*place)).collect()))
}

/// The same values in the channels-last layout. tch has no name for it; these strides are it.
pub(crate) fn channels_last(images: &Tensor) -> Result<Tensor> {
    Ok(images.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])?)
}

/// Images from their stored bytes, `[n, 3, 32, 32]` in `kind`.
pub(crate) fn normalised(
    bytes: &[u8],
    pixel_type: PixelType,
    kind: Kind,
    device: Device,
) -> Result<Tensor> {
    let stored = match pixel_type {
        PixelType::U8 => Kind::Uint8,
        PixelType::F16 => Kind::Half,
        PixelType::F32 => Kind::Float,
        PixelType::F64 => Kind::Double,
    };
    let n = bytes.len() / (super::IMAGE_LEN * pixel_type.size());
    let shape = [n as i64, CHANNELS, SIDE, SIDE];
    let images = Tensor::f_from_data_size(bytes, &shape, stored)?.f_to_device(device)?;
    if pixel_type != PixelType::U8 {
        return Ok(images.f_to_kind(kind)?);
    }
    let wide = accumulator(kind);
    let per_channel = |values: &[f64]| -> Result<Tensor> {
        Ok(Tensor::f_from_slice(values)?
            .f_to_kind(wide)?
            .f_to_device(device)?
            .f_view([1, -1, 1, 1])?)
    };
    let images = images.f_to_kind(wide)?.f_div_scalar(255.0)?;
    Ok(images.f_sub(&per_channel(&MEAN)?)?.f_div(&per_channel(&STD)?)?.f_to_kind(kind)?)
}
