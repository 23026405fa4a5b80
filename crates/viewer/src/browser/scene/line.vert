// Lines between two points of the world each, as quads that have one width on the screen: a strip
// of four vertices an instance, and no vertex buffer.

const int MAX_LINES = 32;       // as in lines.rs

uniform vec4 from[MAX_LINES];   // in world space; w is the opacity
uniform vec4 to[MAX_LINES];
uniform mat4 clip_from_world;
uniform vec2 canvas_px;         // in device pixels, as are all lengths here
uniform float width_px;

out float across_px;
out float opacity;

const float NEAR_W = 0.01;

void main() {
    opacity = from[gl_InstanceID].w;
    vec4 a = clip_from_world * vec4(from[gl_InstanceID].xyz, 1.0);
    vec4 b = clip_from_world * vec4(to[gl_InstanceID].xyz, 1.0);
    // Both ends before the eye, or the direction on the screen has no meaning.
    if (a.w < NEAR_W) a = mix(b, a, clamp((b.w - NEAR_W) / (b.w - a.w), 0.0, 1.0));
    if (b.w < NEAR_W) b = mix(a, b, clamp((a.w - NEAR_W) / (a.w - b.w), 0.0, 1.0));

    vec2 along = (b.xy / b.w - a.xy / a.w) * canvas_px;
    vec2 across = normalize(vec2(-along.y, along.x) + vec2(1e-9, 0.0));
    // Half a pixel more on both sides, for the soft edge.
    across_px = (gl_VertexID % 2 == 0 ? -1.0 : 1.0) * (0.5 * width_px + 0.5);
    gl_Position = gl_VertexID < 2 ? a : b;
    gl_Position.xy += across * across_px * 2.0 / canvas_px * gl_Position.w;
}
