//! The box's lines, as instances of one quad. Their ends are in the pane's block: there are few, they
//! change with every turn, and instanced attributes were seen to go missing in software WebGL.

use super::{Theme, device::Device, gl};
use crate::{blocks, picture::Pane};
use std::rc::Rc;

pub(super) struct Lines {
    device: Rc<Device>,
    /// Compiled in.
    pub(super) theme: Theme,
    program: gl::Program,
}

impl Lines {
    pub(super) fn new(device: &Rc<Device>, theme: Theme) -> Result<Self, String> {
        let block = include_str!("pane.glsl");
        let (vertex, fragment) =
            ([block, include_str!("line.vert")], [block, include_str!("line.frag")]);
        let program = gl::Program::new(device, &theme.defines(), &vertex, &fragment)?;
        Ok(Self { device: device.clone(), theme, program })
    }

    /// Waits for the program, if it is new.
    ///
    /// # Errors
    /// What the browser says where it refuses the program.
    pub(super) fn finish(&self) -> Result<(), String> {
        self.program.finish()
    }

    /// Draws the lines of a pane, whose block is bound; the program must be finished.
    pub(super) fn draw(&self, pane: &Pane) {
        self.program.bind();
        gl::draw_quads(&self.device, blocks::n_lines(pane));
    }
}
