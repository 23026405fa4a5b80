//! The surfaces on the GPU: triangles and a block of numbers, a program for each kind of pixel.
//!
//! Surfaces that lie beside each other in the list, are coloured alike and small are one set of triangles
//! ([`runs`]), drawn by one call: calls are what a frame costs the page's thread.
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
    mesh::{self, Heights, Mesh, Part, Parts, is_always_whole, stride},
    picture::{Drawn, Pane, Picture},
    scale::Scale,
    sheet::Sheet,
};
use std::{iter::repeat_n, rc::Rc};
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

/// A run of surfaces on the GPU.
struct Upload {
    members: Vec<Member>,
    triangles: Triangles,
    parts: Parts,
    block: Block,
    in_block: blocks::Surfaces,
    is_shown: bool,
}

/// A surface as triangles, and what they were made from.
struct Member {
    sheet: Rc<Sheet>,
    scale: Scale,
    colors: Option<Rc<[f32]>>,
    hatched: Option<Rc<[bool]>>,
    mesh: Rc<Mesh>,
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
            for run in runs(pane) {
                self.upload(picture, pane, run)?;
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
        for run in runs(pane) {
            let index = self.upload(picture, pane, run)?;
            let highest = self.uploads[index].highest_mean();
            let depth = if is_from_above { -highest } else { highest };
            let place = order.partition_point(|(before, ..)| *before <= depth);
            order.insert(place, (depth, &run[0], index));
        }
        let of_all = Features::default()
            .with(Feature::Wire, picture.is_wireframe)
            .with(Feature::Peeled, pass != Pass::Canvas)
            .with(Feature::Fine, pass == Pass::Peeled { is_fine: true });
        let (mut is_coverage, mut bound_program, mut bound) = (false, None, None);
        // One part of all surfaces after the other: the device changes programs seldom, and makes one
        // while it draws by the other.
        for part in [Part::Inner, Part::Edges, Part::Plateau] {
            for (_, drawn, index) in &order {
                let indices = self.uploads[*index].parts.range(part);
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
                if bound != Some(*index) {
                    if !below.has(Feature::Hue) {
                        self.bind_ramp(drawn.ramp)?;
                    }
                    self.uploads[*index].bind();
                    bound = Some(*index);
                }
                if bound_program != Some(features) {
                    self.bind_program(features)?;
                    bound_program = Some(features);
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
        for run in runs(pane) {
            let index = self.upload(picture, pane, run)?;
            let drawn = &run[0];
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
            upload.triangles.draw(upload.parts.all());
        }
        Ok(())
    }

    /// The number of the upload of a run, made if need be.
    fn upload(&mut self, picture: &Picture, pane: &Pane, run: &[Drawn]) -> Result<usize, String> {
        let found = self.uploads.iter().position(|upload| upload.is_of(run));
        let stride = if let [drawn] = run {
            let size = [drawn.sheet.n_columns(), drawn.sheet.n_rows()];
            let current = found.map_or(0, |found| self.uploads[found].members[0].mesh.stride);
            stride(&pane.clip_from_world, picture.canvas_px, &drawn.footprint, size, current)
        } else {
            1
        };
        let index = match found {
            Some(index) if self.uploads[index].members[0].mesh.stride == stride => index,
            _ => {
                let made = Upload::new(&self.context, self.members(run, stride))?;
                if let Some(index) = found {
                    self.uploads[index] = made;
                    index
                } else {
                    self.uploads.push(made);
                    self.uploads.len() - 1
                }
            }
        };
        let upload = &mut self.uploads[index];
        upload.is_shown = true;
        upload.fill_block(run, self.theme.ink);
        Ok(index)
    }

    /// The surfaces of a run as triangles, as they are in another upload or new.
    fn members(&self, run: &[Drawn], stride: usize) -> Vec<Member> {
        let had = || self.uploads.iter().flat_map(|upload| &upload.members);
        let mesh = |drawn: &Drawn| {
            let same = had().find(|member| member.is_of(drawn) && member.mesh.stride == stride);
            same.map_or_else(|| Rc::new(mesh(drawn, stride)), |member| member.mesh.clone())
        };
        let member = |drawn: &Drawn| Member {
            sheet: drawn.sheet.clone(),
            scale: drawn.scale,
            colors: drawn.colors.clone(),
            hatched: drawn.hatched.clone(),
            mesh: mesh(drawn),
        };
        run.iter().map(member).collect()
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
    fn new(context: &Context, members: Vec<Member>) -> Result<Self, String> {
        let meshes: Vec<&Mesh> = members.iter().map(|member| &*member.mesh).collect();
        let joined = mesh::Triangles::joined(&meshes);
        let mut triangles = Triangles::new(context, &joined.indices)?;
        let corners: Vec<&[[f32; 3]]> = meshes.iter().map(|mesh| &*mesh.corners).collect();
        // A large one is alone, and not copied.
        if let [corners] = *corners {
            triangles.attribute(0, 3, corners)?;
        } else {
            triangles.attribute(0, 3, &corners.concat())?;
            let numbers = (0_u8..).zip(&corners);
            let numbers = numbers.flat_map(|(n, corners)| repeat_n(f32::from(n), corners.len()));
            triangles.attribute(3, 1, &numbers.collect::<Vec<_>>())?;
        }
        let colors = members.iter().filter_map(|member| {
            let places = member.mesh.at_corners(member.colors.as_ref()?).into_iter();
            Some(places.map(|place| if place.is_nan() { NO_COLOR } else { place }))
        });
        let hatched = members.iter().filter_map(|member| {
            let flags = member.mesh.at_corners(member.hatched.as_ref()?).into_iter();
            Some(flags.map(|flag| f32::from(u8::from(flag))))
        });
        let values: [Vec<f32>; 2] = [colors.flatten().collect(), hatched.flatten().collect()];
        for (location, values) in (1..).zip(values) {
            if !values.is_empty() {
                triangles.attribute(location, 1, &values)?;
            }
        }
        Ok(Self {
            parts: joined.parts,
            triangles,
            block: Block::new(context)?,
            in_block: blocks::Surfaces::default(),
            is_shown: true,
            members,
        })
    }

    /// What the shaders are to know of each surface of the run, sent if it is new.
    fn fill_block(&mut self, run: &[Drawn], ink: Rgb) {
        let mut block = blocks::Surfaces::default();
        let mut first_corner = 0;
        for ((place, drawn), member) in block.iter_mut().zip(run).zip(&self.members) {
            *place = blocks::surface(drawn, &member.mesh, first_corner, ink);
            first_corner += member.mesh.corners.len();
        }
        // Bit by bit, which is one call.
        let [now, before] =
            [&block, &self.in_block].map(|block| block.as_flattened().as_flattened());
        if gl::bytes(now) != gl::bytes(before) {
            self.block.fill(now);
            self.in_block = block;
        }
    }

    fn bind(&self) {
        self.block.bind(Slot::Surfaces);
        self.triangles.bind();
    }

    fn is_of(&self, run: &[Drawn]) -> bool {
        self.members.len() == run.len()
            && self.members.iter().zip(run).all(|(member, drawn)| member.is_of(drawn))
    }

    /// The mean height of the one that is highest on average.
    fn highest_mean(&self) -> f32 {
        self.members.iter().map(|member| member.mesh.mean).fold(f32::NEG_INFINITY, f32::max)
    }
}

impl Member {
    fn is_of(&self, drawn: &Drawn) -> bool {
        Rc::ptr_eq(&self.sheet, &drawn.sheet)
            && self.scale == drawn.scale
            && is_same(&self.colors, &drawn.colors)
            && is_same(&self.hatched, &drawn.hatched)
    }
}

fn mesh(drawn: &Drawn, stride: usize) -> Mesh {
    let Drawn { sheet, scale, .. } = drawn;
    let overflow = (sheet.statistics().n_overflowed > 0).then(|| sheet.overflow());
    let heights = Heights {
        values: &sheet.heights(scale),
        overflow: overflow.as_deref(),
        n_columns: sheet.n_columns(),
    };
    Mesh::new(&heights, stride)
}

/// Those that are drawn at once, in order: neighbours in the list.
fn runs(pane: &Pane) -> impl Iterator<Item = &[Drawn]> {
    let is_small = |of: &Drawn| is_always_whole([of.sheet.n_columns(), of.sheet.n_rows()]);
    let is_one_program = |a: &Drawn, b: &Drawn| {
        let is_one_ramp = match (a.ramp, b.ramp) {
            (Ramp::Hue(_), Ramp::Hue(_)) => true,
            (a, b) => a == b,
        };
        is_one_ramp
            && a.colors.is_some() == b.colors.is_some()
            && a.hatched.is_some() == b.hatched.is_some()
    };
    let runs =
        pane.surfaces.chunk_by(move |a, b| is_small(a) && is_small(b) && is_one_program(a, b));
    runs.flat_map(|run| run.chunks(blocks::MAX_SURFACES))
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
