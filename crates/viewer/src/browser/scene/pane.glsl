layout (std140) uniform Pane {      // as in blocks.rs
    mat4 clip_from_world;
    vec4 canvas;                    // width and height in device pixels, half height of the box, device for a CSS pixel
    vec4 light;                     // the direction to the key light, as long as it is strong
    vec4 lines[64];                 // two ends each, in world space; w of the first is the opacity
};
