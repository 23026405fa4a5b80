//! Arrays of numbers, and the files that hold them by name: NumPy's `.npz` archives and HDF5.
//!
//! One careful reader of each for surfaces and data sets alike: sizes are checked against a limit
//! before anything is allocated, and nothing is ever executed (NumPy's object arrays are pickles,
//! and refused). The zip container is read by the `zip` crate; the arrays in it by the
//! `npy` module, since `ndarray-npy` reads one element type at a time, decided
//! beforehand, and no half precision or foreign byte order. HDF5 is read by `hdf5-reader`.

mod hdf5;
mod npy;
mod npz;

pub use hdf5::Hdf5Reader;
pub use npz::{NpzReader, write_npz};

use crate::SurfaceError;
use half::f16;

/// Deflate cannot do better than 1032 : 1; whatever claims more is false.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Element {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    F32,
    F64,
}

impl Element {
    /// The size of one number, in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether the numbers are floating-point ones.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }
}

/// Numbers of one type in a box of any number of dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    element: Element,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    /// The `float64` array of this shape, row-major.
    ///
    /// # Panics
    /// If there is not one value for each place.
    pub fn from_f64s(shape: &[usize], values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::new(Element::F64, shape.to_vec(), bytes)
    }

    /// The `float32` array of this shape, row-major.
    ///
    /// # Panics
    /// If there is not one value for each place.
    pub fn from_f32s(shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::new(Element::F32, shape.to_vec(), bytes)
    }

    /// The `int64` array of this shape, row-major.
    ///
    /// # Panics
    /// If there is not one value for each place.
    pub fn from_i64s(shape: &[usize], values: &[i64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::new(Element::I64, shape.to_vec(), bytes)
    }

    fn new(element: Element, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        let len: usize = shape.iter().product();
        assert_eq!(len * element.size(), bytes.len(), "one value for each place");
        Self { element, shape, bytes }
    }

    /// The type of the numbers.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The length of each dimension, the slowest first; empty for a single number.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers, row-major, each little-endian, whatever their layout in the file was.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The numbers, row-major, as `f64`: exact but for integers beyond 2^53, which are rounded.
    pub fn to_f64s(&self) -> Vec<f64> {
        self.convert(|value| value)
    }

    /// The numbers, row-major, as `f32`, rounded to the nearest; infinite where too large.
    pub fn to_f32s(&self) -> Vec<f32> {
        match self.element {
            Element::F32 => self.map(f32::from_le_bytes),
            _ => self.convert(|value| value as f32),
        }
    }

    fn convert<T>(&self, to: impl Fn(f64) -> T) -> Vec<T> {
        match self.element {
            Element::Bool | Element::U8 => self.map(|[b]| to(f64::from(b))),
            Element::I8 => self.map(|b| to(f64::from(i8::from_le_bytes(b)))),
            Element::I16 => self.map(|b| to(f64::from(i16::from_le_bytes(b)))),
            Element::I32 => self.map(|b| to(f64::from(i32::from_le_bytes(b)))),
            Element::I64 => self.map(|b| to(i64::from_le_bytes(b) as f64)),
            Element::U16 => self.map(|b| to(f64::from(u16::from_le_bytes(b)))),
            Element::U32 => self.map(|b| to(f64::from(u32::from_le_bytes(b)))),
            Element::U64 => self.map(|b| to(u64::from_le_bytes(b) as f64)),
            Element::F16 => self.map(|b| to(f16::from_le_bytes(b).to_f64())),
            Element::F32 => self.map(|b| to(f64::from(f32::from_le_bytes(b)))),
            Element::F64 => self.map(|b| to(f64::from_le_bytes(b))),
        }
    }

    /// The numbers, row-major, of an array of integers or booleans.
    ///
    /// # Errors
    /// If they are floating-point numbers or one is beyond `i64`.
    pub fn to_i64s(&self) -> Result<Vec<i64>, SurfaceError> {
        Ok(match self.element {
            Element::Bool | Element::U8 => self.map(|[b]| i64::from(b)),
            Element::I8 => self.map(|b| i64::from(i8::from_le_bytes(b))),
            Element::I16 => self.map(|b| i64::from(i16::from_le_bytes(b))),
            Element::I32 => self.map(|b| i64::from(i32::from_le_bytes(b))),
            Element::I64 => self.map(i64::from_le_bytes),
            Element::U16 => self.map(|b| i64::from(u16::from_le_bytes(b))),
            Element::U32 => self.map(|b| i64::from(u32::from_le_bytes(b))),
            Element::U64 => {
                let values = self.map(u64::from_le_bytes);
                if let Some(large) = values.iter().find(|value| i64::try_from(**value).is_err()) {
                    return Err(SurfaceError::format("integers below 2^63", large.to_string()));
                }
                values.into_iter().map(u64::cast_signed).collect()
            }
            Element::F16 | Element::F32 | Element::F64 => {
                return Err(SurfaceError::format("integers", format!("{:?}", self.element)));
            }
        })
    }

    fn map<const SIZE: usize, T>(&self, read: impl FnMut([u8; SIZE]) -> T) -> Vec<T> {
        let (numbers, _no_rest) = self.bytes.as_chunks::<SIZE>();
        numbers.iter().copied().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_keep_what_they_can() {
        let halves = Array::new(Element::F16, vec![2], vec![0x00, 0x3C, 0x00, 0x7C]);
        assert_eq!(halves.to_f64s(), [1.0, f64::INFINITY]);
        let precise = Array::from_f64s(&[2], &[0.1, 1e300]);
        assert_eq!(precise.to_f64s(), [0.1, 1e300]);
        assert_eq!(precise.to_f32s(), [0.1, f32::INFINITY]);
        assert!(precise.to_i64s().is_err());
        let signed = Array::new(Element::I16, vec![1, 1], (-2i16).to_le_bytes().into());
        assert_eq!((signed.to_f32s(), signed.to_i64s().unwrap()), (vec![-2.0], vec![-2]));
        let large = Array::new(Element::U64, vec![1], u64::MAX.to_le_bytes().into());
        assert_eq!(
            large.to_i64s().unwrap_err().to_string(),
            "expected integers below 2^63, found 18446744073709551615"
        );
    }
}
