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

fn field(heights: &[f32; 9], ceiling: f32) -> HeightField<&[f32]> {
    HeightField::new(3, 3, heights.as_slice(), ceiling).unwrap()
}

fn ray(origin: [f64; 3], direction: [f64; 3]) -> Ray {
    Ray { origin, direction }
}

fn all(field: &HeightField<&[f32]>, ray: Ray) -> Vec<[f64; 3]> {
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
        let field = HeightField::new(n_columns, n_rows, heights.as_slice(), 1.0).unwrap();
        assert_eq!(field.hits(&down).count(), 0);
    }
    assert_eq!(field(&[NAN; 9], 1.0).hits(&down).count(), 0);
    let roof = field(&ROOF, 1.0);
    assert_eq!(roof.hits(&ray([1.0, 1.0, 5.0], [0.0; 3])).count(), 0);
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(roof.hits(&ray([bad, 1.0, 5.0], [0.0, 0.0, -1.0])).count(), 0);
        assert_eq!(roof.hits(&ray([1.0, 1.0, 5.0], [0.0, bad, -1.0])).count(), 0);
    }
    assert!(HeightField::new(2, 3, [0.0; 5], 1.0).is_err());
    assert!(HeightField::new(1, 1, [0.0], NAN).is_err());
}

fn walk<'a>(
    field: &'a HeightField<&[f32]>,
    ray: &Ray,
) -> impl Iterator<Item = walk::Stretch> + use<'a> {
    field.clip(ray).map(|range| Walk::new(field, ray, range)).into_iter().flatten()
}

#[test]
fn a_pick_in_a_large_field_looks_at_few_cells() {
    let n = 1001;
    let wave = |index: usize| {
        let [x, y] = [index % n, index / n].map(|k| k as f32 / n as f32);
        1.0 + (9.0 * x).sin() * (7.0 * y).cos()
    };
    let heights: Vec<f32> = (0..n * n).map(wave).collect();
    let field = HeightField::new(n, n, heights.as_slice(), f32::INFINITY).unwrap();
    for (target, slope) in [([300.0, 700.0], -2.0), ([650.0, 80.0], -0.5), ([20.0, 20.0], -0.2)] {
        let origin = [-500.0, -800.0, 0.0];
        let direction = [target[0] - origin[0], target[1] - origin[1], slope];
        let ray = ray([origin[0], origin[1], 1.0 - slope], direction);
        let hit = field.first_hit(&ray, 0.0).expect("a hit");
        let n_looked_at = walk(&field, &ray).take_while(|stretch| stretch.begin <= hit.t).count();
        assert!(n_looked_at < 100, "{n_looked_at} of {} on the way", n * n);
    }
}

/// All hits with all triangles, one by one. `slack` widens the triangles: where it is
/// negative, only hits well inside them count.
fn brute_force(field: &HeightField<&[f32]>, ray: &Ray, slack: f64) -> Vec<f64> {
    let mut hits = Vec::new();
    for (i, j) in (0..field.n_rows - 1).flat_map(|j| (0..field.n_columns - 1).map(move |i| (i, j)))
    {
        for middle in [[i + 1, j], [i, j + 1]] {
            let corners = [[i, j], middle, [i + 1, j + 1]].map(|[i, j]| {
                [i as f64, j as f64, f64::from(field.heights[j * field.n_columns + i])]
            });
            let flat = corners.map(|[column, row, _]| [column, row, field.ceiling]);
            let below_ceiling = |height: f64| height <= field.ceiling - slack.min(0.0).abs();
            let on_slope =
                meet(ray, &corners, &corners, slack).filter(|(_, height)| below_ceiling(*height));
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

/// A few hills, some of them full of holes, over dozens of columns and rows.
fn hills() -> impl Strategy<Value = (usize, usize, Vec<f32>)> {
    let hill = (0.0..1.0f32, 0.0..1.0f32, -3.0..3.0f32, 0.02..0.3f32, prop::bool::weighted(0.1));
    (2usize..80, 2usize..80, prop::collection::vec(hill, 0..6)).prop_map(
        |(n_columns, n_rows, hills)| {
            let height = |index: usize| {
                let [x, y] = [
                    (index % n_columns) as f32 / (n_columns - 1) as f32,
                    (index / n_columns) as f32 / (n_rows - 1) as f32,
                ];
                let hill = |(x0, y0, height, width, is_holed): &(f32, f32, f32, f32, bool)| {
                    let off = ((x - x0).powi(2) + (y - y0).powi(2)) / width.powi(2);
                    if *is_holed && off < 1.0 && index.is_multiple_of(3) {
                        NAN
                    } else {
                        height * (-off).exp()
                    }
                };
                hills.iter().map(hill).sum()
            };
            (n_columns, n_rows, (0..n_columns * n_rows).map(height).collect())
        },
    )
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
        let field = HeightField::new(n_columns, n_rows, heights.as_slice(), ceiling).unwrap();
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

    /// The plain walk is tested above; fields there are too small for blocks to matter.
    #[test]
    fn blocks_change_nothing(
        (n_columns, n_rows, heights) in hills(),
        ceiling in prop_oneof![Just(f32::INFINITY), -1.0f32..2.0],
        from in prop::array::uniform3(coordinate()),
        to in prop::array::uniform3(coordinate()),
    ) {
        let over = |[column, row, height]: [f64; 3]| [
            column / 9.0 * n_columns as f64, row / 9.0 * n_rows as f64, height,
        ];
        let (from, to) = (over(from), over(to));
        let ray = ray(from, [0, 1, 2].map(|k| to[k] - from[k]));
        let field = HeightField::new(n_columns, n_rows, heights.as_slice(), ceiling).unwrap();
        let plain = HeightField { blocks: field.blocks.as_ref().map(Blocks::useless), ..field };
        let field = HeightField::new(n_columns, n_rows, heights.as_slice(), ceiling).unwrap();
        prop_assert!(walk(&field, &ray).count() <= walk(&plain, &ray).count());
        let [hits, expected] = [&field, &plain].map(|field| field.hits(&ray).collect::<Vec<_>>());
        prop_assert_eq!(hits.len(), expected.len(), "{:?} {:?}", hits, expected);
        for (hit, expected) in hits.iter().zip(&expected) {
            prop_assert!((hit.t - expected.t).abs() < 1e-9, "{:?} {:?}", hits, expected);
        }
    }
}
