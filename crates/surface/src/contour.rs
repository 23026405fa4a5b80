//! Iso-contours: the lines along which a field has one value.
//!
//! Each cell is two triangles, split along `(i, j)` to `(i + 1, j + 1)` as the viewer draws it. In
//! a triangle a contour is one straight segment (marching triangles), so no cell is ambiguous, as
//! saddles are with squares. A contour is followed from triangle to triangle across the edges that
//! it meets, so that its segments are joined without comparing coordinates.

use crate::Grid;

/// One line of a contour.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// Its points (alpha, beta), at least two, none equal to the one before. What is at or above
    /// the level is on the left, with alpha to the right and beta upwards.
    pub points: Vec<[f64; 2]>,
    /// Whether it is a ring: its last point, then, is joined to its first. A line that is no ring
    /// ends at the border of the grid or of a hole.
    pub is_ring: bool,
}

impl Grid {
    /// The contours of `values`, over this grid, at `level`. A point exactly at the level counts as
    /// above it. A triangle with a corner that was not computed (NaN) is a hole. A value that
    /// overflowed (+infinity) is above every level, and the contour passes through its finite
    /// neighbours: where an edge's end grows beyond bounds, that is where the crossing moves to.
    ///
    /// # Panics
    /// If there is not one value for each grid point.
    pub fn contours(&self, values: &[f32], level: f32) -> Vec<Contour> {
        assert_eq!(values.len() as u64, self.n_points(), "one value for each grid point");
        let crossed = self.crossed(values, level);
        let mut is_taken = vec![false; 2 * values.len()];
        let mut contours = Vec::new();
        // First the lines that begin at a border, then what is left: rings.
        for may_be_ring in [false, true] {
            for &begin in &crossed {
                if is_taken[begin.number(self)] {
                    continue;
                }
                let Some([enter, _]) = begin.segment(self, values, level) else { continue };
                let before = begin.across(self, enter);
                let before = before.and_then(|before| before.segment(self, values, level));
                if before.is_some() && !may_be_ring {
                    continue;
                }
                let mut points = vec![self.crossing(values, level, begin.edge(self, enter))];
                let mut at = Some(begin);
                while let Some(triangle) = at
                    && let Some([_, leave]) = triangle.segment(self, values, level)
                    && !std::mem::replace(&mut is_taken[triangle.number(self)], true)
                {
                    points.push(self.crossing(values, level, triangle.edge(self, leave)));
                    at = triangle.across(self, leave);
                }
                points.dedup();
                if may_be_ring && points.first() == points.last() {
                    points.pop();
                }
                if points.len() > 1 {
                    contours.push(Contour { points, is_ring: may_be_ring });
                }
            }
        }
        contours
    }

    /// The triangles that the contour crosses.
    fn crossed(&self, values: &[f32], level: f32) -> Vec<Triangle> {
        let mut crossed = Vec::new();
        for j in 1..self.y.len() {
            // How many corners of a cell's left side are above; NaN is not.
            let n_above = |i: usize| {
                let is_above = |j: usize| u8::from(values[self.index(i, j)] >= level);
                is_above(j - 1) + is_above(j)
            };
            let mut n_left = n_above(0);
            for i in 1..self.x.len() {
                let n_right = n_above(i);
                let n_of_cell = std::mem::replace(&mut n_left, n_right) + n_right;
                // By far the most cells are all above or not at all.
                if n_of_cell == 0 || n_of_cell == 4 {
                    continue;
                }
                for is_upper in [false, true] {
                    let triangle = Triangle { i: i - 1, j: j - 1, is_upper };
                    if triangle.segment(self, values, level).is_some() {
                        crossed.push(triangle);
                    }
                }
            }
        }
        crossed
    }

    /// Where the contour crosses an edge whose one end is below the level and the other is not.
    fn crossing(&self, values: &[f32], level: f32, [from, to]: [usize; 2]) -> [f64; 2] {
        let [a, b] = [from, to].map(|corner| f64::from(values[corner]));
        let share = if a.is_infinite() {
            1.0
        } else if b.is_infinite() {
            0.0
        } else {
            (f64::from(level) - a) / (b - a)
        };
        let ((a0, b0), (a1, b1)) = (self.point(from), self.point(to));
        let between = |a: f64, b: f64| if share == 1.0 { b } else { a + (b - a) * share };
        [between(a0, a1), between(b0, b1)]
    }
}

/// Half of the cell above and right of a grid point, below its diagonal or above it.
#[derive(Clone, Copy, Debug)]
struct Triangle {
    i: usize,
    j: usize,
    is_upper: bool,
}

impl Triangle {
    /// A number for each triangle of a grid, below twice the number of points.
    fn number(self, grid: &Grid) -> usize {
        2 * grid.index(self.i, self.j) + usize::from(self.is_upper)
    }

    /// Its corners, as indices of grid points, counter-clockwise. Edge `k` leads from corner `k` to
    /// the next.
    fn corners(self, grid: &Grid) -> [usize; 3] {
        let Self { i, j, is_upper } = self;
        let [a, b] = [grid.index(i, j), grid.index(i + 1, j + 1)];
        if is_upper { [a, b, grid.index(i, j + 1)] } else { [a, grid.index(i + 1, j), b] }
    }

    /// The ends of an edge, the smaller index first, so that both triangles beside it have it
    /// alike.
    fn edge(self, grid: &Grid, k: usize) -> [usize; 2] {
        let corners = self.corners(grid);
        let [a, b] = [corners[k], corners[(k + 1) % 3]];
        [a.min(b), a.max(b)]
    }

    /// The triangle on the other side of an edge.
    fn across(self, grid: &Grid, k: usize) -> Option<Self> {
        let Self { i, j, is_upper } = self;
        let (i, j) = match (is_upper, k) {
            (false, 0) => (i, j.checked_sub(1)?),
            (false, 1) => (i + 1, j),
            (true, 1) => (i, j + 1),
            (true, 2) => (i.checked_sub(1)?, j),
            _ => (i, j),
        };
        let is_inside = i + 1 < grid.x.len() && j + 1 < grid.y.len();
        is_inside.then_some(Self { i, j, is_upper: !is_upper })
    }

    /// The edges through which the contour enters and leaves, with what is above the level on its
    /// left; `None` if it does not cross, or nothing is known of a corner.
    fn segment(self, grid: &Grid, values: &[f32], level: f32) -> Option<[usize; 2]> {
        let at = self.corners(grid).map(|corner| values[corner]);
        if at.iter().any(|value| value.is_nan()) {
            return None;
        }
        let is_above = at.map(|value| value >= level);
        // It enters through the edge that leads down, seen counter-clockwise, and leaves through
        // the one that leads up.
        let leads = |from_above: bool| {
            (0..3).find(|&k| is_above[k] == from_above && is_above[(k + 1) % 3] != from_above)
        };
        Some([leads(true)?, leads(false)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INF: f32 = f32::INFINITY;
    const NAN: f32 = f32::NAN;

    fn square(n: u32) -> Grid {
        let axis = crate::Axis::new(0.0, f64::from(n - 1), n).unwrap();
        Grid { x: axis, y: axis }
    }

    fn contours(n: u32, values: &[f32], level: f32) -> Vec<Contour> {
        square(n).contours(values, level)
    }

    /// Twice the area that a ring encloses, positive where it runs counter-clockwise.
    fn double_area(ring: &Contour) -> f64 {
        let next = ring.points.iter().cycle().skip(1);
        ring.points.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum()
    }

    #[test]
    fn a_peak_has_one_ring() {
        #[rustfmt::skip]
        let peak = [
            0.0, 0.0, 0.0,
            0.0, 2.0, 0.0,
            0.0, 0.0, 0.0,
        ];
        let rings = contours(3, &peak, 1.0);
        assert_eq!(rings.len(), 1);
        assert!(rings[0].is_ring);
        let mut points = rings[0].points.clone();
        points.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(
            points,
            [[0.5, 0.5], [0.5, 1.0], [1.0, 0.5], [1.0, 1.5], [1.5, 1.0], [1.5, 1.5]]
        );
        assert!(double_area(&rings[0]) > 0.0, "what is above is on the left");
        let pit = peak.map(|value| -value);
        assert!(double_area(&contours(3, &pit, -1.0)[0]) < 0.0);
    }

    #[test]
    fn a_slope_has_one_line_from_border_to_border() {
        #[rustfmt::skip]
        let slope = [
            0.0, 1.0, 2.0,
            0.0, 1.0, 2.0,
            0.0, 1.0, 2.0,
        ];
        let lines = contours(3, &slope, 0.5);
        let points = [[0.5, 2.0], [0.5, 1.5], [0.5, 1.0], [0.5, 0.5], [0.5, 0.0]];
        assert_eq!(lines, [Contour { points: points.to_vec(), is_ring: false }]);
        assert_eq!(contours(3, &slope, 5.0), []);
        assert_eq!(contours(3, &slope, 0.0), [], "all is above");
        let at_points = &contours(3, &slope, 1.0)[0].points;
        assert_eq!(*at_points, [[1.0, 2.0], [1.0, 1.0], [1.0, 0.0]], "no point twice");
    }

    #[test]
    fn a_hole_ends_a_line() {
        #[rustfmt::skip]
        let holed = [
            0.0, 2.0, 0.0,
            0.0, 2.0, NAN,
            0.0, 2.0, 0.0,
        ];
        let lines = contours(3, &holed, 1.0);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|line| !line.is_ring));
        assert_eq!(contours(3, &[NAN; 9], 1.0), []);
    }

    #[test]
    fn an_overflowed_region_is_enclosed_by_its_finite_neighbours() {
        #[rustfmt::skip]
        let overflowed = [
            0.0, 0.0, 0.0,
            0.0, INF, 0.0,
            0.0, 0.0, 0.0,
        ];
        let rings = contours(3, &overflowed, 1.0);
        assert_eq!(rings.len(), 1);
        let mut points = rings[0].points.clone();
        points.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let neighbours = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0]];
        assert_eq!(points, neighbours);
        assert_eq!(contours(3, &[INF; 9], 1.0), []);
    }

    #[test]
    fn one_row_has_no_contour() {
        let row = Grid { x: "0:2:3".parse().unwrap(), y: "0:0:1".parse().unwrap() };
        assert_eq!(row.contours(&[0.0, 1.0, 2.0], 0.5), []);
    }

    proptest! {
        #[test]
        fn lines_end_at_borders_and_stay_at_their_level(
            n in 2u32..8,
            values in prop::collection::vec(-3i8..=3, 64),
            level in -2.5f32..2.5,
        ) {
            let grid = square(n);
            let last = f64::from(n - 1);
            let values: Vec<f32> = values[..(n * n) as usize].iter().copied().map(f32::from).collect();
            for contour in grid.contours(&values, level) {
                let [first, .., end] = contour.points.as_slice() else { unreachable!() };
                let on_border = |p: &[f64; 2]| p.iter().any(|c| *c == 0.0 || *c == last);
                prop_assert!(contour.is_ring || (on_border(first) && on_border(end)));
                prop_assert!(contour.points.windows(2).all(|pair| pair[0] != pair[1]));
                // On grid lines, linear between points is what bilinear is too.
                for [alpha, beta] in &contour.points {
                    if alpha.fract() == 0.0 || beta.fract() == 0.0 {
                        let value = grid.sample(&values, *alpha, *beta).unwrap();
                        prop_assert!((value - f64::from(level)).abs() < 1e-5);
                    }
                }
            }
        }

        #[test]
        fn rings_around_what_is_above_enclose_the_points_above(
            values in prop::collection::vec(any::<bool>(), 36),
        ) {
            // A border below the level, so that every contour is a ring.
            let mut padded = vec![0.0; 64];
            for (k, is_above) in values.iter().enumerate() {
                padded[(k / 6 + 1) * 8 + k % 6 + 1] = f32::from(u8::from(*is_above));
            }
            let rings = contours(8, &padded, 0.5);
            prop_assert!(rings.iter().all(|ring| ring.is_ring));
            // By Gauss-Bonnet on the triangulation: components minus holes = V - E + F of what is
            // above, edges and triangles counting where all their corners are.
            let above = |i: usize, j: usize| i64::from(padded[j * 8 + i] > 0.5);
            let mut euler = 0;
            for (i, j) in (0..7).flat_map(|j| (0..7).map(move |i| (i, j))) {
                let (a, right, up, b) = (above(i, j), above(i + 1, j), above(i, j + 1), above(i + 1, j + 1));
                euler += a - a * right - a * up - a * b + a * right * b + a * b * up;
            }
            let signs: i64 = rings.iter().map(|ring| double_area(ring).signum() as i64).sum();
            prop_assert_eq!(signs, euler);
        }
    }
}
