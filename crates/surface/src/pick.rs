//! Picking: where a ray meets a height field.
//!
//! The ray is walked over the grid from cell to cell (a two-dimensional DDA, after Amanatides and
//! Woo 1987), so that a pick costs a number of steps in the order of the grid's side, not of its
//! area. In each cell the surface is two triangles, split along `(i, j)` to `(i + 1, j + 1)`, as
//! the viewer draws them. Along the ray, its height above the surface is a chain of linear
//! pieces; a hit is a change of sign in that chain, also from one piece to the next, so
//! that no ray slips through between two triangles.

use crate::SurfaceError;

/// Heights over a grid as they are drawn. Coordinates are the grid's: column, row, height.
#[derive(Clone, Copy, Debug)]
pub struct HeightField<'a> {
    n_columns: usize,
    n_rows: usize,
    heights: &'a [f32],
    ceiling: f64,
    /// The lowest and the highest drawn height; the first above the second where all are holes.
    range: [f64; 2],
}

/// A half-line `origin + t * direction`, t >= 0, in grid coordinates (column, row, height).
/// The direction need not have length 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: [f64; 3],
    /// Where it goes.
    pub direction: [f64; 3],
}

impl Ray {
    /// The point at `t`.
    pub fn at(&self, t: f64) -> [f64; 3] {
        std::array::from_fn(|k| self.origin[k] + t * self.direction[k])
    }
}

/// Where a ray meets a height field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// How far along the ray, in lengths of its direction.
    pub t: f64,
    /// The fractional column, 0 to `n_columns - 1`.
    pub column: f64,
    /// The fractional row, 0 to `n_rows - 1`.
    pub row: f64,
}

impl<'a> HeightField<'a> {
    /// The field of `heights`, row-major `[row][column]`. A triangle with a corner that is not
    /// finite is a hole. Where a triangle rises above `ceiling`, the surface is flat at
    /// the ceiling; `f32::INFINITY` is no ceiling. Reads all heights once.
    ///
    /// # Errors
    /// If there are not `n_columns * n_rows` heights or the ceiling is NaN.
    pub fn new(
        n_columns: usize,
        n_rows: usize,
        heights: &'a [f32],
        ceiling: f32,
    ) -> Result<Self, SurfaceError> {
        if n_columns.checked_mul(n_rows) != Some(heights.len()) {
            return Err(SurfaceError::Invalid(format!(
                "expected {n_columns} x {n_rows} heights, found {}",
                heights.len()
            )));
        }
        if ceiling.is_nan() {
            return Err(SurfaceError::Invalid("expected a ceiling, found NaN".into()));
        }
        let ceiling = f64::from(ceiling);
        let drawn = heights.iter().filter(|h| h.is_finite()).map(|h| f64::from(*h).min(ceiling));
        let range = drawn.fold([f64::INFINITY, f64::NEG_INFINITY], |[lowest, highest], height| {
            [lowest.min(height), highest.max(height)]
        });
        Ok(Self { n_columns, n_rows, heights, ceiling, range })
    }

    /// The nearest hit beyond `t_min`. Pass the `t` of a hit, or a little more, for what is behind
    /// it.
    pub fn first_hit(&self, ray: &Ray, t_min: f64) -> Option<Hit> {
        self.hits(ray).find(|hit| hit.t > t_min)
    }

    /// All hits in the order in which the ray meets them, from above or below. None where the
    /// field has fewer than two columns or rows, or the ray has a coordinate that is not finite.
    pub fn hits(&self, ray: &Ray) -> impl Iterator<Item = Hit> + use<'a> {
        let (field, ray) = (*self, *ray);
        let mut side = None;
        field
            .cells(ray)
            .flat_map(move |cell| field.triangles(&ray, cell))
            .flat_map(move |piece| field.linear_pieces(&ray, piece))
            .filter_map(move |piece| piece.crossing(&mut side))
            .map(move |t| {
                let [column, row, _height] = ray.at(t);
                Hit {
                    t,
                    column: column.clamp(0.0, (field.n_columns - 1) as f64),
                    row: row.clamp(0.0, (field.n_rows - 1) as f64),
                }
            })
    }

    /// The cells under the ray, in order. The last ends where the ray leaves the field's box.
    fn cells(&self, ray: Ray) -> impl Iterator<Item = Cell> + use<> {
        let last_cell = [self.n_columns as isize - 2, self.n_rows as isize - 2];
        let mut next = self.clip(&ray).map(|[t_in, t_out]| {
            let entry = ray.at(t_in);
            let index = |k: usize| (entry[k].floor() as isize).clamp(0, last_cell[k]);
            ([index(0), index(1)], t_in, t_out)
        });
        std::iter::from_fn(move || {
            let (place, begin, t_out) = next.take()?;
            // Where the ray leaves this cell through the next line across each axis.
            let exit = |k: usize| match ray.direction[k] {
                0.0 => f64::INFINITY,
                d if d > 0.0 => ((place[k] + 1) as f64 - ray.origin[k]) / d,
                d => (place[k] as f64 - ray.origin[k]) / d,
            };
            let across = usize::from(exit(1) < exit(0));
            let end = exit(across).clamp(begin, t_out);
            if exit(across) < t_out {
                let mut place = place;
                place[across] += if ray.direction[across] > 0.0 { 1 } else { -1 };
                if (0..=last_cell[across]).contains(&place[across]) {
                    next = Some((place, end, t_out));
                }
            }
            Some(Cell { i: place[0] as usize, j: place[1] as usize, begin, end })
        })
    }

    /// The part of the ray in the box around the field, with some room below and above, since a
    /// hit at the very end of the walk could be missed by a rounding error.
    fn clip(&self, ray: &Ray) -> Option<[f64; 2]> {
        let [lowest, highest] = self.range;
        if self.n_columns < 2 || self.n_rows < 2 || lowest > highest {
            return None;
        }
        let room = 1.0 + 0.01 * (highest - lowest) + 1e-9 * lowest.abs().max(highest.abs());
        let slabs = [
            [0.0, (self.n_columns - 1) as f64],
            [0.0, (self.n_rows - 1) as f64],
            [lowest - room, highest + room],
        ];
        let mut range = [0.0, f64::INFINITY];
        for (k, [low, high]) in slabs.into_iter().enumerate() {
            let (origin, direction) = (ray.origin[k], ray.direction[k]);
            if direction == 0.0 {
                if !(low..=high).contains(&origin) {
                    return None;
                }
                continue;
            }
            let (a, b) = ((low - origin) / direction, (high - origin) / direction);
            range = [range[0].max(a.min(b)), range[1].min(a.max(b))];
        }
        let all_finite =
            ray.origin.iter().chain(&ray.direction).chain(&range).all(|v| v.is_finite());
        (all_finite && range[0] <= range[1]).then_some(range)
    }

    /// The ray's way through a cell, parted where it crosses the diagonal.
    fn triangles(&self, ray: &Ray, cell: Cell) -> impl Iterator<Item = TrianglePiece> + use<> {
        let Cell { i, j, begin, end } = cell;
        let corner =
            |di: usize, dj: usize| f64::from(self.heights[(j + dj) * self.n_columns + i + di]);
        let (h00, h10, h01, h11) = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
        let plane = |along_column: f64, along_row: f64| {
            let slopes = [along_column, along_row];
            // A corner that is not finite leaves its mark in h00 or a slope.
            (h00 + slopes[0] + slopes[1]).is_finite().then_some(Plane { cell: [i, j], h00, slopes })
        };
        // Positive below the diagonal, towards (i + 1, j).
        let off_diagonal = |t: f64| {
            let [column, row, _height] = ray.at(t);
            (column - i as f64) - (row - j as f64)
        };
        let triangle = |begin: f64, end: f64, off_diagonal: f64| TrianglePiece {
            begin,
            end,
            plane: if off_diagonal >= 0.0 {
                plane(h10 - h00, h11 - h10)
            } else {
                plane(h11 - h01, h01 - h00)
            },
        };
        let (a, b) = (off_diagonal(begin), off_diagonal(end));
        match zero_between([begin, end], [a, b]) {
            Some(t) => [Some(triangle(begin, t, a)), Some(triangle(t, end, b))],
            None => [Some(triangle(begin, end, a + b)), None],
        }
        .into_iter()
        .flatten()
    }

    /// The ray's height above the drawn surface over a triangle, parted where the triangle passes
    /// through the ceiling, so that it is linear in each part. A hole is one part of NaN.
    fn linear_pieces(
        &self,
        ray: &Ray,
        piece: TrianglePiece,
    ) -> impl Iterator<Item = LinearPiece> + use<> {
        let TrianglePiece { begin, end, plane } = piece;
        let Some(plane) = plane else {
            let hole = LinearPiece { t: [begin, end], above: [f64::NAN; 2] };
            return [Some(hole), None].into_iter().flatten();
        };
        let height = |t: f64| plane.height(&ray.at(t));
        let above = |t: f64| ray.at(t)[2] - height(t).min(self.ceiling);
        let linear = |begin: f64, end: f64| LinearPiece {
            t: [begin, end],
            above: [above(begin), above(end)],
        };
        let below_ceiling = [self.ceiling - height(begin), self.ceiling - height(end)];
        match zero_between([begin, end], below_ceiling) {
            Some(t) => [Some(linear(begin, t)), Some(linear(t, end))],
            None => [Some(linear(begin, end)), None],
        }
        .into_iter()
        .flatten()
    }
}

/// The part of a ray over one cell.
struct Cell {
    i: usize,
    j: usize,
    begin: f64,
    end: f64,
}

/// The part of a ray over one triangle; without a plane it is a hole.
struct TrianglePiece {
    begin: f64,
    end: f64,
    plane: Option<Plane>,
}

/// The plane of a triangle, by its height at the cell's corner `(i, j)` and its slopes.
struct Plane {
    cell: [usize; 2],
    h00: f64,
    slopes: [f64; 2],
}

impl Plane {
    fn height(&self, [column, row, _height]: &[f64; 3]) -> f64 {
        self.h00
            + (column - self.cell[0] as f64) * self.slopes[0]
            + (row - self.cell[1] as f64) * self.slopes[1]
    }
}

/// A part of a ray over which its height above the surface is linear.
struct LinearPiece {
    t: [f64; 2],
    above: [f64; 2],
}

impl LinearPiece {
    /// Where the ray meets the surface here. `side` is the ray's height above the surface at the
    /// end of the piece before, `None` where there was no surface; it is updated.
    fn crossing(&self, side: &mut Option<f64>) -> Option<f64> {
        let [a, b] = self.above;
        if a.is_nan() || b.is_nan() {
            *side = None;
            return None;
        }
        let sign = |height: f64| height.partial_cmp(&0.0);
        let met_on_entry = match side.replace(b) {
            Some(before) => before != 0.0 && sign(before) != sign(a),
            None => a == 0.0,
        };
        if met_on_entry {
            return Some(self.t[0]);
        }
        if a != 0.0 && b == 0.0 { Some(self.t[1]) } else { zero_between(self.t, self.above) }
    }
}

/// Where a function, linear from `t[0]` to `t[1]` with these values there, passes through zero
/// on its way; `None` where both values have one sign or one is zero.
fn zero_between(t: [f64; 2], values: [f64; 2]) -> Option<f64> {
    let [a, b] = values;
    let changes_sign = (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0);
    changes_sign.then(|| (t[0] + (t[1] - t[0]) * (a / (a - b))).clamp(t[0], t[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;

    /// A roof along column 1.
    #[rustfmt::skip]
    const ROOF: [f32; 9] = [
        0.0, 2.0, 0.0,
        0.0, 2.0, 0.0,
        0.0, 2.0, 0.0,
    ];

    fn field(heights: &[f32; 9], ceiling: f32) -> HeightField<'_> {
        HeightField::new(3, 3, heights, ceiling).unwrap()
    }

    fn ray(origin: [f64; 3], direction: [f64; 3]) -> Ray {
        Ray { origin, direction }
    }

    fn all(field: &HeightField<'_>, ray: Ray) -> Vec<[f64; 3]> {
        field.hits(&ray).map(|hit| [hit.t, hit.column, hit.row]).collect()
    }

    #[test]
    fn straight_down_and_straight_up() {
        let roof = field(&ROOF, f32::INFINITY);
        let [down, up] = [[0.0, 0.0, -1.0], [0.0, 0.0, 2.0]];
        assert_eq!(all(&roof, ray([0.5, 1.2, 5.0], down)), [[4.0, 0.5, 1.2]]);
        assert_eq!(all(&roof, ray([0.5, 1.2, -5.0], up)), [[3.0, 0.5, 1.2]]);
        assert_eq!(all(&roof, ray([0.5, 1.2, 5.0], up)), [[0.0; 3]; 0], "the surface is behind");
        assert_eq!(all(&roof, ray([2.5, 1.2, 5.0], down)), [[0.0; 3]; 0], "beside the field");
        for (column, height) in [(0.0, 0.0), (1.0, 2.0), (2.0, 0.0)] {
            for row in [0.0, 1.0, 2.0] {
                let hits = all(&roof, ray([column, row, 5.0], down));
                assert_eq!(hits, [[5.0 - height, column, row]], "over a grid point");
            }
        }
    }

    #[test]
    fn along_an_axis_through_both_sides_of_the_roof() {
        let roof = field(&ROOF, f32::INFINITY);
        for row in [0.0, 0.3, 1.0, 2.0] {
            let hits = all(&roof, ray([-4.0, row, 1.0], [1.0, 0.0, 0.0]));
            assert_eq!(hits, [[4.5, 0.5, row], [5.5, 1.5, row]], "from outside, row {row}");
        }
        let from_inside = ray([1.0, 0.5, 1.0], [-1.0, 0.0, 0.0]);
        assert_eq!(all(&roof, from_inside), [[0.5, 0.5, 0.5]]);
        let along_the_valley = ray([0.25, -1.0, 0.6], [0.0, 1.0, 0.0]);
        assert_eq!(all(&roof, along_the_valley), [[0.0; 3]; 0], "just above, never below");
    }

    #[test]
    fn a_ray_that_grazes_the_ridge_meets_it_once() {
        let roof = field(&ROOF, f32::INFINITY);
        assert_eq!(all(&roof, ray([-1.0, 0.5, 2.0], [1.0, 0.0, 0.0])), [[2.0, 1.0, 0.5]]);
    }

    #[test]
    fn above_the_ceiling_the_surface_is_flat() {
        let roof = field(&ROOF, 1.0);
        let down = [0.0, 0.0, -1.0];
        assert_eq!(all(&roof, ray([0.25, 1.2, 5.0], down)), [[4.5, 0.25, 1.2]]);
        assert_eq!(all(&roof, ray([0.75, 1.2, 5.0], down)), [[4.0, 0.75, 1.2]]);
        let under_the_plateau = all(&roof, ray([-1.0, 0.5, 0.5], [1.0, 0.0, 0.0]));
        assert_eq!(under_the_plateau, [[1.25, 0.25, 0.5], [2.75, 1.75, 0.5]]);
        assert_eq!(all(&roof, ray([-1.0, 0.5, 1.5], [1.0, 0.0, 0.0])), [[0.0; 3]; 0]);
    }

    #[test]
    fn one_can_look_through_a_hole() {
        #[rustfmt::skip]
        let holed = [
            0.0, 0.0, 0.0,
            0.0, 0.0, 0.0,
            0.0, 0.0, NAN,
        ];
        let holed = field(&holed, f32::INFINITY);
        let down = [0.0, 0.0, -1.0];
        assert!(all(&holed, ray([1.6, 1.5, 5.0], down)).is_empty());
        assert_eq!(all(&holed, ray([0.5, 1.5, 5.0], down)).len(), 1);
        assert_eq!(all(&holed, ray([1.6, 0.5, 5.0], down)).len(), 1);
    }

    #[test]
    fn what_is_behind_a_hit() {
        let roof = field(&ROOF, f32::INFINITY);
        let through = ray([-4.0, 0.3, 1.0], [1.0, 0.0, 0.0]);
        let front = roof.first_hit(&through, 0.0).unwrap();
        let behind = roof.first_hit(&through, front.t).unwrap();
        assert_eq!((front.column, behind.column), (0.5, 1.5));
        assert_eq!(roof.first_hit(&through, behind.t), None);
    }

    #[test]
    fn degenerate_fields_and_rays_have_no_hits() {
        let down = ray([0.0, 0.0, 5.0], [0.0, 0.0, -1.0]);
        for (n_columns, n_rows) in [(0, 0), (1, 1), (1, 3), (3, 1), (0, 3)] {
            let heights = vec![0.0; n_columns * n_rows];
            let field = HeightField::new(n_columns, n_rows, &heights, 1.0).unwrap();
            assert_eq!(field.hits(&down).count(), 0);
        }
        assert_eq!(field(&[NAN; 9], 1.0).hits(&down).count(), 0);
        let roof = field(&ROOF, 1.0);
        assert_eq!(roof.hits(&ray([1.0, 1.0, 5.0], [0.0; 3])).count(), 0);
        for bad in [f64::NAN, f64::INFINITY] {
            assert_eq!(roof.hits(&ray([bad, 1.0, 5.0], [0.0, 0.0, -1.0])).count(), 0);
            assert_eq!(roof.hits(&ray([1.0, 1.0, 5.0], [0.0, bad, -1.0])).count(), 0);
        }
        assert!(HeightField::new(2, 3, &[0.0; 5], 1.0).is_err());
        assert!(HeightField::new(1, 1, &[0.0], NAN).is_err());
    }

    /// All hits with all triangles, one by one. `slack` widens the triangles: where it is
    /// negative, only hits well inside them count.
    fn brute_force(field: &HeightField<'_>, ray: &Ray, slack: f64) -> Vec<f64> {
        let mut hits = Vec::new();
        for (i, j) in
            (0..field.n_rows - 1).flat_map(|j| (0..field.n_columns - 1).map(move |i| (i, j)))
        {
            for middle in [[i + 1, j], [i, j + 1]] {
                let corners = [[i, j], middle, [i + 1, j + 1]].map(|[i, j]| {
                    [i as f64, j as f64, f64::from(field.heights[j * field.n_columns + i])]
                });
                let flat = corners.map(|[column, row, _]| [column, row, field.ceiling]);
                let below_ceiling = |height: f64| height <= field.ceiling - slack.min(0.0).abs();
                let on_slope = meet(ray, &corners, &corners, slack)
                    .filter(|(_, height)| below_ceiling(*height));
                let on_plateau = meet(ray, &flat, &corners, slack)
                    .filter(|(_, height)| *height > field.ceiling + slack.min(0.0).abs());
                hits.extend(on_slope.into_iter().chain(on_plateau).map(|(t, _)| t));
            }
        }
        hits.retain(|t| *t >= 0.0);
        hits.sort_by(f64::total_cmp);
        hits
    }

    /// Where the ray meets the plane of the triangle `at`, and how high the triangle `over`, seen
    /// from above the same one, is there.
    fn meet(ray: &Ray, at: &[[f64; 3]; 3], over: &[[f64; 3]; 3], slack: f64) -> Option<(f64, f64)> {
        let sub = |a: [f64; 3], b: [f64; 3]| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let cross = |a: [f64; 3], b: [f64; 3]| {
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        };
        let normal = cross(sub(at[1], at[0]), sub(at[2], at[0]));
        let t = dot(sub(at[0], ray.origin), normal) / dot(ray.direction, normal);
        let point = ray.at(t);
        let area = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
            (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        };
        let whole = area(at[0], at[1], at[2]);
        let weights = [
            area(point, at[1], at[2]) / whole,
            area(at[0], point, at[2]) / whole,
            area(at[0], at[1], point) / whole,
        ];
        let height = (0..3).map(|k| weights[k] * over[k][2]).sum::<f64>();
        (t.is_finite() && height.is_finite() && weights.iter().all(|w| *w >= -slack))
            .then_some((t, height))
    }

    fn heights() -> impl Strategy<Value = (usize, usize, Vec<f32>)> {
        let height = prop_oneof![9 => -3.0f32..3.0, 1 => Just(NAN)];
        (2usize..9, 2usize..9).prop_flat_map(move |(n_columns, n_rows)| {
            let heights = prop::collection::vec(height.clone(), n_columns * n_rows);
            (Just(n_columns), Just(n_rows), heights)
        })
    }

    /// Coordinates of which some fall on grid lines and some are equal, for rays along an axis.
    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![3 => -6.0..12.0f64, 1 => (-3i8..9).prop_map(f64::from)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_walk_finds_what_a_loop_over_all_triangles_finds(
            (n_columns, n_rows, heights) in heights(),
            ceiling in prop_oneof![Just(f32::INFINITY), -1.0f32..2.0],
            origin in prop::array::uniform3(coordinate()),
            target in prop::array::uniform3(coordinate()),
        ) {
            let field = HeightField::new(n_columns, n_rows, &heights, ceiling).unwrap();
            let ray = ray(origin, [0, 1, 2].map(|k| target[k] - origin[k]));
            let walked: Vec<f64> = field.hits(&ray).map(|hit| hit.t).collect();
            let near = |hits: &[f64], t: f64| hits.iter().any(|hit| (hit - t).abs() < 1e-6);
            for t in brute_force(&field, &ray, -1e-9) {
                prop_assert!(near(&walked, t), "missed {t}, found {walked:?}");
            }
            let loose = brute_force(&field, &ray, 1e-7);
            for &t in &walked {
                prop_assert!(near(&loose, t), "{t} is no hit; those are {loose:?}");
            }
            prop_assert!(walked.is_sorted());
        }
    }
}
