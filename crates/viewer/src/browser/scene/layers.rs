//! What is seen through, in the right order wherever surfaces cross: peeled, layer by layer. Each
//! layer holds of every pixel the nearest point behind the layer before; they are summed from the
//! front, and the sum is laid over the canvas. Layers have one sample a pixel, so they are drawn
//! larger than the canvas where that shows.

use super::{
    gl::{self, Layers, Program},
    states::States,
    surface::{Pass, Surfaces},
};
use crate::picture::{Pane, Picture};
use three_d::{
    Blend, BlendEquationType, BlendMultiplierType, Context, DepthTest, RenderStates, ScissorBox,
    WriteMask,
};

/// A ray that meets more surfaces than this sees the nearest ones. Of what is behind eight that are
/// half opaque, 0.4 % would be seen.
const MAX_LAYERS: usize = 8;
/// From here on, device pixels are too small to show steps.
const FINE_PIXEL_RATIO: f32 = 1.5;

/// The layers, from their first use on.
pub(super) struct Peeling {
    context: Context,
    layers: Layers,
    /// Draw an image onto one of as many pixels, and onto one of a quarter.
    copy: [Program; 2],
}

impl Peeling {
    /// For a canvas like the picture's.
    pub(super) fn new(context: &Context, picture: &Picture) -> Result<Self, String> {
        let program = |n_samples: &str| {
            let defines = ["#define N ", n_samples, "\n"].concat();
            let vertex = include_str!("layer.vert");
            Program::new(context, &defines, &[vertex], &[include_str!("layer.frag")])
        };
        Ok(Self {
            context: context.clone(),
            layers: Layers::new(context, size(context, picture))?,
            copy: [program("1")?, program("2")?],
        })
    }

    /// Whether they have the size for the picture.
    pub(super) fn suits(&self, picture: &Picture) -> bool {
        self.layers.size() == size(&self.context, picture)
    }

    /// Draws the surfaces of a pane, whose block is bound, on what the canvas has.
    pub(super) fn draw(
        &self,
        picture: &Picture,
        pane: &Pane,
        scissor: ScissorBox,
        surfaces: &mut Surfaces,
        states: &mut States,
    ) -> Result<(), String> {
        let context = &self.context;
        let [width, height] = self.layers.size();
        let n_samples = width / picture.canvas_px[0];
        let scissor_there = ScissorBox {
            x: scissor.x * n_samples as i32,
            y: scissor.y * n_samples as i32,
            width: scissor.width * n_samples,
            height: scissor.height * n_samples,
        };
        states.set_area([width, height], scissor_there);
        // What is cleared is what may be written.
        states.set(RenderStates::default());
        self.layers.begin();
        // Hills behind hills: a ray meets a surface more than once.
        let n_layers = MAX_LAYERS.min(2 * pane.surfaces.len() + 2);
        let summed = (0..n_layers).try_for_each(|number| {
            states.set(RenderStates::default());
            self.layers.begin_layer(number);
            surfaces.draw(picture, pane, Pass::Peeled { is_fine: n_samples > 1 })?;
            // A layer goes behind the sum of those before it.
            self.layers.begin_sum();
            states.set(flat(BlendMultiplierType::OneMinusDstAlpha, ONE));
            self.copy[0].bind()?;
            gl::draw_quads(context, 1);
            Ok::<(), String>(())
        });
        // Whatever was refused, what comes next is drawn to the canvas.
        self.layers.end();
        summed?;
        states.set_area(picture.canvas_px, scissor);
        states.set(flat(ONE, BlendMultiplierType::OneMinusSrcAlpha));
        self.copy[usize::from(n_samples > 1)].bind()?;
        gl::draw_quads(context, 1);
        Ok(())
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
fn size(context: &Context, picture: &Picture) -> [u32; 2] {
    let doubled = picture.canvas_px.map(|side| 2 * side);
    let is_room = doubled.iter().all(|side| *side as usize <= gl::max_side(context));
    if picture.pixel_ratio < FINE_PIXEL_RATIO && is_room { doubled } else { picture.canvas_px }
}
