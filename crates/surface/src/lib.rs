//! Loss surfaces: what they are, how they are stored, and what can be read off them.
//!
//! A [`Surface`] holds the values of one or more fields (losses, accuracies, standard errors,
//! eigenvalues) over a regular grid in the plane `w + alpha * x + beta * y` through a network's
//! weights `w`, after Li et al., "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018,
//! and says where they come from ([`Provenance`]).
//!
//! This crate does no input or output and knows no clock, no GPU and no libtorch: bytes come in,
//! values go out, natively and in the browser alike. Bytes from outside are parsed once, with
//! limits, and never cause a panic; what has been parsed can be trusted.
//!
//! Two values that are not numbers have fixed meanings everywhere: **NaN is "not computed"** and
//! **+infinity is "computed, but the network overflowed there"** (a loss beyond `f32` included).
//!
//! The layout of a `.lossland` file is documented byte by byte in [`container`], that of the part of
//! it that a page draws first in [`first`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
pub mod arrays;
mod axis;
mod catalog;
pub mod container;
mod contour;
pub mod csv;
mod difference;
mod error;
mod field;
pub mod first;
mod format;
pub mod hdf5;
mod json;
mod levels;
pub mod measures;
mod merge;
pub mod npz;
mod pick;
mod profile;
mod provenance;
mod sample;
mod scale;
mod statistics;
mod surface;
pub mod ticks;
mod unfinished;

pub use axis::{Axis, Grid};
pub use catalog::{Catalog, CatalogEntry, FirstPartEntry, main_surfaces, network_of, sha256_hex};
pub use container::{decode, decode_with, encode};
pub use contour::Contour;
pub use difference::{Difference, Operand};
pub use error::SurfaceError;
pub use field::{Field, FieldKind, SplitKinds};
pub use first::FirstPart;
pub use format::Format;
pub use json::Json;
pub use levels::{Levels, Shard};
pub use merge::merge;
pub use pick::{HeightField, Hit, Ray};
pub use provenance::{
    DataSet, DirectionSource, Directions, Gram, Normalisation, Precision, Provenance, Split,
    Training,
};
pub use scale::{Cut, DEFAULT_CUT, Extent, HEIGHT_CAP, Scale};
pub use statistics::{Extremum, Statistics, share_below};
pub use surface::{Surface, Trajectory};
pub use unfinished::Unfinished;
