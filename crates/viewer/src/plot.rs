//! The box that the surfaces stand in: data to world space and back.
//!
//! Every axis fills the box, whatever its unit: alpha is x and beta is y, from -1 to 1; the height
//! is z, from the floor at -[`Plot::half_height`] to the top at +[`Plot::half_height`]. Surfaces
//! shown together share the box, so that one place in it means one thing.

use crate::{
    camera::Viewport,
    scale::{Extent, Scale},
    sheet::{Sheet, drawn_ends},
};
use cgmath::{Point3, Vector3};

/// Half the height of the box, in world units, its half width being 1: this on a canvas wider than
/// high, more on a higher one (a phone's), so that the box fills it.
const HALF_HEIGHT: f32 = 0.62;
const MAX_HALF_HEIGHT: f32 = 0.86;

/// How far below the middle of the box the map lies, in half heights; as in surface.vert.
const MAP_DEPTH: f32 = 1.9;

/// The width of a surface of a single row or column, as a share of the box.
const RIBBON_SHARE: f64 = 0.03;

/// The axes shared by all surfaces shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Smallest and largest alpha.
    pub alpha: (f64, f64),
    /// Smallest and largest beta.
    pub beta: (f64, f64),
    /// The heights.
    pub scale: Scale,
    /// Half the height of the box, in world units.
    pub half_height: f32,
    /// The loss of guessing, where it is to be told.
    pub guessing: Option<f32>,
    /// Whether a map of contour lines lies below the box.
    pub has_map: bool,
}

/// Where a sheet's grid lies in the box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// x of the first and the last column.
    pub x: (f32, f32),
    /// y of the first and the last row.
    pub y: (f32, f32),
    /// z of heights 0 and 1.
    pub z: (f32, f32),
}

impl Plot {
    /// The box of these sheets on a canvas, with everything above `cut` cut.
    pub fn new<'a>(
        sheets: impl Iterator<Item = &'a Sheet> + Clone,
        cut: Option<f32>,
        wants_log: bool,
        viewport: &Viewport,
    ) -> Self {
        let grids = || sheets.clone().map(|sheet| sheet.surface().grid());
        let extent = sheets.clone().filter_map(Sheet::extent).reduce(Extent::union);
        Self {
            alpha: span(grids().map(|grid| (grid.x.first(), grid.x.last()))),
            beta: span(grids().map(|grid| (grid.y.first(), grid.y.last()))),
            scale: Scale::new(extent, cut, wants_log),
            half_height: half_height(viewport),
            guessing: None,
            has_map: false,
        }
    }

    /// z of the map below the box; without one, of the floor.
    pub fn lowest(&self) -> f32 {
        lowest(self.half_height, self.has_map)
    }

    /// Where a point of the data is in world space.
    pub fn world(&self, alpha: f64, beta: f64, height: f32) -> Point3<f32> {
        let place = |value: f64, (first, last): (f64, f64)| {
            (2.0 * (value - first) / (last - first) - 1.0) as f32
        };
        Point3::new(
            place(alpha, self.alpha),
            place(beta, self.beta),
            (2.0 * height - 1.0) * self.half_height,
        )
    }

    /// Where a sheet's grid lies.
    pub fn footprint(&self, sheet: &Sheet) -> Footprint {
        let grid = sheet.surface().grid();
        let ribbon = |(first, last): (f64, f64)| (last - first) * RIBBON_SHARE / 2.0;
        let (alpha0, alpha1) = drawn_ends(&grid.x, ribbon(self.alpha));
        let (beta0, beta1) = drawn_ends(&grid.y, ribbon(self.beta));
        let (first, last) = (self.world(alpha0, beta0, 0.0), self.world(alpha1, beta1, 0.0));
        Footprint {
            x: (first.x, last.x),
            y: (first.y, last.y),
            z: (-self.half_height, self.half_height),
        }
    }
}

/// The eight corners of the box on a canvas, with the map below it if there is one.
pub fn corners(viewport: &Viewport, has_map: bool) -> [Point3<f32>; 8] {
    let half_height = half_height(viewport);
    let z = [lowest(half_height, has_map), half_height];
    std::array::from_fn(|i| {
        let end = |bit: usize| if i >> bit & 1 == 0 { -1.0 } else { 1.0 };
        Point3::new(end(0), end(1), z[i >> 2])
    })
}

fn lowest(half_height: f32, has_map: bool) -> f32 {
    if has_map { -MAP_DEPTH * half_height } else { -half_height }
}

fn half_height(viewport: &Viewport) -> f32 {
    let [_, _, width, height] = viewport.free();
    (HALF_HEIGHT * height / width).clamp(HALF_HEIGHT, MAX_HALF_HEIGHT)
}

/// From the smallest to the largest of all ends; one value alone gets some room on both sides,
/// and nothing at all is -1 to 1.
pub(crate) fn span(ends: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    match ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) {
        None => (-1.0, 1.0),
        Some((first, last)) if first < last => (first, last),
        Some((only, _)) => {
            let room = (only.abs() / 2.0).max(0.5);
            (only - room, only + room)
        }
    }
}

impl Footprint {
    /// A place or direction of the world in a sheet's grid: column, row, height.
    pub fn grid_from_world(&self, sheet: &Sheet, world: Point3<f32>) -> [f64; 3] {
        let [column, row, height] =
            self.grid_direction(sheet, world - Point3::new(self.x.0, self.y.0, self.z.0));
        [column, row, height]
    }

    /// A direction of the world in a sheet's grid: columns, rows, heights.
    pub fn grid_direction(&self, sheet: &Sheet, world: Vector3<f32>) -> [f64; 3] {
        let cells = |n: usize, (first, last): (f32, f32)| (n - 1) as f64 / f64::from(last - first);
        [
            f64::from(world.x) * cells(sheet.n_columns(), self.x),
            f64::from(world.y) * cells(sheet.n_rows(), self.y),
            f64::from(world.z) / f64::from(self.z.1 - self.z.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::surface;

    const CANVAS: Viewport = Viewport {
        width: 1280.0,
        height: 720.0,
        pixel_ratio: 1.0,
        insets: [0.0; 4],
        legend: [[0.0; 4]; 2],
    };

    fn sheet(x: &str, y: &str) -> Sheet {
        let grid_len = |axis: &str| axis.rsplit(':').next().and_then(|n| n.parse().ok());
        let n = grid_len(x).unwrap_or(0_usize) * grid_len(y).unwrap_or(0_usize);
        let values = (0..n).map(|i| i as f32).collect();
        Sheet::new(surface(x, y, &[("train_loss", values)]))
    }

    #[test]
    fn axes_span_all_surfaces_shown() {
        let sheets = [sheet("-1:2:7", "-0.5:0.5:5"), sheet("-2:1:4", "0:0.25:2")];
        let plot = Plot::new(sheets.iter(), Some(10.0), false, &CANVAS);
        assert_eq!((plot.alpha, plot.beta), ((-2.0, 2.0), (-0.5, 0.5)));
        assert_eq!((plot.scale.lo, plot.scale.hi), (0.0, 10.0));
        assert_eq!(plot.world(2.0, 0.0, 1.0), Point3::new(1.0, 0.0, HALF_HEIGHT));
        assert_eq!(
            plot.footprint(&sheets[0]),
            Footprint { x: (-0.5, 1.0), y: (-1.0, 1.0), z: (-HALF_HEIGHT, HALF_HEIGHT) }
        );
    }

    #[test]
    fn the_box_is_higher_on_a_phone_but_not_without_end() {
        let height = |height| half_height(&Viewport { width: 400.0, height, ..CANVAS });
        assert_eq!([height(300.0), height(400.0), height(4000.0)], [0.62, 0.62, 0.86]);
        assert!(height(480.0) > 0.7 && height(480.0) < 0.8);
    }

    #[test]
    fn grid_coordinates_invert_the_footprint() {
        let sheets = [sheet("-1:2:7", "-0.5:0.5:5")];
        let plot = Plot::new(sheets.iter(), None, false, &CANVAS);
        let world = plot.world(0.5, 0.25, 0.75);
        let grid = plot.footprint(&sheets[0]).grid_from_world(&sheets[0], world);
        for (found, expected) in grid.into_iter().zip([3.0, 3.0, 0.75]) {
            assert!((found - expected).abs() < 1e-5, "{grid:?}");
        }
    }

    #[test]
    fn a_single_point_has_a_box_and_a_place_in_it() {
        let sheets = [sheet("0.1:0.1:1", "3:3:1")];
        let plot = Plot::new(sheets.iter(), None, false, &CANVAS);
        assert_eq!((plot.alpha, plot.beta), ((-0.4, 0.6), (1.5, 4.5)));
        let footprint = plot.footprint(&sheets[0]);
        assert!(footprint.x.0 < 0.0 && footprint.x.1 > 0.0 && footprint.x.1 < 0.1);
        assert_eq!(Plot::new(sheets[..0].iter(), None, true, &CANVAS).alpha, (-1.0, 1.0));
    }
}
