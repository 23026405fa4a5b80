//! HDF5 files: the datasets of numbers in their root group.
//!
//! The format is read by the `hdf5-reader` crate, in pure Rust and within the limits that it is
//! given here. It follows no link out of the file. What it does not look at is how a number is laid
//! out within its bytes (bfloat16 is float16 to it): here the datatype message is asked for that.

use super::{Array, Element, MAX_DEFLATE_RATIO};
use crate::SurfaceError;
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};

/// Reads datasets out of the root group of an HDF5 file, one by one, by name.
pub struct Hdf5Reader {
    root: Group,
    groups: Vec<String>,
    names: Vec<String>,
    max_unpacked: u64,
    unpacked_left: u64,
}

impl Hdf5Reader {
    /// Opens a file of which at most `max_unpacked` bytes will be read, counted unpacked and over
    /// all datasets; and no more than a file of this size can hold.
    ///
    /// # Errors
    /// If it is no HDF5 file, or damaged.
    pub fn new(file: &[u8], max_unpacked: u64) -> Result<Self, SurfaceError> {
        if file.is_empty() {
            return Err(SurfaceError::format("an HDF5 file", "an empty file"));
        }
        let max_unpacked = max_unpacked.min(file.len() as u64 * MAX_DEFLATE_RATIO);
        let options = OpenOptions::default()
            .with_chunk_cache_bytes(0)
            .with_max_chunk_bytes(max_unpacked as usize)
            .with_max_read_bytes(max_unpacked as usize)
            .with_max_object_header_bytes(file.len());
        let open = || {
            let root = Hdf5File::from_bytes_with_options(file, options)?.root_group()?;
            let (groups, names) = root.member_names()?;
            Ok((root, groups, names))
        };
        let (root, groups, names) = open().map_err(|error| unreadable(&error))?;
        Ok(Self { root, groups, names, max_unpacked, unpacked_left: max_unpacked })
    }

    /// The names of all datasets of the root group, whether of numbers or not.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names of the groups in the root group.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The length of each dimension of one dataset, the slowest first; empty for a single number.
    /// `None` where it is not of numbers.
    ///
    /// # Errors
    /// If there is none of this name, or it is damaged. The error names the dataset.
    pub fn shape(&self, name: &str) -> Result<Option<Vec<u64>>, SurfaceError> {
        self.open(name)
            .and_then(|dataset| {
                Ok(Number::of(&dataset)?.is_some().then(|| dataset.shape().to_vec()))
            })
            .map_err(|error| unreadable(&error).within(format!("dataset {name:?}")))
    }

    /// Reads one dataset.
    ///
    /// # Errors
    /// If there is none of this name, it is damaged or not of numbers, or exceeds what is left of
    /// the limit, which is checked before anything is allocated. The error names the dataset.
    pub fn read(&mut self, name: &str) -> Result<Array, SurfaceError> {
        self.unpack(name).map_err(|error| error.within(format!("dataset {name:?}")))
    }

    fn open(&self, name: &str) -> Result<Dataset, Error> {
        self.root.dataset(name)
    }

    fn unpack(&mut self, name: &str) -> Result<Array, SurfaceError> {
        let unreadable = |error: Error| unreadable(&error);
        let dataset = self.open(name).map_err(unreadable)?;
        let Some(Number { element, is_big_endian }) = Number::of(&dataset).map_err(unreadable)?
        else {
            let found = match dataset.dtype() {
                Datatype::String { .. } | Datatype::VarLen { .. } => "text",
                Datatype::Compound { .. } => "records, or complex numbers",
                _ => "another type",
            };
            return Err(SurfaceError::format(
                "integers or floating-point numbers of at most 8 bytes",
                found,
            ));
        };
        let lengths = dataset.shape().iter().map(|n| usize::try_from(*n).ok());
        let shape: Option<Vec<usize>> = lengths.collect();
        let size = shape.as_ref().and_then(|shape| {
            shape.iter().try_fold(element.size(), |size, n| size.checked_mul(*n))
        });
        let (Some(shape), Some(size)) = (shape, size) else {
            let found = format!("{:?}", dataset.shape());
            return Err(SurfaceError::format("a shape that fits memory", found));
        };
        if size as u64 > self.unpacked_left {
            return Err(SurfaceError::TooLarge {
                what: "the unpacked file, up to this dataset,".into(),
                found: self.max_unpacked - self.unpacked_left + size as u64,
                limit: self.max_unpacked,
            });
        }
        self.unpacked_left -= size as u64;
        // A buffer of ours is filled or refused: a dataset may also have no numbers for its shape.
        let mut bytes = vec![0; size];
        dataset.read_raw_bytes_into(&mut bytes).map_err(unreadable)?;
        if is_big_endian {
            bytes.chunks_exact_mut(element.size()).for_each(<[u8]>::reverse);
        }
        Ok(Array::new(element, shape, bytes))
    }
}

/// How the numbers of a dataset are stored.
struct Number {
    element: Element,
    is_big_endian: bool,
}

impl Number {
    /// `None` where they are no numbers, or laid out as no usual processor has them.
    fn of(dataset: &Dataset) -> Result<Option<Self>, Error> {
        Ok(Self::parse(&dataset.raw_datatype()?))
    }

    /// By the datatype message (IV.A.2.d of the HDF5 file format specification): class and version,
    /// three bytes of flags, size, then offset and precision in bits and, of floating-point
    /// numbers, the place and length of exponent and mantissa and the exponent's bias.
    fn parse(message: &[u8]) -> Option<Self> {
        const SIGNED: u8 = 1 << 3;
        const VAX: u8 = 1 << 6;
        let (head, rest) = message.split_first_chunk::<8>()?;
        let [class, flags, _, _, size, 0, 0, 0] = *head else { return None };
        let (bits, rest) = rest.split_first_chunk::<4>()?;
        if *bits != [0, 0, size.checked_mul(8)?, 0] {
            return None;
        }
        let element = match (class & 0xF, size) {
            (0, 1) if flags & SIGNED != 0 => Element::I8,
            (0, 2) if flags & SIGNED != 0 => Element::I16,
            (0, 4) if flags & SIGNED != 0 => Element::I32,
            (0, 8) if flags & SIGNED != 0 => Element::I64,
            (0, 1) => Element::U8,
            (0, 2) => Element::U16,
            (0, 4) => Element::U32,
            (0, 8) => Element::U64,
            (1, _) if flags & VAX == 0 => match *rest.first_chunk::<8>()? {
                [10, 5, 0, 10, 15, 0, 0, 0] => Element::F16,
                [23, 8, 0, 23, 127, 0, 0, 0] => Element::F32,
                [52, 11, 0, 52, 0xFF, 0x03, 0, 0] => Element::F64,
                _ => return None,
            },
            _ => return None,
        };
        (element.size() == usize::from(size))
            .then_some(Self { element, is_big_endian: flags & 1 != 0 })
    }
}

fn unreadable(error: &Error) -> SurfaceError {
    if matches!(error, Error::InvalidMagic) {
        return SurfaceError::format("an HDF5 file", "something else");
    }
    // Whoever calls names the dataset, too.
    if let Error::Context { source, .. } = error {
        return unreadable(source);
    }
    // Other names in the file may be anything.
    let why = error.to_string().replace(char::is_control, "\u{FFFD}");
    SurfaceError::format("a readable HDF5 file", format!("one that is damaged or unusual: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_their_layout() {
        let float = |flags, size, layout: [u8; 8]| {
            [&[0x11, flags, 0x1F, 0, size, 0, 0, 0, 0, 0, size * 8, 0][..], &layout].concat()
        };
        let parse = |message: &[u8]| Number::parse(message).map(|n| (n.element, n.is_big_endian));
        let single = [23, 8, 0, 23, 127, 0, 0, 0];
        assert_eq!(parse(&float(0x20, 4, single)), Some((Element::F32, false)));
        assert_eq!(parse(&float(0x21, 4, single)), Some((Element::F32, true)));
        assert_eq!(parse(&float(0x61, 4, single)), None, "VAX order");
        assert_eq!(parse(&float(0x20, 8, single)), None, "a float32 in eight bytes");
        let half = [10, 5, 0, 10, 15, 0, 0, 0];
        assert_eq!(parse(&float(0x20, 2, half)), Some((Element::F16, false)));
        let bfloat16 = [7, 8, 0, 7, 127, 0, 0, 0];
        assert_eq!(parse(&float(0x20, 2, bfloat16)), None);
        let integer = |flags, size: u8, bits| [0x10, flags, 0, 0, size, 0, 0, 0, 0, 0, bits, 0];
        assert_eq!(parse(&integer(8, 2, 16)), Some((Element::I16, false)));
        assert_eq!(parse(&integer(1, 8, 64)), Some((Element::U64, true)));
        assert_eq!(parse(&integer(0, 2, 12)), None, "12 bits of 16");
        assert_eq!(parse(&[0x13, 0, 0, 0, 3, 0, 0, 0]), None, "text");
        for len in 0..20 {
            assert_eq!(parse(&float(0x20, 4, single)[..len]), None);
        }
    }
}
