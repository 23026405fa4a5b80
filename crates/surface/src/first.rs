//! The first part of a surface: what a page needs to draw it at first, without the rest.
//!
//! A `.lossland` file holds several fields and the whole provenance; a first picture shows one field. So
//! a catalogue may name, beside a surface's file, a second and smaller one with its id, title and axes,
//! the values of the field that is shown, and what a caption says. Nothing is rounded.
//!
//! The header is that of [`container`], but for its first eight bytes, `LOSSPART`, and a version of its
//! own, 1. The body, in the same terms:
//!
//! | content | type |
//! |---|---|
//! | id | text |
//! | title | text |
//! | provenance, without digests and commands | text |
//! | alpha axis: first, last, number of values | `f64`, `f64`, `u32` |
//! | beta axis: first, last, number of values | `f64`, `f64`, `u32` |
//! | names of all fields of the file, in its order | list of text |
//! | which of them follows, counted from 0 | `u32` |
//! | its values, as below: four bytes each | bytes |
//!
//! Values are laid out such that a host's compression makes less of them (ResNet-20's 51 x 51 training
//! losses with brotli: 6483 bytes instead of 9307). Take the bits of each `f32` as a `u32`, row-major
//! `[beta][alpha]`, and replace each by its difference from `left + below - left of below` (Ibarria et al.,
//! "Out-of-core compression and decompression of large n-dimensional scalar fields", 2003), 0 standing for
//! what is outside the grid, modulo 2^32. Move the sign to the lowest bit: `d` becomes `2 d` for `d >= 0`
//! and `-2 d - 1` below, read as an `i32`. Then come the lowest bytes of all values, their second, third
//! and highest bytes.

use crate::container::{
    self, AxisWire, axis_wire, list, provenance_from_json, provenance_to_json, provenance_with,
};
use crate::json::Json;
use crate::surface::check_each_field_once;
use crate::{Field, FieldKind, Provenance, Split, Surface, SurfaceError};
use serde::{Deserialize, Serialize};

/// The first eight bytes of every first part.
pub const MAGIC: [u8; 8] = *b"LOSSPART";
/// The version that is written, and the only one that is read.
pub const VERSION: u16 = 1;

/// What the first part of a surface says.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstPart {
    surface: Surface,
    kinds: Vec<FieldKind>,
}

impl FirstPart {
    /// The first part of `surface`, with its [main field](Surface::main_field).
    ///
    /// # Errors
    /// None: a part of what makes a surface makes one.
    pub fn new(surface: &Surface) -> Result<Self, SurfaceError> {
        let kinds = surface.fields().iter().map(|field| field.kind().clone()).collect();
        let field = surface.main_field().clone();
        let part = Surface::new(surface.id(), surface.title(), *surface.grid(), vec![field])?;
        let provenance = without_digests(surface.provenance().clone());
        Ok(Self { surface: part.with_provenance(provenance), kinds })
    }

    /// The surface with one of its fields, without trajectories, its provenance without digests and
    /// commands.
    pub fn surface(&self) -> &Surface {
        &self.surface
    }

    /// The fields that the whole file holds, in its order.
    pub fn kinds(&self) -> &[FieldKind] {
        &self.kinds
    }

    /// Both.
    pub fn into_parts(self) -> (Surface, Vec<FieldKind>) {
        (self.surface, self.kinds)
    }

    /// The file.
    ///
    /// # Errors
    /// As for [`encode`](crate::encode).
    pub fn encode(&self) -> Result<Vec<u8>, SurfaceError> {
        let (surface, field) = (&self.surface, self.surface.main_field());
        let grid = surface.grid();
        let shown = self.kinds.iter().position(|kind| kind == field.kind()).unwrap_or_default();
        let wire = Wire {
            id: surface.id(),
            title: surface.title(),
            provenance: &provenance_to_json(surface.provenance())?,
            x: axis_wire(&grid.x),
            y: axis_wire(&grid.y),
            names: self.kinds.iter().map(FieldKind::name).collect(),
            shown: shown as u32,
            planes: &planes(field.values(), grid.x.len()),
        };
        container::sealed(MAGIC, VERSION, &wire)
    }

    /// The first part in `file`, which may come from anywhere.
    ///
    /// # Errors
    /// With a sentence saying what was expected and what was found, for any bytes that are not a
    /// complete, undamaged first part of version 1. Never panics; allocates a small multiple of
    /// `file.len()` at most.
    pub fn decode(file: &[u8]) -> Result<Self, SurfaceError> {
        Self::decode_by(file, provenance_from_json)
    }

    /// The same where the caller parses JSON: see [`Json`].
    ///
    /// # Errors
    /// As for [`FirstPart::decode`].
    pub fn decode_with<J: Json>(
        file: &[u8],
        parse: impl FnOnce(&str) -> Result<J, String>,
    ) -> Result<Self, SurfaceError> {
        Self::decode_by(file, |json| provenance_with(json, parse))
    }

    fn decode_by(
        file: &[u8],
        provenance: impl FnOnce(&str) -> Result<Provenance, SurfaceError>,
    ) -> Result<Self, SurfaceError> {
        let wire: Wire<'_> = container::unsealed(MAGIC, VERSION, file)?;
        let grid = container::grid(wire.x, wire.y)?;
        if grid.n_points().checked_mul(4) != Some(wire.planes.len() as u64) {
            return Err(SurfaceError::format(
                format!("{} values of 4 bytes", grid.n_points()),
                format!("{} bytes", wire.planes.len()),
            ));
        }
        let kinds: Vec<FieldKind> =
            wire.names.iter().map(|name| FieldKind::from_name(name)).collect::<Result<_, _>>()?;
        check_each_field_once(kinds.iter())?;
        let Some(shown) = kinds.get(wire.shown as usize) else {
            return Err(SurfaceError::format(
                format!("one of {} fields", kinds.len()),
                format!("field {}, counted from 0", wire.shown),
            ));
        };
        let field = Field::new(shown.clone(), values(wire.planes, grid.x.len()))?;
        let surface = Surface::new(wire.id, wire.title, grid, vec![field])?
            .with_provenance(provenance(wire.provenance)?);
        Ok(Self { surface, kinds })
    }
}

/// What a caption says of a surface, and no more: digests hardly compress.
fn without_digests(provenance: Provenance) -> Provenance {
    let split = |split: Split| Split { digest: String::new(), ..split };
    Provenance {
        weights_sha256: None,
        training: provenance.training.map(|training| crate::Training { command: None, ..training }),
        weights_edits: Vec::new(),
        dataset: provenance.dataset.map(|dataset| crate::DataSet {
            train: dataset.train.map(split),
            test: dataset.test.map(split),
            ..dataset
        }),
        program: None,
        command: None,
        ..provenance
    }
}

/// The body as it is laid out, borrowed from the file.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    id: &'a str,
    title: &'a str,
    provenance: &'a str,
    x: AxisWire,
    y: AxisWire,
    #[serde(borrow, deserialize_with = "list")]
    names: Vec<&'a str>,
    shown: u32,
    planes: &'a [u8],
}

/// What a value is foretold to be from those before it, as bits.
fn foretold(bits: impl Fn(usize) -> u32, index: usize, n_columns: usize) -> u32 {
    let (has_left, has_below) = (!index.is_multiple_of(n_columns), index >= n_columns);
    let at = |is_there: bool, back: usize| if is_there { bits(index - back) } else { 0 };
    let corner = at(has_left && has_below, n_columns + 1);
    at(has_left, 1).wrapping_add(at(has_below, n_columns)).wrapping_sub(corner)
}

fn planes(values: &[f32], n_columns: usize) -> Vec<u8> {
    let mut planes = vec![0; 4 * values.len()];
    for (index, value) in values.iter().enumerate() {
        let foretold = foretold(|index| values[index].to_bits(), index, n_columns);
        let difference = value.to_bits().wrapping_sub(foretold) as i32;
        let unsigned = (difference << 1) ^ (difference >> 31);
        for (plane, byte) in unsigned.to_le_bytes().into_iter().enumerate() {
            planes[plane * values.len() + index] = byte;
        }
    }
    planes
}

/// The values of planes of a length divisible by 4.
#[inline(never)]
fn values(planes: &[u8], n_columns: usize) -> Vec<f32> {
    let n_values = planes.len() / 4;
    let mut bits: Vec<u32> = Vec::with_capacity(n_values);
    for index in 0..n_values {
        let bytes = [0, 1, 2, 3].map(|plane| planes[plane * n_values + index]);
        let unsigned = u32::from_le_bytes(bytes);
        let difference = (unsigned >> 1) ^ (unsigned & 1).wrapping_neg();
        bits.push(foretold(|index| bits[index], index, n_columns).wrapping_add(difference));
    }
    bits.into_iter().map(f32::from_bits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;
    use proptest::prelude::*;

    fn small() -> Surface {
        let grid = Grid { x: "-1:2:3".parse().unwrap(), y: "-0.5:0.5:2".parse().unwrap() };
        let field = |name: &str, values: [f32; 6]| {
            Field::new(FieldKind::from_name(name).unwrap(), values.to_vec()).unwrap()
        };
        let fields = vec![
            field("test_loss", [9.0; 6]),
            field("train_loss", [0.25, f32::NAN, f32::INFINITY, 1.0, 2.0, -3.5]),
        ];
        let provenance = Provenance {
            weights_sha256: Some("ab".repeat(32)),
            command: Some("lossland surface".into()),
            imported_from: Some("a.npz".into()),
            ..Provenance::default()
        };
        Surface::new("small", "A small one", grid, fields).unwrap().with_provenance(provenance)
    }

    fn part() -> FirstPart {
        FirstPart::new(&small()).unwrap()
    }

    #[test]
    fn what_is_drawn_first_is_that_of_the_whole() {
        let part = FirstPart::decode(&part().encode().unwrap()).unwrap();
        let whole = small();
        assert_eq!(part.kinds(), [FieldKind::TestLoss, FieldKind::TrainLoss]);
        assert_eq!(part.surface().fields(), [whole.field(&FieldKind::TrainLoss).unwrap().clone()]);
        assert_eq!((part.surface().id(), part.surface().title()), (whole.id(), whole.title()));
        assert_eq!(part.surface().grid(), whole.grid());
        let provenance = part.surface().provenance();
        assert_eq!(provenance.imported_from, whole.provenance().imported_from);
        assert_eq!((&provenance.weights_sha256, &provenance.command), (&None, &None));
    }

    /// Worked out by hand from the documentation.
    #[test]
    fn the_layout_is_as_documented() {
        let file = part().encode().unwrap();
        assert_eq!(&file[..12], b"LOSSPART\x01\x00\x00\x00");
        assert_eq!(&file[24..37], b"\x05\0\0\0\0\0\0\0small");
        // 1.0 and 1.5 in a row, 2.0 above the first: 0x3F80_0000, 0x3FC0_0000, 0x4000_0000 and, to the
        // right of that, one step less than foretold.
        let values = [1.0, 1.5, 2.0, f32::from_bits(0x403F_FFFF)];
        #[rustfmt::skip]
        let expected = [
            0x00, 0x00, 0x00, 0x01,
            0x00, 0x00, 0x00, 0x00,
            0x00, 0x80, 0x00, 0x00,
            0x7F, 0x00, 0x01, 0x00,
        ];
        assert_eq!(planes(&values, 2), expected);
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let file = part().encode().unwrap();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(FirstPart::decode(&damaged).is_err(), "byte {at} flipped");
            assert!(FirstPart::decode(&file[..at]).is_err(), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn any_values_survive(bits in prop::collection::vec(any::<u32>(), 1..60), n_columns in 1usize..60) {
            let whole_rows = bits.len() / n_columns * n_columns;
            let bits = &bits[..whole_rows];
            let floats: Vec<f32> = bits.iter().map(|bits| f32::from_bits(*bits)).collect();
            let back: Vec<u32> =
                values(&planes(&floats, n_columns), n_columns).iter().map(|v| v.to_bits()).collect();
            prop_assert_eq!(back, bits);
        }
    }
}
