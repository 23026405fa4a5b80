//! How surfaces are drawn: a program for each kind of pixel, and what is drawn by which, found out anew
//! only when something else than the camera has changed ([`Plan`]).
//!
//! Where a surface is cut its triangles are drawn twice: once as they are, up to the cut, and once
//! flat at the cut. Every pixel belongs to one of the two by its own height, so the plateau has a
//! smooth edge whatever the grid. All other triangles are drawn once, and most of them without the
//! steps that only an edge needs ([`Part`]).

use super::{
    Theme,
    device::Device,
    gl::{Program, Ramp as RampTexture},
    layers,
    upload::{Upload, is_small, runs},
};
use crate::{
    color::{Ramp, Rgb},
    mesh::{Part, stride},
    picture::{Drawn, Pane, Picture},
};
use std::{mem, ops::Range, rc::Rc};

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

/// The programs, and what was uploaded of every surface shown.
pub(super) struct Surfaces {
    device: Rc<Device>,
    is_multisampled: bool,
    /// Compiled in, so a change of the theme takes all programs away.
    theme: Theme,
    programs: Vec<(Features, Program)>,
    ramps: Vec<(Ramp, RampTexture)>,
    uploads: Vec<Upload>,
    /// For each pane.
    plans: Vec<Plan>,
    /// What all of them have in common.
    planned_for: Option<Features>,
    /// Until surfaces have been drawn.
    is_first: bool,
}

/// How the surfaces of a pane are drawn, wherever the eye is.
struct Plan {
    surfaces: Rc<[Drawn]>,
    is_from_above: bool,
    /// A large one has fewer triangles from afar.
    has_large: bool,
    steps: Vec<Step>,
    /// Of the map below.
    map: Vec<Step>,
}

/// Some triangles, by the numbers of what they are drawn with.
struct Step {
    ramp: Option<usize>,
    program: usize,
    upload: usize,
    indices: Range<usize>,
    is_alpha_coverage: bool,
}

const RAMP_LEN: u32 = 256;

impl Surfaces {
    pub(super) fn new(device: &Rc<Device>, theme: Theme, is_multisampled: bool) -> Self {
        Self {
            device: device.clone(),
            is_multisampled,
            theme,
            programs: Vec::new(),
            ramps: Vec::new(),
            uploads: Vec::new(),
            plans: Vec::new(),
            planned_for: None,
            is_first: true,
        }
    }

    /// Begins to compile what a picture of surfaces in such colours, and of nothing special, will need.
    ///
    /// # Errors
    /// Where there is no context any more.
    pub(super) fn expect(&mut self, ramp: Ramp, has_contours: bool) -> Result<(), String> {
        self.ramp(ramp)?;
        let features = Features::default()
            .with(Feature::Hue, matches!(ramp, Ramp::Hue(_)))
            .with(Feature::Contours, has_contours)
            .with(Feature::Edges, true);
        self.program(features).map(|_| ())
    }

    /// Before a picture is drawn: makes what is missing for it, and frees what it does not show.
    ///
    /// # Errors
    /// What the browser says where it refuses a program or a buffer.
    pub(super) fn prepare(&mut self, picture: &Picture, theme: Theme) -> Result<(), String> {
        if self.theme != theme {
            self.theme = theme;
            self.programs.clear();
            self.planned_for = None;
        }
        let of_all = Features::default()
            .with(Feature::Wire, picture.is_wireframe)
            .with(Feature::Contours, picture.has_contours)
            .with(Feature::Map, picture.has_floor_map)
            .with(Feature::Fine, layers::is_fine(&self.device, picture));
        let is_planned = self.planned_for == Some(of_all)
            && self.plans.len() == picture.panes.len()
            && self.plans.iter().zip(&picture.panes).all(|(plan, pane)| plan.suits(pane));
        if is_planned {
            return Ok(());
        }
        self.planned_for = None;
        self.plans.clear();
        // While programs are made.
        let mut had = mem::take(&mut self.uploads);
        let mut uploaded = Vec::new();
        for pane in &picture.panes {
            for run in runs(pane) {
                uploaded.push(self.upload(&mut had, picture, pane, run)?);
            }
        }
        let mut uploaded = uploaded.into_iter();
        for pane in &picture.panes {
            let runs: Vec<_> = runs(pane).zip(uploaded.by_ref()).collect();
            let surfaces = pane.surfaces.clone();
            let (is_from_above, has_large) = (pane.is_from_above(), !surfaces.iter().all(is_small));
            let steps = self.steps(of_all, pane, &runs)?;
            let map = if picture.has_floor_map { self.map_steps(pane, &runs)? } else { Vec::new() };
            self.plans.push(Plan { surfaces, is_from_above, has_large, steps, map });
        }
        // Now, not in the midst of it: who waits for a program waits for all that was drawn, too.
        for index in 0..self.programs.len() {
            if let Err(why) = self.programs[index].1.finish() {
                // Whoever tries again is to be told again.
                self.programs.remove(index);
                return Err(why);
            }
        }
        // The picture after the first is drawn by other programs.
        self.planned_for = (!self.is_first).then_some(of_all);
        self.is_first &= self.uploads.is_empty();
        Ok(())
    }

    /// Draws the surfaces of the pane with this number in the picture that was prepared; the pane's block
    /// is bound.
    pub(super) fn draw(&self, number: usize) {
        self.take(&self.plans[number].steps);
    }

    /// Draws the map below the box: the plane in the colours of the only surface, or the lines of several.
    /// The surfaces are drawn.
    pub(super) fn draw_map(&self, number: usize) {
        self.take(&self.plans[number].map);
    }

    fn take(&self, steps: &[Step]) {
        let mut bound_ramp = None;
        for step in steps {
            if let Some(ramp) = step.ramp
                && bound_ramp != step.ramp
            {
                self.ramps[ramp].1.bind();
                bound_ramp = step.ramp;
            }
            self.programs[step.program].1.bind();
            self.device.set_alpha_to_coverage(step.is_alpha_coverage);
            self.uploads[step.upload].draw(step.indices.clone());
        }
        self.device.set_alpha_to_coverage(false);
    }

    /// The surfaces of a pane, with the numbers of their uploads.
    fn steps(
        &mut self,
        of_all: Features,
        pane: &Pane,
        runs: &[(&[Drawn], usize)],
    ) -> Result<Vec<Step>, String> {
        let is_peeled = !pane.is_opaque();
        let of_pane = Features::default()
            .with(Feature::Wire, of_all.has(Feature::Wire))
            .with(Feature::Peeled, is_peeled)
            .with(Feature::Fine, is_peeled && of_all.has(Feature::Fine));
        // What is in front first, as far as one can tell: what is behind is then not shaded.
        let mut order: Vec<(f32, &Drawn, usize)> = Vec::new();
        for (run, upload) in runs {
            let highest = self.uploads[*upload].highest_mean();
            let depth = if pane.is_from_above() { -highest } else { highest };
            let place = order.partition_point(|(before, ..)| *before <= depth);
            order.insert(place, (depth, &run[0], *upload));
        }
        let mut steps = Vec::new();
        // One part of all surfaces after the other: the device changes programs seldom, and makes one
        // while it draws by the other.
        for part in [Part::Inner, Part::Edges, Part::Plateau] {
            for (_, drawn, upload) in &order {
                let indices = self.uploads[*upload].parts.range(part);
                if indices.is_empty() {
                    continue;
                }
                let below = of_pane
                    .with(Feature::Hue, matches!(drawn.ramp, Ramp::Hue(_)))
                    .with(Feature::Colored, drawn.colors.is_some())
                    .with(Feature::Hatched, drawn.hatched.is_some())
                    .with(Feature::Contours, of_all.has(Feature::Contours));
                let features = match part {
                    // The first picture is there sooner by one program.
                    Part::Inner => below.with(Feature::Edges, self.is_first),
                    Part::Edges => below.with(Feature::Edges, true),
                    // It has its own colour, and is level.
                    Part::Plateau => of_pane.with(Feature::Plateau, true),
                };
                steps.push(Step {
                    ramp: self.ramp(drawn.ramp)?,
                    program: self.program(features)?,
                    upload: *upload,
                    indices,
                    is_alpha_coverage: features.is_soft() && self.is_multisampled && !is_peeled,
                });
            }
        }
        Ok(steps)
    }

    fn map_steps(&mut self, pane: &Pane, runs: &[(&[Drawn], usize)]) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        for (run, upload) in runs {
            let drawn = &run[0];
            let is_hue = matches!(drawn.ramp, Ramp::Hue(_));
            let features = Features::default()
                .with(Feature::Map, true)
                .with(Feature::Hue, is_hue)
                .with(Feature::Colored, drawn.colors.is_some())
                .with(Feature::Filled, !is_hue && pane.surfaces.len() == 1);
            steps.push(Step {
                ramp: self.ramp(drawn.ramp)?,
                program: self.program(features)?,
                upload: *upload,
                indices: self.uploads[*upload].parts.all(),
                is_alpha_coverage: false,
            });
        }
        Ok(steps)
    }

    /// The number of the upload of a run, as it `had` been or made.
    fn upload(
        &mut self,
        had: &mut Vec<Upload>,
        picture: &Picture,
        pane: &Pane,
        run: &[Drawn],
    ) -> Result<usize, String> {
        let is_same = |upload: &Upload| upload.is_of(run);
        let index = if let Some(index) = self.uploads.iter().position(is_same) {
            index
        } else {
            let before = had.iter().position(is_same);
            let stride = if let [drawn] = run {
                let size = [drawn.sheet.n_columns(), drawn.sheet.n_rows()];
                let current = before.map_or(0, |before| had[before].stride());
                stride(&pane.clip_from_world, picture.canvas_px, &drawn.footprint, size, current)
            } else {
                1
            };
            self.uploads.push(match before {
                Some(before) if had[before].stride() == stride => had.swap_remove(before),
                _ => Upload::new(&self.device, run, stride, had.iter().chain(&self.uploads))?,
            });
            self.uploads.len() - 1
        };
        self.uploads[index].fill_block(run, self.theme.ink);
        Ok(index)
    }

    /// The number of the texture that a ramp needs.
    fn ramp(&mut self, ramp: Ramp) -> Result<Option<usize>, String> {
        if matches!(ramp, Ramp::Hue(_)) {
            return Ok(None);
        }
        let found = self.ramps.iter().position(|(of, _)| *of == ramp);
        if found.is_none() {
            self.ramps.push((ramp, RampTexture::new(&self.device, &colors(ramp))?));
        }
        Ok(found.or(Some(self.ramps.len() - 1)))
    }

    /// The number of a program, which is begun if need be.
    fn program(&mut self, features: Features) -> Result<usize, String> {
        let found = self.programs.iter().position(|(of, _)| *of == features);
        if found.is_none() {
            self.programs.push((features, self.compile(features)?));
        }
        Ok(found.unwrap_or(self.programs.len() - 1))
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
        Program::new(&self.device, &defines, &vertex, &[include_str!("surface.frag")])
    }
}

impl Plan {
    /// Whether the pane differs in nothing but where its eye is.
    fn suits(&self, pane: &Pane) -> bool {
        let (before, now) = (&self.surfaces, &pane.surfaces);
        let is_same = Rc::ptr_eq(before, now)
            || before.len() == now.len()
                && before.iter().zip(now.iter()).all(|(before, now)| before.looks_like(now));
        is_same && self.is_from_above == pane.is_from_above() && !self.has_large
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
