//! What goes on while the camera moves: a turn that runs out after the hand has let go, and a
//! coarser picture where frames take too long.

use super::{App, dom};
use crate::state::{Action, Redraw};
use std::{cell::Cell, rc::Rc};
use web_sys::wasm_bindgen::{JsCast as _, closure::Closure};

/// A turn has lost all but a third of its speed after this time.
const DAMPING_MS: f64 = 110.0;
/// Slower turns, in radians for a millisecond, have stopped.
const LEAST_SPEED: f64 = 4e-5;
/// Whoever has held still for this long lets go without a swing.
const HELD_MS: f64 = 60.0;
/// Frames that take longer than this are drawn with fewer pixels.
const SLOW_FRAME_MS: f64 = 50.0;
/// What lies further apart belongs to no one movement.
const PAUSE_MS: f64 = 400.0;
const LEAST_RESOLUTION: f32 = 0.4;
/// After this time without a movement the picture is drawn in full again.
const REST_MS: i32 = 160;

/// The camera's movement.
pub(super) struct Motion {
    /// Radians a millisecond, around the vertical and up.
    speed: Cell<[f64; 2]>,
    dragged_at: Cell<f64>,
    drawn_at: Cell<f64>,
    /// Pixels drawn for one of the canvas, along each side.
    resolution: Cell<f32>,
    is_rest_due: Cell<bool>,
}

impl Motion {
    pub(super) fn new() -> Self {
        Self {
            speed: Cell::default(),
            dragged_at: Cell::default(),
            drawn_at: Cell::default(),
            resolution: Cell::new(1.0),
            is_rest_due: Cell::default(),
        }
    }

    /// Pixels to draw for one of the canvas, along each side.
    pub(super) fn resolution(&self) -> f32 {
        self.resolution.get()
    }
}

impl App {
    /// Applies what a drag does, and takes note of how fast it turns.
    pub(super) fn drag(self: &Rc<Self>, action: Action) {
        // A contour plot is not turned.
        if self.state.borrow().is_flat() {
            return;
        }
        let now = dom::now_ms();
        let elapsed = (now - self.motion.dragged_at.replace(now)).max(1.0);
        self.motion.speed.set(match action {
            Action::Orbit(azimuth, elevation) if elapsed < PAUSE_MS => {
                let [old_azimuth, old_elevation] = self.motion.speed.get();
                let mixed = |old: f64, turned: f32| 0.5 * (old + f64::from(turned) / elapsed);
                [mixed(old_azimuth, azimuth), mixed(old_elevation, elevation)]
            }
            _ => [0.0; 2],
        });
        self.dispatch(action);
        self.moved();
    }

    /// Lets a turn run out, unless the hand has held still or nothing is to move by itself.
    pub(super) fn release(self: &Rc<Self>) {
        let has_held = dom::now_ms() - self.motion.dragged_at.get() > HELD_MS;
        if has_held || dom::matches_media("(prefers-reduced-motion: reduce)") {
            self.motion.speed.set([0.0; 2]);
            return;
        }
        self.swing(dom::now_ms());
    }

    /// A pressed button or a finger stops a turn that runs out.
    pub(super) fn hold(&self) {
        self.motion.speed.set([0.0; 2]);
    }

    fn swing(self: &Rc<Self>, last_ms: f64) {
        let app = self.clone();
        let step = Closure::once_into_js(move || {
            let now = dom::now_ms();
            let elapsed = (now - last_ms).clamp(1.0, PAUSE_MS);
            let speed = app.motion.speed.get();
            if speed[0].hypot(speed[1]) < LEAST_SPEED {
                return;
            }
            let [azimuth, elevation] = speed.map(|speed| (speed * elapsed) as f32);
            let kept = (-elapsed / DAMPING_MS).exp();
            app.motion.speed.set(speed.map(|speed| speed * kept));
            app.dispatch(Action::Orbit(azimuth, elevation));
            app.moved();
            app.swing(now);
        });
        // As for any other frame.
        let _ = dom::window().request_animation_frame(step.unchecked_ref());
    }

    /// The camera has moved: the picture is drawn in full again when it rests.
    fn moved(self: &Rc<Self>) {
        if self.motion.is_rest_due.replace(true) {
            return;
        }
        let app = self.clone();
        dom::after(REST_MS, move || {
            app.motion.is_rest_due.set(false);
            if dom::now_ms() - app.motion.drawn_at.get() < f64::from(REST_MS) {
                app.moved();
            } else if app.motion.resolution.replace(1.0) < 1.0 {
                app.request(Redraw::Picture);
            }
        });
    }

    /// Takes note of a frame that is drawn, and how long after the last one of the same movement.
    pub(super) fn note_frame(&self) {
        let now = dom::now_ms();
        let elapsed = now - self.motion.drawn_at.replace(now);
        if self.motion.is_rest_due.get() && (SLOW_FRAME_MS..PAUSE_MS).contains(&elapsed) {
            let coarser = (self.motion.resolution.get() * 0.75).max(LEAST_RESOLUTION);
            self.motion.resolution.set(coarser);
        }
    }
}
