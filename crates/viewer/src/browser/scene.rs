//! The picture: everything that lives on the GPU, made from a [`Picture`] and nothing else.
//!
//! A lost context takes all of it away; a new [`Scene`] then draws the same picture. Surfaces that
//! are opaque are sorted by the depth buffer; the soft edges of wires and of what is cut are coverage
//! of the pixel's samples, so they need no order either. Where one is seen through, all in its box
//! are peeled ([`layers`]).

mod gl;
mod layers;
mod lines;
mod states;
mod surface;

use crate::{
    blocks,
    color::{Ramp, Rgb},
    picture::{Pane, Picture},
};
use gl::{Block, Slot};
use layers::Peeling;
use lines::Lines;
use states::States;
use std::sync::Arc;
use surface::{Pass, Surfaces};
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
    context: Context,
    states: States,
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
        // What the context knows without asking the device, for which it would have to wait.
        let is_multisampled =
            webgl.get_context_attributes().and_then(|had| had.get_antialias()) == Some(true);
        Ok(Self {
            webgl,
            states: States::new(&context),
            surfaces: Surfaces::new(&context, theme, is_multisampled),
            lines: None,
            peeling: None,
            pane_block: Block::new(&context)?,
            packed: Vec::new(),
            context,
        })
    }

    /// The largest number of columns or rows that can be drawn here.
    pub(super) fn max_side(&self) -> usize {
        gl::max_side(&self.context)
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
            _ => Lines::new(&self.context, theme)?,
        };
        Ok(self.lines.insert(made))
    }

    /// Draws the picture.
    ///
    /// # Errors
    /// What the browser says, on its console too, where it refuses a program or has no room.
    pub(super) fn draw(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        let drawn = self.try_draw(picture, theme);
        // A context that was lost in between refuses everything; the canvas is told of it.
        if self.webgl.is_context_lost() {
            return Ok(());
        }
        if let Err(why) = &drawn {
            console::error_1(&format!("lossland: drawing: {why}").into());
        }
        drawn
    }

    fn try_draw(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        let has_lines = picture.panes.iter().any(|pane| !pane.lines.is_empty());
        if has_lines {
            self.lines(theme)?;
        }
        self.surfaces.begin(picture, theme)?;
        if has_lines {
            self.lines(theme)?.finish()?;
        }
        let [width, height] = picture.canvas_px;
        let whole = ScissorBox::new_at_origo(width, height);
        self.states.set(RenderStates::default());
        self.states.set_area(picture.canvas_px, whole);
        gl::clear(&self.context, theme.ground.map(|c| f32::from(c) / 255.0));
        self.pane_block.bind(Slot::Pane);
        for pane in &picture.panes {
            let [left, top, pane_width, pane_height] = pane.rect_px;
            let scissor = ScissorBox {
                x: left as i32,
                y: height as i32 - (top + pane_height) as i32,
                width: pane_width,
                height: pane_height,
            };
            self.states.set_area(picture.canvas_px, scissor);
            blocks::pane(&mut self.packed, picture, pane);
            // Always all of it: a program may look for more than was packed.
            self.packed.resize(blocks::PANE_LEN, 0.0);
            self.pane_block.fill(&self.packed);

            let is_opaque = pane.is_opaque();
            if is_opaque {
                self.states.set(RenderStates::default());
                self.surfaces.draw(picture, pane, Pass::Canvas)?;
            }
            // After the surfaces: where a line is behind one, it is hidden; seen from below, it is not.
            let over = RenderStates {
                depth_test: DepthTest::LessOrEqual,
                write_mask: WriteMask::COLOR,
                blend: Blend::TRANSPARENCY,
                cull: Cull::None,
            };
            // The map lies below all, and so is in front where one looks up.
            let is_from_above = pane.clip_from_world.z.w < 0.0;
            if picture.has_floor_map && is_from_above {
                self.states.set(over);
                self.surfaces.draw_map(picture, pane)?;
            }
            if !pane.lines.is_empty() {
                self.states.set(over);
                self.lines(theme)?.draw(pane)?;
            }
            if !is_opaque {
                if !self.peeling.as_ref().is_some_and(|peeling| peeling.suits(picture)) {
                    self.peeling = Some(Peeling::new(&self.context, picture)?);
                }
                if let Some(peeling) = &self.peeling {
                    peeling.draw(picture, pane, scissor, &mut self.surfaces, &mut self.states)?;
                }
            }
            if picture.has_floor_map && !is_from_above {
                self.states.set(over);
                self.surfaces.draw_map(picture, pane)?;
            }
        }
        self.surfaces.end();
        if picture.panes.iter().all(Pane::is_opaque) {
            // Layers take much of the device's memory.
            self.peeling = None;
        }
        Ok(())
    }
}
