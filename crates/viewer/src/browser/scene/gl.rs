//! The few calls for which three-d has no safe wrapper of its own.
//!
//! They are unsafe because the GL checks nothing in Rust's sense. None of them reads or writes
//! memory of ours: WebGL checks every argument itself, and an error there is a lost draw.

#![expect(unsafe_code, reason = "calls into WebGL; see the module's text")]

use three_d::context::{
    HasContext as _, MAX_TEXTURE_SIZE, SAMPLE_ALPHA_TO_COVERAGE, SAMPLES, TRIANGLE_STRIP,
};
use three_d::{Context, Program, RenderStates, Viewport};

/// Draws `n_instances` triangle strips of `n_vertices` each, without any vertex buffer.
pub(super) fn draw_strips(
    program: &Program,
    states: RenderStates,
    viewport: Viewport,
    n_vertices: usize,
    n_instances: usize,
    context: &Context,
) {
    program.draw_with(states, viewport, || unsafe {
        context.draw_arrays_instanced(TRIANGLE_STRIP, 0, n_vertices as i32, n_instances as i32);
    });
}

/// Whether alpha decides how many of a pixel's samples are written: lines with soft edges that
/// need no order of drawing.
pub(super) fn set_alpha_to_coverage(context: &Context, is_on: bool) {
    unsafe {
        if is_on {
            context.enable(SAMPLE_ALPHA_TO_COVERAGE);
        } else {
            context.disable(SAMPLE_ALPHA_TO_COVERAGE);
        }
    }
}

/// Whether the canvas has more than one sample a pixel.
pub(super) fn is_multisampled(context: &Context) -> bool {
    unsafe { context.get_parameter_i32(SAMPLES) > 1 }
}

/// The largest side that a grid may have here.
pub(super) fn max_side(context: &Context) -> usize {
    unsafe { context.get_parameter_i32(MAX_TEXTURE_SIZE) }.max(0) as usize
}
