//! Measures: what pictures of loss surfaces are said to show, as numbers.
//!
//! All are taken on the raw values, before any cut or logarithm, and depend on the range and the
//! resolution of the grid ([`Measures::grid`]): numbers of different grids do not compare. `L0` is
//! the loss at alpha = beta = 0, the network itself.
//!
//! **A value that was not computed (NaN) makes whatever needs it [`Incomplete`]**, never a guess.
//! A loss that overflowed (+infinity) counts as above every level; where that does not settle a
//! measure (a difference of two such, say), it is incomplete as well.

mod curvature;
mod flatness;
mod merge_tree;
mod persistence;
mod roughness;
mod sharpness;

pub use curvature::{Convexity, Curvature, Hessian, curvature_ratio};
pub use flatness::{FlatArea, flat_area, share_below_1};
pub use merge_tree::{MergeTree, Minimum};
pub use persistence::{Persistence, PersistentMinimum, Smad, counts};
pub use roughness::Roughness;
pub use sharpness::{Rise, Sharpness};

use crate::{Field, FieldKind, Grid, SplitKinds, Surface};
use serde::{Serialize, Serializer};

/// A measure, or why it can't be told.
pub type Measured<T> = Result<T, Incomplete>;

/// Why a measure can't be told.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Incomplete {
    /// Values that it needs were not computed.
    #[error("{n} of {of} {what} not computed")]
    NotComputed {
        /// How many.
        n: usize,
        /// Of how many.
        of: usize,
        /// Of what: points, cuts.
        what: &'static str,
    },
    /// Values that it needs as numbers overflowed.
    #[error("{n} of {of} {what} overflowed")]
    Overflowed {
        /// How many.
        n: usize,
        /// Of how many.
        of: usize,
        /// Of what: points, cuts.
        what: &'static str,
    },
    /// The value at the centre is no number.
    #[error("expected a number at (0, 0), found {found}")]
    CentreNotFinite {
        /// What it is.
        found: &'static str,
    },
    /// It needs the network itself inside the grid.
    #[error("expected (0, 0) inside the grid, found it on the border or outside")]
    CentreOutside,
    /// It looks further than the grid does.
    #[error("expected a grid that reaches {expected} around (0, 0), found {found}")]
    OutOfRange {
        /// The radius that it needs.
        expected: f64,
        /// The radius that the grid has.
        found: f64,
    },
    /// The grid is too coarse for it.
    #[error("expected grid points within radius {radius}, found none")]
    NoPoints {
        /// The radius.
        radius: f64,
    },
    /// It needs the network itself as a point with neighbours all around.
    #[error("expected (0, 0) among the grid's inner points, found it beside them")]
    NoCentralPoint,
    /// It needs points that are not on the border.
    #[error("expected at least 3 x 3 points, found {n_columns} x {n_rows}")]
    NoInterior {
        /// Values of alpha.
        n_columns: usize,
        /// Values of beta.
        n_rows: usize,
    },
    /// It is relative to a range of the loss that is zero.
    #[error("the loss is constant on {n} of {of} cuts")]
    Constant {
        /// Cuts that are constant.
        n: usize,
        /// All cuts.
        of: usize,
    },
    /// It needs the lengths of the directions in weight space.
    #[error("the file does not tell the directions' inner products")]
    NoGram,
    /// The directions span no plane.
    #[error("the directions are parallel or zero")]
    NoPlane,
}

/// What is asked for. The defaults are what `lossland info` prints.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureOptions {
    /// Heights over the loss at the centre for the flat area, in the field's unit.
    pub flat_heights: Vec<f64>,
    /// Radii of the discs around the centre for the sharpness, in units of the directions.
    pub sharpness_radii: Vec<f64>,
    /// Minima are counted from this persistence on, in standard errors, where they are known.
    pub least_persistence_in_stderr: f64,
}

impl Default for MeasureOptions {
    fn default() -> Self {
        Self {
            flat_heights: vec![0.1, 1.0, 10.0],
            sharpness_radii: vec![0.25, 0.5, 1.0],
            least_persistence_in_stderr: 4.0,
        }
    }
}

/// The measures of one field of a surface.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// The grid: all measures depend on its range and resolution.
    pub grid: Grid,
    /// The share of the grid with a value below 1, comparable with published surfaces.
    #[serde(serialize_with = "measured")]
    pub share_below_1: Measured<f64>,
    /// The share of the grid up to some heights over the centre.
    #[serde(serialize_with = "measured")]
    pub flat_area: Measured<Vec<FlatArea>>,
    /// How far the loss rises within some radii.
    pub sharpness: Vec<Sharpness>,
    /// Where the slice is convex.
    #[serde(serialize_with = "measured")]
    pub convexity: Measured<Convexity>,
    /// The curvatures of the slice at the centre, per squared unit of alpha and beta.
    #[serde(serialize_with = "measured")]
    pub centre_curvature: Measured<Curvature>,
    /// The same per squared length in weight space.
    #[serde(serialize_with = "measured")]
    pub centre_curvature_in_weight_space: Measured<Curvature>,
    /// How much the loss goes up and down along cuts through the centre.
    #[serde(serialize_with = "measured")]
    pub roughness: Measured<Roughness>,
    /// Local minima and how deep they are.
    #[serde(serialize_with = "measured")]
    pub persistence: Measured<Persistence>,
    /// The mean height of the saddles over the minima beside them.
    #[serde(serialize_with = "measured")]
    pub smad: Measured<Smad>,
}

impl Measures {
    /// The measures of the field of this kind; `None` where the surface has none.
    pub fn of(surface: &Surface, kind: &FieldKind, options: &MeasureOptions) -> Option<Self> {
        let (grid, field) = (surface.grid(), surface.field(kind)?);
        let values = field.values();
        let tree = MergeTree::new(grid, values);
        let hessian = Hessian::at_centre(grid, values);
        let gram = surface.provenance().directions.as_ref().map(|directions| &directions.gram);
        let split = [SplitKinds::TRAIN, SplitKinds::TEST].into_iter().find(|s| s.loss == *kind);
        let companion = |of: fn(&SplitKinds) -> &FieldKind| {
            split.as_ref().and_then(|split| surface.field(of(split))).map(Field::values)
        };
        Some(Self {
            grid: *grid,
            share_below_1: share_below_1(values),
            flat_area: flat_area(grid, values, &options.flat_heights),
            sharpness: Sharpness::within(grid, values, &options.sharpness_radii),
            convexity: Convexity::of(grid, values),
            centre_curvature: hessian.clone().map(|hessian| hessian.curvature()),
            centre_curvature_in_weight_space: hessian.and_then(|hessian| {
                hessian.curvature_in_weight_space(gram.ok_or(Incomplete::NoGram)?)
            }),
            roughness: Roughness::of(grid, values),
            smad: tree.as_ref().map(Smad::of).map_err(Clone::clone),
            persistence: tree.and_then(|tree| {
                Persistence::of(
                    grid,
                    &tree,
                    companion(|split| &split.stderr),
                    companion(|split| &split.images),
                    options.least_persistence_in_stderr,
                )
            }),
        })
    }
}

/// A measure as it is, or as `{"incomplete": why}`.
fn measured<T: Serialize, S: Serializer>(
    measure: &Measured<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Why {
        incomplete: String,
    }
    match measure {
        Ok(value) => value.serialize(serializer),
        Err(why) => Why { incomplete: why.to_string() }.serialize(serializer),
    }
}

/// Nothing, if all of `values` were computed.
fn all_computed(values: &[f32]) -> Measured<()> {
    match values.iter().filter(|value| value.is_nan()).count() {
        0 => Ok(()),
        n => Err(Incomplete::NotComputed { n, of: values.len(), what: "points" }),
    }
}

/// The loss at (0, 0), bilinear where that is no grid point, if it is a number.
fn centre(grid: &Grid, values: &[f32]) -> Measured<f64> {
    match grid.sample(values, 0.0, 0.0) {
        None => Err(Incomplete::CentreOutside),
        Some(centre) if centre.is_nan() => {
            Err(Incomplete::CentreNotFinite { found: "none (not computed)" })
        }
        Some(centre) if centre.is_infinite() => {
            Err(Incomplete::CentreNotFinite { found: "+infinity (overflowed)" })
        }
        Some(centre) => Ok(centre),
    }
}

/// The radius of the largest disc around (0, 0) that is inside the grid; negative where not even
/// (0, 0) is. On an axis that is symmetric this is the half-range.
fn reach(grid: &Grid) -> f64 {
    let along = |axis: &crate::Axis| axis.last().min(-axis.first());
    // Not -0.
    along(&grid.x).min(along(&grid.y)) + 0.0
}

#[cfg(test)]
mod tests;
