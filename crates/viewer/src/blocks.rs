//! The uniform blocks of the scene's shaders (std140): what belongs to a pane is sent once a frame,
//! what belongs to a surface when it changes. The GLSL of `browser/scene` names the same fields in
//! the same order; every vector of it is four numbers here, every matrix sixteen, column by column.

use crate::{
    color::{Ramp, Rgb},
    mesh::Mesh,
    picture::{Drawn, Pane, Picture},
};

/// More lines than the box ever has; as in `pane.glsl`.
pub const MAX_LINES: usize = 32;
/// Numbers in a pane's block, at most.
pub const PANE_LEN: usize = 24 + 8 * MAX_LINES;
/// More surfaces than are drawn at once; as in `surface.vert`.
pub const MAX_SURFACES: usize = 8;
/// A surface in its block.
pub type Surface = [[f32; 4]; 5];
/// The block of surfaces that are drawn at once. Always all of it: a program may look for more.
pub type Surfaces = [Surface; MAX_SURFACES];

/// What the key light adds, at strength 1, to what faces it.
const KEY_LIGHT: f32 = 0.4;
/// Opacity of the floor's grid and of the box's edges.
const GRID_INK: f32 = 0.14;
const EDGE_INK: f32 = 0.34;

/// The block of a pane, in place of what is in `block`.
pub fn pane(block: &mut Vec<f32>, picture: &Picture, pane: &Pane) {
    block.clear();
    let columns: &[f32; 16] = pane.clip_from_world.as_ref();
    block.extend_from_slice(columns);
    let [width, height] = picture.canvas_px.map(|px| px as f32);
    block.extend_from_slice(&[width, height, pane.half_height, picture.pixel_ratio]);
    let light = pane.light_direction * (picture.light_intensity * KEY_LIGHT);
    block.extend_from_slice(&[light.x, light.y, light.z, 0.0]);
    for line in n_first(&pane.lines) {
        let opacity = if line.is_edge { EDGE_INK } else { GRID_INK };
        block.extend([line.from.x, line.from.y, line.from.z, opacity]);
        block.extend([line.to.x, line.to.y, line.to.z, 0.0]);
    }
}

/// As many as a block holds.
fn n_first<T>(lines: &[T]) -> &[T] {
    &lines[..lines.len().min(MAX_LINES)]
}

/// How many of a pane's lines are in its block.
pub fn n_lines(pane: &Pane) -> usize {
    n_first(&pane.lines).len()
}

/// A surface that is drawn as `mesh`, of whose corners the first has this number.
pub fn surface(drawn: &Drawn, mesh: &Mesh, first_corner: usize, ink: Rgb) -> Surface {
    let (x, y) = (drawn.footprint.x, drawn.footprint.y);
    let last = [drawn.sheet.n_columns(), drawn.sheet.n_rows()].map(|n| (n - 1) as f32);
    let (contour_factor, contour_offset) = drawn.scale.contours();
    let [stride_x, stride_y] = drawn.line_strides.map(|stride| stride as f32);
    let rim = unit(drawn.rim.unwrap_or(ink));
    let hue = if let Ramp::Hue(hue) = drawn.ramp { unit(hue) } else { [0.0; 3] };
    [
        [x.0, y.0, (x.1 - x.0) / last[0], (y.1 - y.0) / last[1]],
        [mesh.n_columns as f32, mesh.stride as f32, last[0], last[1]],
        [contour_factor, contour_offset, stride_x, stride_y],
        [rim[0], rim[1], rim[2], first_corner as f32],
        [hue[0], hue[1], hue[2], drawn.opacity],
    ]
}

fn unit(rgb: Rgb) -> [f32; 3] {
    rgb.map(|c| f32::from(c) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        axes::Line,
        color::ColorMap,
        mesh::Heights,
        picture::Subject,
        plot::Footprint,
        scale::Scale,
        sheet::{Sheet, tests::surface as surface_of},
    };
    use cgmath::{Matrix4, Point3, Vector3};

    fn picture_of_nothing() -> Picture {
        Picture {
            canvas_px: [640, 480],
            pixel_ratio: 2.0,
            light_intensity: 0.5,
            is_wireframe: false,
            has_contours: true,
            has_floor_map: false,
            panes: Vec::new(),
        }
    }

    fn pane_with(n_lines: usize, light_direction: Vector3<f32>) -> Pane {
        let (from, to) = (Point3::new(1.0, 2.0, 3.0), Point3::new(4.0, 5.0, 6.0));
        Pane {
            rect_px: [0, 0, 640, 480],
            clip_from_world: Matrix4::from_translation(Vector3::new(7.0, 8.0, 9.0)),
            light_direction,
            half_height: 0.75,
            lines: vec![Line { from, to, is_edge: true }; n_lines],
            surfaces: [].into(),
        }
    }

    #[test]
    fn a_pane_is_packed_in_the_order_of_the_shader() {
        let mut block = vec![1.0; 3];
        let mut packed = |of: &Pane| {
            pane(&mut block, &picture_of_nothing(), of);
            block.clone()
        };
        let block = packed(&pane_with(1, Vector3::new(0.0, 0.6, 0.8)));
        assert_eq!(block[12..16], [7.0, 8.0, 9.0, 1.0], "column by column");
        assert_eq!(block[16..20], [640.0, 480.0, 0.75, 2.0]);
        for (found, expected) in block[20..24].iter().zip([0.0, 0.12, 0.16, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{:?}", &block[20..24]);
        }
        assert_eq!(block[24..], [1.0, 2.0, 3.0, EDGE_INK, 4.0, 5.0, 6.0, 0.0]);

        let straight = pane_with(2 * MAX_LINES, Vector3::new(0.0, 0.0, 1.0));
        let block = packed(&straight);
        assert_eq!(block[20..24], [0.0, 0.0, 0.2, 0.0], "light from straight above");
        assert_eq!((block.len(), n_lines(&straight)), (PANE_LEN, MAX_LINES));
    }

    #[test]
    fn a_surface_is_packed_in_the_order_of_the_shader() {
        let values = (0..12).map(|i| i as f32).collect();
        let sheet =
            std::rc::Rc::new(Sheet::new(surface_of("0:1:4", "0:1:3", &[("train_loss", values)])));
        let scale = Scale::new(sheet.extent(), None, false);
        let heights = sheet.heights(&scale);
        let mesh = Mesh::new(&Heights { values: &heights, overflow: None, n_columns: 4 }, 1);
        let mut drawn = Drawn {
            subject: Subject::Difference,
            footprint: Footprint { x: (-1.0, 0.5), y: (-0.5, 0.5), z: (-1.0, 1.0) },
            ramp: Ramp::Hue([255, 0, 51]),
            colors: None,
            hatched: None,
            opacity: 0.5,
            rim: Some([0, 255, 0]),
            line_strides: [2, 3],
            scale,
            sheet,
        };
        let (factor, offset) = scale.contours();
        let block = surface(&drawn, &mesh, 7, [255; 3]);
        let expected = [
            [-1.0, -0.5, 0.5, 0.5],
            [4.0, 1.0, 3.0, 2.0],
            [factor, offset, 2.0, 3.0],
            [0.0, 1.0, 0.0, 7.0],
            [1.0, 0.0, 0.2, 0.5],
        ];
        assert_eq!(block, expected);
        (drawn.rim, drawn.ramp) = (None, Ramp::Map(ColorMap::Magma));
        let block = surface(&drawn, &mesh, 7, [255; 3]);
        assert_eq!([block[3], block[4]], [[1.0, 1.0, 1.0, 7.0], [0.0, 0.0, 0.0, 0.5]]);
    }
}
