//! The orbit camera: where the eye is, what it sees of the page's canvas, and back.
//!
//! World space is right-handed with z up: alpha along x and beta along y, both -1 to 1, the loss
//! along z (see [`crate::plot`]). A screen point is in CSS pixels from the canvas's upper left.

use cgmath::{
    EuclideanSpace, InnerSpace, Matrix4, Point3, SquareMatrix, Vector3, Vector4, perspective,
};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Vertical field of view over the free part of the canvas.
const FIELD_OF_VIEW_RAD: f32 = 30.0 * PI / 180.0;
const MIN_DISTANCE: f32 = 0.6;
const MAX_DISTANCE: f32 = 40.0;
/// The scene lies within this distance of the origin.
const SCENE_RADIUS: f32 = 2.2;
/// Straight down is a view like any other, but "up" needs a rest of slope to be defined.
const MAX_ELEVATION_RAD: f32 = FRAC_PI_2 - 1e-3;

/// The canvas, and the part of it that no panel covers. All in CSS pixels but the ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width of the canvas.
    pub width: f32,
    /// Height of the canvas.
    pub height: f32,
    /// Device pixels for a CSS pixel.
    pub pixel_ratio: f32,
    /// What is covered at the top, right, bottom and left.
    pub insets: [f32; 4],
    /// Left, top, right and bottom of the legend's name and of its scale, which no label may run
    /// into.
    pub legend: [[f32; 4]; 2],
}

impl Viewport {
    /// Left, top, width and height of the part that nothing covers; never empty.
    pub fn free(&self) -> [f32; 4] {
        let [top, right, bottom, left] = self.insets;
        [left, top, (self.width - left - right).max(1.0), (self.height - top - bottom).max(1.0)]
    }
}

impl Default for Viewport {
    fn default() -> Self {
        Self { width: 1.0, height: 1.0, pixel_ratio: 1.0, insets: [0.0; 4], legend: [[0.0; 4]; 2] }
    }
}

/// A view that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Straight down.
    Top,
    /// Along beta, level.
    Front,
    /// Along alpha, level.
    Side,
    /// Alike along all three axes.
    Isometric,
}

/// An eye that circles a target at a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// From the alpha axis towards the beta axis, in radians, -pi to pi.
    pub azimuth: f32,
    /// Above the plane of alpha and beta, in radians, at most a right angle up or down.
    pub elevation: f32,
    /// From the target, in world units.
    pub distance: f32,
    /// What is looked at, in world space.
    pub target: Point3<f32>,
}

impl Camera {
    /// The first view: azimuth 35 degrees, elevation 28 (up to 40 where the canvas is higher than
    /// wide, to fill it), at a distance and a place where the `corners` of what is shown fill the
    /// free part of the canvas but for `margins` (in CSS pixels, at the top, right, bottom and left).
    pub fn first_view(viewport: &Viewport, corners: &[Point3<f32>], margins: [f32; 4]) -> Self {
        let [_, _, width, height] = viewport.free();
        let mut camera = Self {
            azimuth: 35_f32.to_radians(),
            elevation: (28.0 * height / width).clamp(28.0, 40.0).to_radians(),
            distance: MAX_DISTANCE,
            target: Point3::origin(),
        };
        camera.fit(viewport, corners, margins);
        camera
    }

    /// Moves along and across the line of sight until `corners` fill the free part within margins.
    fn fit(&mut self, viewport: &Viewport, corners: &[Point3<f32>], margins: [f32; 4]) {
        let within = std::array::from_fn(|i| viewport.insets[i] + margins[i]);
        let [left, top, width, height] = Viewport { insets: within, ..*viewport }.free();
        let bounds = |camera: &Self| {
            let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
            for [x, y] in corners.iter().filter_map(|&corner| camera.project(viewport, corner)) {
                bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
            }
            bounds
        };
        // What is off the line of sight looks a little larger, so that centring changes the size.
        for _ in 0..3 {
            let (mut near, mut far) = (MIN_DISTANCE + SCENE_RADIUS, MAX_DISTANCE);
            for _ in 0..24 {
                self.distance = f32::midpoint(near, far);
                let [x0, y0, x1, y1] = bounds(self);
                if x1 - x0 > width || y1 - y0 > height {
                    near = self.distance;
                } else {
                    far = self.distance;
                }
            }
            let [x0, y0, x1, y1] = bounds(self);
            let off_x = f32::midpoint(x0, x1) - (left + width / 2.0);
            let off_y = f32::midpoint(y0, y1) - (top + height / 2.0);
            if off_x.is_finite() && off_y.is_finite() {
                self.pan(viewport, -off_x, -off_y);
            }
        }
    }

    /// Whether both views can't be told apart.
    pub fn is_close(&self, other: &Self) -> bool {
        let turns = [self.azimuth - other.azimuth, self.elevation - other.elevation];
        let moves = self.target - other.target;
        let off = [turns[0], turns[1], self.distance - other.distance, moves.x, moves.y, moves.z];
        off.iter().all(|off| off.abs() < 1e-4)
    }

    /// Where the eye is, in world space.
    pub fn eye(&self) -> Point3<f32> {
        self.target + self.axes()[2] * self.distance
    }

    /// Of length 1, in world space: to the right of the screen, to its top, and back to the eye.
    pub fn axes(&self) -> [Vector3<f32>; 3] {
        let (sin_a, cos_a) = self.azimuth.sin_cos();
        let (sin_e, cos_e) = self.elevation.sin_cos();
        let right = Vector3::new(-sin_a, cos_a, 0.0);
        let back = Vector3::new(cos_e * cos_a, cos_e * sin_a, sin_e);
        [right, back.cross(right), back]
    }

    /// Turns by angles in radians; the scene follows a pointer that moves right and down.
    pub fn orbit(&mut self, azimuth: f32, elevation: f32) {
        self.azimuth = (self.azimuth + azimuth + PI).rem_euclid(TAU) - PI;
        self.elevation = (self.elevation + elevation).clamp(-MAX_ELEVATION_RAD, MAX_ELEVATION_RAD);
    }

    /// The same, turned to a view that has a name, alpha to the right where it is seen.
    #[must_use]
    pub fn turned(self, preset: Preset) -> Self {
        let (azimuth, elevation) = match preset {
            Preset::Top => (-FRAC_PI_2, MAX_ELEVATION_RAD),
            Preset::Front => (-FRAC_PI_2, 0.0),
            Preset::Side => (0.0, 0.0),
            // The elevation at which the three axes have one length: atan(1 / sqrt 2).
            Preset::Isometric => (-PI / 4.0, 0.615_479_7),
        };
        Self { azimuth, elevation, target: Point3::origin(), ..self }
    }

    /// Multiplies the distance, within limits, so that what is at the target's depth at a place of
    /// the canvas (in CSS pixels) stays there.
    pub fn zoom_at(&mut self, viewport: &Viewport, factor: f32, at: [f32; 2]) {
        let before = self.distance;
        self.zoom(factor);
        let [left, top, width, height] = viewport.free();
        let off = [at[0] - left - width / 2.0, at[1] - top - height / 2.0];
        // In pixels of the new distance.
        let share = before / self.distance - 1.0;
        self.pan(viewport, -off[0] * share, -off[1] * share);
    }

    /// Multiplies the distance from the target, within limits.
    pub fn zoom(&mut self, factor: f32) {
        if factor.is_finite() && factor > 0.0 {
            self.distance = (self.distance * factor).clamp(MIN_DISTANCE, MAX_DISTANCE);
        }
    }

    /// Moves the scene under the eye by CSS pixels, at the target's depth.
    pub fn pan(&mut self, viewport: &Viewport, dx: f32, dy: f32) {
        let [right, up, _] = self.axes();
        let world_per_px = self.world_per_px(viewport);
        let moved = self.target + (up * dy - right * dx) * world_per_px;
        self.target =
            moved.map(|coordinate| coordinate.clamp(-SCENE_RADIUS / 2.0, SCENE_RADIUS / 2.0));
    }

    /// World units for a CSS pixel at the target's depth.
    pub fn world_per_px(&self, viewport: &Viewport) -> f32 {
        let [.., height] = viewport.free();
        2.0 * self.distance * (FIELD_OF_VIEW_RAD / 2.0).tan() / height
    }

    /// Clip space from world space. The target is in the middle of the free part of the canvas.
    pub fn clip_from_world(&self, viewport: &Viewport) -> Matrix4<f32> {
        let [left, top, width, height] = viewport.free();
        let eye = self.eye();
        let eye_from_origin = eye.to_vec().magnitude();
        let near = (eye_from_origin - SCENE_RADIUS).max(0.02);
        let lens = perspective(
            cgmath::Rad(FIELD_OF_VIEW_RAD),
            width / height,
            near,
            eye_from_origin + SCENE_RADIUS,
        );
        let [right, up, back] = self.axes();
        let view = Matrix4::from_cols(
            Vector4::new(right.x, up.x, back.x, 0.0),
            Vector4::new(right.y, up.y, back.y, 0.0),
            Vector4::new(right.z, up.z, back.z, 0.0),
            Vector4::new(
                -right.dot(eye.to_vec()),
                -up.dot(eye.to_vec()),
                -back.dot(eye.to_vec()),
                1.0,
            ),
        );
        let canvas_from_free = Matrix4::from_translation(Vector3::new(
            (2.0 * left + width) / viewport.width - 1.0,
            1.0 - (2.0 * top + height) / viewport.height,
            0.0,
        )) * Matrix4::from_nonuniform_scale(
            width / viewport.width,
            height / viewport.height,
            1.0,
        );
        canvas_from_free * lens * view
    }

    /// Where a point of the world is on the screen; `None` behind the eye.
    pub fn project(&self, viewport: &Viewport, world: Point3<f32>) -> Option<[f32; 2]> {
        let clip = self.clip_from_world(viewport) * world.to_homogeneous();
        (clip.w > 1e-4).then(|| {
            [
                (clip.x / clip.w + 1.0) / 2.0 * viewport.width,
                (1.0 - clip.y / clip.w) / 2.0 * viewport.height,
            ]
        })
    }

    /// The ray from the eye through a point of the screen: origin and direction, in world space.
    pub fn ray(&self, viewport: &Viewport, [x, y]: [f32; 2]) -> (Point3<f32>, Vector3<f32>) {
        let ndc = [2.0 * x / viewport.width - 1.0, 1.0 - 2.0 * y / viewport.height];
        let far = self
            .clip_from_world(viewport)
            .invert()
            .map(|world_from_clip| world_from_clip * Vector4::new(ndc[0], ndc[1], 1.0, 1.0))
            .filter(|far| far.w != 0.0)
            .map(Point3::from_homogeneous);
        let eye = self.eye();
        (eye, far.map_or(-self.axes()[2], |far| (far - eye).normalize()))
    }
}

/// A direction given along the [axes](Camera::axes) of a camera, in world space.
pub fn along([right, up, back]: [Vector3<f32>; 3], [x, y, z]: [f32; 3]) -> Vector3<f32> {
    right * x + up * y + back * z
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Viewport = Viewport {
        width: 1280.0,
        height: 720.0,
        pixel_ratio: 1.0,
        insets: [40.0, 300.0, 0.0, 0.0],
        legend: [[0.0; 4]; 2],
    };

    fn corners() -> Vec<Point3<f32>> {
        let ends = [-1.0, 1.0];
        ends.iter()
            .flat_map(|&x| ends.iter().map(move |&y| (x, y)))
            .flat_map(|(x, y)| ends.iter().map(move |&z| Point3::new(x, y, 0.6 * z)))
            .collect()
    }

    #[test]
    fn the_first_view_fills_the_free_part_and_no_more() {
        for (width, height) in [(1280.0, 720.0), (390.0, 844.0), (2560.0, 1440.0)] {
            let insets = [40.0, if width > 720.0 { 300.0 } else { 0.0 }, 56.0, 0.0];
            let viewport =
                Viewport { width, height, pixel_ratio: 1.0, insets, legend: [[0.0; 4]; 2] };
            let camera = Camera::first_view(&viewport, &corners(), [50.0, 40.0, 30.0, 20.0]);
            let [left, top, free_width, free_height] = viewport.free();
            let [mut x0, mut y0, mut x1, mut y1] = [f32::MAX, f32::MAX, 0.0, 0.0];
            for corner in corners() {
                let [x, y] = camera.project(&viewport, corner).expect("in front of the eye");
                [x0, y0, x1, y1] = [x0.min(x), y0.min(y), x1.max(x), y1.max(y)];
            }
            let spare_x = [x0 - left - 20.0, left + free_width - 40.0 - x1];
            let spare_y = [y0 - top - 50.0, top + free_height - 30.0 - y1];
            for [before, after] in [spare_x, spare_y] {
                assert!(before > -4.0 && after > -4.0, "{width} x {height}: {before} {after}");
                assert!((before - after).abs() < 4.0, "{width} x {height}: {before} {after}");
            }
            assert!(spare_x[0] < 4.0 || spare_y[0] < 4.0, "{width} x {height}");
        }
    }

    #[test]
    fn a_ray_goes_through_the_point_that_was_projected() {
        let mut camera = Camera::first_view(&VIEWPORT, &corners(), [0.0; 4]);
        camera.orbit(1.0, -0.2);
        camera.pan(&VIEWPORT, 30.0, -12.0);
        let world = Point3::new(0.3, -0.7, 0.2);
        let screen = camera.project(&VIEWPORT, world).expect("in front of the eye");
        let (eye, direction) = camera.ray(&VIEWPORT, screen);
        let off = (world - eye).cross(direction).magnitude();
        assert!(off < 1e-3, "{off}");
    }

    #[test]
    fn pan_and_orbit_move_the_scene_with_the_pointer() {
        let mut camera = Camera::first_view(&VIEWPORT, &corners(), [0.0; 4]);
        let before = camera.project(&VIEWPORT, camera.target).expect("visible");
        let old_target = camera.target;
        camera.pan(&VIEWPORT, 50.0, 20.0);
        let after = camera.project(&VIEWPORT, old_target).expect("visible");
        assert!((after[0] - before[0] - 50.0).abs() < 0.5, "{before:?} {after:?}");
        assert!((after[1] - before[1] - 20.0).abs() < 0.5, "{before:?} {after:?}");
    }

    #[test]
    fn limits_hold() {
        let mut camera = Camera::first_view(&VIEWPORT, &corners(), [0.0; 4]);
        camera.orbit(100.0, 100.0);
        assert!(camera.elevation < FRAC_PI_2 && (-PI..=PI).contains(&camera.azimuth));
        camera.zoom(1e-9);
        assert_eq!(camera.distance, MIN_DISTANCE);
        camera.zoom(f32::NAN);
        assert_eq!(camera.distance, MIN_DISTANCE);
        for _ in 0..100 {
            camera.pan(&VIEWPORT, 500.0, 500.0);
        }
        assert!(camera.clip_from_world(&VIEWPORT).determinant().is_finite());
    }

    #[test]
    fn the_default_light_comes_from_the_upper_left() {
        let camera = Camera::first_view(&VIEWPORT, &corners(), [0.0; 4]);
        let [right, up, _] = camera.axes();
        let light = along(camera.axes(), crate::style::Light::default().direction());
        assert!((light.magnitude() - 1.0).abs() < 1e-6);
        assert!(light.dot(right) < 0.0 && light.dot(up) > 0.0);
    }
}
