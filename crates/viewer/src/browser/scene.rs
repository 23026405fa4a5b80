//! The picture: everything that lives on the GPU, made from a [`Picture`] and nothing else.
//!
//! A lost context takes all of it away; a new [`Scene`] then draws the same picture. Surfaces are
//! opaque and sorted by the depth buffer. The soft edges of wireframe lines are coverage of the
//! pixel's samples, so they need no order either.

mod gl;
mod lines;
mod surface;

use crate::{color::Rgb, picture::Picture};
use cgmath::Vector3;
use lines::Lines;
use std::sync::Arc;
use surface::{Frame, Surfaces};
use three_d::{ClearState, Context, CoreError, RenderTarget};
use web_sys::{HtmlCanvasElement, WebGl2RenderingContext, js_sys, wasm_bindgen::JsCast as _};

/// The colours of the page, as its style sheet has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Theme {
    /// Behind everything.
    pub(super) ground: Rgb,
    /// Of lines.
    pub(super) ink: Rgb,
    /// Of what is cut.
    pub(super) cut: Rgb,
}

/// All GPU resources of one canvas.
pub(super) struct Scene {
    context: Context,
    surfaces: Surfaces,
    lines: Lines,
    is_multisampled: bool,
    max_side: usize,
}

/// Opacity of the floor's grid and of the box's edges.
const GRID_INK: f32 = 0.14;
const EDGE_INK: f32 = 0.34;

impl Scene {
    /// For this canvas.
    ///
    /// # Errors
    /// Where the browser has no WebGL 2 or refuses the shaders; the text says which.
    pub(super) fn new(canvas: &HtmlCanvasElement) -> Result<Self, String> {
        let options = js_sys::Object::new();
        for (key, value) in [("antialias", true), ("alpha", false), ("stencil", false)] {
            // Setting a property of a plain object can't fail.
            let _ = js_sys::Reflect::set(&options, &key.into(), &value.into());
        }
        let webgl = canvas
            .get_context_with_context_options("webgl2", &options)
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into::<WebGl2RenderingContext>().ok())
            .ok_or("this browser gives no WebGL 2 context")?;
        if webgl.is_context_lost() {
            return Err("the graphics device is not available at the moment".into());
        }
        let context = three_d::context::Context::from_webgl2_context(webgl);
        let build = || -> Result<Self, CoreError> {
            #[expect(clippy::arc_with_non_send_sync, reason = "three-d asks for an Arc everywhere")]
            let context = Context::from_gl_context(Arc::new(context))?;
            Ok(Self {
                surfaces: Surfaces::new(&context)?,
                lines: Lines::new(&context)?,
                is_multisampled: gl::is_multisampled(&context),
                max_side: gl::max_side(&context),
                context,
            })
        };
        build().map_err(|error| error.to_string())
    }

    /// The largest number of columns or rows that can be drawn here.
    pub(super) fn max_side(&self) -> usize {
        self.max_side
    }

    /// Draws the picture.
    pub(super) fn draw(&mut self, picture: &Picture, theme: &Theme) {
        let [width, height] = picture.canvas_px;
        let target = RenderTarget::screen(&self.context, width, height);
        let [r, g, b] = theme.ground.map(|c| f32::from(c) / 255.0);
        target.clear(ClearState::color_and_depth(r, g, b, 1.0, 1.0));
        for pane in &picture.panes {
            let frame = Frame {
                picture,
                pane,
                is_multisampled: self.is_multisampled,
                target: target.viewport(),
                ink: unit(theme.ink),
                cut_color: unit(theme.cut),
            };
            gl::set_alpha_to_coverage(&self.context, self.is_multisampled);
            for drawn in &pane.surfaces {
                self.surfaces.draw(&frame, drawn);
            }
            gl::set_alpha_to_coverage(&self.context, false);
            self.lines.draw(&frame, [GRID_INK, EDGE_INK]);
        }
        self.surfaces.forget_all_but(|subject| {
            let mut drawn = picture.panes.iter().flat_map(|pane| &pane.surfaces);
            drawn.any(|drawn| drawn.subject == subject)
        });
    }
}

fn unit(rgb: Rgb) -> Vector3<f32> {
    Vector3::from(rgb.map(|c| f32::from(c) / 255.0))
}
