//! Solids are closed, look outward and have the volume they should: whatever the surface, by the bytes
//! of the file alone.

#![allow(missing_docs, reason = "tests say what they are by their names")]

mod common;

use common::{grid, of_values, surface};
use lossland_solid::{Options, Shape, Size, write};
use lossland_surface::{Axis, Cut, FieldKind, Grid, Surface, SurfaceError};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

const NAN: f32 = f32::NAN;
/// Of a box of 100 x 100 x 50 mm, so that volumes are easily told.
const SIZE: Size = Size { width_mm: 100.0, depth_mm: 100.0, height_mm: 50.0, base_mm: 2.0 };

type Triangle = [[f32; 3]; 3];

fn options(cut: Cut) -> Options {
    Options { cut, size: SIZE, ..Options::default() }
}

/// The triangles of a solid's file.
fn solid(surface: &Surface, options: &Options) -> Vec<Triangle> {
    let bytes = write(surface, Shape::Stl, options).expect("a solid");
    let reader = &mut std::io::Cursor::new(&bytes);
    let facets = stl_io::create_stl_reader(reader).expect("STL");
    let triangles = facets.map(|facet| {
        let facet = facet.expect("a triangle");
        let corners = facet.vertices.map(|vertex| vertex.0);
        let normal: f64 =
            facet.normal.0.iter().zip(area(&corners)).map(|(n, a)| f64::from(*n) * a).sum();
        let length = area(&corners).iter().map(|part| part * part).sum::<f64>().sqrt();
        assert!(length > 0.0, "{corners:?} has no area");
        assert!((normal / length - 1.0).abs() < 1e-6, "{:?} of {corners:?}", facet.normal);
        corners
    });
    let triangles: Vec<Triangle> = triangles.collect();
    assert_eq!(bytes.len(), 84 + 50 * triangles.len());
    triangles
}

/// The vector as long as the triangle is large and perpendicular to it, counterclockwise.
fn area(triangle: &Triangle) -> [f64; 3] {
    let [a, b, c] = triangle.map(|corner| corner.map(f64::from));
    let [u, v]: [[f64; 3]; 2] = [b, c].map(|end| std::array::from_fn(|i| end[i] - a[i]));
    std::array::from_fn(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        (u[j] * v[k] - u[k] * v[j]) / 2.0
    })
}

/// By the divergence theorem: positive where triangles look outward.
fn volume(triangles: &[Triangle]) -> f64 {
    let cone = |triangle: &Triangle| {
        let area = area(triangle);
        triangle[0].iter().zip(area).map(|(at, area)| f64::from(*at) * area).sum::<f64>() / 3.0
    };
    triangles.iter().map(cone).sum()
}

/// What is wrong with a solid: it must be one closed sphere, every edge between two triangles that go
/// along it in opposite directions, and every corner the middle of one fan.
fn flaw(triangles: &[Triangle]) -> Option<String> {
    let mut numbers = HashMap::new();
    let corners: Vec<[usize; 3]> = triangles
        .iter()
        .map(|triangle| {
            triangle.map(|corner| {
                let next = numbers.len();
                *numbers.entry(corner.map(f32::to_bits)).or_insert(next)
            })
        })
        .collect();
    let mut edges = HashSet::new();
    // Of each corner, from one neighbour to the next around it.
    let mut next_around = vec![BTreeMap::new(); numbers.len()];
    for &[a, b, c] in &corners {
        for [a, b, c] in [[a, b, c], [b, c, a], [c, a, b]] {
            if a == b || !edges.insert((a, b)) {
                return Some(format!("edge {a} to {b} is there twice, or no edge"));
            }
            next_around[a].insert(b, c);
        }
    }
    if let Some((a, b)) = corners
        .iter()
        .flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
        .find(|(a, b)| !edges.contains(&(*b, *a)))
    {
        return Some(format!("edge {a} to {b} has one triangle"));
    }
    for (corner, next) in next_around.iter().enumerate() {
        let Some((first, mut at)) = next.first_key_value() else { unreachable!("in a triangle") };
        let mut n_around = 1;
        while at != first {
            at = &next[at];
            n_around += 1;
        }
        if n_around != next.len() {
            return Some(format!("corner {corner} is in several fans"));
        }
    }
    let euler = numbers.len() as i64 - edges.len() as i64 / 2 + corners.len() as i64;
    (euler != 2).then(|| format!("Euler's number is {euler}"))
}

/// The volume of a solid without flaws, as a share of what is above its plate, which is `SIZE`'s.
fn share(surface: &Surface, cut: Cut) -> f64 {
    let triangles = solid(surface, &options(cut));
    assert_eq!(flaw(&triangles), None);
    (volume(&triangles) - 100.0 * 100.0 * 2.0) / (100.0 * 100.0 * 50.0)
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "expected {expected}, found {found}");
}

#[test]
fn a_plane_and_a_bowl_have_their_integrals_as_volumes() {
    // Half of the box, 0 to 4.
    assert_near(share(&surface("0:2:5", "0:2:3", |x, y| x + y), Cut::Off), 0.5);
    // 0 to 2; the mean is 2/3, and triangles of side s lie s^2/3 above it on average.
    for n in [3, 5, 21] {
        let axis = format!("-1:1:{n}");
        let bowl = surface(&axis, &axis, |x, y| x * x + y * y);
        let side = 2.0 / f64::from(n - 1);
        assert_near(share(&bowl, Cut::Off), (2.0 / 3.0 + side * side / 3.0) / 2.0);
    }
}

#[test]
fn the_cut_is_where_it_is_and_not_at_the_next_point() {
    // Up to 0.8, which no point of the grid has, and flat from there to 2.
    let ramp = surface("0:2:5", "0:1:3", |x, _| x);
    let expected = (0.8 * 0.8 / 2.0 + 0.8 * 1.2) / 2.0 / 0.8;
    assert_near(share(&ramp, Cut::At(0.8)), expected);
    // Along beta, and downhill.
    assert_near(share(&surface("0:2:3", "0:2:5", |_, y| 2.0 - y), Cut::At(0.8)), expected);
    // A loss is cut at 10 unless something else is asked for.
    assert_near(share(&surface("0:2:5", "0:1:2", |x, _| 20.0 * x), Cut::Auto), 0.875);
    assert_near(share(&surface("0:2:5", "0:1:2", |x, _| 20.0 * x), Cut::Off), 0.5);
}

#[test]
fn heights_may_be_logarithms() {
    let surface = surface("-2:2:5", "0:1:2", |x, _| 10.0_f64.powf(x));
    let log = Options { is_log: true, ..options(Cut::Off) };
    let triangles = solid(&surface, &log);
    assert_eq!(flaw(&triangles), None);
    assert_near(volume(&triangles), 100.0 * 100.0 * (2.0 + 25.0));
}

#[test]
fn an_overflow_is_at_the_top_and_a_hole_a_pit_in_the_plate() {
    let flat = |odd: f32| {
        let mut values = vec![0.0; 25];
        // Of other values there are two, so that the scale is 0 to 10.
        [values[0], values[24], values[12]] = [10.0, 10.0, odd];
        of_values(grid("0:1:5", "0:1:5"), values)
    };
    let (below, overflowed, hole) = (flat(0.0), flat(f32::INFINITY), flat(NAN));
    // Six triangles of a 32nd become a pyramid that would be 24 high, with its top cut off.
    let risen = share(&overflowed, Cut::At(10.0)) - share(&below, Cut::At(10.0));
    let flat = 23.0 / 24.0;
    assert_near(risen, 6.0 / 32.0 * (1.0 + flat + flat * flat) / 3.0);
    let missing = share(&below, Cut::At(10.0)) - share(&hole, Cut::At(10.0));
    // The same six are 1 mm lower, of 50.
    assert_near(missing, 6.0 / 32.0 * 1.0 / 50.0);
}

#[test]
fn parts_that_touch_in_a_point_become_one() {
    // Two triangles at the middle, each an eighth.
    #[rustfmt::skip]
    let values = vec![
        3.0, 3.0, NAN,
        NAN, 3.0, NAN,
        NAN, 3.0, 3.0,
    ];
    let triangles = solid(&of_values(grid("0:1:3", "0:1:3"), values), &options(Cut::Off));
    assert_eq!(flaw(&triangles), None);
    // All values are one, halfway up. The rest is a pit of 1 mm, half of the plate.
    assert_near(volume(&triangles), 100.0 * 100.0 * (1.0 + (1.0 + 25.0) / 8.0));
}

#[test]
fn a_stopped_run_is_drawn_between_its_points() {
    let plane = |x: f64, y: f64| x + y;
    let whole = surface("0:4:5", "0:4:5", plane);
    let is_computed = |x: f64, y: f64| x % 2.0 == 0.0 && y % 2.0 == 0.0;
    let stopped =
        surface("0:4:5", "0:4:5", |x, y| if is_computed(x, y) { plane(x, y) } else { f64::NAN });
    let bytes = |surface| write(surface, Shape::Stl, &options(Cut::Off)).expect("a solid");
    assert!(bytes(&stopped) == bytes(&whole));
}

#[test]
fn the_solid_stands_at_the_origin_in_the_size_asked_for() {
    let size = Size { width_mm: 80.0, depth_mm: 40.0, height_mm: 25.0, base_mm: 1.5 };
    let options = Options { size, ..Options::default() };
    let triangles = solid(&surface("-1:1:4", "5:6:3", |x, y| 2.0 * (x + y - 4.0)), &options);
    let corners = || triangles.iter().flatten();
    for (axis, expected) in [80.0, 40.0, 26.5].into_iter().enumerate() {
        let along = |of: fn(f32, f32) -> f32| corners().map(|corner| corner[axis]).reduce(of);
        assert_eq!((along(f32::min), along(f32::max)), (Some(0.0), Some(expected)), "{axis}");
    }
}

#[test]
fn what_can_not_be_drawn_is_an_error() {
    let good = surface("0:1:2", "0:1:2", |x, y| x + y);
    let of = |size: Size| Options { size, ..Options::default() };
    let no_such_field = Options { field: Some(FieldKind::TestAccuracy), ..Options::default() };
    let apart = vec![1.0, NAN, NAN, 1.0];
    for (surface, options, message) in [
        (
            surface("0:1:9", "0:0:1", |x, _| x),
            Options::default(),
            "at least 2 x 2 points, found 9 x 1",
        ),
        (
            surface("0:0:1", "0:1:9", |x, _| x),
            Options::default(),
            "at least 2 x 2 points, found 1 x 9",
        ),
        (surface("0:1:3", "0:1:3", |_, _| f64::NAN), Options::default(), "nothing can be drawn"),
        (of_values(grid("0:1:2", "0:1:2"), apart), Options::default(), "nothing can be drawn"),
        (
            surface("0:1:2", "0:1:65537", |x, _| x),
            Options::default(),
            "at most 65536 allowed, found 65537",
        ),
        (surface("0:1:2049", "0:1:2049", |x, _| x), Options::default(), "at most 4194304 allowed"),
        (
            good.clone(),
            no_such_field,
            "a field of the surface (train_loss), found \"test_accuracy\"",
        ),
        (
            good.clone(),
            of(Size { width_mm: 0.0, ..SIZE }),
            "width: expected 1 to 10000 mm, found 0",
        ),
        (good.clone(), of(Size { depth_mm: -1.0, ..SIZE }), "depth: expected"),
        (good.clone(), of(Size { height_mm: f64::NAN, ..SIZE }), "height: expected"),
        (good, of(Size { base_mm: f64::INFINITY, ..SIZE }), "base: expected 0.1 to 100 mm"),
    ] {
        for shape in [Shape::Stl, Shape::Glb, Shape::Vtk] {
            let error = write(&surface, shape, &options).expect_err(message).to_string();
            assert!(error.contains(message), "expected {message:?}, found {error:?}");
        }
    }
}

#[test]
fn all_overflowed_is_a_block() {
    let triangles =
        solid(&surface("0:1:3", "0:1:3", |_, _| f64::INFINITY), &options(Cut::default()));
    assert_eq!(flaw(&triangles), None);
    assert_near(volume(&triangles), 100.0 * 100.0 * 52.0);
}

#[test]
fn flaws_are_found() {
    let good = solid(&surface("0:1:3", "0:1:3", |x, y| x + y), &options(Cut::Off));
    assert_eq!(flaw(&good), None);
    let flawed = |change: &dyn Fn(&mut Vec<Triangle>)| {
        let mut triangles = good.clone();
        change(&mut triangles);
        flaw(&triangles).expect("a flaw")
    };
    assert!(flawed(&|t| t.truncate(t.len() - 1)).contains("has one triangle"));
    assert!(flawed(&|t| t[0].swap(0, 1)).contains("twice"));
    assert!(flawed(&|t| t.push(t[0])).contains("twice"));
    let moved = |by: [f32; 3]| {
        move |triangles: &mut Vec<Triangle>| {
            let moved = triangles.clone().into_iter();
            triangles.extend(moved.map(|t| t.map(|c| std::array::from_fn(|i| c[i] + by[i]))));
        }
    };
    assert!(flawed(&moved([1000.0, 0.0, 0.0])).contains("Euler's number is 4"));
    // The lowest corner of one at the highest of the other.
    assert!(flawed(&moved([100.0, 100.0, 52.0])).contains("several fans"));
}

#[test]
fn fine_grids_keep_their_corners_apart() {
    for (columns, rows) in [(1 << 16, 2), (300, 300)] {
        let axis = |n: u32| format!("0:1:{n}");
        // Points right below the cut, alone among such as are far above it.
        let values = (0..columns * rows).map(|i| match (i % columns, i / columns) {
            (0, 0) => 0.0,
            (x, y) if x % 3 == 1 && y % 3 == 1 => 9.998,
            _ => 1000.0,
        });
        let surface = of_values(grid(&axis(columns), &axis(rows)), values.collect());
        let triangles = solid(&surface, &options(Cut::At(10.0)));
        assert!(triangles.len() > 3 * (columns * rows) as usize, "no triangle is parted");
    }
}

/// Values as surfaces have them and as none has.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => 0.0_f32..20.0,
        3 => Just(NAN),
        1 => Just(f32::INFINITY),
        1 => Just(0.0),
        1 => Just(10.0),
        1 => Just(10.0_f32.next_up()),
        1 => Just(10.0_f32.next_down()),
        1 => -1e30_f32..1e30,
    ]
}

fn any_surface() -> impl Strategy<Value = Surface> {
    (2..9_u32, 2..9_u32).prop_flat_map(|(x, y)| {
        prop::collection::vec(value(), (x * y) as usize).prop_map(move |values| {
            let axis = |n| Axis::new(-1.0, 1.0, n).expect("an axis");
            of_values(Grid { x: axis(x), y: axis(y) }, values)
        })
    })
}

fn any_options() -> impl Strategy<Value = Options> {
    let cut = prop_oneof![Just(Cut::Auto), Just(Cut::Off), (0.1_f32..15.0).prop_map(Cut::At)];
    let length = || prop_oneof![1.0..10_000.0, Just(1.0), Just(10_000.0), Just(100.0)];
    let base = prop_oneof![0.1..100.0, Just(0.1), Just(100.0)];
    (cut, any::<bool>(), [length(), length(), length()], base).prop_map(
        |(cut, is_log, [width_mm, depth_mm, height_mm], base_mm)| Options {
            field: None,
            cut,
            is_log,
            size: Size { width_mm, depth_mm, height_mm, base_mm },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_surface_with_a_triangle_is_a_closed_solid(
        surface in any_surface(), options in any_options(),
    ) {
        let grid = surface.grid();
        let is_there = |i, j| !surface.main_field().values()[grid.index(i, j)].is_nan();
        let has_triangle = (1..grid.x.len()).any(|i| (1..grid.y.len()).any(|j| {
            is_there(i - 1, j - 1) && is_there(i, j) && (is_there(i, j - 1) || is_there(i - 1, j))
        }));
        if has_triangle {
            let triangles = solid(&surface, &options);
            prop_assert_eq!(flaw(&triangles), None);
            let Size { width_mm, depth_mm, height_mm, base_mm } = options.size;
            let whole = width_mm * depth_mm * (base_mm + height_mm);
            let share = volume(&triangles) / whole;
            prop_assert!(0.0 < share && share < 1.0 + 1e-5, "{}", share);
        } else if let Err(error) = write(&surface, Shape::Stl, &options) {
            prop_assert!(matches!(error, SurfaceError::Invalid(_)), "{}", error);
        }
    }
}
