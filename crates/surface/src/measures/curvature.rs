//! Curvature of the slice: second differences of the loss over the grid, and their eigenvalues.
//!
//! The paper maps |l_min / l_max| of the Hessian of all weights. What a grid can tell is the
//! Hessian of the *slice*, 2 x 2: where it is not convex the whole loss is not, but not the other
//! way round. Its eigenvalues depend on the lengths of the directions, which filter normalisation
//! makes those of the weights; the signs do not (Sylvester's law of inertia).

use super::{Incomplete, Measured, all_computed};
use crate::{Axis, Gram, Grid};
use serde::Serialize;

/// The slice's second derivatives at a point, as second differences of the nine points around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hessian {
    /// Twice along alpha.
    pub aa: f64,
    /// Along alpha and beta.
    pub ab: f64,
    /// Twice along beta.
    pub bb: f64,
}

/// The smallest and the largest curvature: the eigenvalues of a Hessian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Curvature {
    /// The algebraically smaller one, l-.
    pub smallest: f64,
    /// The algebraically larger one, l+.
    pub largest: f64,
}

/// How much of the slice is convex.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Convexity {
    /// Inner points of the grid whose curvature is known.
    pub n_points: usize,
    /// Those of them with l- >= 0.
    pub n_convex: usize,
    /// Their share, 0 to 1; none where there is no point.
    pub convex_share: Option<f64>,
    /// Other inner points: those at or beside one that overflowed, which have no curvature.
    pub n_overflowed: usize,
    /// The spacing of alpha and beta, which the differences are taken over.
    pub spacing: [f64; 2],
}

impl Hessian {
    /// The Hessian at column `i` and row `j`.
    ///
    /// # Errors
    /// On the border of the grid, and where one of the nine points was not computed or overflowed.
    ///
    /// # Panics
    /// If there is not one value for each grid point, or no such point.
    pub fn at(grid: &Grid, values: &[f32], i: usize, j: usize) -> Measured<Self> {
        assert_eq!(values.len() as u64, grid.n_points(), "one value for each grid point");
        assert!(i < grid.x.len() && j < grid.y.len(), "a point of the grid");
        let is_inner = |k: usize, axis: &Axis| (1..axis.len() - 1).contains(&k);
        if !is_inner(i, &grid.x) || !is_inner(j, &grid.y) {
            return Err(no_interior(grid));
        }
        let around: [[f64; 3]; 3] = [j - 1, j, j + 1]
            .map(|j| [i - 1, i, i + 1].map(|i| f64::from(values[grid.index(i, j)])));
        let count = |is: fn(&f64) -> bool| around.as_flattened().iter().filter(|v| is(v)).count();
        let (n_missing, n_overflowed) =
            (count(|value| value.is_nan()), count(|value| value.is_infinite()));
        if n_missing > 0 {
            return Err(Incomplete::NotComputed { n: n_missing, of: 9, what: "points" });
        }
        if n_overflowed > 0 {
            return Err(Incomplete::Overflowed { n: n_overflowed, of: 9, what: "points" });
        }
        let (h, k) = (grid.x.step(), grid.y.step());
        let [below, [left, here, right], above] = around;
        Ok(Self {
            aa: (right - 2.0 * here + left) / (h * h),
            bb: (above[1] - 2.0 * here + below[1]) / (k * k),
            ab: (above[2] - above[0] - below[2] + below[0]) / (4.0 * h * k),
        })
    }

    /// The Hessian at (0, 0).
    ///
    /// # Errors
    /// As [`Hessian::at`], and where (0, 0) is no grid point.
    pub fn at_centre(grid: &Grid, values: &[f32]) -> Measured<Self> {
        let zero = |axis: &Axis| {
            let position = axis.position(0.0);
            let is_inner = 0.5 < position && position < axis.len() as f64 - 1.5;
            // A rounding error off is on the point.
            (is_inner && (position - position.round()).abs() < 1e-9)
                .then_some(position.round() as usize)
        };
        match (zero(&grid.x), zero(&grid.y)) {
            (Some(i), Some(j)) => Self::at(grid, values, i, j),
            _ => Err(Incomplete::NoCentralPoint),
        }
    }

    /// Its eigenvalues: curvatures per squared unit of alpha and beta.
    pub fn curvature(&self) -> Curvature {
        let middle = self.aa / 2.0 + self.bb / 2.0;
        let reach = (self.aa / 2.0 - self.bb / 2.0).hypot(self.ab);
        Curvature { smallest: middle - reach, largest: middle + reach }
    }

    /// The solutions l of H v = l G v, G being the Gram matrix of the directions: curvatures per
    /// squared length in weight space.
    ///
    /// # Errors
    /// Where the directions are parallel or zero.
    pub fn curvature_in_weight_space(&self, gram: &Gram) -> Measured<Curvature> {
        // With Cholesky's G = L L^T these are the eigenvalues of M H M^T, M the inverse of L.
        let Gram { xx, xy, yy } = *gram;
        let left_over = yy - xy / xx * xy;
        let spans_a_plane = xx > 0.0 && left_over > 1e-12 * yy && (xx + yy).is_finite();
        if !spans_a_plane {
            return Err(Incomplete::NoPlane);
        }
        let (p, r) = (1.0 / xx.sqrt(), 1.0 / left_over.sqrt());
        let q = -xy / xx * r;
        let Self { aa, ab, bb } = *self;
        let orthonormal = Self {
            aa: p * p * aa,
            ab: p * (q * aa + r * ab),
            bb: q * q * aa + 2.0 * q * r * ab + r * r * bb,
        };
        Ok(orthonormal.curvature())
    }
}

impl Convexity {
    /// How much of the slice is convex.
    ///
    /// # Errors
    /// Where a point was not computed, or the grid has no inner points.
    pub fn of(grid: &Grid, values: &[f32]) -> Measured<Self> {
        all_computed(values)?;
        if grid.x.len() < 3 || grid.y.len() < 3 {
            return Err(no_interior(grid));
        }
        let (n_inner, mut n_points, mut n_convex) = ((grid.x.len() - 2) * (grid.y.len() - 2), 0, 0);
        for j in 1..grid.y.len() - 1 {
            for i in 1..grid.x.len() - 1 {
                if let Ok(hessian) = Hessian::at(grid, values, i, j) {
                    n_points += 1;
                    n_convex += usize::from(hessian.curvature().smallest >= 0.0);
                }
            }
        }
        Ok(Self {
            n_points,
            n_convex,
            convex_share: (n_points > 0).then(|| n_convex as f64 / n_points as f64),
            n_overflowed: n_inner - n_points,
            spacing: [grid.x.step(), grid.y.step()],
        })
    }
}

/// The map |l- / l+| of the slice, one value for each grid point: 0 where one curvature vanishes,
/// 1 at an even saddle, +infinity where only the larger one does. NaN on the border, where a point at or beside it has no number, and where
/// the slice has no curvature at all.
pub fn curvature_ratio(grid: &Grid, values: &[f32]) -> Vec<f32> {
    let ratio = |index: usize| {
        let (i, j) = (index % grid.x.len(), index / grid.x.len());
        let Curvature { smallest, largest } = Hessian::at(grid, values, i, j).ok()?.curvature();
        Some((smallest / largest).abs() as f32)
    };
    (0..values.len()).map(|index| ratio(index).unwrap_or(f32::NAN)).collect()
}

fn no_interior(grid: &Grid) -> Incomplete {
    Incomplete::NoInterior { n_columns: grid.x.len(), n_rows: grid.y.len() }
}
