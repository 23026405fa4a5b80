//! Surfaces in HDF5, as the code of Li et al. (2018) writes them.
//!
//! `xcoordinates` are the alphas, `ycoordinates` the betas, and each further dataset over them is
//! a field: `train_loss`, `train_acc` (per cent), `test_loss`, `test_acc`, `min_eig`, `max_eig`, or
//! any other. A field is declared `[len(x), len(y)]`, and filled all the same as rows of alphas,
//! one for each beta: that code numbers the points so. Losses and accuracies of -1, a smallest
//! eigenvalue of 1 and a largest one of -1 stand for what was not computed; a loss that is NaN was
//! computed, and overflowed.
//!
//! Without `ycoordinates` it is the loss along a line, here at the single beta 0. `proj_xcoord` and
//! `proj_ycoord`, usually in a file of their own, are a trajectory. What else is in a file (the
//! name of the file of directions, numbers of another shape) is passed over.

use crate::arrays::Hdf5Reader;
use crate::catalog::sha256_hex;
use crate::npz::MAX_UNPACKED;
use crate::{Axis, Field, FieldKind, Grid, Provenance, Surface, SurfaceError, Trajectory};

const COORDINATES: [&str; 2] = ["xcoordinates", "ycoordinates"];
const TRAJECTORY: [&str; 2] = ["proj_xcoord", "proj_ycoord"];
const DIRECTIONS: [&str; 2] = ["xdirection", "ydirection"];

/// The fields that the paper's code writes. They come first, in this order, and must be whole.
const FIELDS: [&str; 6] =
    ["train_loss", "train_acc", "test_loss", "test_acc", "min_eig", "max_eig"];

/// The surface in `file`, which may come from anywhere. The file does not say an id, so `id` is
/// its id, its title, and the name of its trajectory.
///
/// # Errors
/// If it is no HDF5 file, holds no surface, unpacks to more than [`MAX_UNPACKED`] bytes, or has
/// coordinates that are more than 10 % of a step off a regular grid; the error names the dataset.
pub fn read(file: &[u8], id: &str) -> Result<Surface, SurfaceError> {
    let mut reader = Hdf5Reader::new(file, MAX_UNPACKED)?;
    if !has(&reader, COORDINATES[0]) {
        return Err(no_surface(&reader));
    }
    let grid = read_grid(&mut reader)?;
    let fields = read_fields(&mut reader, &grid)?;
    if fields.is_empty() {
        let shape = allowed_shapes(&reader, &grid)[0].clone();
        return Err(SurfaceError::format(
            format!("a field of shape {shape:?}, such as train_loss"),
            only(reader.names()),
        ));
    }
    let trajectories = match TRAJECTORY.map(|name| has(&reader, name)) {
        [false, false] => Vec::new(),
        _ => vec![trajectory(&mut reader, id)?],
    };
    let imported_from = Some(format!(".h5 file with SHA-256 {}", sha256_hex(file)));
    Ok(Surface::new(id, id, grid, fields)?
        .with_trajectories(trajectories)
        .with_provenance(Provenance { imported_from, ..Provenance::default() }))
}

/// The trajectory in `file`, which may come from anywhere, under this name.
///
/// # Errors
/// If it is no HDF5 file or holds no trajectory; the error names the dataset.
pub fn read_trajectory(file: &[u8], name: &str) -> Result<Trajectory, SurfaceError> {
    trajectory(&mut Hdf5Reader::new(file, MAX_UNPACKED)?, name)
}

fn trajectory(reader: &mut Hdf5Reader, name: &str) -> Result<Trajectory, SurfaceError> {
    if let Some(missing) = TRAJECTORY.iter().find(|name| !has(reader, name)) {
        return Err(SurfaceError::format(
            format!("a trajectory, with the dataset {missing}"),
            only(reader.names()),
        ));
    }
    let [alpha, beta] = TRAJECTORY;
    Trajectory::new(name, read_line(reader, alpha)?, read_line(reader, beta)?)
}

fn has(reader: &Hdf5Reader, name: &str) -> bool {
    reader.names().iter().any(|other| other == name)
}

/// Says what a file without coordinates is instead, and what to do with it.
fn no_surface(reader: &Hdf5Reader) -> SurfaceError {
    let found = if TRAJECTORY.iter().any(|name| has(reader, name)) {
        "a trajectory, which lies on one: lossland convert SURFACE OUT --trajectory FILE.h5 adds it"
            .into()
    } else if DIRECTIONS.iter().any(|name| reader.groups().iter().any(|group| group == name)) {
        "directions, along which one can be computed".into()
    } else {
        only(reader.names())
    };
    SurfaceError::format("a surface, with the dataset xcoordinates", found)
}

fn only(names: &[String]) -> String {
    const MAX_NAMED: usize = 12;
    if names.is_empty() {
        return "no dataset".into();
    }
    let more = if names.len() > MAX_NAMED { " and more" } else { "" };
    format!("only {:?}{more}", &names[..names.len().min(MAX_NAMED)])
}

fn read_grid(reader: &mut Hdf5Reader) -> Result<Grid, SurfaceError> {
    let [x, y] = COORDINATES;
    let is_line = !has(reader, y);
    let mut axis = |name: &str| {
        let values = read_line(reader, name)?;
        Axis::from_values(&values).map_err(|error| error.within(format!("dataset {name:?}")))
    };
    Ok(Grid { x: axis(x)?, y: if is_line { Axis::new(0.0, 0.0, 1)? } else { axis(y)? } })
}

fn read_line(reader: &mut Hdf5Reader, name: &str) -> Result<Vec<f64>, SurfaceError> {
    let array = reader.read(name)?;
    match array.shape() {
        [_] => Ok(array.to_f64s()),
        shape => {
            let found = format!("shape {shape:?}");
            Err(SurfaceError::format("one dimension", found).within(format!("dataset {name:?}")))
        }
    }
}

/// The shapes that a field may have: as that code declares it, and as it fills it.
fn allowed_shapes(reader: &Hdf5Reader, grid: &Grid) -> Vec<Vec<u64>> {
    let [n_x, n_y] = [grid.x, grid.y].map(|axis| axis.len() as u64);
    if has(reader, COORDINATES[1]) { vec![vec![n_x, n_y], vec![n_y, n_x]] } else { vec![vec![n_x]] }
}

fn read_fields(reader: &mut Hdf5Reader, grid: &Grid) -> Result<Vec<Field>, SurfaceError> {
    let shapes = allowed_shapes(reader, grid);
    let is_known = |name: &String| FIELDS.contains(&name.as_str());
    let mut others: Vec<String> =
        reader.names().iter().filter(|name| !is_known(name)).cloned().collect();
    others.sort();
    let known = FIELDS.into_iter().filter(|name| has(reader, name)).map(str::to_owned);
    let names: Vec<String> = known.chain(others).collect();
    let mut fields = Vec::new();
    for name in names {
        let Some(meaning) = Meaning::of(&name) else { continue };
        match reader.shape(&name)? {
            Some(shape) if shapes.contains(&shape) => {}
            Some(shape) if is_known(&name) => {
                let expected = format!("a field of shape {:?}", shapes[0]);
                return Err(SurfaceError::format(expected, format!("shape {shape:?}"))
                    .within(format!("dataset {name:?}")));
            }
            // Reading it tells what it is instead.
            None if is_known(&name) => {}
            _ => continue,
        }
        fields.push(meaning.field(&reader.read(&name)?.to_f64s())?);
    }
    Ok(fields)
}

/// What the numbers of a field mean.
struct Meaning {
    kind: FieldKind,
    /// What stands for a point that was not computed.
    unset: Option<f64>,
}

impl Meaning {
    /// `None` where a field can't have this name.
    fn of(name: &str) -> Option<Self> {
        if COORDINATES.contains(&name) || TRAJECTORY.contains(&name) {
            return None;
        }
        let kind = match name {
            "train_acc" => FieldKind::TrainAccuracy,
            "test_acc" => FieldKind::TestAccuracy,
            name => FieldKind::from_name(name).ok()?,
        };
        let unset = match &kind {
            FieldKind::MinEig => Some(1.0),
            FieldKind::MaxEig => Some(-1.0),
            kind if kind.is_loss() || name.ends_with("_acc") => Some(-1.0),
            _ => None,
        };
        Some(Self { kind, unset })
    }

    fn field(self, values: &[f64]) -> Result<Field, SurfaceError> {
        let value = |value: &f64| match *value {
            unset if Some(unset) == self.unset => f32::NAN,
            // That code writes what the network gave, and takes up again only what is -1.
            overflowed if overflowed.is_nan() && self.kind.is_loss() => f32::INFINITY,
            value => value as f32,
        };
        let values = values.iter().map(value).collect();
        Field::new(self.kind.clone(), values)
    }
}
