//! Surfaces whose measures are known in closed form, and laws that hold for all.
//!
//! Alpha and beta are multiples of 1/16, so that the values of polynomials are exact.

use super::*;
use crate::{DirectionSource, Directions, Gram, Normalisation, Provenance};
use proptest::prelude::*;

const N: usize = 33;
const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;

fn grid(x: &str, y: &str) -> Grid {
    Grid { x: x.parse().unwrap(), y: y.parse().unwrap() }
}

fn square() -> Grid {
    grid("-1:1:33", "-1:1:33")
}

fn values_over(grid: &Grid, value: impl Fn(f64, f64) -> f64) -> Vec<f32> {
    (0..grid.n_points() as usize)
        .map(|index| grid.point(index))
        .map(|(alpha, beta)| value(alpha, beta) as f32)
        .collect()
}

fn surface(grid: Grid, fields: Vec<(FieldKind, Vec<f32>)>) -> Surface {
    let fields = fields.into_iter().map(|(kind, values)| Field::new(kind, values).unwrap());
    Surface::new("test", "Test", grid, fields.collect()).unwrap()
}

fn measures(grid: Grid, values: Vec<f32>) -> Measures {
    let surface = surface(grid, vec![(FieldKind::TrainLoss, values)]);
    Measures::of(&surface, &FieldKind::TrainLoss, &MeasureOptions::default()).unwrap()
}

fn bowl(alpha: f64, beta: f64) -> f64 {
    alpha * alpha + beta * beta
}

/// A well of depth 0 at (-1/2, 0) and one of 1/4 at (1/2, 0), with a saddle at (1/8, 0).
fn two_wells(alpha: f64, beta: f64) -> f64 {
    bowl(alpha + 0.5, beta).min(bowl(alpha - 0.5, beta) + 0.25)
}
const SADDLE: f64 = 0.390625;

fn is_near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[test]
fn a_bowl_is_convex_smooth_and_has_one_minimum() {
    let bowl = measures(square(), values_over(&square(), bowl));
    let convexity = bowl.convexity.unwrap();
    assert_eq!((convexity.n_points, convexity.convex_share), (31 * 31, Some(1.0)));
    assert_eq!(bowl.centre_curvature, Ok(Curvature { smallest: 2.0, largest: 2.0 }));
    let roughness = bowl.roughness.unwrap();
    assert!(is_near(roughness.mean, 2.0, 1e-12) && roughness.spread < 1e-12, "{roughness:?}");
    assert_eq!((roughness.radius, roughness.step, roughness.n_cuts), (1.0, 1.0 / 32.0, 32));
    let persistence = bowl.persistence.unwrap();
    assert_eq!((persistence.n_minima, persistence.sum, persistence.largest), (1, 0.0, None));
    assert_eq!((persistence.n_on_border, persistence.mean), (0, None));
    assert_eq!(bowl.smad, Ok(Smad { value: 0.0, n_minima: 1 }));
}

#[test]
fn flat_area_and_sharpness_of_a_bowl_are_sums_over_a_lattice() {
    let values = values_over(&square(), |alpha, beta| 0.5 + bowl(alpha, beta));
    // The squared distances from the centre, in steps.
    let squares: Vec<i64> =
        (-16..=16i64).flat_map(|i| (-16..=16i64).map(move |j| i * i + j * j)).collect();
    let within = |most: i64| squares.iter().copied().filter(move |square| *square <= most);
    let share = |n: usize| n as f64 / (N * N) as f64;

    let flat = flat_area(&square(), &values, &[0.0, 0.5, 1.0]).unwrap();
    let shares: Vec<f64> = flat.iter().map(|flat| flat.share).collect();
    assert_eq!(shares, [share(1), share(within(128).count()), share(within(256).count())]);
    assert_eq!(share_below_1(&values), Ok(share(within(127).count())), "below, not at");

    for (radius, most) in [(0.25, 16), (0.5, 64), (1.0, 256)] {
        let rise = Rise::within(&square(), &values, radius).unwrap();
        let n = within(most).count();
        assert_eq!((rise.n_points, rise.max), (n, radius * radius));
        let mean = within(most).sum::<i64>() as f64 / 256.0 / n as f64;
        assert!(is_near(rise.mean, mean, 1e-12), "{rise:?}");
        assert!(is_near(rise.keskar, 100.0 * radius * radius / 1.5, 1e-12), "{rise:?}");
    }
    let coarse = grid("-1:1:51", "-1:1:51");
    let rise = Rise::within(&coarse, &values_over(&coarse, |_, _| 0.0), 1.0).unwrap();
    assert_eq!(rise.n_points, 1961, "(0.6, 0.8) and the like are on the circle");
}

#[test]
fn an_oblique_valley_has_the_curvature_of_its_matrix() {
    let valley = |a: f64, b: f64| 3.0 * a * a + 2.0 * a * b + b * b;
    let values = values_over(&square(), valley);
    let hessian = Hessian::at_centre(&square(), &values).unwrap();
    assert_eq!(hessian, Hessian { aa: 6.0, ab: 2.0, bb: 2.0 });
    let Curvature { smallest, largest } = hessian.curvature();
    let root = 8.0f64.sqrt();
    assert!(is_near(smallest, 4.0 - root, 1e-12) && is_near(largest, 4.0 + root, 1e-12));

    let stretched = grid("-1:1:17", "-0.5:0.5:33");
    let over_both = Hessian::at(&stretched, &values_over(&stretched, valley), 3, 7).unwrap();
    assert_eq!(over_both, hessian, "spacings 1/8 and 1/32");

    let found = measures(square(), values);
    assert_eq!(found.convexity.unwrap().convex_share, Some(1.0));
    let roughness = found.roughness.unwrap();
    assert!((2.0 - 1e-12..2.01).contains(&roughness.mean), "{roughness:?}");
    assert_eq!(found.centre_curvature_in_weight_space, Err(Incomplete::NoGram));
}

#[test]
fn curvature_in_weight_space_is_per_length_of_the_directions() {
    let gram = Gram { xx: 4.0, xy: 0.0, yy: 16.0 };
    let directions =
        Directions { source: DirectionSource::Seed(1), normalisation: Normalisation::Filter, gram };
    let values = values_over(&square(), |a, b| 8.0 * a * a + 8.0 * b * b);
    let surface = surface(square(), vec![(FieldKind::TestLoss, values)])
        .with_provenance(Provenance { directions: Some(directions), ..Provenance::default() });
    let options = MeasureOptions::default();
    let measures = Measures::of(&surface, &FieldKind::TestLoss, &options).unwrap();
    let expected = Curvature { smallest: 1.0, largest: 4.0 };
    assert_eq!(measures.centre_curvature_in_weight_space, Ok(expected));
    assert_eq!(Measures::of(&surface, &FieldKind::TrainLoss, &options), None);

    let hessian = Hessian { aa: 1.0, ab: 0.0, bb: 1.0 };
    for (xx, xy, yy) in [(0.0, 0.0, 1.0), (1.0, 2.0, 4.0), (-1.0, 0.0, 1.0), (1.0, 0.0, NAN.into())]
    {
        let found = hessian.curvature_in_weight_space(&Gram { xx, xy, yy });
        assert_eq!(found, Err(Incomplete::NoPlane), "{xx} {xy} {yy}");
    }
}

#[test]
fn a_saddle_is_nowhere_convex() {
    let values = values_over(&square(), |alpha, beta| alpha * alpha - beta * beta);
    let ratio = curvature_ratio(&square(), &values);
    for (index, ratio) in ratio.iter().enumerate() {
        let (i, j) = (index % N, index / N);
        let is_inner = (1..N - 1).contains(&i) && (1..N - 1).contains(&j);
        assert!(if is_inner { *ratio == 1.0 } else { ratio.is_nan() }, "{i}, {j}: {ratio}");
    }
    let saddle = measures(square(), values);
    assert_eq!(saddle.convexity.unwrap().n_convex, 0);
    assert_eq!(saddle.centre_curvature, Ok(Curvature { smallest: -2.0, largest: 2.0 }));
    // The loss falls to -1 at both ends of the saddle, and beyond.
    let persistence = saddle.persistence.unwrap();
    assert_eq!((persistence.n_minima, persistence.n_on_border), (2, 2));
    assert_eq!((persistence.sum, persistence.largest), (1.0, Some(1.0)));
}

#[test]
fn two_wells_have_one_pair() {
    let wells = measures(square(), values_over(&square(), two_wells));
    let persistence = wells.persistence.unwrap();
    let lowest = PersistentMinimum { alpha: -0.5, beta: 0.0, birth: 0.0, death: None };
    let higher =
        PersistentMinimum { alpha: 0.5, birth: 0.25, death: Some(SADDLE as f32), ..lowest };
    assert_eq!(persistence.minima, [lowest, higher]);
    assert_eq!((persistence.sum, persistence.mean), (SADDLE - 0.25, Some(SADDLE - 0.25)));
    assert_eq!((persistence.n_not_counted, persistence.least_in_stderr), (0, None));
    let smad = (SADDLE + SADDLE - 0.25) / 2.0;
    assert_eq!(wells.smad, Ok(Smad { value: smad, n_minima: 2 }));
}

#[test]
fn smad_counts_the_lowest_minimum_and_persistence_does_not() {
    let found = measures(grid("-1:1:3", "0:0:1"), vec![0.0, 2.0, 1.0]);
    assert_eq!(found.smad.unwrap().value, 1.5);
    assert_eq!(found.persistence.unwrap().mean, Some(1.0));
}

#[test]
fn pairs_within_the_noise_are_not_counted() {
    // The pair's persistence is 0.14: 4 standard errors of 0.035.
    let with = |stderr: [f32; 2]| {
        let values = values_over(&square(), two_wells);
        let all = values_over(&square(), |alpha, beta| match (alpha, beta) {
            (0.5, 0.0) => stderr[0].into(),
            (0.125, 0.0) => stderr[1].into(),
            _ => 9.0,
        });
        let images = values_over(&square(), |alpha, _| if alpha < 0.0 { 256.0 } else { 512.0 });
        let surface = surface(
            square(),
            vec![
                (FieldKind::TrainLoss, values),
                (FieldKind::TrainLossStderr, all),
                (FieldKind::TrainImages, images),
            ],
        );
        Measures::of(&surface, &FieldKind::TrainLoss, &MeasureOptions::default()).unwrap()
    };
    let counted = |stderr| {
        let found = with(stderr).persistence.unwrap();
        assert_eq!((found.least_in_stderr, found.n_images), (Some(4.0), Some([256.0, 512.0])));
        (found.n_minima, found.n_not_counted, found.sum)
    };
    assert_eq!(counted([0.03, 0.034]), (2, 0, SADDLE - 0.25));
    for noisy in [[0.03, 0.036], [0.036, 0.03], [INF, 0.0]] {
        assert_eq!(counted(noisy), (1, 1, 0.0), "{noisy:?}");
        assert_eq!(with(noisy).smad.unwrap().n_minima, 2);
    }
    let missing = Incomplete::NotComputed { n: 1, of: 2, what: "standard errors" };
    assert_eq!(with([0.03, NAN]).persistence, Err(missing));
}

#[test]
fn slopes_and_ripples_have_their_roughness() {
    let slope = measures(square(), values_over(&square(), |alpha, beta| alpha + 0.5 * beta));
    let roughness = slope.roughness.unwrap();
    assert!(is_near(roughness.mean, 1.0, 1e-12) && roughness.spread < 1e-12, "{roughness:?}");
    assert_eq!(slope.convexity.unwrap().convex_share, Some(1.0), "flat counts as convex");

    let ripples = |a: f64, b: f64| bowl(a, b) + 0.1 * (20.0 * a).sin() * (20.0 * b).cos();
    let rippled = measures(square(), values_over(&square(), ripples));
    assert!(rippled.roughness.unwrap().mean > 2.1);

    let oblong = grid("-1:1:33", "-0.5:0.5:33");
    let roughness = Roughness::of(&oblong, &values_over(&oblong, bowl)).unwrap();
    assert_eq!((roughness.radius, roughness.step), (0.5, 1.0 / 64.0));
    assert!(is_near(roughness.mean, 2.0, 1e-12), "{roughness:?}");

    let trough = Roughness::of(&square(), &values_over(&square(), |alpha, _| alpha * alpha));
    assert_eq!(trough, Err(Incomplete::Constant { n: 1, of: 32 }));
}

#[test]
fn what_was_not_computed_leaves_incomplete_what_needs_it() {
    let missing = |n| Incomplete::NotComputed { n, of: N * N, what: "points" };
    let mut values = values_over(&square(), bowl);
    values[0] = NAN;
    let corner = measures(square(), values.clone());
    assert_eq!(corner.share_below_1, Err(missing(1)));
    assert_eq!(corner.flat_area, Err(missing(1)));
    assert_eq!(corner.convexity, Err(missing(1)));
    assert_eq!(corner.persistence, Err(missing(1)));
    assert_eq!(corner.smad, Err(missing(1)));
    assert!(corner.roughness.is_ok() && corner.centre_curvature.is_ok(), "beside the disc");
    assert!(corner.sharpness.iter().all(|sharpness| sharpness.rise.is_ok()));

    values[square().index(16 + 8, 16)] = NAN;
    let within = measures(square(), values);
    let rises: Vec<_> = within.sharpness.iter().map(|sharpness| sharpness.rise.is_ok()).collect();
    assert_eq!(rises, [true, false, false]);
    let Err(Incomplete::NotComputed { n: 1..32, of: 32, what: "cuts" }) = within.roughness else {
        panic!("{:?}", within.roughness);
    };
}

#[test]
fn what_overflowed_is_above_every_level() {
    let mut values = values_over(&square(), bowl);
    let complete = measures(square(), values.clone());
    values[0] = INF;
    let corner = measures(square(), values.clone());
    let [before, after] = [&complete, &corner].map(|measures| measures.flat_area.clone().unwrap());
    assert_eq!(before[..2], after[..2]);
    assert_eq!((before[2].share, after[2].share), (1.0, (N * N - 1) as f64 / (N * N) as f64));
    assert_eq!(corner.share_below_1, complete.share_below_1);
    assert_eq!(corner.persistence, complete.persistence);
    assert_eq!(corner.roughness, complete.roughness);
    let convexity = corner.convexity.unwrap();
    assert_eq!((convexity.n_points, convexity.n_overflowed), (31 * 31 - 1, 1));
    assert_eq!(convexity.convex_share, Some(1.0));

    values[square().index(N - 1, 16)] = INF;
    let end_of_a_cut = measures(square(), values.clone());
    assert_eq!(end_of_a_cut.roughness, Err(Incomplete::Overflowed { n: 1, of: 32, what: "cuts" }));
    assert_eq!(end_of_a_cut.sharpness[1], complete.sharpness[1]);
    assert_eq!(end_of_a_cut.sharpness[2].rise.clone().unwrap().max, f64::INFINITY);

    values[square().index(16, 16)] = INF;
    let centre = measures(square(), values);
    let overflowed = Incomplete::CentreNotFinite { found: "+infinity (overflowed)" };
    assert_eq!(centre.flat_area, Err(overflowed.clone()));
    assert_eq!(centre.sharpness[0].rise, Err(overflowed));
    assert!(centre.share_below_1.is_ok() && centre.persistence.is_ok());

    let all = measures(square(), vec![INF; N * N]);
    assert_eq!(all.share_below_1, Ok(0.0));
    assert_eq!(all.convexity.unwrap().convex_share, None);
    assert!(all.persistence.is_err() && all.smad.is_err());
}

#[test]
fn grids_that_are_no_square_around_the_network() {
    let of = |x, y| measures(grid(x, y), values_over(&grid(x, y), two_wells));
    let row = of("-1:1:33", "0:0:1");
    assert_eq!(row.persistence.unwrap().sum, SADDLE - 0.25, "along the row");
    assert_eq!(row.convexity, Err(Incomplete::NoInterior { n_columns: 33, n_rows: 1 }));
    assert_eq!(row.roughness, Err(Incomplete::CentreOutside));
    assert_eq!(row.sharpness[0].rise, Err(Incomplete::OutOfRange { expected: 0.25, found: 0.0 }));
    assert!(row.flat_area.is_ok());

    let column = of("0:0:1", "-1:1:33");
    assert_eq!(column.persistence.unwrap().n_minima, 1);
    assert_eq!(of("0:0:1", "0:0:1").persistence.unwrap().n_minima, 1);

    let even = of("-1:1:4", "-1:1:4");
    assert_eq!(even.centre_curvature, Err(Incomplete::NoCentralPoint));
    assert_eq!(even.sharpness[0].rise, Err(Incomplete::NoPoints { radius: 0.25 }));
    assert!(even.flat_area.is_ok() && even.roughness.is_ok());

    let aside = of("0.5:1:9", "-1:1:9");
    assert_eq!(aside.flat_area, Err(Incomplete::CentreOutside));
    assert_eq!(aside.roughness, Err(Incomplete::CentreOutside));
    assert!(aside.convexity.is_ok() && aside.persistence.is_ok());

    let off_centre = of("-0.25:1.75:33", "-1:1:33");
    assert_eq!(off_centre.roughness.unwrap().radius, 0.25);
}

#[test]
fn in_json_a_measure_is_its_value_or_why_not() {
    let json =
        serde_json::to_value(measures(grid("-1:1:3", "0:0:1"), vec![0.0, 2.0, 1.0])).unwrap();
    assert_eq!(json["smad"], serde_json::json!({ "value": 1.5, "n_minima": 2 }));
    assert_eq!(json["share_below_1"], 1.0 / 3.0);
    assert_eq!(json["grid"]["x"]["len"], 3);
    let radius = serde_json::json!({
        "radius": 0.25, "incomplete": "expected a grid that reaches 0.25 around (0, 0), found 0"
    });
    assert_eq!(json["sharpness"][0], radius);
    assert_eq!(json["convexity"]["incomplete"], "expected at least 3 x 3 points, found 3 x 1");
}

/// Values that are multiples of 1/8, and a constant that leaves sums exact.
fn values_and_constant() -> impl Strategy<Value = (Vec<f32>, f32)> {
    let value = (0u16..400).prop_map(|value| f32::from(value) / 8.0);
    (prop::collection::vec(value, 81), (-64i8..64).prop_map(f32::from))
}

proptest! {
    #[test]
    fn a_constant_changes_nothing_but_the_level((values, constant) in values_and_constant()) {
        let grid = grid("-1:1:9", "-1:1:9");
        let raised = values.iter().map(|value| value + constant).collect();
        let (before, after) = (measures(grid, values), measures(grid, raised));
        prop_assert_eq!(before.flat_area, after.flat_area);
        prop_assert_eq!(before.convexity, after.convexity);
        prop_assert_eq!(before.centre_curvature, after.centre_curvature);
        prop_assert_eq!(before.smad, after.smad);
        let pairs = |persistence: Measured<Persistence>| {
            let Persistence { n_minima, n_on_border, sum, largest, .. } = persistence.unwrap();
            (n_minima, n_on_border, sum, largest)
        };
        prop_assert_eq!(pairs(before.persistence), pairs(after.persistence));
        for (before, after) in before.sharpness.into_iter().zip(after.sharpness) {
            let (before, after) = (before.rise.unwrap(), after.rise.unwrap());
            prop_assert_eq!((before.max, before.mean), (after.max, after.mean));
        }
        let (before, after) = (before.roughness.unwrap(), after.roughness.unwrap());
        prop_assert!(is_near(before.mean, after.mean, 1e-9), "{before:?} {after:?}");
        prop_assert!(is_near(before.spread, after.spread, 1e-9), "{before:?} {after:?}");
    }

    #[test]
    fn curvatures_in_weight_space_solve_their_equation(
        hessian in prop::array::uniform3(-5.0..5.0f64),
        x in prop::array::uniform3(-3.0..3.0f64), y in prop::array::uniform3(-3.0..3.0f64),
    ) {
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let gram = Gram { xx: dot(x, x), xy: dot(x, y), yy: dot(y, y) };
        prop_assume!(gram.cosine().abs() < 0.99 && gram.xx > 0.1 && gram.yy > 0.1);
        let [aa, ab, bb] = hessian;
        let hessian = Hessian { aa, ab, bb };
        let found = hessian.curvature_in_weight_space(&gram).unwrap();
        prop_assert!(found.smallest <= found.largest);
        for l in [found.smallest, found.largest] {
            let (a, b, c) = (aa - l * gram.xx, ab - l * gram.xy, bb - l * gram.yy);
            let size = a.abs().max(b.abs()).max(c.abs()).max(1.0);
            prop_assert!((a * c - b * b).abs() < 1e-9 * size * size, "{found:?}");
        }
        let in_plane = hessian.curvature();
        prop_assume!(in_plane.smallest.abs() > 1e-6);
        prop_assert_eq!(in_plane.smallest > 0.0, found.smallest > 0.0, "inertia");
    }
}
