layout (std140) uniform Pane {      // as in blocks.rs
    mat4 clip_from_world;
    vec4 canvas;                    // width and height in device pixels, half height of the box, device for a CSS pixel
    vec4 light;                     // direction across, then what the key light adds straight and across
    vec4 lines[64];                 // two ends each, in world space; w of the first is the opacity
};
