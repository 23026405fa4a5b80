//! The surfaces' own GPU resources: heights as a texture, colours as another, one program.
//!
//! Each surface is drawn in two passes: once as it is, up to the cut, and once flat at the cut.
//! Every pixel belongs to one of the two by its own height, so the plateau has a smooth edge
//! whatever the grid, and a change of the cut needs no new mesh. There is no mesh: the vertex
//! shader reads the texture, so a grid costs four bytes a point.

use super::gl;
use crate::{
    color::Ramp,
    picture::{Drawn, Pane, Picture, Subject},
    scale::{HEIGHT_CAP, Scale},
    sheet::Sheet,
};
use cgmath::{Vector2, Vector3, Vector4};
use std::{collections::BTreeMap, rc::Rc};
use three_d::{
    Context, CoreError, CpuTexture, Interpolation, Program, RenderStates, Texture2D, TextureData,
    Viewport, Wrapping,
};

/// What all surfaces of a pane have in common.
pub(super) struct Frame<'a> {
    pub(super) picture: &'a Picture,
    pub(super) pane: &'a Pane,
    pub(super) is_multisampled: bool,
    pub(super) target: Viewport,
    pub(super) ink: Vector3<f32>,
    pub(super) cut_color: Vector3<f32>,
}

/// The program, and the textures of every surface shown.
pub(super) struct Surfaces {
    context: Context,
    program: Program,
    textures: BTreeMap<Subject, Textures>,
}

/// The textures of one surface, and what they were made from.
struct Textures {
    sheet: Rc<Sheet>,
    scale: Scale,
    heights: Texture2D,
    ramp: Ramp,
    colors: Texture2D,
}

const CONTOUR_INK: f32 = 0.3;
const RAMP_LEN: u32 = 256;

impl Surfaces {
    pub(super) fn new(context: &Context) -> Result<Self, CoreError> {
        Ok(Self {
            program: Program::from_source(
                context,
                include_str!("surface.vert"),
                include_str!("surface.frag"),
            )?,
            textures: BTreeMap::new(),
            context: context.clone(),
        })
    }

    /// Frees the textures of surfaces that are no longer shown.
    pub(super) fn forget_all_but(&mut self, is_shown: impl Fn(Subject) -> bool) {
        self.textures.retain(|subject, _| is_shown(*subject));
    }

    /// Draws a surface of the frame's pane.
    pub(super) fn draw(&mut self, frame: &Frame<'_>, drawn: &Drawn) {
        let Drawn { subject, sheet, scale, footprint, ramp, .. } = drawn;
        let (picture, pane) = (frame.picture, frame.pane);
        let textures = match self.textures.remove(subject) {
            Some(old) => old.updated(&self.context, sheet, *scale, *ramp),
            None => Textures::new(&self.context, sheet, *scale, *ramp),
        };
        let program = &self.program;
        let (n_columns, n_rows) = (sheet.n_columns(), sheet.n_rows());
        let rim = drawn.rim.map_or(frame.ink, super::unit);

        program.use_texture("heights", &textures.heights);
        program.use_texture("ramp", &textures.colors);
        program.use_uniform("grid_size", Vector2::new(n_columns as i32, n_rows as i32));
        program.use_uniform(
            "footprint",
            Vector4::new(footprint.x.0, footprint.x.1, footprint.y.0, footprint.y.1),
        );
        program.use_uniform("half_height", pane.half_height);
        program.use_uniform("height_cap", HEIGHT_CAP);
        program.use_uniform("clip_from_world", pane.clip_from_world);
        program.use_uniform("cut_color", frame.cut_color);
        program.use_uniform("ink", frame.ink);
        program.use_uniform("rim_color", rim);
        program.use_uniform("rim_width", 1.5 * picture.pixel_ratio);
        program.use_uniform("light_direction", pane.light_direction);
        program.use_uniform("light_intensity", picture.light_intensity);
        program.use_uniform("contour", Vector2::from(scale.contours()));
        let contour_ink = if picture.has_contours { CONTOUR_INK } else { 0.0 };
        program.use_uniform("contour_ink", contour_ink);
        program.use_uniform("is_wireframe", i32::from(picture.is_wireframe));
        program.use_uniform(
            "line_stride",
            Vector2::from(drawn.line_strides.map(|stride| stride as f32)),
        );
        program.use_uniform("line_width", 1.25 * picture.pixel_ratio);
        program.use_uniform("has_coverage", i32::from(frame.is_multisampled));
        for is_plateau in [false, true] {
            program.use_uniform("is_plateau", i32::from(is_plateau));
            gl::draw_strips(
                program,
                RenderStates::default(),
                frame.target,
                2 * n_columns,
                n_rows - 1,
                &self.context,
            );
        }
        self.textures.insert(*subject, textures);
    }
}

impl Textures {
    fn new(context: &Context, sheet: &Rc<Sheet>, scale: Scale, ramp: Ramp) -> Self {
        Self {
            sheet: sheet.clone(),
            scale,
            heights: height_texture(context, sheet, &scale),
            ramp,
            colors: ramp_texture(context, ramp),
        }
    }

    /// The same, with what has changed made anew.
    fn updated(mut self, context: &Context, sheet: &Rc<Sheet>, scale: Scale, ramp: Ramp) -> Self {
        if !Rc::ptr_eq(&self.sheet, sheet) {
            return Self::new(context, sheet, scale, ramp);
        }
        if self.scale != scale {
            self.heights = height_texture(context, sheet, &scale);
            self.scale = scale;
        }
        if self.ramp != ramp {
            self.colors = ramp_texture(context, ramp);
            self.ramp = ramp;
        }
        self
    }
}

/// The heights, a texel each; columns along x, rows along y.
fn height_texture(context: &Context, sheet: &Sheet, scale: &Scale) -> Texture2D {
    let (n_columns, n_rows) = (sheet.n_columns(), sheet.n_rows());
    let texture = Texture2D::new_empty::<f32>(
        context,
        n_columns as u32,
        n_rows as u32,
        Interpolation::Nearest,
        Interpolation::Nearest,
        None,
        Wrapping::ClampToEdge,
        Wrapping::ClampToEdge,
    );
    let mut texels: Vec<f32> =
        sheet.overflow().iter().zip(sheet.heights(scale).iter()).map(encode).collect();
    // three-d takes rows from the top.
    for row in 0..n_rows / 2 {
        let (head, tail) = texels.split_at_mut((n_rows - 1 - row) * n_columns);
        head[row * n_columns..(row + 1) * n_columns].swap_with_slice(&mut tail[..n_columns]);
    }
    texture.fill(&texels);
    texture
}

/// What is no number is a large one: shaders may take NaN and infinity for anything.
fn encode((overflow, height): (&f32, &f32)) -> f32 {
    match height {
        height if height.is_nan() => -1e30,
        // Between points, as the shader takes it within a cell.
        _ if *overflow > 0.5 => 1e30,
        height => *height,
    }
}

fn ramp_texture(context: &Context, ramp: Ramp) -> Texture2D {
    let colors = (0..RAMP_LEN).map(|i| {
        let [r, g, b] = ramp.rgb(f64::from(i) / f64::from(RAMP_LEN - 1));
        [r, g, b, 255]
    });
    Texture2D::new(
        context,
        &CpuTexture {
            data: TextureData::RgbaU8(colors.collect()),
            width: RAMP_LEN,
            height: 1,
            mipmap: None,
            wrap_s: Wrapping::ClampToEdge,
            wrap_t: Wrapping::ClampToEdge,
            ..CpuTexture::default()
        },
    )
}
