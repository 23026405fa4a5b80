//! The device, and what it was told last: it is told only what changes. Most frames draw as the one before
//! did, and calls are what a frame costs the page's thread.

#![expect(unsafe_code, reason = "calls into WebGL; see gl.rs")]

use super::gl::Slot;
use std::cell::{Cell, OnceCell};
use three_d::context::{self, HasContext as _};
use three_d::{Context, RenderStates, ScissorBox, Viewport};

/// The context of a canvas. Nothing else binds what this binds; `None` is what nobody knows.
pub(super) struct Device {
    pub(super) context: Context,
    render: Cell<Option<RenderStates>>,
    viewport: Cell<Option<[u32; 2]>>,
    scissor: Cell<Option<ScissorBox>>,
    clear_to: Cell<Option<([f32; 4], f32)>>,
    program: Cell<Option<context::Program>>,
    vertex_array: Cell<Option<Option<context::VertexArray>>>,
    /// Of both slots, and the one that is filled.
    blocks: [Cell<Option<context::Buffer>>; 2],
    uniform_buffer: Cell<Option<context::Buffer>>,
    is_alpha_coverage: Cell<bool>,
    max_side: OnceCell<usize>,
}

/// Whether `told` was another; it is `now` from here on.
fn is_new<T: Copy + PartialEq>(told: &Cell<Option<T>>, now: T) -> bool {
    told.replace(Some(now)) != Some(now)
}

impl Device {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            render: Cell::default(),
            viewport: Cell::default(),
            scissor: Cell::default(),
            clear_to: Cell::default(),
            program: Cell::default(),
            vertex_array: Cell::default(),
            blocks: Default::default(),
            uniform_buffer: Cell::default(),
            is_alpha_coverage: Cell::default(),
            max_side: OnceCell::default(),
        }
    }

    /// The largest number of points along a side that a grid may have here: where textures end, memory
    /// does, too.
    pub(super) fn max_side(&self) -> usize {
        let ask = || unsafe { self.context.get_parameter_i32(context::MAX_TEXTURE_SIZE) };
        *self.max_side.get_or_init(|| ask().max(0) as usize)
    }

    pub(super) fn set_states(&self, states: RenderStates) {
        let is_same = self.render.get().is_some_and(|told| {
            told.write_mask == states.write_mask
                && told.depth_test == states.depth_test
                && told.blend == states.blend
                && told.cull == states.cull
        });
        if !is_same {
            self.context.set_render_states(states);
            self.render.set(Some(states));
        }
    }

    /// Onto an image of this size, and there only within `scissor`.
    pub(super) fn set_area(&self, size: [u32; 2], scissor: ScissorBox) {
        if is_new(&self.viewport, size) {
            self.context.set_viewport(Viewport::new_at_origo(size[0], size[1]));
        }
        if is_new(&self.scissor, scissor) {
            self.context.set_scissor(scissor);
        }
    }

    /// Makes all this colour and depth, as far as it may be written.
    pub(super) fn clear(&self, color: [f32; 4], depth: f32) {
        unsafe {
            if is_new(&self.clear_to, (color, depth)) {
                let [r, g, b, a] = color;
                self.context.clear_color(r, g, b, a);
                self.context.clear_depth_f32(depth);
            }
            self.context.clear(context::COLOR_BUFFER_BIT | context::DEPTH_BUFFER_BIT);
        }
    }

    /// Whether alpha decides how many of a pixel's samples are written: lines with soft edges that
    /// need no order of drawing.
    pub(super) fn set_alpha_to_coverage(&self, is_on: bool) {
        if self.is_alpha_coverage.replace(is_on) == is_on {
            return;
        }
        unsafe {
            if is_on {
                self.context.enable(context::SAMPLE_ALPHA_TO_COVERAGE);
            } else {
                self.context.disable(context::SAMPLE_ALPHA_TO_COVERAGE);
            }
        }
    }

    pub(super) fn use_program(&self, program: context::Program) {
        if is_new(&self.program, program) {
            unsafe { self.context.use_program(Some(program)) };
        }
    }

    /// `None` has no attributes.
    pub(super) fn bind_vertex_array(&self, id: Option<context::VertexArray>) {
        if is_new(&self.vertex_array, id) {
            unsafe { self.context.bind_vertex_array(id) };
        }
    }

    /// What programs find at this slot from now on.
    pub(super) fn bind_block(&self, slot: Slot, buffer: context::Buffer) {
        if is_new(&self.blocks[slot as usize], buffer) {
            self.uniform_buffer.set(Some(buffer));
            unsafe {
                self.context.bind_buffer_base(context::UNIFORM_BUFFER, slot as u32, Some(buffer));
            }
        }
    }

    /// Where what is sent goes from now on.
    pub(super) fn bind_buffer(&self, target: u32, buffer: context::Buffer) {
        if target != context::UNIFORM_BUFFER || is_new(&self.uniform_buffer, buffer) {
            unsafe { self.context.bind_buffer(target, Some(buffer)) };
        }
    }
}
