//! The canvas: its size, and the scene that is drawn to it, or what is shown where there is none.

use super::{APP, App, dom, scene::Scene};
use crate::{color::Ramp, picture::Picture, state::Action};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

/// More device pixels than this for a CSS pixel cost time and show nothing.
const MAX_PIXEL_RATIO: f64 = 2.0;
/// The largest side of a grid that is shown as a contour plot alone.
const MAX_FLAT_SIDE: usize = 4096;

impl App {
    /// Draws; where that can't be done, contour plots are shown from then on.
    pub(super) fn draw_or_do_without(&self, picture: &Picture) {
        if let Err(why) = self.draw(picture) {
            // After this frame, which reads the state.
            spawn_local(async move {
                if let Some(app) = APP.with_borrow(Clone::clone) {
                    app.do_without_scene(&why);
                }
            });
        }
    }

    /// Draws, where there is a WebGL context.
    ///
    /// # Errors
    /// What the browser says where it refuses a program or has no room.
    pub(super) fn draw(&self, picture: &Picture) -> Result<(), String> {
        let Some(scene) = &mut *self.scene.borrow_mut() else { return Ok(()) };
        self.set_canvas_size(picture.canvas_px);
        scene.draw(picture, self.theme.get())?;
        if self.bench.is_none() {
            let n_draws = self.n_draws.get() + 1;
            self.n_draws.set(n_draws);
            if n_draws == 1 {
                show_words();
            }
            // Tests hold us to it that nothing is drawn where nothing changed.
            let _ = self.canvas.set_attribute("data-draws", &n_draws.to_string());
        }
        Ok(())
    }

    /// The largest side of a grid that can be drawn here.
    pub(super) fn max_side(&self) -> usize {
        self.scene.borrow().as_ref().map_or(MAX_FLAT_SIDE, Scene::max_side)
    }

    /// Gives the canvas its size before it has a context: later it would be allocated once more.
    pub(super) fn size_canvas(&self) {
        let rect = self.canvas.get_bounding_client_rect();
        let ratio = self.max_pixel_ratio();
        let px = |length: f64| (length * ratio).round().max(1.0) as u32;
        self.set_canvas_size([px(rect.width()), px(rect.height())]);
    }

    /// In device pixels. To set it is to clear it, and to ask for it costs as much as a call into WebGL.
    fn set_canvas_size(&self, size: [u32; 2]) {
        if self.canvas_px.replace(size) != size {
            self.canvas.set_width(size[0]);
            self.canvas.set_height(size[1]);
        }
    }

    /// Device pixels for a CSS pixel, as many as are drawn; all where the page is measured.
    pub(super) fn max_pixel_ratio(&self) -> f64 {
        let ratio = dom::window().device_pixel_ratio();
        if self.bench.is_some() { ratio } else { ratio.min(MAX_PIXEL_RATIO) }
    }

    /// Makes the picture's resources as soon as all is there that the first picture shows.
    pub(super) fn build_scene_in_time(self: &Rc<Self>) {
        if self.is_scene_due.get() && !self.state.borrow().is_loading() {
            self.build_due_scene();
        }
    }

    /// Makes them the first time that this is asked for.
    pub(super) fn build_due_scene(self: &Rc<Self>) {
        if self.is_scene_due.replace(false) {
            self.build_scene();
        }
    }

    /// Makes them, as often as the browser gives a context.
    pub(super) fn build_scene(self: &Rc<Self>) {
        let mut scene = Scene::new(&self.canvas, self.theme.get());
        if let Ok(scene) = &mut scene {
            let state = self.state.borrow();
            let mut shown = state.entries.iter().filter(|entry| entry.is_shown);
            let ramp = match (shown.next(), shown.next()) {
                (Some(_), Some(_)) => Ramp::Hue([0; 3]),
                _ => Ramp::Map(state.style.map),
            };
            scene.expect(self.theme.get(), ramp, state.style.has_contours, self.bench.is_none());
        }
        match scene {
            Ok(scene) => {
                *self.scene.borrow_mut() = Some(scene);
                dom::set_shown(&dom::by_id("webgl-card"), false);
                self.dispatch(Action::HasScene(true));
            }
            Err(why) => self.do_without_scene(&why),
        }
    }

    /// Shows contour plots instead, and says why.
    pub(super) fn do_without_scene(self: &Rc<Self>, why: &str) {
        *self.scene.borrow_mut() = None;
        dom::set_text(&dom::by_id::<Element>("webgl-cause"), why);
        dom::set_shown(&dom::by_id("webgl-card"), true);
        show_words();
        self.dispatch(Action::HasScene(false));
    }
}

/// Ends what keeps the page's words back for the picture's sake (`web/style.css`).
fn show_words() {
    if let Some(root) = dom::document().document_element() {
        let _ = root.class_list().add_1("drawn");
    }
}
