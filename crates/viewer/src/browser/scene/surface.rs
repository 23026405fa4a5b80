//! The surfaces on the GPU: triangles and a block of numbers for each, a program for each kind of
//! pixel.
//!
//! Where a surface is cut its triangles are drawn twice: once as they are, up to the cut, and once
//! flat at the cut. Every pixel belongs to one of the two by its own height, so the plateau has a
//! smooth edge whatever the grid. All other triangles are drawn once, and most of them without the
//! steps that only an edge needs ([`Part`]).

use super::{
    Theme,
    gl::{self, Block, Program, Ramp as RampTexture, Slot, Triangles},
};
use crate::{
    blocks,
    color::{Ramp, Rgb},
    mesh::{Heights, Mesh, Part, stride},
    picture::{Drawn, Pane, Picture},
    scale::Scale,
    sheet::Sheet,
};
use std::rc::Rc;
use three_d::Context;

/// What a program can be compiled with; see surface.vert and surface.frag.
#[derive(Clone, Copy)]
enum Feature {
    /// Colours are of one hue, not from a texture.
    Hue,
    /// Colours are of another field than the height.
    Colored,
    /// Some of it is hatched.
    Hatched,
    /// Contour lines.
    Contours,
    /// Lines along the grid, and nothing else.
    Wire,
    /// Has lines along the border and along the cut, where it ends.
    Edges,
    /// Begins at the cut, where it is flat.
    Plateau,
    /// Seen through: only what is behind the layer before.
    Peeled,
    /// With four pixels for one of the canvas.
    Fine,
    /// The map below the box: contour lines on a plane.
    Map,
    /// The map's plane is filled.
    Filled,
}

impl Feature {
    const ALL: [(Self, &str); 11] = [
        (Self::Hue, "HUE"),
        (Self::Colored, "COLORED"),
        (Self::Hatched, "HATCHED"),
        (Self::Contours, "CONTOURS"),
        (Self::Wire, "WIRE"),
        (Self::Edges, "EDGES"),
        (Self::Plateau, "PLATEAU"),
        (Self::Peeled, "PEELED"),
        (Self::Fine, "FINE"),
        (Self::Map, "MAP"),
        (Self::Filled, "FILLED"),
    ];
}

/// A set of features.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Features(u16);

impl Features {
    fn with(self, feature: Feature, is_on: bool) -> Self {
        Self(self.0 | u16::from(is_on) << feature as u16)
    }

    /// Whether pixels may be covered in part.
    fn is_soft(self) -> bool {
        self.has(Feature::Wire) || self.has(Feature::Plateau)
    }

    fn has(self, feature: Feature) -> bool {
        self.0 >> feature as u16 & 1 == 1
    }
}

/// What surfaces are drawn to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// The canvas, opaque.
    Canvas,
    /// A layer of what is seen through.
    Peeled {
        /// With four pixels for one of the canvas.
        is_fine: bool,
    },
}

/// The programs, and what was uploaded of every surface shown.
pub(super) struct Surfaces {
    context: Context,
    is_multisampled: bool,
    /// Compiled in, so a change of the theme takes all programs away.
    theme: Theme,
    programs: Vec<(Features, Program)>,
    ramps: Vec<(Ramp, RampTexture)>,
    uploads: Vec<Upload>,
    /// Until surfaces have been drawn.
    is_first: bool,
}

/// A surface on the GPU, and what it was made from.
struct Upload {
    sheet: Rc<Sheet>,
    scale: Scale,
    colors: Option<Rc<[f32]>>,
    hatched: Option<Rc<[bool]>>,
    mesh: Mesh,
    triangles: Triangles,
    block: Block,
    in_block: blocks::Surface,
    is_shown: bool,
}

const RAMP_LEN: u32 = 256;
/// What stands for a colour where there is none: shaders may take NaN for anything.
const NO_COLOR: f32 = -1e30;

impl Surfaces {
    pub(super) fn new(context: &Context, theme: Theme, is_multisampled: bool) -> Self {
        Self {
            context: context.clone(),
            is_multisampled,
            theme,
            programs: Vec::new(),
            ramps: Vec::new(),
            uploads: Vec::new(),
            is_first: true,
        }
    }

    /// Before a picture is drawn.
    ///
    /// # Errors
    /// What the browser says where it refuses a program or a buffer.
    pub(super) fn begin(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        if self.theme != theme {
            self.theme = theme;
            self.programs.clear();
        }
        for upload in &mut self.uploads {
            upload.is_shown = false;
        }
        if self.programs.iter().all(|(_, program)| program.is_finished()) {
            return Ok(());
        }
        // While they are made.
        for pane in &picture.panes {
            for drawn in &pane.surfaces {
                self.upload(picture, pane, drawn)?;
            }
        }
        // Now, not in the midst of it: who waits for a program waits for all that was drawn, too.
        self.programs.iter().try_for_each(|(_, program)| program.finish())
    }

    /// After it: frees what is no longer shown.
    pub(super) fn end(&mut self) {
        self.uploads.retain(|upload| upload.is_shown);
        self.is_first &= self.uploads.is_empty();
    }

    /// Draws the surfaces of a pane, whose block is bound.
    ///
    /// # Errors
    /// What the browser says where it refuses a program or a buffer.
    pub(super) fn draw(
        &mut self,
        picture: &Picture,
        pane: &Pane,
        pass: Pass,
    ) -> Result<(), String> {
        // What is in front first, as far as one can tell: what is behind is then not shaded.
        let is_from_above = pane.clip_from_world.z.w < 0.0;
        let mut order: Vec<(f32, &Drawn, usize)> = Vec::new();
        for drawn in &pane.surfaces {
            let index = self.upload(picture, pane, drawn)?;
            let mean = self.uploads[index].mesh.mean;
            let depth = if is_from_above { -mean } else { mean };
            let place = order.partition_point(|(before, ..)| *before <= depth);
            order.insert(place, (depth, drawn, index));
        }
        let of_all = Features::default()
            .with(Feature::Wire, picture.is_wireframe)
            .with(Feature::Peeled, pass != Pass::Canvas)
            .with(Feature::Fine, pass == Pass::Peeled { is_fine: true });
        let (mut is_coverage, mut bound) = (false, None);
        // One part of all surfaces after the other: the device changes programs seldom, and makes one
        // while it draws by the other.
        for part in [Part::Inner, Part::Edges, Part::Plateau] {
            for (_, drawn, index) in &order {
                let indices = self.uploads[*index].mesh.part(part);
                if indices.is_empty() {
                    continue;
                }
                let below = of_all
                    .with(Feature::Hue, matches!(drawn.ramp, Ramp::Hue(_)))
                    .with(Feature::Colored, drawn.colors.is_some())
                    .with(Feature::Hatched, drawn.hatched.is_some())
                    .with(Feature::Contours, picture.has_contours);
                let features = match part {
                    // The first picture is there sooner by one program.
                    Part::Inner => below.with(Feature::Edges, self.is_first),
                    Part::Edges => below.with(Feature::Edges, true),
                    // It has its own colour, and is level.
                    Part::Plateau => of_all.with(Feature::Plateau, true),
                };
                if !below.has(Feature::Hue) {
                    self.bind_ramp(drawn.ramp)?;
                }
                self.uploads[*index].bind();
                if bound != Some(features) {
                    self.bind_program(features)?;
                    bound = Some(features);
                }
                let wants_coverage =
                    features.is_soft() && self.is_multisampled && pass == Pass::Canvas;
                if wants_coverage != is_coverage {
                    gl::set_alpha_to_coverage(&self.context, wants_coverage);
                    is_coverage = wants_coverage;
                }
                self.uploads[*index].triangles.draw(indices);
            }
        }
        if is_coverage {
            gl::set_alpha_to_coverage(&self.context, false);
        }
        Ok(())
    }

    /// Draws the map below the box of a pane, whose block is bound and whose surfaces are drawn: the
    /// plane in the colours of the only surface, or the lines of several.
    ///
    /// # Errors
    /// What the browser says where it refuses a program or a buffer.
    pub(super) fn draw_map(&mut self, picture: &Picture, pane: &Pane) -> Result<(), String> {
        for drawn in &pane.surfaces {
            let index = self.upload(picture, pane, drawn)?;
            let is_hue = matches!(drawn.ramp, Ramp::Hue(_));
            let features = Features::default()
                .with(Feature::Map, true)
                .with(Feature::Hue, is_hue)
                .with(Feature::Colored, drawn.colors.is_some())
                .with(Feature::Filled, !is_hue && pane.surfaces.len() == 1);
            if !is_hue {
                self.bind_ramp(drawn.ramp)?;
            }
            self.bind_program(features)?;
            self.uploads[index].bind();
            let upload = &self.uploads[index];
            upload.triangles.draw(0..upload.mesh.indices.len());
        }
        Ok(())
    }

    /// The number of the upload of a surface, made if need be.
    fn upload(&mut self, picture: &Picture, pane: &Pane, drawn: &Drawn) -> Result<usize, String> {
        let sheet = &*drawn.sheet;
        let found = self.uploads.iter().position(|upload| upload.is_of(drawn));
        let current = found.map_or(0, |found| self.uploads[found].mesh.stride);
        let size = [sheet.n_columns(), sheet.n_rows()];
        let stride =
            stride(&pane.clip_from_world, picture.canvas_px, &drawn.footprint, size, current);
        let index = match found {
            Some(index) if current == stride => index,
            Some(index) => {
                self.uploads[index] = Upload::new(&self.context, drawn, stride)?;
                index
            }
            None => {
                self.uploads.push(Upload::new(&self.context, drawn, stride)?);
                self.uploads.len() - 1
            }
        };
        let upload = &mut self.uploads[index];
        upload.is_shown = true;
        let block = blocks::surface(picture, drawn, &upload.mesh, self.theme.ink);
        if block != upload.in_block {
            upload.block.fill(block.as_flattened());
            upload.in_block = block;
        }
        Ok(index)
    }

    fn bind_ramp(&mut self, ramp: Ramp) -> Result<(), String> {
        let index = match self.ramps.iter().position(|(of, _)| *of == ramp) {
            Some(index) => index,
            None => {
                self.ramps.push((ramp, RampTexture::new(&self.context, &colors(ramp))?));
                self.ramps.len() - 1
            }
        };
        self.ramps[index].1.bind();
        Ok(())
    }

    /// Begins to compile what a picture of surfaces in such colours, and of nothing special, will need.
    ///
    /// # Errors
    /// Where there is no context any more.
    pub(super) fn expect(&mut self, ramp: Ramp, has_contours: bool) -> Result<(), String> {
        if !matches!(ramp, Ramp::Hue(_)) {
            self.bind_ramp(ramp)?;
        }
        let features = Features::default()
            .with(Feature::Hue, matches!(ramp, Ramp::Hue(_)))
            .with(Feature::Contours, has_contours)
            .with(Feature::Edges, true);
        self.program(features).map(|_| ())
    }

    fn bind_program(&mut self, features: Features) -> Result<(), String> {
        self.program(features)?.bind()
    }

    fn program(&mut self, features: Features) -> Result<&Program, String> {
        let index = match self.programs.iter().position(|(of, _)| *of == features) {
            Some(index) => index,
            None => {
                self.programs.push((features, self.compile(features)?));
                self.programs.len() - 1
            }
        };
        Ok(&self.programs[index].1)
    }

    fn compile(&self, features: Features) -> Result<Program, String> {
        let mut defines = self.theme.defines();
        // Without several samples a pixel is on a line or beside it.
        defines += "#define CONTOUR_INK 0.3\n#define LEAST_COVERAGE ";
        let is_soft = self.is_multisampled || features.has(Feature::Peeled);
        defines += if is_soft { "0.1\n" } else { "0.5\n" };
        for (feature, name) in Feature::ALL {
            if features.has(feature) {
                defines += &["#define ", name, "\n"].concat();
            }
        }
        // What follows from them.
        let (is_wire, is_plateau) = (features.has(Feature::Wire), features.has(Feature::Plateau));
        if is_wire || is_plateau {
            defines += "#define GRID\n";
        }
        if !is_wire && (is_plateau || features.has(Feature::Edges)) {
            defines += "#define RIM\n";
        }
        let vertex = [include_str!("pane.glsl"), include_str!("surface.vert")];
        Program::new(&self.context, &defines, &vertex, &[include_str!("surface.frag")])
    }
}

impl Upload {
    fn new(context: &Context, drawn: &Drawn, stride: usize) -> Result<Self, String> {
        let Drawn { sheet, scale, colors, hatched, .. } = drawn;
        let overflow = (sheet.statistics().n_overflowed > 0).then(|| sheet.overflow());
        let mesh = Mesh::new(
            &Heights {
                values: &sheet.heights(scale),
                overflow: overflow.as_deref(),
                n_columns: sheet.n_columns(),
            },
            stride,
        );
        let mut triangles = Triangles::new(context, &mesh.indices)?;
        triangles.attribute(0, 3, &mesh.corners)?;
        if let Some(colors) = colors {
            let mut places = mesh.at_corners(colors);
            for place in &mut places {
                *place = if place.is_nan() { NO_COLOR } else { *place };
            }
            triangles.attribute(1, 1, &places)?;
        }
        if let Some(hatched) = hatched {
            let flags = mesh.at_corners(hatched).into_iter();
            triangles.attribute(
                2,
                1,
                &flags.map(|flag| f32::from(u8::from(flag))).collect::<Vec<_>>(),
            )?;
        }
        Ok(Self {
            sheet: sheet.clone(),
            scale: *scale,
            colors: colors.clone(),
            hatched: hatched.clone(),
            mesh,
            triangles,
            block: Block::new(context)?,
            in_block: blocks::Surface::default(),
            is_shown: true,
        })
    }

    fn bind(&self) {
        self.block.bind(Slot::Surface);
        self.triangles.bind();
    }

    fn is_of(&self, drawn: &Drawn) -> bool {
        Rc::ptr_eq(&self.sheet, &drawn.sheet)
            && self.scale == drawn.scale
            && is_same(&self.colors, &drawn.colors)
            && is_same(&self.hatched, &drawn.hatched)
    }
}

/// Whether both are the very same values, or none.
fn is_same<T>(a: &Option<Rc<[T]>>, b: &Option<Rc<[T]>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Rc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

fn colors(ramp: Ramp) -> Vec<u8> {
    let mut rgba = Vec::new();
    for i in 0..RAMP_LEN {
        let [r, g, b]: Rgb = ramp.rgb(f64::from(i) / f64::from(RAMP_LEN - 1));
        rgba.extend([r, g, b, 255]);
    }
    rgba
}
