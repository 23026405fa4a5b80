//! What the scene draws, as plain values: one or more panes, each with its camera, its box and its
//! surfaces. Made from a [`ViewState`] by [`picture`], and all that `browser/scene` knows of it.

use crate::{
    axes,
    camera::along,
    color::{Ramp, Rgb},
    compare::View,
    hover,
    plot::Footprint,
    scale::Scale,
    sheet::Sheet,
    state::ViewState,
    style::Look,
};
use cgmath::{Matrix4, Vector3};
use std::rc::Rc;

/// Everything on the canvas.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Size of the canvas, in device pixels.
    pub canvas_px: [u32; 2],
    /// Device pixels for a CSS pixel, for lines that keep their width.
    pub pixel_ratio: f32,
    /// Strength of the key light: 0 is none, 1 the default.
    pub light_intensity: f32,
    /// Lines along the grid, nothing between them.
    pub is_wireframe: bool,
    /// Lines of equal height on the surfaces.
    pub has_contours: bool,
    /// The same lines once more, on the floor.
    pub has_floor_map: bool,
    /// Side by side; they do not overlap.
    pub panes: Vec<Pane>,
}

/// A part of the canvas with a camera and a box of its own.
#[derive(Clone, Debug)]
pub struct Pane {
    /// Left, top, width and height in device pixels; nothing is drawn beyond it.
    pub rect_px: [u32; 4],
    /// Clip space of the whole canvas from world space.
    pub clip_from_world: Matrix4<f32>,
    /// Towards the key light, in world space, of length 1.
    pub light_direction: Vector3<f32>,
    /// Half the height of the box, in world units.
    pub half_height: f32,
    /// The box's lines.
    pub lines: Vec<axes::Line>,
    /// What stands in the box.
    pub surfaces: Rc<[Drawn]>,
}

impl Pane {
    /// Whether nothing in it is seen through.
    pub fn is_opaque(&self) -> bool {
        self.surfaces.iter().all(|drawn| drawn.opacity >= 1.0)
    }

    /// Whether the eye is above the box's middle rather than below.
    pub fn is_from_above(&self) -> bool {
        self.clip_from_world.z.w < 0.0
    }
}

/// What a picture is of, and so whose textures may be kept from one frame to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The surface with this number in the list.
    Surface(usize),
    /// The difference of two.
    Difference,
}

/// A surface in a pane.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which.
    pub subject: Subject,
    /// Its grid and heights ([`Sheet::heights`] of `scale`, [`Sheet::overflow`]).
    pub sheet: Rc<Sheet>,
    /// How values become heights, and where contour lines are.
    pub scale: Scale,
    /// Where its grid lies in the box.
    pub footprint: Footprint,
    /// The colours of 0 to 1.
    pub ramp: Ramp,
    /// What to look up in `ramp` at each point of the grid that is drawn, row-major; NaN where there
    /// is no value to colour by. `None`: the height.
    pub colors: Option<Rc<[f32]>>,
    /// Where at the points of that grid the surface is hatched, as within the noise.
    pub hatched: Option<Rc<[bool]>>,
    /// 1 is opaque. What lies behind shows through in the right order.
    pub opacity: f32,
    /// The colour of its border, but where `ramp` is a hue, which is then the border's, too; `None` is
    /// the page's ink.
    pub rim: Option<Rgb>,
    /// Every how many columns and rows the wireframe has a line.
    pub line_strides: [u32; 2],
}

impl Drawn {
    /// Whether both have the same triangles: of the same values, not only of equal ones.
    pub fn has_shape_of(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.sheet, &other.sheet)
            && self.scale == other.scale
            && is_same(&self.colors, &other.colors)
            && is_same(&self.hatched, &other.hatched)
    }

    /// Whether both look the same from everywhere.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.has_shape_of(other)
            && self.footprint == other.footprint
            && self.ramp == other.ramp
            && self.opacity == other.opacity
            && self.rim == other.rim
            && self.line_strides == other.line_strides
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

/// The picture of a state, with `resolution` pixels for one of the canvas along each side.
pub fn picture(state: &ViewState, resolution: f32) -> Picture {
    let viewport = state.viewport;
    let pixel_ratio = viewport.pixel_ratio * resolution;
    let px = |length: f32| (length * pixel_ratio).round().max(1.0) as u32;
    let canvas_px = [px(viewport.width), px(viewport.height)];
    let views = state.views();
    let is_only = views.len() == 1;
    let panes = views.iter().map(|view| {
        let camera = state.camera();
        let [left, top, width, height] = view.viewport.free();
        let at = |length: f32| (length * pixel_ratio).round().max(0.0) as u32;
        Pane {
            // One alone may reach below what covers the canvas.
            rect_px: if is_only {
                [0, 0, canvas_px[0], canvas_px[1]]
            } else {
                [at(left), at(top), at(left + width) - at(left), at(top + height) - at(top)]
            },
            clip_from_world: camera.clip_from_world(&view.viewport),
            light_direction: along(camera.axes(), state.light.direction()),
            half_height: view.plot.half_height,
            lines: axes::lines(&camera, &view.plot),
            surfaces: view.subjects.iter().filter_map(|s| drawn(state, view, *s)).collect(),
        }
    });
    Picture {
        canvas_px,
        pixel_ratio,
        light_intensity: state.light.intensity,
        is_wireframe: state.style.is_wireframe,
        has_contours: state.style.has_contours,
        has_floor_map: state.style.has_floor_map,
        panes: panes.collect(),
    }
}

fn drawn(state: &ViewState, view: &View, subject: Subject) -> Option<Drawn> {
    let sheet = state.sheet(subject)?;
    let color_scale = state.color_scale();
    let colors = color_scale.and_then(|scale| {
        // A surface without that field has no colour: all of it is neutral.
        let kind = state.fields.color.as_ref()?;
        let none = || vec![f32::NAN; sheet.n_columns() * sheet.n_rows()].into();
        Some(sheet.colors(kind, &scale).unwrap_or_else(none))
    });
    let colors = colors.or_else(|| {
        // What is cut below has no colour of its own either.
        view.plot.scale.is_cut_below.then(|| sheet.colors_within(&view.plot.scale))
    });
    let (look, rim) = match subject {
        Subject::Surface(index) => {
            (state.entries[index].look, state.is_tinted().then(|| state.swatch(index)))
        }
        Subject::Difference => (Look::default(), None),
    };
    Some(Drawn {
        subject,
        sheet: sheet.clone(),
        scale: view.plot.scale,
        footprint: view.plot.footprint(sheet),
        ramp: state.ramp(subject),
        colors,
        hatched: state.hatched(subject),
        // See-through is for what stands before others.
        opacity: if view.subjects.len() > 1 { look.opacity } else { 1.0 },
        rim,
        line_strides: hover::line_strides(state, &view.viewport, &view.plot, sheet),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{color::ColorMap, sheet::tests::surface};

    fn drawn() -> Drawn {
        let values = (0..12).map(|i| i as f32).collect();
        let sheet = Sheet::new(surface("0:1:4", "0:1:3", &[("train_loss", values)]));
        Drawn {
            subject: Subject::Surface(0),
            scale: Scale::new(sheet.extent(), None, false),
            footprint: Footprint { x: (-1.0, 0.5), y: (-0.5, 0.5), z: (-1.0, 1.0) },
            sheet: Rc::new(sheet),
            ramp: Ramp::Hue([255, 0, 51]),
            colors: None,
            hatched: None,
            opacity: 0.5,
            rim: None,
            line_strides: [2, 3],
        }
    }

    #[test]
    fn whatever_is_seen_makes_it_look_different() {
        let same = drawn();
        let with = |change: fn(&mut Drawn)| {
            let mut other = same.clone();
            change(&mut other);
            other
        };
        assert!(same.looks_like(&with(|_| ())));
        // Its number in the list is nothing that is seen.
        assert!(same.looks_like(&with(|of| of.subject = Subject::Surface(3))));
        let shapes: [fn(&mut Drawn); 4] = [
            |of| of.sheet = drawn().sheet,
            |of| of.scale.is_log = true,
            |of| of.colors = Some([0.0; 12].into()),
            |of| of.hatched = Some([true; 12].into()),
        ];
        for other in shapes.map(with) {
            assert!(!same.has_shape_of(&other) && !same.looks_like(&other), "{other:?}");
        }
        let looks: [fn(&mut Drawn); 5] = [
            |of| of.footprint.x = (-1.0, 1.0),
            |of| of.ramp = Ramp::Map(ColorMap::default()),
            |of| of.opacity = 1.0,
            |of| of.rim = Some([0; 3]),
            |of| of.line_strides = [2, 2],
        ];
        for other in looks.map(with) {
            assert!(same.has_shape_of(&other) && !same.looks_like(&other), "{other:?}");
        }
        // Equal colours that are others may be of other data.
        let colored = with(|of| of.colors = Some([0.0; 12].into()));
        assert!(colored.looks_like(&colored.clone()));
        assert!(!colored.looks_like(&with(|of| of.colors = Some([0.0; 12].into()))));
    }
}
