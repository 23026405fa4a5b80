//! How the device draws. It is told only what changes: most frames draw as the one before did, and calls
//! are what a frame costs the page's thread.

use three_d::{Context, RenderStates, ScissorBox, Viewport};

/// What the device was told last. Nothing else tells it.
pub(super) struct States {
    context: Context,
    render: Option<RenderStates>,
    viewport: Option<[u32; 2]>,
    scissor: Option<ScissorBox>,
}

impl States {
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.clone(), render: None, viewport: None, scissor: None }
    }

    pub(super) fn set(&mut self, states: RenderStates) {
        let is_same = self.render.is_some_and(|told| {
            told.write_mask == states.write_mask
                && told.depth_test == states.depth_test
                && told.blend == states.blend
                && told.cull == states.cull
        });
        if !is_same {
            self.context.set_render_states(states);
            self.render = Some(states);
        }
    }

    /// Onto an image of this size, and there only within `scissor`.
    pub(super) fn set_area(&mut self, size: [u32; 2], scissor: ScissorBox) {
        if self.viewport != Some(size) {
            self.context.set_viewport(Viewport::new_at_origo(size[0], size[1]));
            self.viewport = Some(size);
        }
        if self.scissor != Some(scissor) {
            self.context.set_scissor(scissor);
            self.scissor = Some(scissor);
        }
    }
}
