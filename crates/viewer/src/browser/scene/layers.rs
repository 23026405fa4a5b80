//! What is seen through, in the right order wherever surfaces cross: peeled, layer by layer. Each
//! layer holds of every pixel the nearest point behind the layer before; they are summed from the
//! front, and the sum is laid over the canvas. Layers have one sample a pixel, so they are drawn
//! larger than the canvas where that shows.

use super::{
    device::Device,
    gl::{self, Layers, Program},
    surface::Surfaces,
};
use crate::picture::Picture;
use std::rc::Rc;
use three_d::{
    Blend, BlendEquationType, BlendMultiplierType, DepthTest, RenderStates, ScissorBox, WriteMask,
};

/// A ray that meets more surfaces than this sees the nearest ones. Of what is behind eight that are
/// half opaque, 0.4 % would be seen.
const MAX_LAYERS: usize = 8;
/// From here on, device pixels are too small to show steps.
const FINE_PIXEL_RATIO: f32 = 1.5;

/// The layers, from their first use on.
pub(super) struct Peeling {
    device: Rc<Device>,
    layers: Layers,
    /// Draw an image onto one of as many pixels, and onto one of a quarter.
    copy: [Program; 2],
}

impl Peeling {
    /// For a canvas like the picture's.
    pub(super) fn new(device: &Rc<Device>, picture: &Picture) -> Result<Self, String> {
        let program = |n_samples: &str| {
            let defines = ["#define N ", n_samples, "\n"].concat();
            let vertex = include_str!("layer.vert");
            Program::new(device, &defines, &[vertex], &[include_str!("layer.frag")])
        };
        let copy = [program("1")?, program("2")?];
        copy.iter().try_for_each(Program::finish)?;
        let layers = Layers::new(device, size(device, picture))?;
        Ok(Self { device: device.clone(), layers, copy })
    }

    /// Whether they have the size for the picture.
    pub(super) fn suits(&self, picture: &Picture) -> bool {
        self.layers.size() == size(&self.device, picture)
    }

    /// Draws the surfaces of the pane with this number, whose block is bound, on what the canvas has.
    pub(super) fn draw(
        &self,
        picture: &Picture,
        number: usize,
        scissor: ScissorBox,
        surfaces: &Surfaces,
    ) {
        let device = &self.device;
        let [width, height] = self.layers.size();
        let n_samples = width / picture.canvas_px[0];
        let scissor_there = ScissorBox {
            x: scissor.x * n_samples as i32,
            y: scissor.y * n_samples as i32,
            width: scissor.width * n_samples,
            height: scissor.height * n_samples,
        };
        device.set_area([width, height], scissor_there);
        // What is cleared is what may be written.
        device.set_states(RenderStates::default());
        self.layers.begin();
        // Hills behind hills: a ray meets a surface more than once.
        let n_layers = MAX_LAYERS.min(2 * picture.panes[number].surfaces.len() + 2);
        for layer in 0..n_layers {
            device.set_states(RenderStates::default());
            self.layers.begin_layer(layer);
            surfaces.draw(number);
            // A layer goes behind the sum of those before it.
            self.layers.begin_sum();
            device.set_states(flat(BlendMultiplierType::OneMinusDstAlpha, ONE));
            self.copy[0].bind();
            gl::draw_quads(device, 1);
        }
        self.layers.end();
        device.set_area(picture.canvas_px, scissor);
        device.set_states(flat(ONE, BlendMultiplierType::OneMinusSrcAlpha));
        self.copy[usize::from(n_samples > 1)].bind();
        gl::draw_quads(device, 1);
    }
}

const ONE: BlendMultiplierType = BlendMultiplierType::One;

/// Images onto images: what is drawn and what is there, colours times alpha, by these shares.
fn flat(source: BlendMultiplierType, destination: BlendMultiplierType) -> RenderStates {
    RenderStates {
        depth_test: DepthTest::Always,
        write_mask: WriteMask::COLOR,
        blend: Blend::Enabled {
            source_rgb_multiplier: source,
            source_alpha_multiplier: source,
            destination_rgb_multiplier: destination,
            destination_alpha_multiplier: destination,
            rgb_equation: BlendEquationType::Add,
            alpha_equation: BlendEquationType::Add,
        },
        ..RenderStates::default()
    }
}

/// The size of layers: four pixels for one of the canvas, where those are large and there is room.
fn size(device: &Device, picture: &Picture) -> [u32; 2] {
    picture.canvas_px.map(|side| if is_fine(device, picture) { 2 * side } else { side })
}

/// Whether layers have four pixels for one of the canvas.
pub(super) fn is_fine(device: &Device, picture: &Picture) -> bool {
    let is_room = |side: &u32| 2 * *side as usize <= device.max_side();
    picture.pixel_ratio < FINE_PIXEL_RATIO && picture.canvas_px.iter().all(is_room)
}
