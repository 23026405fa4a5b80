//! The `.lossland` file: [`encode`] and [`decode`].
//!
//! All numbers are little-endian. The file is a header of 24 bytes and a body:
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8 | the ASCII letters `LOSSLAND` |
//! | 8 | 2 | `u16` format version: 1 |
//! | 10 | 2 | `u16` flags: 0; a reader refuses flags it does not know |
//! | 12 | 8 | `u64` length of the body in bytes; nothing may follow the body |
//! | 20 | 4 | `u32` CRC-32 (ISO-HDLC, as in zip and PNG) of bytes 0 to 19 and the body |
//! | 24 | ... | the body |
//!
//! The body is bincode with fixed-size integers (bincode 1's layout), one after the other without
//! padding. *text* is a `u64` length in bytes and as much UTF-8; *bytes* is a `u64` length and
//! as many bytes; a *list* is a `u64` count and as many entries:
//!
//! | content | type |
//! |---|---|
//! | id | text |
//! | title | text |
//! | provenance: JSON of [`Provenance`], at most 1 MiB; readers ignore keys they don't know | text |
//! | alpha axis: first, last, number of values | `f64`, `f64`, `u32` |
//! | beta axis: first, last, number of values | `f64`, `f64`, `u32` |
//! | fields | list of: name (text), `f32` values row-major `[beta][alpha]` (bytes) |
//! | trajectories | list of: name (text), `f64` alphas (bytes), `f64` betas (bytes) |
//!
//! Provenance travels as JSON so that it can gain entries without a new format version. Numbers
//! travel as bytes so that their claimed length is checked against the file before anything is
//! allocated: decoding allocates a small multiple of the file's size, whatever the file says.
//!
//! Equal surfaces give equal bytes.

use crate::json::{self, Json};
use crate::{Axis, Field, FieldKind, Grid, Provenance, Surface, SurfaceError, Trajectory};
use crc::{CRC_32_ISO_HDLC, Crc, Table};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// The first eight bytes of every file.
pub const MAGIC: [u8; 8] = *b"LOSSLAND";
/// The version that is written, and the only one that is read.
pub const VERSION: u16 = 1;
/// The length of the header, in bytes.
pub const HEADER_LEN: usize = 24;
/// The longest provenance, in bytes.
const MAX_PROVENANCE_LEN: usize = 1 << 20;
/// The part of the header that the checksum covers.
const CHECKED_HEADER_LEN: usize = 20;

/// The file of `surface`.
///
/// # Errors
/// If its provenance holds a number that JSON can't (an infinite Gram entry).
pub fn encode(surface: &Surface) -> Result<Vec<u8>, SurfaceError> {
    let provenance = provenance_to_json(surface.provenance())?;
    let values: Vec<Vec<u8>> = surface.fields().iter().map(|f| f32_bytes(f.values())).collect();
    let paths: Vec<[Vec<u8>; 2]> = surface
        .trajectories()
        .iter()
        .map(|t| [f64_bytes(t.alpha()), f64_bytes(t.beta())])
        .collect();
    let wire = Wire {
        id: surface.id(),
        title: surface.title(),
        provenance: &provenance,
        x: axis_wire(&surface.grid().x),
        y: axis_wire(&surface.grid().y),
        fields: (surface.fields().iter().zip(&values))
            .map(|(field, values)| FieldWire { name: field.kind().name(), values })
            .collect(),
        trajectories: (surface.trajectories().iter().zip(&paths))
            .map(|(path, [alpha, beta])| TrajectoryWire { name: path.name(), alpha, beta })
            .collect(),
    };
    sealed(MAGIC, VERSION, &wire)
}

/// A file with this body behind its header.
pub(crate) fn sealed(
    magic: [u8; 8],
    version: u16,
    wire: &impl Serialize,
) -> Result<Vec<u8>, SurfaceError> {
    let body = bincode::serde::encode_to_vec(wire, bincode::config::legacy())
        .map_err(|error| SurfaceError::Invalid(format!("encoding the surface: {error}")))?;
    let mut file = Vec::with_capacity(HEADER_LEN + body.len());
    file.extend_from_slice(&magic);
    file.extend_from_slice(&version.to_le_bytes());
    file.extend_from_slice(&0u16.to_le_bytes());
    file.extend_from_slice(&(body.len() as u64).to_le_bytes());
    let crc = checksum(&file, &body);
    file.extend_from_slice(&crc.to_le_bytes());
    file.extend_from_slice(&body);
    Ok(file)
}

/// The surface in `file`, which may come from anywhere.
///
/// # Errors
/// With a sentence saying what was expected and what was found, for any bytes that are not a
/// complete, undamaged file of version 1. Never panics; allocates a small multiple of
/// `file.len()` at most.
pub fn decode(file: &[u8]) -> Result<Surface, SurfaceError> {
    decode_by(file, provenance_from_json)
}

/// The same where the caller parses JSON: see [`Json`].
///
/// # Errors
/// As for [`decode`].
pub fn decode_with<J: Json>(
    file: &[u8],
    parse: impl FnOnce(&str) -> Result<J, String>,
) -> Result<Surface, SurfaceError> {
    decode_by(file, |json| provenance_with(json, parse))
}

fn decode_by(
    file: &[u8],
    provenance: impl FnOnce(&str) -> Result<Provenance, SurfaceError>,
) -> Result<Surface, SurfaceError> {
    let wire: Wire<'_> = unsealed(MAGIC, VERSION, file)?;
    let grid = grid(wire.x, wire.y)?;
    let fields =
        wire.fields.iter().map(|field| field.parse(&grid)).collect::<Result<Vec<_>, _>>()?;
    let trajectories =
        wire.trajectories.iter().map(TrajectoryWire::parse).collect::<Result<Vec<_>, _>>()?;
    Ok(Surface::new(wire.id, wire.title, grid, fields)?
        .with_trajectories(trajectories)
        .with_provenance(provenance(wire.provenance)?))
}

/// The body of a file, its header checked.
pub(crate) fn unsealed<'a, W: Deserialize<'a>>(
    magic: [u8; 8],
    version: u16,
    file: &'a [u8],
) -> Result<W, SurfaceError> {
    let body = checked_body(magic, version, file)?;
    let (wire, consumed): (W, usize) =
        bincode::serde::borrow_decode_from_slice(body, bincode::config::legacy()).map_err(
            |error| {
                SurfaceError::format("a well-formed body", format!("one that breaks off: {error}"))
            },
        )?;
    if consumed != body.len() {
        return Err(SurfaceError::format(
            format!("a body of {consumed} bytes"),
            format!("{} more", body.len() - consumed),
        ));
    }
    Ok(wire)
}

/// Checks the header against the rest and returns the body.
fn checked_body(magic: [u8; 8], version: u16, file: &[u8]) -> Result<&[u8], SurfaceError> {
    if !file.starts_with(&magic) {
        let start = String::from_utf8_lossy(&file[..file.len().min(magic.len())]).into_owned();
        return Err(SurfaceError::format(
            format!("a surface file, which starts with {:?}", String::from_utf8_lossy(&magic)),
            if file.is_empty() { "an empty file".into() } else { format!("{start:?}") },
        ));
    }
    let Some((header, body)) = file.split_first_chunk::<HEADER_LEN>() else {
        return Err(SurfaceError::format(
            format!("a header of {HEADER_LEN} bytes"),
            format!("a file of {} bytes; it is cut short: copy or compute it again", file.len()),
        ));
    };
    let [_, _, _, _, _, _, _, _, v0, v1, f0, f1, length @ .., c0, c1, c2, c3] = *header;
    let found = u16::from_le_bytes([v0, v1]);
    if found != version {
        return Err(SurfaceError::Version { found, supported: version });
    }
    let flags = u16::from_le_bytes([f0, f1]);
    if flags != 0 {
        return Err(SurfaceError::format(
            "no flags",
            format!(
                "flags {flags:#06x}: written by a newer lossland, or damaged; update the program \
                 or the page that reads it"
            ),
        ));
    }
    let body_len = u64::from_le_bytes(length);
    if body_len != body.len() as u64 {
        let advice =
            if body_len > body.len() as u64 { "it is cut short" } else { "bytes follow it" };
        return Err(SurfaceError::format(
            format!("a body of {body_len} bytes, as the header says"),
            format!("{} bytes: {advice}; copy or compute the file again", body.len()),
        ));
    }
    let (stored, computed) =
        (u32::from_le_bytes([c0, c1, c2, c3]), checksum(&header[..CHECKED_HEADER_LEN], body));
    if stored != computed {
        return Err(SurfaceError::format(
            format!("checksum {stored:08x}, as the header says"),
            format!("{computed:08x}: the file is damaged; copy or compute it again"),
        ));
    }
    Ok(body)
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    // Not a constant: its table takes microseconds to make, and would be 16 kB of the page.
    let crc = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    digest.update(header);
    digest.update(body);
    digest.finalize()
}

pub(crate) fn provenance_to_json(provenance: &Provenance) -> Result<String, SurfaceError> {
    if let Some(gram) = provenance.directions.as_ref().map(|d| d.gram)
        && ![gram.xx, gram.xy, gram.yy].iter().all(|value| value.is_finite())
    {
        return Err(SurfaceError::Invalid(format!(
            "expected directions of finite length, found the Gram matrix {gram:?}"
        )));
    }
    let json = serde_json::to_string(provenance)
        .map_err(|error| SurfaceError::Invalid(format!("encoding the provenance: {error}")))?;
    check_provenance_len(&json)?;
    Ok(json)
}

pub(crate) fn provenance_from_json(json: &str) -> Result<Provenance, SurfaceError> {
    check_provenance_len(json)?;
    serde_json::from_str(json).map_err(|error| no_provenance(error.to_string()))
}

/// The same where the caller parses JSON.
pub(crate) fn provenance_with<J: Json>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<J, String>,
) -> Result<Provenance, SurfaceError> {
    check_provenance_len(text)?;
    json::provenance(parse(text).map_err(no_provenance)?)
}

fn check_provenance_len(json: &str) -> Result<(), SurfaceError> {
    if json.len() > MAX_PROVENANCE_LEN {
        return Err(SurfaceError::TooLarge {
            what: "the provenance".into(),
            found: json.len() as u64,
            limit: MAX_PROVENANCE_LEN as u64,
        });
    }
    Ok(())
}

fn no_provenance(why: String) -> SurfaceError {
    SurfaceError::format("provenance in JSON", why)
}

/// First, last, and the number of values.
pub(crate) type AxisWire = (f64, f64, u32);

pub(crate) fn axis_wire(axis: &Axis) -> AxisWire {
    (axis.first(), axis.last(), axis.len() as u32)
}

pub(crate) fn grid(
    (first, last, len): AxisWire,
    (y_first, y_last, y_len): AxisWire,
) -> Result<Grid, SurfaceError> {
    Ok(Grid { x: Axis::new(first, last, len)?, y: Axis::new(y_first, y_last, y_len)? })
}

/// The body as it is laid out. Everything is borrowed from the file, so that a false length fails
/// before it can allocate.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    id: &'a str,
    title: &'a str,
    provenance: &'a str,
    x: AxisWire,
    y: AxisWire,
    #[serde(borrow, deserialize_with = "list")]
    fields: Vec<FieldWire<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    trajectories: Vec<TrajectoryWire<'a>>,
}

#[derive(Serialize, Deserialize)]
struct FieldWire<'a> {
    name: &'a str,
    values: &'a [u8],
}

impl FieldWire<'_> {
    fn parse(&self, grid: &Grid) -> Result<Field, SurfaceError> {
        let expected = grid.n_points().checked_mul(4);
        if expected != Some(self.values.len() as u64) {
            return Err(SurfaceError::format(
                format!(
                    "{} values ({} x {}) of 4 bytes in field {:?}",
                    grid.n_points(),
                    grid.x.len(),
                    grid.y.len(),
                    self.name
                ),
                format!("{} bytes", self.values.len()),
            ));
        }
        let (values, _) = self.values.as_chunks::<4>();
        Field::new(
            FieldKind::from_name(self.name)?,
            values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        )
    }
}

#[derive(Serialize, Deserialize)]
struct TrajectoryWire<'a> {
    name: &'a str,
    alpha: &'a [u8],
    beta: &'a [u8],
}

impl TrajectoryWire<'_> {
    fn parse(&self) -> Result<Trajectory, SurfaceError> {
        Trajectory::new(self.name, self.f64s(self.alpha)?, self.f64s(self.beta)?)
    }

    fn f64s(&self, bytes: &[u8]) -> Result<Vec<f64>, SurfaceError> {
        let (values, []) = bytes.as_chunks::<8>() else {
            return Err(SurfaceError::format(
                format!("coordinates of 8 bytes in trajectory {:?}", self.name),
                format!("{} bytes", bytes.len()),
            ));
        };
        Ok(values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn f64_bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Reads a list without reserving what it claims to hold: serde's own reserves up to 1 MiB.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct ListVisitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(entry) = entries.next_element()? {
                list.push(entry);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_seq(ListVisitor(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DirectionSource, Directions, Gram, Normalisation};

    fn small() -> Surface {
        let grid = Grid { x: "-1:2:3".parse().unwrap(), y: "-0.5:0.5:2".parse().unwrap() };
        let values = vec![0.25, f32::NAN, f32::INFINITY, 1.0, 2.0, -3.5];
        let fields = vec![
            Field::new(FieldKind::TrainLoss, values.clone()).unwrap(),
            Field::new(FieldKind::Custom("ece".into()), values).unwrap(),
        ];
        Surface::new("small", "A small one", grid, fields)
            .unwrap()
            .with_trajectories(vec![
                Trajectory::new("sgd", vec![1.0, 0.0], vec![0.5, 0.0]).unwrap(),
            ])
            .with_provenance(Provenance {
                network: Some("resnet20".into()),
                directions: Some(Directions {
                    source: DirectionSource::Seed(u64::MAX),
                    normalisation: Normalisation::Filter,
                    gram: Gram { xx: 0.1 + 0.2, xy: -1e-300, yy: 1.0 / 3.0 },
                }),
                ..Provenance::default()
            })
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let file = encode(&small()).unwrap();
        assert_eq!(decode(&file).unwrap(), small());
        assert_eq!(encode(&decode(&file).unwrap()).unwrap(), file);
    }

    #[test]
    fn the_layout_is_as_documented() {
        let file = encode(&small()).unwrap();
        assert_eq!(&file[..12], b"LOSSLAND\x01\x00\x00\x00");
        assert_eq!(&file[12..20], (file.len() as u64 - 24).to_le_bytes());
        assert_eq!(&file[24..37], b"\x05\0\0\0\0\0\0\0small");
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let file = encode(&small()).unwrap();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(decode(&damaged).is_err(), "byte {at} flipped");
            assert!(decode(&file[..at]).is_err(), "cut at {at}");
        }
    }
}
