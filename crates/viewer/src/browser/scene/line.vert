// A line between two points of the world, as a quad that has one width on the screen.

uniform mat4 clip_from_world;
uniform vec2 canvas_px; // in device pixels, as are all lengths here
uniform float width_px;

in vec3 from;
in vec3 to;
in float strength;

out float across_px;
out float line_strength;

const float NEAR_W = 0.01;

void main() {
    vec4 a = clip_from_world * vec4(from, 1.0);
    vec4 b = clip_from_world * vec4(to, 1.0);
    // Both ends before the eye, or the direction on the screen has no meaning.
    if (a.w < NEAR_W) a = mix(b, a, clamp((b.w - NEAR_W) / (b.w - a.w), 0.0, 1.0));
    if (b.w < NEAR_W) b = mix(a, b, clamp((a.w - NEAR_W) / (a.w - b.w), 0.0, 1.0));

    vec2 along = (b.xy / b.w - a.xy / a.w) * canvas_px;
    vec2 across = normalize(vec2(-along.y, along.x) + vec2(1e-9, 0.0));

    // Two triangles: ends 0 0 1, 1 0 1 and sides - + -, - + +.
    bool is_end = gl_VertexID == 2 || gl_VertexID == 3 || gl_VertexID == 5;
    float side = gl_VertexID == 1 || gl_VertexID == 4 || gl_VertexID == 5 ? 1.0 : -1.0;
    vec4 end = is_end ? b : a;
    // Half a pixel more on both sides, for the soft edge.
    across_px = side * (0.5 * width_px + 0.5);
    line_strength = strength;
    end.xy += across * across_px * 2.0 / canvas_px * end.w;
    gl_Position = end;
}
