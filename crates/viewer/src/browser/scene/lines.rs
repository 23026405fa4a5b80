//! The box's lines, as instances of one quad. Their ends are uniforms: there are few, they change
//! with every turn, and instanced attributes were seen to go missing in software WebGL.

use super::{gl, surface::Frame};
use crate::axes::Line;
use cgmath::{Point3, Vector2, Vector4};
use three_d::{Blend, Context, CoreError, Cull, DepthTest, Program, RenderStates, WriteMask};

/// More than the box ever has; as in line.vert.
const MAX_LINES: usize = 32;

pub(super) struct Lines {
    context: Context,
    program: Program,
}

impl Lines {
    pub(super) fn new(context: &Context) -> Result<Self, CoreError> {
        let (vertex, fragment) = (include_str!("line.vert"), include_str!("line.frag"));
        let program = Program::from_source(context, vertex, fragment)?;
        Ok(Self { context: context.clone(), program })
    }

    /// Draws the pane's lines, opaque to these degrees: of the floor's grid, and of the box's edges.
    pub(super) fn draw(&self, frame: &Frame<'_>, [grid, edge]: [f32; 2]) {
        let lines = &frame.pane.lines[..frame.pane.lines.len().min(MAX_LINES)];
        let ends = |end: fn(&Line) -> Point3<f32>| {
            let mut ends = [Vector4::new(0.0, 0.0, 0.0, 0.0); MAX_LINES];
            for (place, line) in ends.iter_mut().zip(lines) {
                let Point3 { x, y, z } = end(line);
                *place = Vector4::new(x, y, z, if line.is_edge { edge } else { grid });
            }
            ends
        };
        let (program, viewport) = (&self.program, frame.target);
        program.use_uniform_array("from", &ends(|line| line.from));
        program.use_uniform_array("to", &ends(|line| line.to));
        program.use_uniform("clip_from_world", frame.pane.clip_from_world);
        let canvas_px = Vector2::new(viewport.width as f32, viewport.height as f32);
        program.use_uniform("canvas_px", canvas_px);
        program.use_uniform("width_px", frame.picture.pixel_ratio.max(1.0));
        program.use_uniform("ink", frame.ink);
        // After the surfaces: where a line is behind one, it is hidden; seen from below, it is not.
        let states = RenderStates {
            depth_test: DepthTest::LessOrEqual,
            write_mask: WriteMask::COLOR,
            blend: Blend::TRANSPARENCY,
            cull: Cull::None,
        };
        gl::draw_strips(program, states, viewport, 4, lines.len(), &self.context);
    }
}
