//! The formats that surfaces are stored in, by the endings of their files' names.

use crate::{FieldKind, Surface, SurfaceError, csv, decode, encode, hdf5, npz};

/// A format that surfaces are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Ours, which keeps everything.
    Lossland,
    /// NumPy's arrays, which keep everything, too.
    Npz,
    /// A table of grid and fields.
    Csv,
    /// HDF5 as the code of Li et al. (2018) writes it; read, never written.
    Hdf5,
}

impl Format {
    /// What the ending of a file's name says, and the name without it.
    ///
    /// # Errors
    /// [`SurfaceError::Format`] where the ending is another.
    pub fn of_name(name: &str) -> Result<(&str, Self), SurfaceError> {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        match ending.to_ascii_lowercase().as_str() {
            "lossland" => Ok((stem, Self::Lossland)),
            "npz" => Ok((stem, Self::Npz)),
            "csv" => Ok((stem, Self::Csv)),
            "h5" | "hdf5" => Ok((stem, Self::Hdf5)),
            _ => Err(SurfaceError::format(
                "a name that ends in .lossland, .npz, .csv, .h5 or .hdf5",
                format!("{name:?}"),
            )),
        }
    }

    /// The surface in the bytes of a file. `id` is its id where the file does not say one, and `z` what
    /// the array `Z` of a `.npz` file holds, where that is not the training loss.
    ///
    /// # Errors
    /// Where the bytes are not what they should be: which part, what was expected, what found.
    pub fn read(
        self,
        bytes: &[u8],
        id: &str,
        z: Option<FieldKind>,
    ) -> Result<Surface, SurfaceError> {
        match self {
            Self::Lossland => decode(bytes),
            Self::Npz => npz::read(bytes, &npz::Import { id: id.to_owned(), z }),
            Self::Csv => csv::read(bytes, id),
            Self::Hdf5 => hdf5::read(bytes, id),
        }
    }

    /// The bytes of a file with this surface.
    ///
    /// # Errors
    /// Where the format can't hold it.
    pub fn write(self, surface: &Surface) -> Result<Vec<u8>, SurfaceError> {
        match self {
            Self::Lossland => encode(surface),
            Self::Npz => npz::write(surface),
            Self::Csv => Ok(csv::write(surface).into_bytes()),
            Self::Hdf5 => Err(SurfaceError::format(
                "a format that is written: .lossland, .npz or .csv",
                "HDF5, which is only read",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        fn format(name: &str) -> Option<(&str, Format)> {
            Format::of_name(name).ok()
        }
        assert_eq!(format("b.c.lossland"), Some(("b.c", Format::Lossland)));
        assert_eq!(format("A.NPZ"), Some(("A", Format::Npz)));
        assert_eq!(format("a.csv"), Some(("a", Format::Csv)));
        assert_eq!(format("w_[-1.0,1.0,51].h5"), Some(("w_[-1.0,1.0,51]", Format::Hdf5)));
        assert_eq!(format("a.hdf5"), Some(("a", Format::Hdf5)));
        for other in ["a", "a.txt", "lossland", ""] {
            assert_eq!(format(other), None, "{other}");
        }
    }
}
