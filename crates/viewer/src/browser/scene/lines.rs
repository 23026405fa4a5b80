//! The box's lines, as instances of one quad.

use super::surface::Frame;
use crate::axes::Line;
use cgmath::{EuclideanSpace as _, Vector2};
use three_d::{
    Blend, Context, CoreError, Cull, DepthTest, InstanceBuffer, Program, RenderStates, WriteMask,
};

pub(super) struct Lines {
    program: Program,
    from: InstanceBuffer<cgmath::Vector3<f32>>,
    to: InstanceBuffer<cgmath::Vector3<f32>>,
    strength: InstanceBuffer<f32>,
}

impl Lines {
    pub(super) fn new(context: &Context) -> Result<Self, CoreError> {
        Ok(Self {
            program: Program::from_source(
                context,
                include_str!("line.vert"),
                include_str!("line.frag"),
            )?,
            from: InstanceBuffer::new(context),
            to: InstanceBuffer::new(context),
            strength: InstanceBuffer::new(context),
        })
    }

    /// Draws lines, opaque to these degrees: of the floor's grid, and of the box's edges.
    pub(super) fn draw(&mut self, frame: &Frame, lines: &[Line], [grid, edge]: [f32; 2]) {
        let ends = |end: fn(&Line) -> cgmath::Point3<f32>| {
            lines.iter().map(|line| end(line).to_vec()).collect::<Vec<_>>()
        };
        self.from.fill(&ends(|line| line.from));
        self.to.fill(&ends(|line| line.to));
        let strength = lines.iter().map(|line| if line.is_edge { edge } else { grid });
        self.strength.fill(&strength.collect::<Vec<_>>());

        let program = &self.program;
        program.use_instance_attribute("from", &self.from);
        program.use_instance_attribute("to", &self.to);
        program.use_instance_attribute("strength", &self.strength);
        program.use_uniform("clip_from_world", frame.clip_from_world);
        let viewport = frame.target;
        program
            .use_uniform("canvas_px", Vector2::new(viewport.width as f32, viewport.height as f32));
        program.use_uniform("width_px", frame.pixel_ratio.max(1.0));
        program.use_uniform("ink", frame.ink);
        // After the surfaces: where a line is behind one, it is hidden; seen from below, it is not.
        let states = RenderStates {
            depth_test: DepthTest::LessOrEqual,
            write_mask: WriteMask::COLOR,
            blend: Blend::TRANSPARENCY,
            cull: Cull::None,
        };
        program.draw_arrays_instanced(states, viewport, 6, lines.len() as u32);
    }
}
