//! The box's lines, as instances of one quad. Their ends are in the pane's block: there are few, they
//! change with every turn, and instanced attributes were seen to go missing in software WebGL.

use super::{Theme, gl};
use crate::{blocks, picture::Pane};
use three_d::Context;

pub(super) struct Lines {
    context: Context,
    /// Compiled in.
    pub(super) theme: Theme,
    program: gl::Program,
}

impl Lines {
    pub(super) fn new(context: &Context, theme: Theme) -> Result<Self, String> {
        let block = include_str!("pane.glsl");
        let (vertex, fragment) =
            ([block, include_str!("line.vert")], [block, include_str!("line.frag")]);
        let program = gl::Program::new(context, &theme.defines(), &vertex, &fragment)?;
        Ok(Self { context: context.clone(), theme, program })
    }

    /// Waits for the program, if it is new.
    ///
    /// # Errors
    /// What the browser says where it refuses the program.
    pub(super) fn finish(&self) -> Result<(), String> {
        self.program.finish()
    }

    /// Draws the lines of a pane, whose block is bound.
    ///
    /// # Errors
    /// What the browser says where it refuses the program.
    pub(super) fn draw(&self, pane: &Pane) -> Result<(), String> {
        self.program.bind()?;
        gl::draw_quads(&self.context, blocks::n_lines(pane));
        Ok(())
    }
}
