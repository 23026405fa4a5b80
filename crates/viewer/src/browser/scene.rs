//! The picture: everything that lives on the GPU, made from a [`Picture`] and nothing else.
//!
//! A lost context takes all of it away; a new [`Scene`] then draws the same picture. Surfaces that
//! are opaque are sorted by the depth buffer; the soft edges of wires and of what is cut are coverage
//! of the pixel's samples, so they need no order either. Where one is seen through, all in its box
//! are peeled ([`layers`]).

mod device;
mod gl;
mod layers;
mod lines;
mod surface;
mod upload;

use crate::{
    blocks,
    color::{Ramp, Rgb},
    picture::{Pane, Picture},
};
use device::Device;
use gl::{Block, Slot};
use layers::Peeling;
use lines::Lines;
use std::{rc::Rc, sync::Arc};
use surface::Surfaces;
use three_d::{Blend, Context, Cull, DepthTest, RenderStates, ScissorBox, WriteMask};
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext, console,
    js_sys::{Array, Object, Reflect},
    wasm_bindgen::{JsCast as _, JsValue, closure::Closure},
};

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

impl Theme {
    /// The colours as shaders know them.
    fn defines(&self) -> String {
        let mut defines = String::new();
        for (name, [r, g, b]) in
            [("GROUND", self.ground), ("INK", self.ink), ("CUT_COLOR", self.cut)]
        {
            defines += &format!("#define {name} (vec3({r}, {g}, {b}) / 255.0)\n");
        }
        defines
    }
}

/// Makes glow's context, which would ask for thirty extensions, and wait for the device for each: nothing
/// here uses one.
fn without_extensions<T>(webgl: &WebGl2RenderingContext, make: impl FnOnce() -> T) -> T {
    let none = Closure::<dyn Fn() -> JsValue>::new(|| JsValue::NULL);
    let no_names = Closure::<dyn Fn() -> JsValue>::new(|| Array::new().into());
    let answers = [("getExtension", none.as_ref()), ("getSupportedExtensions", no_names.as_ref())];
    // Setting and deleting a property of an ordinary object can't fail.
    for (question, answer) in answers {
        let _ = Reflect::set(webgl, &question.into(), answer);
    }
    let made = make();
    for (question, _) in answers {
        let _ = Reflect::delete_property(webgl, &question.into());
    }
    made
}

/// All GPU resources of one canvas.
pub(super) struct Scene {
    webgl: WebGl2RenderingContext,
    device: Rc<Device>,
    surfaces: Surfaces,
    /// From the first line on that is drawn or expected.
    lines: Option<Lines>,
    /// From the first surface on that is seen through.
    peeling: Option<Peeling>,
    pane_block: Block,
    /// What goes into the block, kept for its room.
    packed: Vec<f32>,
}

impl Scene {
    /// For this canvas.
    ///
    /// # Errors
    /// Where the browser has no WebGL 2 or refuses the shaders; the text says which.
    pub(super) fn new(canvas: &HtmlCanvasElement, theme: Theme) -> Result<Self, String> {
        let options = Object::new();
        for (key, value) in [("antialias", true), ("alpha", false), ("stencil", false)] {
            // Setting a property of a plain object can't fail.
            let _ = Reflect::set(&options, &key.into(), &value.into());
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
        let context = without_extensions(&webgl, || {
            three_d::context::Context::from_webgl2_context(webgl.clone())
        });
        #[expect(clippy::arc_with_non_send_sync, reason = "three-d asks for an Arc everywhere")]
        let context = Context::from_gl_context(Arc::new(context)).map_err(|e| e.to_string())?;
        let device = Rc::new(Device::new(context));
        // What the context knows without asking the device, for which it would have to wait.
        let is_multisampled =
            webgl.get_context_attributes().and_then(|had| had.get_antialias()) == Some(true);
        Ok(Self {
            webgl,
            surfaces: Surfaces::new(&device, theme, is_multisampled),
            lines: None,
            peeling: None,
            pane_block: Block::new(&device, blocks::PANE_LEN)?,
            packed: Vec::new(),
            device,
        })
    }

    /// The largest number of columns or rows that can be drawn here.
    pub(super) fn max_side(&self) -> usize {
        self.device.max_side()
    }

    /// Begins to compile what a first picture will need, while what it shows is on its way: surfaces in
    /// such colours, and then lines.
    pub(super) fn expect(&mut self, theme: Theme, ramp: Ramp, has_contours: bool, has_lines: bool) {
        // Whatever is wrong, the first picture says so.
        let _ = self.surfaces.expect(ramp, has_contours);
        if has_lines {
            let _ = self.lines(theme);
        }
    }

    /// The lines in these colours, made if need be.
    fn lines(&mut self, theme: Theme) -> Result<&Lines, String> {
        let made = match self.lines.take() {
            Some(lines) if lines.theme == theme => lines,
            _ => Lines::new(&self.device, theme)?,
        };
        Ok(self.lines.insert(made))
    }

    /// Draws the picture.
    ///
    /// # Errors
    /// What the browser says, on its console too, where it refuses a program or has no room.
    pub(super) fn draw(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        self.try_draw(picture, theme).or_else(|why| {
            // A context that was lost in between refuses everything; the canvas is told of it.
            if self.webgl.is_context_lost() {
                return Ok(());
            }
            console::error_1(&format!("lossland: drawing: {why}").into());
            Err(why)
        })
    }

    fn try_draw(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        let has_lines = picture.panes.iter().any(|pane| !pane.lines.is_empty());
        if has_lines {
            self.lines(theme)?;
        }
        self.surfaces.prepare(picture, theme)?;
        if has_lines {
            self.lines(theme)?.finish()?;
        }
        let is_opaque = picture.panes.iter().all(Pane::is_opaque);
        if is_opaque {
            // Layers take much of the device's memory.
            self.peeling = None;
        } else if !self.peeling.as_ref().is_some_and(|peeling| peeling.suits(picture)) {
            self.peeling = Some(Peeling::new(&self.device, picture)?);
        }
        self.draw_prepared(picture, theme);
        Ok(())
    }

    fn draw_prepared(&mut self, picture: &Picture, theme: Theme) {
        let Self { device, surfaces, lines, peeling, pane_block, packed, .. } = self;
        let [width, height] = picture.canvas_px;
        device.set_states(RenderStates::default());
        device.set_area(picture.canvas_px, ScissorBox::new_at_origo(width, height));
        let [r, g, b] = theme.ground.map(|c| f32::from(c) / 255.0);
        device.clear([r, g, b, 1.0], 1.0);
        pane_block.bind(Slot::Pane);
        for (number, pane) in picture.panes.iter().enumerate() {
            let [left, top, pane_width, pane_height] = pane.rect_px;
            let scissor = ScissorBox {
                x: left as i32,
                y: height as i32 - (top + pane_height) as i32,
                width: pane_width,
                height: pane_height,
            };
            device.set_area(picture.canvas_px, scissor);
            blocks::pane(packed, picture, pane);
            pane_block.fill(packed);

            let is_opaque = pane.is_opaque();
            if is_opaque {
                device.set_states(RenderStates::default());
                surfaces.draw(number);
            }
            // After the surfaces: where a line is behind one, it is hidden; seen from below, it is not.
            let over = RenderStates {
                depth_test: DepthTest::LessOrEqual,
                write_mask: WriteMask::COLOR,
                blend: Blend::TRANSPARENCY,
                cull: Cull::None,
            };
            // The map lies below all, and so is in front where one looks up.
            let is_from_above = pane.is_from_above();
            if picture.has_floor_map && is_from_above {
                device.set_states(over);
                surfaces.draw_map(number);
            }
            if let Some(lines) = lines.as_ref().filter(|_| !pane.lines.is_empty()) {
                device.set_states(over);
                lines.draw(pane);
            }
            if let Some(peeling) = peeling.as_ref().filter(|_| !is_opaque) {
                peeling.draw(picture, number, scissor, surfaces);
            }
            if picture.has_floor_map && !is_from_above {
                device.set_states(over);
                surfaces.draw_map(number);
            }
        }
    }
}
