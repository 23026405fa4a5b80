//! One field of two surfaces, point by point: A minus B.
//!
//! Along each axis the difference stands on those values of the finer of the two grids (the smaller
//! step; of equal steps the one that begins lower) that lie within both. At a point that both grids
//! have, values are subtracted as they are, whatever stands beside them; between the points of
//! the coarser grid its value is bilinear ([`Grid::sample_at`]). Of two equal grids nothing is
//! interpolated.
//!
//! **NaN (not computed) in either makes the difference NaN; else +infinity (overflowed) in either,
//! or in both, makes it +infinity**: there no number can be told, not even its sign, since a field
//! holds no -infinity.

use crate::{Axis, FieldKind, Grid, SplitKinds, Surface, SurfaceError};

/// One side of a difference.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Where its values stand.
    pub grid: &'a Grid,
    /// The values, row-major `[beta][alpha]`.
    pub values: &'a [f32],
    /// Their standard errors, where they are known.
    pub stderr: Option<&'a [f32]>,
}

/// A minus B, and how much of it may be noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where the values stand.
    pub grid: Grid,
    /// A minus B, row-major `[beta][alpha]`. NaN: not computed in one of them. +infinity:
    /// overflowed in one of them.
    pub values: Vec<f32>,
    /// `2 sqrt(sA^2 + sB^2)` at each point, s being the standard errors; `None` where either
    /// surface has none. What is smaller may be chance. On the safe side where both were evaluated
    /// on the same images, whose errors then largely cancel; and between the points of a grid,
    /// where errors are interpolated as if they never did. It knows nothing of what interpolation
    /// is off by.
    pub noise: Option<Vec<f32>>,
}

impl Difference {
    /// A minus B of values over grids.
    ///
    /// # Errors
    /// If no point of the finer grid lies within both.
    ///
    /// # Panics
    /// If a grid has not one value, and one standard error if any, for each point.
    pub fn new(a: &Operand<'_>, b: &Operand<'_>) -> Result<Self, SurfaceError> {
        let x = Common::of("alpha", &a.grid.x, &b.grid.x)?;
        let y = Common::of("beta", &a.grid.y, &b.grid.y)?;
        let combine = |a_values: &[f32], b_values: &[f32], of: fn(f64, f64) -> f64| {
            let mut values = Vec::with_capacity(x.places.len() * y.places.len());
            for [a_row, b_row] in &y.places {
                for [a_column, b_column] in &x.places {
                    // Within both grids by construction.
                    let a = a.grid.sample_at(a_values, *a_column, *a_row).unwrap_or(f64::NAN);
                    let b = b.grid.sample_at(b_values, *b_column, *b_row).unwrap_or(f64::NAN);
                    values.push(combined(a, b, of));
                }
            }
            values
        };
        let noise = a.stderr.zip(b.stderr);
        Ok(Self {
            grid: Grid { x: x.axis, y: y.axis },
            values: combine(a.values, b.values, |a, b| a - b),
            noise: noise.map(|(a, b)| combine(a, b, |a, b| 2.0 * a.hypot(b))),
        })
    }

    /// The field `kind` of `a` minus that of `b`; the noise of a loss by its standard error.
    ///
    /// # Errors
    /// If one of them has no such field, or no point of the finer grid lies within both.
    pub fn of_surfaces(a: &Surface, b: &Surface, kind: &FieldKind) -> Result<Self, SurfaceError> {
        Self::new(&operand(a, kind)?, &operand(b, kind)?)
    }

    /// Whether the difference at `index` is a number, and no larger than its noise.
    pub fn is_noise(&self, index: usize) -> bool {
        let value = self.values[index].abs();
        value.is_finite() && self.noise.as_ref().is_some_and(|noise| value <= noise[index])
    }
}

fn operand<'a>(surface: &'a Surface, kind: &FieldKind) -> Result<Operand<'a>, SurfaceError> {
    let field = surface.field(kind).ok_or_else(|| {
        SurfaceError::Invalid(format!(
            "expected {} in both surfaces, found none in {}; choose a field that both have",
            kind.label(),
            surface.title()
        ))
    })?;
    let split = [SplitKinds::TRAIN, SplitKinds::TEST].into_iter().find(|split| split.loss == *kind);
    let stderr = split.and_then(|split| surface.field(&split.stderr));
    let stderr = stderr.map(|field| field.values());
    Ok(Operand { grid: surface.grid(), values: field.values(), stderr })
}

/// `of` two values, by the rule for those that are not numbers.
fn combined(a: f64, b: f64, of: fn(f64, f64) -> f64) -> f32 {
    if a.is_nan() || b.is_nan() {
        return f32::NAN;
    }
    // Two overflows would give NaN, which means something else; so would -infinity.
    let value = of(a, b) as f32;
    if value.is_finite() { value } else { f32::INFINITY }
}

/// The values of the finer of two axes that lie on both.
struct Common {
    axis: Axis,
    /// Where each of them lies on the one axis and on the other, as a fractional index.
    places: Vec<[f64; 2]>,
}

impl Common {
    fn of(name: &str, a: &Axis, b: &Axis) -> Result<Self, SurfaceError> {
        let rank = |axis: &Axis| [axis.step(), axis.first()];
        let finer = if rank(b) < rank(a) { b } else { a };
        let mut common: Option<(usize, usize)> = None;
        let mut places = Vec::new();
        for i in 0..finer.len() {
            let value = finer.value(i);
            if let (Some(on_a), Some(on_b)) = (a.place(value), b.place(value)) {
                common = Some((common.map_or(i, |(first, _)| first), i));
                places.push([on_a, on_b]);
            }
        }
        let Some((first, last)) = common else {
            return Err(SurfaceError::Invalid(format!(
                "expected surfaces over one part of the plane, found {name} {a} and {b}, which \
                have no grid point in common; compute one of them over the other's range"
            )));
        };
        let axis = Axis::new(finer.value(first), finer.value(last), places.len() as u32)?;
        Ok(Self { axis, places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;

    fn grid(x: &str, y: &str) -> Grid {
        Grid { x: x.parse().unwrap(), y: y.parse().unwrap() }
    }

    fn operand_of<'a>(grid: &'a Grid, values: &'a [f32]) -> Operand<'a> {
        Operand { grid, values, stderr: None }
    }

    fn minus(a: (&Grid, &[f32]), b: (&Grid, &[f32])) -> Difference {
        Difference::new(&operand_of(a.0, a.1), &operand_of(b.0, b.1)).unwrap()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn equal_grids_are_subtracted_point_by_point() {
        let square = grid("0:1:2", "0:2:3");
        #[rustfmt::skip]
        let a = [
            3.0, 1.0,
            NAN, INF,
            INF, INF,
        ];
        #[rustfmt::skip]
        let b = [
            1.0, 4.5,
            1.0, 2.0,
            NAN, INF,
        ];
        let expected = [2.0, -3.5, NAN, INF, NAN, INF];
        assert_eq!(bits(&minus((&square, &a), (&square, &b)).values), bits(&expected));
        let reverse = [-2.0, 3.5, NAN, INF, NAN, INF];
        assert_eq!(bits(&minus((&square, &b), (&square, &a)).values), bits(&reverse));
        let beyond = minus((&square, &[f32::MAX; 6]), (&square, &[f32::MIN; 6]));
        assert_eq!(beyond.values, [INF; 6], "no f32");
    }

    #[test]
    fn the_coarser_is_interpolated_onto_the_finer_within_both() {
        let (coarse, fine) = (grid("-1:1:3", "0:1:2"), grid("-0.5:1.5:5", "0.5:1:2"));
        #[rustfmt::skip]
        let a = [
            0.0, 2.0, NAN,
            4.0, 6.0, 8.0,
        ];
        let ones = [1.0; 10];
        let difference = minus((&coarse, &a), (&fine, &ones));
        assert_eq!(difference.grid, grid("-0.5:1:4", "0.5:1:2"));
        // Row 0.5 lies between a's rows, and on it the hole counts; row 1 is a's own.
        let expected = [2.0, 3.0, NAN, NAN, 4.0, 5.0, 6.0, 7.0];
        assert_eq!(bits(&difference.values), bits(&expected));
    }

    #[test]
    fn a_hole_beside_a_common_point_does_not_reach_it_by_rounding() {
        // 0.1 steps that begin at different places: their sums differ in the last bits.
        let (a, b) = (grid("-1:1:21", "0:0:1"), grid("-0.3:0.7:11", "0:0:1"));
        let mut values = vec![5.0; 21];
        values[9] = NAN;
        let difference = minus((&a, &values), (&b, &[2.0; 11]));
        let n_holes = difference.values.iter().filter(|value| value.is_nan()).count();
        assert_eq!((difference.values.len(), n_holes), (11, 1));
    }

    #[test]
    fn a_line_is_compared_with_a_plane_along_itself() {
        let (line, plane) = (grid("-1:1:3", "0.5:0.5:1"), grid("-1:1:3", "0:1:2"));
        let difference = minus((&plane, &[0.0, 0.0, 0.0, 2.0, 4.0, 6.0]), (&line, &[1.0; 3]));
        assert_eq!((difference.grid, difference.values), (line, vec![0.0, 1.0, 2.0]));
    }

    #[test]
    fn noise_needs_both_standard_errors() {
        let square = grid("0:1:2", "0:0:1");
        let side = |values, stderr| Operand { grid: &square, values, stderr };
        let a = side(&[5.0, 9.0], Some(&[0.3, 3.0]));
        let b = side(&[4.5, 1.0], Some(&[0.4, NAN]));
        let difference = Difference::new(&a, &b).unwrap();
        let noise = difference.noise.clone().unwrap();
        assert!((noise[0] - 1.0).abs() < 1e-6 && noise[1].is_nan(), "{noise:?}");
        assert_eq!([0, 1].map(|index| difference.is_noise(index)), [true, false]);
        let without = Difference::new(&a, &side(&[4.5, 1.0], None)).unwrap();
        assert_eq!((without.noise.is_some(), without.is_noise(0)), (false, false));
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        let surface = |title: &str, x: &str, kind| {
            let grid = grid(x, "0:1:2");
            let field = Field::new(kind, vec![1.0; grid.n_points() as usize]).unwrap();
            Surface::new("id", title, grid, vec![field]).unwrap()
        };
        let a = surface("A", "0:1:2", FieldKind::TrainLoss);
        let b = surface("B", "0:1:2", FieldKind::TestLoss);
        let error = Difference::of_surfaces(&a, &b, &FieldKind::TrainLoss).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected training loss in both surfaces, found none in B; choose a field that both \
            have"
        );
        for apart in ["2:3:2", "0.4:0.6:2"] {
            let c = surface("C", apart, FieldKind::TrainLoss);
            let is_beside = Difference::of_surfaces(&a, &c, &FieldKind::TrainLoss).is_err();
            assert_eq!(is_beside, apart == "2:3:2", "{apart}");
        }
    }

    #[test]
    fn the_standard_error_of_a_surface_is_that_of_its_split() {
        let grid = grid("0:1:2", "0:1:2");
        let kinds = [FieldKind::TestLoss, FieldKind::TestLossStderr, FieldKind::TestAccuracy];
        let fields = kinds.map(|kind| Field::new(kind, vec![3.0; 4]).unwrap()).to_vec();
        let surface = Surface::new("id", "A", grid, fields).unwrap();
        let noise = |kind| Difference::of_surfaces(&surface, &surface, &kind).unwrap().noise;
        assert!((noise(FieldKind::TestLoss).unwrap()[3] - 2.0 * 18.0_f32.sqrt()).abs() < 1e-5);
        assert_eq!(noise(FieldKind::TestAccuracy), None);
    }

    fn any_grid() -> impl Strategy<Value = Grid> {
        let axis = || (-1.0..0.0f64, 1.0..3.0f64, 2u32..12);
        (axis(), axis()).prop_map(|(x, y)| {
            let axis = |(first, length, len)| Axis::new(first, first + length, len).unwrap();
            Grid { x: axis(x), y: axis(y) }
        })
    }

    /// A grid with odd values on it.
    fn any_surface() -> impl Strategy<Value = (Grid, Vec<f32>)> {
        let value = prop_oneof![8 => -9.0..9.0f32, 1 => Just(NAN), 1 => Just(INF)];
        (any_grid(), prop::collection::vec(value, 144)).prop_map(|(grid, mut values)| {
            values.truncate(grid.n_points() as usize);
            (grid, values)
        })
    }

    proptest! {
        #[test]
        fn a_surface_minus_itself_is_zero_wherever_it_is_a_number((grid, values) in any_surface()) {
            let difference = minus((&grid, &values), (&grid, &values));
            prop_assert_eq!(difference.grid, grid);
            for (value, difference) in values.iter().zip(difference.values) {
                let expected = if value.is_finite() { 0.0 } else { *value };
                prop_assert_eq!(difference.to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn a_minus_b_is_b_minus_a_the_other_way(
            (a_grid, a) in any_surface(), (b_grid, b) in any_surface(),
        ) {
            let pair = [operand_of(&a_grid, &a), operand_of(&b_grid, &b)];
            let (Ok(forth), Ok(back)) =
                (Difference::new(&pair[0], &pair[1]), Difference::new(&pair[1], &pair[0]))
            else {
                return Ok(());
            };
            prop_assert_eq!(forth.grid, back.grid);
            for (forth, back) in forth.values.iter().zip(back.values) {
                let expected = if back.is_finite() { 0.0 - back } else { back };
                prop_assert!(*forth == expected || forth.is_nan() && back.is_nan());
            }
        }

        #[test]
        fn linear_functions_subtract_to_their_difference(a_grid in any_grid(), b_grid in any_grid()) {
            let over = |grid: &Grid, of: fn(f64, f64) -> f64| -> Vec<f32> {
                (0..grid.n_points() as usize)
                    .map(|index| grid.point(index))
                    .map(|(alpha, beta)| of(alpha, beta) as f32)
                    .collect()
            };
            let a = over(&a_grid, |alpha, beta| 1.0 + 2.0 * alpha - beta);
            let b = over(&b_grid, |alpha, beta| 4.0 - alpha + 0.5 * beta);
            let Ok(difference) =
                Difference::new(&operand_of(&a_grid, &a), &operand_of(&b_grid, &b))
            else {
                return Ok(());
            };
            for (index, value) in difference.values.iter().enumerate() {
                let (alpha, beta) = difference.grid.point(index);
                let expected = -3.0 + 3.0 * alpha - 1.5 * beta;
                prop_assert!((f64::from(*value) - expected).abs() < 1e-5);
            }
        }
    }
}
