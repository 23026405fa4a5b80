//! Pictures and laws of the top view.

use super::*;
use crate::color::ColorMap;
use crate::drawing::{Image, Text, TextRole};
use crate::scale::Extent;

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;
const VIRIDIS: Look = Look::Filled(Ramp::Map(ColorMap::Viridis));

fn grid(x: &str, y: &str) -> Grid {
    Grid { x: x.parse().expect("an axis"), y: y.parse().expect("an axis") }
}

fn over(grid: &Grid, of: impl Fn(f64, f64) -> f64) -> Vec<f32> {
    let points = (0..grid.n_points() as usize).map(|index| grid.point(index));
    points.map(|(alpha, beta)| of(alpha, beta) as f32).collect()
}

fn bowl(grid: &Grid) -> Vec<f32> {
    over(grid, |alpha, beta| 10.0 * (alpha * alpha + beta * beta))
}

fn layer<'a>(grid: &'a Grid, values: &'a [f32], look: Look) -> Layer<'a> {
    Layer { name: "Bowl", grid, values, is_noise: None, look }
}

fn plot(grid: &Grid, values: &[f32], size: [f32; 2]) -> ContourPlot {
    let scale = Scale::new(Extent::of(values), Some(10.0), false);
    ContourPlot::new(&[layer(grid, values, VIRIDIS)], &scale, size, &Marks::default())
}

/// All shapes, those within a clipped one instead of it.
fn flat(shapes: &[Shape]) -> Vec<&Shape> {
    let parts = shapes.iter().map(|shape| match shape {
        Shape::Clipped(_, within) => flat(within),
        other => vec![other],
    });
    parts.flatten().collect()
}

fn texts(plot: &ContourPlot, is_level: bool) -> Vec<&Text> {
    let texts = flat(&plot.drawing.shapes).into_iter().filter_map(|shape| match shape {
        Shape::Text(text) if (text.role == TextRole::Level) == is_level => Some(text),
        _ => None,
    });
    texts.collect()
}

/// The lines of each level, within the first clipped shape.
fn level_lines(plot: &ContourPlot) -> Vec<&Vec<Line>> {
    let clipped = plot.drawing.shapes.iter().find_map(|shape| match shape {
        Shape::Clipped(_, within) => Some(within),
        _ => None,
    });
    let paths = clipped.expect("lines").iter().filter_map(|shape| match shape {
        Shape::Path { lines, .. } => Some(lines),
        _ => None,
    });
    paths.collect()
}

fn pixel(image: &Image, plot: &ContourPlot, alpha: f64, beta: f64) -> [u8; 4] {
    let [left, top, right, bottom] = image.rect;
    let [x, y] = plot.px_from_plane(alpha, beta);
    let n_rows = image.rgba.len() as u32 / 4 / image.n_columns;
    let column = ((x - left) / (right - left) * image.n_columns as f32) as u32;
    let row = ((y - top) / (bottom - top) * n_rows as f32) as u32;
    let index = 4 * (row.min(n_rows - 1) * image.n_columns + column.min(image.n_columns - 1));
    image.rgba[index as usize..][..4].try_into().expect("four bytes")
}

#[test]
fn a_bowl_has_one_line_a_level_and_every_fifth_says_its_value() {
    let grid = grid("-1:1:51", "-1:1:51");
    let values = bowl(&grid);
    let plot = plot(&grid, &values, [720.0, 720.0]);
    // 0.4 to 10 in steps of 0.4; at 0 there is nothing below.
    let levels = level_lines(&plot);
    assert_eq!(levels.len(), 25);
    let rings = levels.iter().filter(|lines| lines[0].is_ring).count();
    assert_eq!(rings, 25 - 5, "a strong line is open where its label stands");
    let labels = texts(&plot, true);
    for value in ["2", "4", "6", "8"] {
        assert!(labels.iter().any(|label| label.text == value), "{value}: {labels:?}");
    }
    for label in labels {
        let [alpha, beta] = plot.plane_from_px(label.at).expect("in the plane");
        let expected: f64 = label.text.parse().expect("a number");
        let found = grid.sample(&values, alpha, beta).expect("in the grid");
        assert!((found - expected).abs() < 0.1, "{label:?} stands at {found}");
        assert!(label.angle.abs() <= 90.0, "upright");
    }
}

#[test]
fn levels_are_those_of_the_scale_and_written_like_its_ticks() {
    let extent = Extent::of(&[0.007, 276.0]);
    for (scale, n_strong) in
        [(Scale::new(extent, Some(10.0), false), 6), (Scale::new(extent, Some(10.0), true), 5)]
    {
        let levels = levels(&scale);
        let strong: Vec<_> = levels.iter().filter(|level| level.is_strong).collect();
        assert_eq!(strong.len(), n_strong);
        assert_eq!(levels.len(), 5 * (n_strong - 1) + 1);
        for (height, text) in scale.ticks(5) {
            let level = strong.iter().find(|level| level.text == text).expect("a level a tick");
            assert!((level.height - height).abs() < 1e-4, "{text}");
        }
    }
}

#[test]
fn labels_keep_off_each_other_and_off_marks() {
    let grid = grid("-1:1:51", "-1:1:51");
    let wavy = |shift: f64| {
        over(&grid, |alpha, beta| {
            5.0 + 3.0 * (4.0 * alpha + shift).sin() * (3.0 * beta).cos() + 2.0 * alpha * beta
        })
    };
    let [a, b] = [wavy(0.0), wavy(0.7)];
    let scale = Scale::new(Extent::of(&a), None, false);
    let minima = [[-0.4, 0.0], [0.6, 0.3]];
    let marks = Marks { minima: &minima, ..Marks::default() };
    for side in [240.0, 340.0, 720.0, 1300.0] {
        for looks in [[VIRIDIS; 2], [Look::Plain([230, 159, 0]), Look::Plain([0, 158, 115])]] {
            let layers = [layer(&grid, &a, looks[0]), layer(&grid, &b, looks[1])];
            let plot = ContourPlot::new(&layers, &scale, [side, side], &marks);
            let labels = texts(&plot, true);
            assert!(labels.len() > 3 || side < 300.0, "{side}: {labels:?}");
            for (n, label) in labels.iter().enumerate() {
                let all_apart = |other: &[[f32; 2]], least: f32| {
                    let pairs =
                        spine(label).into_iter().flat_map(|p| other.iter().map(move |q| (p, *q)));
                    pairs.into_iter().all(|(p, q)| distance(p, q) >= least)
                };
                for other in &labels[..n] {
                    assert!(all_apart(&spine(other), 11.0), "{side}: {label:?} {other:?}");
                }
                for [alpha, beta] in minima.into_iter().chain([[0.0, 0.0]]) {
                    let mark = plot.px_from_plane(alpha, beta);
                    assert!(all_apart(&[mark], 9.0), "{side}: {label:?}");
                }
            }
        }
    }
}

/// Places along the middle of a label.
fn spine(label: &Text) -> Vec<[f32; 2]> {
    let (sin, cos) = label.angle.to_radians().sin_cos();
    let reach = (TextRole::Level.width(&label.text) / 2.0 - 5.5).max(0.0);
    let ways = [-1.0, 0.0, 1.0].map(|share| share * reach);
    ways.map(|way| [label.at[0] + way * cos, label.at[1] + way * sin]).to_vec()
}

#[test]
fn colours_are_of_heights_and_everything_else_can_be_told_apart() {
    let grid = grid("-1:1:21", "-1:1:21");
    let mut values = bowl(&grid);
    values[grid.index(5, 15)] = NAN;
    for (i, j) in (13..=17).flat_map(|i| (3..=7).map(move |j| (i, j))) {
        values[grid.index(i, j)] = INF;
    }
    let is_noise: Vec<bool> =
        (0..441).map(|index| grid.point(index).0 < -0.5 && grid.point(index).1 < 0.0).collect();
    let scale = Scale::new(Extent::of(&values), Some(10.0), false);
    let layer = Layer { is_noise: Some(&is_noise), ..layer(&grid, &values, VIRIDIS) };
    let plot = ContourPlot::new(&[layer], &scale, [600.0, 600.0], &Marks::default());
    let image = plot.drawing.images.first().expect("it is filled");
    let at = |alpha, beta| pixel(image, &plot, alpha, beta);
    let is_near = |found: [u8; 4], height: f64| {
        let [r, g, b] = ColorMap::Viridis.rgb(height);
        found.iter().zip([r, g, b, 255]).all(|(a, b)| a.abs_diff(b) <= 4)
    };
    assert!(is_near(at(0.0, 0.0), 0.0), "{:?}", at(0.0, 0.0));
    assert!(is_near(at(0.0, 0.7), 0.49), "{:?}", at(0.0, 0.7));
    assert_eq!(at(-0.5, 0.5)[3], 0, "a hole is bare");
    assert_eq!(at(0.99, 0.99), at(-0.99, 0.99), "what is cut has one grey");
    assert!((1..255).contains(&at(0.99, 0.99)[3]));
    let narrow = Scale { lo: 2.0, hi: 5.0, is_log: false, is_cut: true, is_cut_below: false };
    let narrow = ContourPlot::new(&[layer], &narrow, [600.0, 600.0], &Marks::default());
    let beyond = narrow.drawing.images.first().expect("it is filled");
    assert_eq!(pixel(beyond, &narrow, 0.0, 0.0), at(0.99, 0.99), "neither is what is too low");
    // Of a stripe's period of pixels some are stripes.
    let n_looks = |alpha: f64, beta: f64| {
        let mut looks: Vec<_> = (0..14).map(|k| at(alpha + 0.004 * f64::from(k), beta)).collect();
        looks.sort_unstable();
        looks.dedup_by(|a, b| a.iter().zip(b.iter()).all(|(a, b)| a.abs_diff(*b) < 16));
        looks.len()
    };
    assert_eq!(n_looks(0.45, -0.5), 2, "what overflowed is hatched");
    assert!(n_looks(-0.7, -0.3) > n_looks(-0.7, 0.3), "so is what may be noise");
}

#[test]
fn a_difference_is_grey_beyond_both_of_its_cuts() {
    let grid = grid("-1:1:21", "-1:1:21");
    let values = over(&grid, |alpha, _| 20.0 * alpha);
    let scale = Scale::symmetric(Extent::of(&values), Some(10.0));
    let layers = [layer(&grid, &values, Look::Filled(Ramp::Map(ColorMap::Diverging)))];
    let plot = ContourPlot::new(&layers, &scale, [400.0, 400.0], &Marks::default());
    let image = plot.drawing.images.first().expect("a filled plot");
    let at = |alpha: f64| pixel(image, &plot, alpha, 0.05);
    assert_eq!(at(-0.8), at(0.8), "one grey for what is cut");
    assert!(at(-0.45) != at(-0.8) && at(0.45) != at(0.8) && at(-0.45) != at(0.45));
}

#[test]
fn no_line_runs_across_a_hole() {
    let grid = grid("-1:1:41", "-1:1:41");
    let hole = |alpha: f64, beta: f64| (alpha - 0.3).hypot(beta) < 0.25;
    let values = over(
        &grid,
        |alpha, beta| {
            if hole(alpha, beta) { f64::NAN } else { 5.0 + 4.0 * beta + alpha }
        },
    );
    let plot = plot(&grid, &values, [500.0, 500.0]);
    let lines = level_lines(&plot);
    assert!(lines.iter().any(|lines| lines.len() > 1), "some end at the hole");
    for line in lines.into_iter().flatten() {
        for pair in line.points.windows(2) {
            for share in [0.0, 0.25, 0.5, 0.75] {
                let at = [0, 1].map(|k| pair[0][k] + (pair[1][k] - pair[0][k]) * share);
                let Some([alpha, beta]) = plot.plane_from_px(at) else { continue };
                assert!(!hole(alpha, beta), "{alpha} {beta}");
            }
        }
    }
}

#[test]
fn pixels_and_the_plane_invert_each_other() {
    let (square, wide) = (grid("-1:1:5", "-1:1:9"), grid("-1:3:5", "0:1:5"));
    for (grid, is_square) in [(square, true), (wide, false)] {
        let plot = plot(&grid, &bowl(&grid), [700.0, 400.0]);
        let [left, top, right, bottom] = plot.rect();
        let is_as_wide_as_high = (right - left - (bottom - top)).abs() < 0.01;
        assert_eq!(is_as_wide_as_high, is_square, "equal ranges have equal scales");
        assert!(left > 20.0 && right < 700.0 && top > 0.0 && bottom < 380.0);
        for (alpha, beta) in [(-0.9, 0.1), (0.0, 0.99), (0.5, 0.5)] {
            let found = plot.plane_from_px(plot.px_from_plane(alpha, beta)).expect("inside");
            assert!((found[0] - alpha).abs() < 1e-5 && (found[1] - beta).abs() < 1e-5);
        }
        assert_eq!(plot.plane_from_px([1.0, 1.0]), None);
    }
}

#[test]
fn surfaces_of_different_ranges_share_one_plane_and_a_legend_names_them() {
    let (small, large) = (grid("-0.5:0.5:11", "0:0.5:11"), grid("-1:0.5:16", "-1:0.25:26"));
    let (a, b) = (bowl(&small), bowl(&large));
    let layers = [(&small, &a, [230, 159, 0]), (&large, &b, [86, 180, 233])]
        .map(|(grid, values, rgb)| layer(grid, values, Look::Plain(rgb)));
    let scale = Scale::new(Extent::of(&b), None, false);
    let plot = ContourPlot::new(&layers, &scale, [500.0, 500.0], &Marks::default());
    assert!(plot.drawing.images.is_empty());
    let [left, top, right, bottom] = plot.rect();
    let near = |found: [f32; 2], expected: [f32; 2]| distance(found, expected) < 0.01;
    assert!(near(plot.px_from_plane(-1.0, -1.0), [left, bottom]));
    assert!(near(plot.px_from_plane(0.5, 0.5), [right, top]));
    let names = texts(&plot, false).iter().filter(|text| text.text == "Bowl").count();
    assert_eq!(names, 2);
}

#[test]
fn marks_stand_where_they_belong() {
    let grid = grid("-1:1:11", "-1:1:11");
    let path = lossland_surface::Trajectory::new("SGD", vec![0.9, 0.4, 0.0], vec![0.9, 0.1, 0.0]);
    let path = path.expect("a path");
    let marks = Marks {
        pin: Some([0.25, -0.75]),
        section: Some([[-1.0, 0.0], [1.0, 0.5]]),
        trajectories: &[&path],
        rolled: &[(&[[-0.6, 0.2], [-0.5, 0.15]], Paint::Accent)],
        minima: &[[0.1, 0.1]],
    };
    let values = bowl(&grid);
    let scale = Scale::new(Extent::of(&values), None, false);
    let layers = [layer(&grid, &values, VIRIDIS)];
    let plot = ContourPlot::new(&layers, &scale, [400.0, 400.0], &marks);
    let circles: Vec<[f32; 2]> = flat(&plot.drawing.shapes)
        .into_iter()
        .filter_map(|shape| match shape {
            Shape::Circle { at, .. } => Some(*at),
            _ => None,
        })
        .collect();
    for (alpha, beta) in
        [(0.0, 0.0), (0.25, -0.75), (-1.0, 0.0), (0.9, 0.9), (-0.6, 0.2), (-0.5, 0.15)]
    {
        let at = plot.px_from_plane(alpha, beta);
        assert!(circles.contains(&at), "{alpha} {beta}: {circles:?}");
    }
}

#[test]
fn odd_surfaces_and_sizes_have_a_plot_too() {
    let sizes = [[0.0, 0.0], [50.0, 2000.0], [340.0, 340.0]];
    for (x, y) in
        [("-1:1:5", "-1:1:5"), ("-1:1:5", "0:0:1"), ("3:3:1", "0:1:4"), ("0:0:1", "0:0:1")]
    {
        let grid = grid(x, y);
        let n = grid.n_points() as usize;
        let fields = [
            vec![NAN; n],
            vec![INF; n],
            vec![3.0; n],
            vec![0.0; n],
            vec![f32::MAX; n],
            bowl(&grid),
        ];
        for (values, size) in fields.iter().flat_map(|values| sizes.map(|size| (values, size))) {
            for (cut, is_log) in [(Some(10.0), false), (None, true)] {
                let scale = Scale::new(Extent::of(values), cut, is_log);
                let layers = [layer(&grid, values, VIRIDIS)];
                let plot = ContourPlot::new(&layers, &scale, size, &Marks::default());
                let texts: Vec<&str> =
                    texts(&plot, false).iter().map(|text| text.text.as_str()).collect();
                assert!(texts.contains(&"alpha") && texts.contains(&"beta"), "{texts:?}");
                let points = level_lines(&plot).into_iter().flatten().flat_map(|line| &line.points);
                assert!(points.flatten().all(|number| number.is_finite()));
            }
        }
    }
    let scale = Scale::new(None, None, false);
    let empty = ContourPlot::new(&[], &scale, [300.0, 300.0], &Marks::default());
    assert_eq!(
        empty.plane_from_px(empty.px_from_plane(0.0, 0.0)).map(|[a, _]| a.abs() < 1e-5),
        Some(true)
    );
}

#[test]
fn a_row_is_drawn_as_a_ribbon() {
    let row = grid("-1:1:5", "0:0:1");
    let plot = plot(&row, &[8.0, 2.0, 0.0, 2.0, 8.0], [300.0, 300.0]);
    let image = plot.drawing.images.first().expect("it is filled");
    assert_eq!(pixel(image, &plot, 0.5, 0.01)[3], 255);
    assert_eq!(pixel(image, &plot, 0.5, 0.2)[3], 0);
    assert!(!level_lines(&plot).is_empty());
}

#[test]
fn a_spike_of_one_point_under_a_pixel_has_its_ring() {
    let grid = grid("-1:1:1001", "-1:1:101");
    let mut values = vec![1.0; 101_101];
    values[grid.index(613, 27)] = 9.0;
    let plot = plot(&grid, &values, [340.0, 340.0]);
    assert!(level_lines(&plot).iter().flat_map(|lines| lines.iter()).count() >= 5);
}
