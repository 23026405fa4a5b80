//! The GPU's objects as the scene needs them: programs whose uniforms are blocks, and triangles that
//! are bound in one call. three-d's own set every uniform and attribute by its name at each draw,
//! which was most of a frame's time.
//!
//! The calls are unsafe because the GL checks nothing in Rust's sense. None of them reads or writes
//! memory of ours but slices of plain numbers: WebGL checks every argument itself, and an error
//! there is a lost draw, which the browser's console reports.

#![expect(unsafe_code, reason = "calls into WebGL; see the module's text")]

use super::device::Device;
use std::{cell::Cell, ops::Range, rc::Rc};
use three_d::context::{self, HasContext as _};

/// Where the blocks are bound, in all programs.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Pane = 0,
    Surfaces = 1,
}

/// A program. Its sampler, if it has one, reads the texture bound last; one by the name of
/// `nearer` reads what [`Layers::begin_layer`] has bound.
pub(super) struct Program {
    device: Rc<Device>,
    id: context::Program,
    shaders: [context::Shader; 2],
    /// Whether it has been waited for.
    is_finished: Cell<bool>,
}

impl Program {
    /// Of the parts of a vertex and of a fragment shader, `defines` before them. The browser begins to
    /// compile; what it says of that is heard when the program is finished, for to ask is to wait.
    ///
    /// # Errors
    /// Where there is no context any more.
    pub(super) fn new(
        device: &Rc<Device>,
        defines: &str,
        vertex: &[&str],
        fragment: &[&str],
    ) -> Result<Self, String> {
        let context = &device.context;
        let head = "#version 300 es\nprecision highp float;\nprecision highp int;\n";
        unsafe {
            let id = context.create_program()?;
            let begin = |kind, parts: &[&str]| -> Result<context::Shader, String> {
                let shader = context.create_shader(kind)?;
                context.shader_source(shader, &[&[head, defines], parts].concat().concat());
                context.compile_shader(shader);
                context.attach_shader(id, shader);
                Ok(shader)
            };
            let shaders = [
                begin(context::VERTEX_SHADER, vertex)?,
                begin(context::FRAGMENT_SHADER, fragment)?,
            ];
            context.link_program(id);
            Ok(Self { device: device.clone(), id, shaders, is_finished: Cell::new(false) })
        }
    }

    /// Waits for it, if it is new.
    ///
    /// # Errors
    /// What the browser says where it refuses the program.
    pub(super) fn finish(&self) -> Result<(), String> {
        if !self.is_finished.replace(true) {
            self.check()?;
            self.connect();
        }
        Ok(())
    }

    /// Draws with this program from now on; it must be finished.
    pub(super) fn bind(&self) {
        self.device.use_program(self.id);
    }

    fn check(&self) -> Result<(), String> {
        let Self { device, id, shaders, .. } = self;
        let context = &device.context;
        unsafe {
            let is_linked = context.get_program_link_status(*id);
            let mut log = String::new();
            for shader in shaders {
                if !is_linked {
                    log += &context.get_shader_info_log(*shader);
                }
                context.delete_shader(*shader);
            }
            if is_linked { Ok(()) } else { Err(log + &context.get_program_info_log(*id)) }
        }
    }

    /// Says where its blocks and textures are.
    fn connect(&self) {
        let Self { device, id, .. } = self;
        let context = &device.context;
        unsafe {
            for (name, slot) in [("Pane", Slot::Pane), ("Surfaces", Slot::Surfaces)] {
                if let Some(index) = context.get_uniform_block_index(*id, name) {
                    context.uniform_block_binding(*id, index, slot as u32);
                }
            }
            if let Some(location) = context.get_uniform_location(*id, "nearer") {
                device.use_program(*id);
                context.uniform_1_i32(Some(&location), NEARER_UNIT as i32);
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        unsafe { self.device.context.delete_program(self.id) };
    }
}

/// Numbers on the GPU.
struct Buffer {
    device: Rc<Device>,
    id: context::Buffer,
}

impl Buffer {
    fn new(device: &Rc<Device>) -> Result<Self, String> {
        let id = unsafe { device.context.create_buffer()? };
        Ok(Self { device: device.clone(), id })
    }

    /// Puts numbers into it that stay.
    fn fill<T: Number>(&self, target: u32, numbers: &[T]) {
        self.device.bind_buffer(target, self.id);
        let context = &self.device.context;
        unsafe { context.buffer_data_u8_slice(target, bytes(numbers), context::STATIC_DRAW) };
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        unsafe { self.device.context.delete_buffer(self.id) };
    }
}

/// Types of which every bit is a bit of a number.
pub(super) trait Number: Copy {}
impl Number for f32 {}
impl Number for u32 {}
impl Number for [f32; 3] {}

/// Of the numbers, as they lie in memory.
pub(super) fn bytes<T: Number>(numbers: &[T]) -> &[u8] {
    // Sound, since a number has no padding, and any byte is a u8.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}

/// A uniform block.
pub(super) struct Block(Buffer);

impl Block {
    /// Of as many numbers, all 0. Programs may look for all that they declare.
    pub(super) fn new(device: &Rc<Device>, len: usize) -> Result<Self, String> {
        let buffer = Buffer::new(device)?;
        let (target, usage) = (context::UNIFORM_BUFFER, context::DYNAMIC_DRAW);
        device.bind_buffer(target, buffer.id);
        let n_bytes = (size_of::<f32>() * len) as i32;
        unsafe { device.context.buffer_data_size(target, n_bytes, usage) };
        Ok(Self(buffer))
    }

    /// Replaces its first numbers.
    pub(super) fn fill(&self, numbers: &[f32]) {
        let Buffer { device, id } = &self.0;
        device.bind_buffer(context::UNIFORM_BUFFER, *id);
        let bytes = bytes(numbers);
        unsafe { device.context.buffer_sub_data_u8_slice(context::UNIFORM_BUFFER, 0, bytes) };
    }

    /// What programs find at this slot from now on.
    pub(super) fn bind(&self, slot: Slot) {
        let Buffer { device, id } = &self.0;
        device.bind_block(slot, *id);
    }
}

/// Triangles between corners.
pub(super) struct Triangles {
    device: Rc<Device>,
    id: context::VertexArray,
    buffers: Vec<Buffer>,
}

impl Triangles {
    /// Three `indices` a triangle.
    pub(super) fn new(device: &Rc<Device>, indices: &[u32]) -> Result<Self, String> {
        let id = unsafe { device.context.create_vertex_array()? };
        let mut triangles = Self { device: device.clone(), id, buffers: Vec::new() };
        triangles.bind();
        let buffer = Buffer::new(device)?;
        buffer.fill(context::ELEMENT_ARRAY_BUFFER, indices);
        triangles.buffers.push(buffer);
        Ok(triangles)
    }

    /// The corners' attribute with this number: `n` components each.
    pub(super) fn attribute<T: Number>(
        &mut self,
        location: u32,
        n: i32,
        numbers: &[T],
    ) -> Result<(), String> {
        self.bind();
        let buffer = Buffer::new(&self.device)?;
        buffer.fill(context::ARRAY_BUFFER, numbers);
        let context = &self.device.context;
        unsafe {
            context.enable_vertex_attrib_array(location);
            context.vertex_attrib_pointer_f32(location, n, context::FLOAT, false, 0, 0);
        }
        self.buffers.push(buffer);
        Ok(())
    }

    /// Draws these from now on.
    pub(super) fn bind(&self) {
        self.device.bind_vertex_array(Some(self.id));
    }

    /// Draws those with these indices; they must be bound.
    pub(super) fn draw(&self, indices: Range<usize>) {
        let (n, offset) = (indices.len() as i32, 4 * indices.start as i32);
        let context = &self.device.context;
        unsafe { context.draw_elements(context::TRIANGLES, n, context::UNSIGNED_INT, offset) };
    }
}

impl Drop for Triangles {
    fn drop(&mut self) {
        unsafe { self.device.context.delete_vertex_array(self.id) };
    }
}

/// The colours that a sampler looks up, in a row.
pub(super) struct Ramp {
    device: Rc<Device>,
    id: context::Texture,
}

impl Ramp {
    pub(super) fn new(device: &Rc<Device>, rgba: &[u8]) -> Result<Self, String> {
        let context = &device.context;
        let ramp = Self { device: device.clone(), id: unsafe { context.create_texture()? } };
        ramp.bind();
        unsafe {
            // One level, which only texelFetch reads: no filter, and no smaller ones.
            context.tex_storage_2d(
                context::TEXTURE_2D,
                1,
                context::RGBA8,
                rgba.len() as i32 / 4,
                1,
            );
            context.tex_sub_image_2d(
                context::TEXTURE_2D,
                0,
                0,
                0,
                rgba.len() as i32 / 4,
                1,
                context::RGBA,
                context::UNSIGNED_BYTE,
                context::PixelUnpackData::Slice(Some(rgba)),
            );
        }
        Ok(ramp)
    }

    pub(super) fn bind(&self) {
        unsafe { self.device.context.bind_texture(context::TEXTURE_2D, Some(self.id)) };
    }
}

impl Drop for Ramp {
    fn drop(&mut self) {
        unsafe { self.device.context.delete_texture(self.id) };
    }
}

/// The texture unit that the depths of the layer before are bound to.
const NEARER_UNIT: u32 = 1;

/// Images that are drawn to in place of the canvas: a layer of what is seen through, and the sum of
/// the layers so far. A layer holds of each pixel what is nearest behind the layer before.
pub(super) struct Layers {
    device: Rc<Device>,
    size: [u32; 2],
    /// The layer with the one depth buffer, with the other, and the sum.
    framebuffers: Vec<context::Framebuffer>,
    /// Colours of layer and sum, depths of the one and the other.
    textures: Vec<context::Texture>,
}

impl Layers {
    /// Of this size, in pixels.
    pub(super) fn new(device: &Rc<Device>, size: [u32; 2]) -> Result<Self, String> {
        let mut layers =
            Self { device: device.clone(), size, framebuffers: Vec::new(), textures: Vec::new() };
        let (color, depth) = (context::RGBA8, context::DEPTH_COMPONENT24);
        for format in [color, color, depth, depth] {
            layers.texture(format)?;
        }
        for (color, depth) in [(0, Some(2)), (0, Some(3)), (1, None)] {
            layers.framebuffer(color, depth)?;
        }
        Ok(layers)
    }

    fn texture(&mut self, format: u32) -> Result<(), String> {
        let Self { device, size: [width, height], .. } = self;
        let context = &device.context;
        let target = context::TEXTURE_2D;
        unsafe {
            let texture = context.create_texture()?;
            self.textures.push(texture);
            context.bind_texture(target, Some(texture));
            context.tex_storage_2d(target, 1, format, *width as i32, *height as i32);
            // Depths are not to be had with any other.
            for filter in [context::TEXTURE_MIN_FILTER, context::TEXTURE_MAG_FILTER] {
                context.tex_parameter_i32(target, filter, context::NEAREST as i32);
            }
        }
        Ok(())
    }

    fn framebuffer(&mut self, color: usize, depth: Option<usize>) -> Result<(), String> {
        let context = &self.device.context;
        unsafe {
            let framebuffer = context.create_framebuffer()?;
            self.framebuffers.push(framebuffer);
            context.bind_framebuffer(context::FRAMEBUFFER, Some(framebuffer));
            let parts =
                [(context::COLOR_ATTACHMENT0, Some(color)), (context::DEPTH_ATTACHMENT, depth)];
            for (part, texture) in parts {
                if let Some(texture) = texture {
                    context.framebuffer_texture_2d(
                        context::FRAMEBUFFER,
                        part,
                        context::TEXTURE_2D,
                        Some(self.textures[texture]),
                        0,
                    );
                }
            }
            let status = context.check_framebuffer_status(context::FRAMEBUFFER);
            context.bind_framebuffer(context::FRAMEBUFFER, None);
            if status == context::FRAMEBUFFER_COMPLETE {
                Ok(())
            } else {
                Err(format!("a layer of {:?} pixels: status {status:#x}", self.size))
            }
        }
    }

    pub(super) fn size(&self) -> [u32; 2] {
        self.size
    }

    /// As far as it may be written.
    fn clear(&self, framebuffer: usize, depth: f32) {
        let Self { device, framebuffers, .. } = self;
        let target = context::FRAMEBUFFER;
        unsafe { device.context.bind_framebuffer(target, Some(framebuffers[framebuffer])) };
        device.clear([0.0; 4], depth);
    }

    /// No layers yet.
    pub(super) fn begin(&self) {
        self.clear(2, 1.0);
        // Nothing is nearer than the first one.
        self.clear(1, 0.0);
    }

    /// What is drawn now is layer `number`, from 0; its shaders find the depths of the one before.
    pub(super) fn begin_layer(&self, number: usize) {
        let context = &self.device.context;
        self.clear(number % 2, 1.0);
        unsafe {
            context.active_texture(context::TEXTURE0 + NEARER_UNIT);
            let before = self.textures[2 + (number + 1) % 2];
            context.bind_texture(context::TEXTURE_2D, Some(before));
            context.active_texture(context::TEXTURE0);
        }
    }

    /// What is drawn now goes to the sum; shaders read the layer.
    pub(super) fn begin_sum(&self) {
        let context = &self.device.context;
        unsafe {
            let sum = Some(self.framebuffers[2]);
            context.bind_framebuffer(context::FRAMEBUFFER, sum);
            context.bind_texture(context::TEXTURE_2D, Some(self.textures[0]));
        }
    }

    /// What is drawn now goes to the canvas; shaders read the sum.
    pub(super) fn end(&self) {
        let context = &self.device.context;
        unsafe {
            context.active_texture(context::TEXTURE0 + NEARER_UNIT);
            context.bind_texture(context::TEXTURE_2D, None);
            context.active_texture(context::TEXTURE0);
            context.bind_framebuffer(context::FRAMEBUFFER, None);
            context.bind_texture(context::TEXTURE_2D, Some(self.textures[1]));
        }
    }
}

impl Drop for Layers {
    fn drop(&mut self) {
        unsafe {
            for framebuffer in &self.framebuffers {
                self.device.context.delete_framebuffer(*framebuffer);
            }
            for texture in &self.textures {
                self.device.context.delete_texture(*texture);
            }
        }
    }
}

/// Draws `n` strips of four vertices that the program makes from their numbers.
pub(super) fn draw_quads(device: &Device, n: usize) {
    device.bind_vertex_array(None);
    unsafe { device.context.draw_arrays_instanced(context::TRIANGLE_STRIP, 0, 4, n as i32) };
}
