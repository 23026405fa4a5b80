//! Surfaces as `.npz`, the archives of NumPy.
//!
//! Written are `x` (alphas) and `y` (betas), float64 `[n]`, and each field under its name, float32
//! `[len(y), len(x)]`; NaN is not computed, +infinity overflowed. What NumPy has no place for (id,
//! title, provenance, trajectories) is JSON in the comment of the zip archive: `numpy.load` sees
//! the arrays only, and an archive that comes back unchanged gives the very same surface.
//!
//! Read are also coordinates named `X` and `Y`, of one dimension or two in the layout of
//! `numpy.meshgrid`, and values named `Z`. Numbers may be of any integer or floating type.

use crate::arrays::{Array, NpzReader, write_npz};
use crate::catalog::sha256_hex;
use crate::container::{provenance_from_json, provenance_to_json};
use crate::{Axis, Field, FieldKind, Grid, Provenance, Surface, SurfaceError, Trajectory};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::Cursor;

/// The most bytes that an archive may unpack to.
pub const MAX_UNPACKED: u64 = 256 << 20;
/// The longest comment of a zip archive, in bytes.
const MAX_COMMENT_LEN: usize = u16::MAX as usize;

/// How to take an archive whose arrays do not say it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The surface's id and title, where the archive has none.
    pub id: String,
    /// What the array `Z` is. `None` takes it as the training loss.
    pub z: Option<FieldKind>,
}

/// The archive of `surface`. Equal surfaces give equal bytes.
///
/// # Errors
/// If what goes into the comment is longer than its 65,535 bytes: thousands of points of
/// trajectories.
pub fn write(surface: &Surface) -> Result<Vec<u8>, SurfaceError> {
    let Grid { x, y } = surface.grid();
    let coordinates =
        |axis: &Axis| Array::from_f64s(&[axis.len()], &axis.values().collect::<Vec<_>>());
    let coordinates = [("x", coordinates(x)), ("y", coordinates(y))];
    let fields = surface
        .fields()
        .iter()
        .map(|field| (field.kind().name(), Array::from_f32s(&[y.len(), x.len()], field.values())));
    write_npz(coordinates.into_iter().chain(fields), &Comment::encode(surface)?)
}

/// The surface in `archive`, which may come from anywhere.
///
/// # Errors
/// If it is no such archive, unpacks to more than [`MAX_UNPACKED`] bytes, has coordinates that are
/// more than 10 % of a step off a regular grid, or an array that is no field; the error names
/// the array.
pub fn read(archive: &[u8], import: &Import) -> Result<Surface, SurfaceError> {
    let mut reader = NpzReader::new(Cursor::new(archive), MAX_UNPACKED)?;
    let names = reader.names();
    let [x_name, y_name] = coordinate_names(&names)?;
    let grid = read_grid(&mut reader, x_name, y_name)?;
    if import.z.is_some() && !names.iter().any(|name| name == "Z") {
        return Err(SurfaceError::Invalid(format!(
            "expected an array Z to take as a field, found {}, which name themselves",
            names.join(", ")
        )));
    }
    let mut fields = Vec::new();
    for name in names.iter().filter(|name| *name != x_name && *name != y_name) {
        let array = reader.read(name)?;
        let field = read_field(name, &array, &grid, import);
        fields.push(field.map_err(|error| error.within(format!("array {name:?}")))?);
    }
    match Comment::decode(reader.comment())? {
        Some(comment) => comment.complete(grid, fields),
        None => {
            let imported_from = format!(".npz file with SHA-256 {}", sha256_hex(archive));
            Ok(Surface::new(&import.id, &import.id, grid, fields)?.with_provenance(Provenance {
                imported_from: Some(imported_from),
                ..Provenance::default()
            }))
        }
    }
}

/// The names of the two arrays of coordinates.
fn coordinate_names(names: &[String]) -> Result<[&'static str; 2], SurfaceError> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    match [["x", "y"], ["X", "Y"]].map(|pair| pair.into_iter().any(has)) {
        [true, false] => Ok(["x", "y"]),
        [false, true] => Ok(["X", "Y"]),
        [true, true] => Err(SurfaceError::format(
            "coordinates either as x and y or as X and Y",
            format!("both: {}", names.join(", ")),
        )),
        [false, false] => Err(SurfaceError::format(
            "coordinates named x and y, or X and Y",
            format!("only the arrays {names:?}"),
        )),
    }
}

fn read_grid<R: std::io::Read + std::io::Seek>(
    reader: &mut NpzReader<R>,
    x_name: &str,
    y_name: &str,
) -> Result<Grid, SurfaceError> {
    let (x, y) = (reader.read(x_name)?, reader.read(y_name)?);
    let [along_x, along_y] = match (x.shape(), y.shape()) {
        ([_], [_]) => [&x, &y]
            .map(|array| array.to_f64s().into_iter().map(|value| [value; 2]).collect::<Vec<_>>()),
        ([_, n_columns], shape @ [n_rows, _]) if x.shape() == shape => {
            let (x, y) = (x.to_f64s(), y.to_f64s());
            let columns = (0..*n_columns).map(|i| bounds(x.iter().skip(i).step_by(*n_columns)));
            let rows = (0..*n_rows).map(|j| bounds(&y[j * n_columns..][..*n_columns]));
            [columns.collect(), rows.collect()]
        }
        (x_shape, y_shape) => {
            return Err(SurfaceError::format(
                format!("{x_name} and {y_name} of one dimension each, or of two and one shape"),
                format!("shapes {x_shape:?} and {y_shape:?}"),
            ));
        }
    };
    let axis = |name: &str, bounds: &[[f64; 2]]| {
        Axis::from_bounds(bounds).map_err(|error| {
            let hint = if x.shape().len() == 2 { " (alpha along the rows of X)" } else { "" };
            error.within(format!("array {name:?}{hint}"))
        })
    };
    Ok(Grid { x: axis(x_name, &along_x)?, y: axis(y_name, &along_y)? })
}

/// The smallest and the largest of some coordinates; NaN if one is.
fn bounds<'a>(values: impl IntoIterator<Item = &'a f64>) -> [f64; 2] {
    values.into_iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
        if value.is_nan() { [f64::NAN; 2] } else { [low.min(*value), high.max(*value)] }
    })
}

fn read_field(
    name: &str,
    array: &Array,
    grid: &Grid,
    import: &Import,
) -> Result<Field, SurfaceError> {
    let kind = match name {
        "Z" => import.z.clone().unwrap_or(FieldKind::TrainLoss),
        name => FieldKind::from_name(name)?,
    };
    if array.shape() != [grid.y.len(), grid.x.len()] {
        return Err(SurfaceError::format(
            format!("a field of shape [{}, {}], rows by columns", grid.y.len(), grid.x.len()),
            format!("shape {:?}; leave out of the archive what is no field", array.shape()),
        ));
    }
    Field::new(kind, array.to_f32s())
}

/// What goes into the comment of the archive.
#[derive(Serialize, Deserialize)]
struct Comment {
    /// Tells our comments from others', and their version.
    lossland: u16,
    id: String,
    title: String,
    provenance: Box<RawValue>,
    trajectories: Vec<Path>,
}

#[derive(Serialize, Deserialize)]
struct Path {
    name: String,
    alpha: Vec<f64>,
    beta: Vec<f64>,
}

impl Comment {
    const VERSION: u16 = 1;

    fn encode(surface: &Surface) -> Result<Vec<u8>, SurfaceError> {
        let failed = |error: serde_json::Error| {
            SurfaceError::Invalid(format!("writing the archive's comment: {error}"))
        };
        let provenance = provenance_to_json(surface.provenance())?;
        let path = |path: &Trajectory| Path {
            name: path.name().to_owned(),
            alpha: path.alpha().to_vec(),
            beta: path.beta().to_vec(),
        };
        let comment = Self {
            lossland: Self::VERSION,
            id: surface.id().to_owned(),
            title: surface.title().to_owned(),
            provenance: RawValue::from_string(provenance).map_err(failed)?,
            trajectories: surface.trajectories().iter().map(path).collect(),
        };
        let json = serde_json::to_vec(&comment).map_err(failed)?;
        if json.len() > MAX_COMMENT_LEN {
            return Err(SurfaceError::TooLarge {
                what: "the provenance with the trajectories, for a .npz file,".into(),
                found: json.len() as u64,
                limit: MAX_COMMENT_LEN as u64,
            });
        }
        Ok(json)
    }

    /// Our comment, or `None` where there is another or none.
    fn decode(comment: &[u8]) -> Result<Option<Self>, SurfaceError> {
        if !comment.starts_with(br#"{"lossland":"#) {
            return Ok(None);
        }
        let comment: Self = serde_json::from_slice(comment).map_err(|error| {
            SurfaceError::format("a comment as lossland writes it", error.to_string())
        })?;
        if comment.lossland != Self::VERSION {
            let (found, supported) = (comment.lossland, Self::VERSION);
            return Err(SurfaceError::Version { found, supported });
        }
        Ok(Some(comment))
    }

    fn complete(self, grid: Grid, fields: Vec<Field>) -> Result<Surface, SurfaceError> {
        let path = |path: Path| Trajectory::new(path.name, path.alpha, path.beta);
        let trajectories = self.trajectories.into_iter().map(path).collect::<Result<_, _>>()?;
        Ok(Surface::new(self.id, self.title, grid, fields)?
            .with_trajectories(trajectories)
            .with_provenance(provenance_from_json(self.provenance.get())?))
    }
}
