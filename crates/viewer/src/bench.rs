//! What the page shows with `?bench=1`: surfaces in a world and under a camera that are agreed on, so
//! that another page can draw and pick the very same beside it.
//!
//! Alpha and beta run from -1 to 1 from their first to their last value; up is
//! `min(loss, 20) / 10 - 1`, cut at the grid points. There is no box, no label and no cut of the
//! page's own. What is drawn, shaded and picked is so by the page's ordinary means.

use crate::{
    camera::{Camera, along},
    color::{ColorMap, Ramp, surface_color},
    picture::{Drawn, Pane, Picture, Subject},
    plot::Footprint,
    reading::Row,
    scale::Scale,
    sheet::Sheet,
    style::Light,
    ticks::value_text,
};
use cgmath::{EuclideanSpace as _, Matrix4, Point3, Vector3, frustum};
use lossland_surface::{Field, FieldKind, Grid, Ray, Surface, SurfaceError};
use std::rc::Rc;

/// Losses above are drawn here.
const CUT: f32 = 20.0;
/// Heights 0 and 1 lie beyond all losses, so that nothing is at the top of a box, where the page
/// draws the edge of what it cuts.
const SCALE: Scale =
    Scale { lo: -1.0, hi: 21.0, is_log: false, is_cut: false, is_cut_below: false };
const HALF_HEIGHT: f32 = 1.1;
const FOOTPRINT: Footprint =
    Footprint { x: (-1.0, 1.0), y: (-1.0, 1.0), z: (-HALF_HEIGHT, HALF_HEIGHT) };

/// Of half of the field of view, 45 degrees.
const HALF_VIEW_TAN: f32 = std::f32::consts::SQRT_2 - 1.0;
const NEAR: f32 = 0.1;
const FAR: f32 = 40.0;
const DISTANCE: f32 = 4.33;
const ELEVATION_DEG: f32 = 30.0;
const DEG_PER_FRAME: f64 = 3.0;

/// The surfaces, overlaid, as one frame shows them.
#[derive(Debug)]
pub struct Bench {
    surfaces: Vec<Shown>,
    /// The same, as they are drawn.
    drawn: Rc<[Drawn]>,
    /// Width and height of the canvas, in CSS pixels.
    pub canvas: [f32; 2],
    /// Device pixels for a CSS pixel.
    pub pixel_ratio: f32,
    view: View,
    /// Along the camera's axes.
    light: [f32; 3],
}

/// How one frame is looked at.
#[derive(Clone, Copy, Debug)]
struct View {
    frame: f64,
    eye: Point3<f32>,
    /// Of the camera.
    axes: [Vector3<f32>; 3],
}

#[derive(Debug)]
struct Shown {
    name: String,
    /// As the data has them, row-major `[beta][alpha]`.
    losses: Vec<f32>,
    /// Of the losses up to the cut.
    sheet: Rc<Sheet>,
}

/// A place on a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The surface's number among those shown.
    pub index: usize,
    /// Along the first direction.
    pub alpha: f64,
    /// Along the second.
    pub beta: f64,
    /// The data's loss there, not cut, between grid points interpolated.
    pub loss: f64,
    /// The place in world space.
    pub world: Point3<f32>,
}

impl Default for Bench {
    fn default() -> Self {
        let view = View::of_frame(0.0);
        Self {
            surfaces: Vec::new(),
            drawn: Rc::default(),
            canvas: [1.0; 2],
            pixel_ratio: 1.0,
            view,
            light: Light::default().direction(),
        }
    }
}

impl Bench {
    /// Adds a surface of these losses, row-major `[beta][alpha]`.
    ///
    /// # Errors
    /// If there is not one loss for each grid point, or one is -infinity.
    pub fn add(&mut self, name: String, grid: Grid, losses: Vec<f32>) -> Result<(), SurfaceError> {
        // Comparing leaves NaN, a hole, as it is.
        let cut = losses.iter().map(|loss| if *loss > CUT { CUT } else { *loss }).collect();
        let field = Field::new(FieldKind::TrainLoss, cut)?;
        let sheet = Sheet::new(Surface::new("bench", "Bench", grid, vec![field])?);
        self.surfaces.push(Shown { name, losses, sheet: Rc::new(sheet) });
        self.drawn = self.all_drawn();
        Ok(())
    }

    /// The number of the frame, which turns the camera.
    pub fn frame(&self) -> f64 {
        self.view.frame
    }

    /// Goes to another frame.
    pub fn set_frame(&mut self, frame: f64) {
        self.view = View::of_frame(frame);
    }

    /// The names of the surfaces, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.surfaces.iter().map(|shown| shown.name.as_str())
    }

    /// What each surface says at a place, alpha and beta.
    pub fn rows(&self, [alpha, beta]: [f64; 2]) -> Vec<Row> {
        let row = |(index, Shown { name, losses, sheet }): (usize, &Shown)| {
            let loss = sheet.surface().grid().sample(losses, alpha, beta);
            Row {
                subject: Subject::Surface(index),
                swatch: self.hue(index),
                name: name.clone(),
                text: loss.map_or_else(|| "outside its grid".into(), value_text),
            }
        };
        self.surfaces.iter().enumerate().map(row).collect()
    }

    /// The colour that tells a surface from the others; `None` where there is only one.
    fn hue(&self, index: usize) -> Option<[u8; 3]> {
        (self.surfaces.len() > 1).then(|| surface_color(index))
    }

    /// What is drawn.
    pub fn picture(&self) -> Picture {
        let canvas_px =
            self.canvas.map(|length| (length * self.pixel_ratio).round().max(1.0) as u32);
        Picture {
            canvas_px,
            pixel_ratio: self.pixel_ratio,
            light_intensity: Light::default().intensity,
            is_wireframe: false,
            has_contours: true,
            has_floor_map: false,
            panes: vec![Pane {
                rect_px: [0, 0, canvas_px[0], canvas_px[1]],
                clip_from_world: self.clip_from_world(),
                light_direction: along(self.view.axes, self.light),
                half_height: HALF_HEIGHT,
                lines: Vec::new(),
                surfaces: self.drawn.clone(),
            }],
        }
    }

    /// The surfaces as they are drawn.
    fn all_drawn(&self) -> Rc<[Drawn]> {
        let surfaces = self.surfaces.iter().enumerate();
        let drawn = surfaces.map(|(index, shown)| {
            let hue = self.hue(index);
            Drawn {
                subject: Subject::Surface(index),
                sheet: shown.sheet.clone(),
                scale: SCALE,
                footprint: FOOTPRINT,
                ramp: hue.map_or(Ramp::Map(ColorMap::default()), Ramp::Hue),
                colors: None,
                hatched: None,
                opacity: 1.0,
                rim: hue,
                line_strides: [1, 1],
            }
        });
        drawn.collect()
    }

    /// What is in front at a point of the canvas, in CSS pixels.
    pub fn pick(&self, at: [f32; 2]) -> Option<Pick> {
        let (eye, direction) = self.ray(at);
        let mut nearest: Option<(f64, Pick)> = None;
        for (index, Shown { losses, sheet, .. }) in self.surfaces.iter().enumerate() {
            let ray = Ray {
                origin: FOOTPRINT.grid_from_world(sheet, eye),
                direction: FOOTPRINT.grid_direction(sheet, direction),
            };
            let Some(hit) = sheet.height_field(&SCALE).first_hit(&ray, 0.0) else { continue };
            if nearest.is_some_and(|(t, _)| t <= hit.t) {
                continue;
            }
            let grid = sheet.surface().grid();
            let Some(loss) = grid.sample_at(losses, hit.column, hit.row) else { continue };
            let alpha = grid.x.first() + hit.column * grid.x.step();
            let beta = grid.y.first() + hit.row * grid.y.step();
            let world = eye + direction * hit.t as f32;
            nearest = Some((hit.t, Pick { index, alpha, beta, loss, world }));
        }
        nearest.map(|(_, pick)| pick)
    }

    /// Where a point of the world is on the canvas, in CSS pixels.
    pub fn project(&self, world: Point3<f32>) -> [f32; 2] {
        let clip = self.clip_from_world() * world.to_homogeneous();
        let [x, y] = [clip.x / clip.w, clip.y / clip.w];
        [(1.0 + x) / 2.0 * self.canvas[0], (1.0 - y) / 2.0 * self.canvas[1]]
    }

    fn clip_from_world(&self) -> Matrix4<f32> {
        let top = NEAR * HALF_VIEW_TAN;
        let right = top * self.canvas[0] / self.canvas[1];
        let lens = frustum(-right, right, -top, top, NEAR, FAR);
        lens * Matrix4::look_at_rh(self.view.eye, Point3::origin(), Vector3::unit_z())
    }

    /// The ray from the eye through a point of the canvas: origin and direction, in world space.
    fn ray(&self, [x, y]: [f32; 2]) -> (Point3<f32>, Vector3<f32>) {
        let View { eye, axes: [right, up, back], .. } = self.view;
        let [width, height] = self.canvas;
        // World units for a CSS pixel at a distance of 1.
        let per_px = 2.0 * HALF_VIEW_TAN / height;
        let [across, upward] = [(x - width / 2.0) * per_px, (height / 2.0 - y) * per_px];
        (eye, right * across + up * upward - back)
    }
}

impl View {
    fn of_frame(frame: f64) -> Self {
        let camera = Camera {
            azimuth: (frame * DEG_PER_FRAME).rem_euclid(360.0).to_radians() as f32,
            elevation: ELEVATION_DEG.to_radians(),
            distance: DISTANCE,
            target: Point3::origin(),
        };
        let axes = camera.axes();
        Self { frame, eye: Point3::from_vec(axes[2] * DISTANCE), axes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cgmath::InnerSpace as _;

    /// Of one surface over 3 x 2 points, alpha 0 to 4 and beta 10 to 11.
    fn bench(losses: [f32; 6]) -> Bench {
        let grid =
            Grid { x: "0:4:3".parse().expect("an axis"), y: "10:11:2".parse().expect("an axis") };
        let mut bench = Bench { canvas: [800.0, 600.0], ..Bench::default() };
        bench.add("one".into(), grid, losses.into()).expect("six losses");
        bench
    }

    #[test]
    fn frame_0_looks_from_where_it_was_agreed() {
        let bench = bench([10.0; 6]);
        let eye = bench.view.eye;
        let expected = Point3::new(4.33 * 0.75_f32.sqrt(), 0.0, 4.33 / 2.0);
        assert!((eye - expected).magnitude() < 1e-5, "{eye:?}");
        assert_eq!(bench.project(Point3::origin()), [400.0, 300.0]);
        // The top of the view at the distance of the origin; beta, to the left of alpha, is right
        // of an eye on the alpha axis.
        let half = 4.33 * 22.5_f32.to_radians().tan();
        let up = Vector3::new(-0.5, 0.0, 0.75_f32.sqrt()) * half;
        let [x, y] = bench.project(Point3::from_vec(up));
        assert!((x - 400.0).abs() < 1e-2 && y.abs() < 1e-2, "{x} {y}");
        let [x, y] = bench.project(Point3::new(0.0, half, 0.0));
        assert!((x - 700.0).abs() < 1e-2 && (y - 300.0).abs() < 1e-2, "{x} {y}");
    }

    #[test]
    fn a_frame_turns_by_3_degrees_towards_beta() {
        let mut later = bench([10.0; 6]);
        later.set_frame(30.0);
        let eye = later.view.eye;
        assert!(eye.x.abs() < 1e-5 && (eye.y - 4.33 * 0.75_f32.sqrt()).abs() < 1e-5, "{eye:?}");
        later.set_frame(120.0 + 30.0);
        assert!((later.view.eye - eye).magnitude() < 1e-5);
    }

    #[test]
    fn a_pick_reads_the_data() {
        // A plane, so that between the points, too, the value is known.
        let bench = bench([2.0, 6.0, 10.0, 5.0, 9.0, 13.0]);
        for [column, row] in [[1.0, 0.5], [0.25, 0.125], [1.75, 0.75]] {
            let loss = 2.0 + 4.0 * column + 3.0 * row;
            let world = Point3::new(column - 1.0, 2.0 * row - 1.0, loss / 10.0 - 1.0);
            let pick = bench.pick(bench.project(world)).expect("a hit");
            let expected = [2.0 * column, 10.0 + row, loss];
            for (found, expected) in [pick.alpha, pick.beta, pick.loss].into_iter().zip(expected) {
                assert!((found - f64::from(expected)).abs() < 1e-3, "{pick:?} {expected:?}");
            }
            assert!((pick.world - world).magnitude() < 1e-3, "{pick:?} {world:?}");
        }
        assert_eq!(bench.pick([2.0, 2.0]), None);
    }

    #[test]
    fn what_is_above_20_is_drawn_at_20_and_told_as_it_is() {
        let bench = bench([20.0, 20.0, f32::INFINITY, 60.0, 60.0, 60.0]);
        let flat = &bench.surfaces[0].sheet.heights(&SCALE);
        assert!(flat.iter().all(|height| *height == SCALE.height(20.0)), "{flat:?}");
        let pick = bench.pick(bench.project(Point3::new(-0.5, 0.0, 1.0))).expect("a hit");
        assert!((pick.loss - 40.0).abs() < 0.1, "{pick:?}");
    }

    #[test]
    fn the_surface_in_front_is_found_and_holes_are_looked_through() {
        let mut bench = bench([5.0; 6]);
        let grid = *bench.surfaces[0].sheet.surface().grid();
        let holed = vec![15.0, 15.0, f32::NAN, 15.0, 15.0, f32::NAN];
        bench.add("two".into(), grid, holed).expect("six losses");
        let index = |x: f32, up: f32| {
            bench.pick(bench.project(Point3::new(x, 0.1, up))).map(|pick| pick.index)
        };
        assert_eq!([index(-0.5, 0.5), index(0.9, -0.5)], [Some(1), Some(0)]);
        assert!(bench.names().eq(["one", "two"]));
        assert_eq!(bench.picture().panes[0].surfaces.len(), 2);
    }

    #[test]
    fn losses_that_do_not_fit_are_refused() {
        let mut bench = bench([5.0; 6]);
        let grid = *bench.surfaces[0].sheet.surface().grid();
        assert!(bench.add("short".into(), grid, vec![1.0; 5]).is_err());
        assert_eq!(bench.names().count(), 1);
    }
}
