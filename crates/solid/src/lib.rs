//! Loss surfaces as things for other programs: a closed solid to print (STL), a coloured mesh to look
//! at (GLB), and a mesh with all values for ParaView (VTK).
//!
//! Heights are the page's: linear or logarithmic, flat at the cut ([`Scale`](lossland_surface::Scale)),
//! with the triangles that it draws, each cell split along (i, j) to (i + 1, j + 1). Where the network
//! overflowed the surface is at its top; where nothing was computed there is a hole; and a run that was
//! stopped is drawn between its points ([`Unfinished`](lossland_surface::Unfinished)).
//!
//! Surfaces come in, bytes go out: no input or output, natively and in the browser alike. Equal
//! arguments give equal bytes.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod glb;
mod relief;
mod size;
mod solid;
mod stl;
mod vtk;

pub use size::Size;

use lossland_surface::{Cut, FieldKind, Surface, SurfaceError};
use relief::Relief;

/// What a surface is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A closed solid on a flat base, in millimetres: binary STL.
    Stl,
    /// The surface alone with its colours, in metres, y up: glTF 2.0 in one file.
    Glb,
    /// The surface alone with the values of all fields, in the units of the plane: legacy VTK.
    Vtk,
}

impl Shape {
    /// What the ending of a file's name says; `None` where it is another.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "stl" => Some(Self::Stl),
            "glb" => Some(Self::Glb),
            "vtk" => Some(Self::Vtk),
            _ => None,
        }
    }
}

/// What of a surface is written, and how large. The default is what the page shows first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The field that is the height; `None` is [`Surface::main_field`].
    pub field: Option<FieldKind>,
    /// Where heights end.
    pub cut: Cut,
    /// Heights are logarithms.
    pub is_log: bool,
    /// The size of the box that the surface fills.
    pub size: Size,
}

/// The bytes of a file with this surface.
///
/// # Errors
/// If there is no such field, nothing to draw or too much, or the size is none.
pub fn write(surface: &Surface, shape: Shape, options: &Options) -> Result<Vec<u8>, SurfaceError> {
    let relief = Relief::new(surface, options)?;
    match shape {
        Shape::Stl => stl::write(&relief),
        Shape::Glb => glb::write(&relief),
        Shape::Vtk => vtk::write(&relief),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_shape() {
        for (name, shape) in [
            ("a.b.stl", Some(Shape::Stl)),
            ("A.GLB", Some(Shape::Glb)),
            ("a.vtk", Some(Shape::Vtk)),
            ("stl", None),
            ("a.stl.lossland", None),
            ("", None),
        ] {
            assert_eq!(Shape::of_name(name), shape, "{name}");
        }
    }
}
