//! Surfaces as the device has them. Those that lie beside each other in the list, are coloured alike and
//! small are one set of triangles ([`runs`]), drawn by one call: calls are what a frame costs the page's
//! thread.

use super::{
    device::Device,
    gl::{self, Block, Slot, Triangles},
};
use crate::{
    blocks,
    color::{Ramp, Rgb},
    mesh::{self, Heights, Mesh, Parts, is_always_whole},
    picture::{Drawn, Pane},
};
use std::{iter::repeat_n, ops::Range, rc::Rc};

/// What stands for a colour where there is none: shaders may take NaN for anything.
const NO_COLOR: f32 = -1e30;

/// A run of surfaces on the device.
pub(super) struct Upload {
    members: Vec<Member>,
    triangles: Triangles,
    pub(super) parts: Parts,
    block: Block,
    in_block: blocks::Surfaces,
}

/// A surface as triangles, and what they were made from.
struct Member {
    drawn: Drawn,
    mesh: Rc<Mesh>,
}

impl Upload {
    /// A run, each surface with every `stride`th of its points; as triangles it may be in one that `had`
    /// some of it.
    ///
    /// # Errors
    /// Where there is no context any more.
    pub(super) fn new<'a>(
        device: &Rc<Device>,
        run: &[Drawn],
        stride: usize,
        had: impl Iterator<Item = &'a Self> + Clone,
    ) -> Result<Self, String> {
        let member = |drawn: &Drawn| {
            let is_same = |of: &&Member| of.drawn.has_shape_of(drawn) && of.mesh.stride == stride;
            let same = had.clone().flat_map(|upload| &upload.members).find(is_same);
            let mesh = same.map_or_else(|| Rc::new(mesh(drawn, stride)), |of| of.mesh.clone());
            Member { drawn: drawn.clone(), mesh }
        };
        let members: Vec<Member> = run.iter().map(member).collect();
        let meshes: Vec<&Mesh> = members.iter().map(|member| &*member.mesh).collect();
        let joined = mesh::Triangles::joined(&meshes);
        let mut triangles = Triangles::new(device, &joined.indices)?;
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
        let colors = members.iter().filter_map(|Member { drawn, mesh }| {
            let places = mesh.at_corners(drawn.colors.as_ref()?).into_iter();
            Some(places.map(|place| if place.is_nan() { NO_COLOR } else { place }))
        });
        let hatched = members.iter().filter_map(|Member { drawn, mesh }| {
            let flags = mesh.at_corners(drawn.hatched.as_ref()?).into_iter();
            Some(flags.map(|flag| f32::from(u8::from(flag))))
        });
        let values: [Vec<f32>; 2] = [colors.flatten().collect(), hatched.flatten().collect()];
        for (location, values) in (1..).zip(values) {
            if !values.is_empty() {
                triangles.attribute(location, 1, &values)?;
            }
        }
        let in_block = blocks::Surfaces::default();
        let block = Block::new(device, in_block.as_flattened().as_flattened().len())?;
        Ok(Self { parts: joined.parts, members, triangles, block, in_block })
    }

    /// Whether it has the triangles of a run.
    pub(super) fn is_of(&self, run: &[Drawn]) -> bool {
        self.members.len() == run.len()
            && self.members.iter().zip(run).all(|(of, drawn)| of.drawn.has_shape_of(drawn))
    }

    /// Every which point is a corner.
    pub(super) fn stride(&self) -> usize {
        self.members[0].mesh.stride
    }

    /// The mean height of the one that is highest on average.
    pub(super) fn highest_mean(&self) -> f32 {
        self.members.iter().map(|member| member.mesh.mean).fold(f32::NEG_INFINITY, f32::max)
    }

    /// What the shaders are to know of each surface of the run, sent if it is new.
    pub(super) fn fill_block(&mut self, run: &[Drawn], ink: Rgb) {
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

    /// Draws those of its triangles that have these indices.
    pub(super) fn draw(&self, indices: Range<usize>) {
        self.block.bind(Slot::Surfaces);
        self.triangles.bind();
        self.triangles.draw(indices);
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

/// Whether a surface has the same triangles from everywhere.
pub(super) fn is_small(drawn: &Drawn) -> bool {
    is_always_whole([drawn.sheet.n_columns(), drawn.sheet.n_rows()])
}

/// Those that are drawn at once, in order: neighbours in the list.
pub(super) fn runs(pane: &Pane) -> impl Iterator<Item = &[Drawn]> {
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
