//! The closed solid as binary STL, in millimetres, its corner at the origin, height along z.

use crate::relief::Relief;
use crate::solid::{Corner, triangles};
use lossland_surface::SurfaceError;
use stl_io::{Normal, Triangle, Vertex};

pub(crate) fn write(relief: &Relief<'_>) -> Result<Vec<u8>, SurfaceError> {
    let solid = triangles(relief);
    let facets = solid.iter().map(|corners| {
        let vertices = corners.map(|corner| place(relief, corner));
        Triangle { normal: Normal::new(normal(vertices)), vertices: vertices.map(Vertex::new) }
    });
    let mut bytes = Vec::with_capacity(84 + 50 * solid.len());
    stl_io::write_stl(&mut bytes, facets)
        .map_err(|error| SurfaceError::Invalid(format!("STL: {error}")))?;
    Ok(bytes)
}

fn place(relief: &Relief<'_>, corner: Corner) -> [f32; 3] {
    let size = &relief.size;
    let (footprint, z_mm) = match corner {
        Corner::Top(place) => {
            let [x, y, height] = relief.position(place);
            ([x, y], size.base_mm + height * size.height_mm)
        }
        Corner::Pit(point) => (relief.footprint(point), size.base_mm / 2.0),
        Corner::Foot(point) => (relief.footprint(point), 0.0),
        Corner::Middle => ([0.5; 2], 0.0),
    };
    let [x, y] = footprint;
    [x * size.width_mm, y * size.depth_mm, z_mm].map(|length| length as f32)
}

/// Of length 1, outward.
fn normal(vertices: [[f32; 3]; 3]) -> [f32; 3] {
    let [a, b, c] = vertices.map(|vertex| vertex.map(f64::from));
    let [u, v] = [b, c].map(|end| [end[0] - a[0], end[1] - a[1], end[2] - a[2]]);
    let across = cross(u, v);
    let length = across.iter().map(|part| part * part).sum::<f64>().sqrt();
    across.map(|part| (part / length) as f32)
}

/// The cross product: perpendicular to both, twice as long as their triangle is large.
pub(crate) fn cross(u: [f64; 3], v: [f64; 3]) -> [f64; 3] {
    [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
}
