// Lines between two points of the world each, as quads that have one width on the screen: a strip
// of four vertices an instance, and no vertex buffer.

out float across_px;
out float opacity;

const float NEAR_W = 0.01;

void main() {
    vec4 from = lines[2 * gl_InstanceID];
    opacity = from.w;
    vec4 a = clip_from_world * vec4(from.xyz, 1.0);
    vec4 b = clip_from_world * vec4(lines[2 * gl_InstanceID + 1].xyz, 1.0);
    // Both ends before the eye, or the direction on the screen has no meaning.
    if (a.w < NEAR_W) a = mix(b, a, clamp((b.w - NEAR_W) / (b.w - a.w), 0.0, 1.0));
    if (b.w < NEAR_W) b = mix(a, b, clamp((a.w - NEAR_W) / (a.w - b.w), 0.0, 1.0));

    vec2 along = (b.xy / b.w - a.xy / a.w) * canvas.xy;
    vec2 across = normalize(vec2(-along.y, along.x) + vec2(1e-9, 0.0));
    // Half a pixel more on both sides, for the soft edge.
    across_px = (gl_VertexID % 2 == 0 ? -0.5 : 0.5) * (max(canvas.w, 1.0) + 1.0);
    gl_Position = gl_VertexID < 2 ? a : b;
    gl_Position.xy += across * across_px * 2.0 / canvas.xy * gl_Position.w;
}
