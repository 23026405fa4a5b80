// Matte shading, contour lines and wireframe of a height field. All lines are drawn by screen space
// derivatives, so that they keep their width.
//
// No uniform is read here: WebGL in software checks the bounds of each one in every pixel, which took
// a third of a frame. What a surface or pane decides is worked into what the vertex shader gives, and
// that is kept short, since each number of it costs time for every triangle, flat or not; what the page
// decides is compiled in; and there is a program for each kind of pixel (see Feature in surface.rs),
// since there both sides of a branch are computed.

centroid in float height;               // what lies beyond a steep wall's edge would be no height of it
centroid in float level;                // a contour line wherever it is whole
in vec3 tilt;                           // rise along x and y; the key light along the normal, were its z 1
#ifdef RIM
in vec2 inside;                         // columns and rows to the border
#endif
#ifdef GRID
in vec2 grid;                           // column and row
#endif
#ifdef WIRE
flat in vec4 wire;                      // last column and row; strides
#endif
flat in vec4 rim;                       // colour, with a hue the one of all of it; width in device pixels
#ifndef HUE
uniform sampler2D ramp;                 // 256 colours, of 0 to 1
#endif
#ifdef COLORED
in vec2 tone;
#endif
#ifdef HATCHED
in float noise;
#endif
#ifdef PLATEAU
in float overflow;
#endif
#ifdef PEELED
flat in float opacity;
uniform highp sampler2D nearer;         // the depths of the layer before
#endif

#ifdef FINE
const float PX = 2.0;                   // of a device pixel, in pixels of this image
#else
const float PX = 1.0;
#endif

layout (location = 0) out vec4 color;

// How much of a pixel a line covers, for the distance of its middle in pixels.
float covered(float distance_px, float width_px) {
    return clamp(0.5 * width_px + 0.5 - distance_px, 0.0, 1.0);
}

// The colour of a share of the height, or of a place in the range of another field.
vec3 colored(float t) {
#ifdef HUE
    // As Ramp::Hue in color.rs.
    return rim.rgb * min(0.32 + 1.36 * t, 1.72 - 1.44 * t) + max(1.44 * t - 0.72, 0.0);
#else
    return texelFetch(ramp, ivec2(clamp(t, 0.0, 1.0) * 255.0 + 0.5, 0), 0).rgb;
#endif
}

vec3 base() {
#ifdef PLATEAU
    return CUT_COLOR;
#elif defined(COLORED)
    return tone.y != 0.0 ? CUT_COLOR : colored(tone.x);
#else
    return colored(height);
#endif
}

// Light from the sky, and a key light on whichever side faces the eye.
float lighting() {
    float up = inversesqrt(dot(tilt.xy, tilt.xy) + 1.0);
    float key = tilt.z * up;
    return gl_FrontFacing
        ? 0.63 + 0.07 * up + max(key, 0.0)
        : 0.85 * (0.63 - 0.07 * up + max(-key, 0.0));
}

// Contour lines, every fifth stronger. Closer than 4 pixels they would be a grey that means nothing.
float contours() {
    float apart_px = 1.0 / max(fwidth(level) * PX, 1e-6);
    float whole = floor(level + 0.5);
    float fifth = max(1.0 - 5.0 * abs(fract(0.2 * whole + 0.5) - 0.5), 0.0);
    float strength = clamp((1.0 + 4.0 * fifth) * apart_px * 0.2 - 0.8, 0.0, 1.0 + 0.5 * fifth);
    // A hair beside it, so that there is no line all over what is level.
    return strength * covered((abs(level - whole) + 1e-5) * apart_px, 1.0);
}

#ifdef WIRE
// Wires every few columns and rows. The border is one, also where it is no multiple of the stride.
float wires(vec2 per_pixel) {
    vec2 nearest = min(round(grid / wire.zw) * wire.zw, wire.xy);
    vec2 distance_px = min(abs(grid - nearest), wire.xy - grid) / per_pixel;
    float width_px = rim.w / 1.2;
    return max(covered(distance_px.x, width_px), covered(distance_px.y, width_px));
}
#endif

#ifdef MAP
// The flat map below: colours with lines on them, or lines alone.
void main() {
    float beyond = clamp((height - 1.0) / max(fwidth(height), 1e-6) + 0.5, 0.0, 1.0);
#ifdef FILLED
    color = vec4(mix(mix(base(), INK, 0.5 * contours()), CUT_COLOR, beyond), 1.0);
#else
    // Of several surfaces every fifth line alone.
    float fifth = 0.2 * level;
    float apart_px = 1.0 / max(fwidth(fifth), 1e-6);
    float ink = covered(abs(fifth - round(fifth)) * apart_px, 1.5);
    color = vec4(base(), ink * clamp(0.25 * apart_px - 1.0, 0.0, 1.0) * (1.0 - beyond));
#endif
}
#else
void main() {
    color = vec4(base(), 1.0);
#ifdef GRID
    // Derivatives first: after a discard they are undefined.
    vec2 grid_per_pixel = max(fwidth(grid) * PX, 1e-6);
#endif
#if defined(GRID) || defined(RIM)
    float over_px = (height - 1.0) / max(fwidth(height) * PX, 1e-6);
#endif
#ifdef PLATEAU
    // In steps of the grid, where the network overflowed.
    float stripe = fract(2.0 * (grid.x + grid.y) + 0.5);
    float stripe_px = abs(stripe - 0.5) / (2.0 * (grid_per_pixel.x + grid_per_pixel.y));
    color.rgb = mix(color.rgb, INK, overflow > 0.5 ? 0.55 * covered(stripe_px, 1.5) : 0.0);
#endif
#ifdef WIRE
    color.a = wires(grid_per_pixel);
#else
    color.rgb *= lighting();
#ifdef CONTOURS
    color.rgb = mix(color.rgb, INK, CONTOUR_INK * contours());
#endif
#ifdef HATCHED
    // Within the noise: ink beside ground, which stand out from any colour between them.
    float across_px = rim.w * abs(fract((gl_FragCoord.x + gl_FragCoord.y) / (rim.w * 7.5 * PX)) - 0.5) * 5.3;
    float within = clamp((noise - 0.5) / max(fwidth(noise) * PX, 1e-6) + 0.5, 0.0, 1.0);
    vec3 hatch = mix(GROUND, INK, covered(across_px, rim.w));
    color.rgb = mix(color.rgb, hatch, within * 0.9 * covered(across_px, 2.2 * rim.w));
#endif
#ifdef RIM
    color.rgb = mix(color.rgb, INK, 0.45 * covered(abs(over_px), 1.0));
    float border = min(inside.x, inside.y);
    color.rgb = mix(color.rgb, rim.rgb, 0.8 * covered(border / max(fwidth(border) * PX, 1e-6), rim.w));
#endif
#endif

    // What is below the cut ends half a pixel above it, behind the plateau's smooth edge.
#ifdef EDGES
    // Nor far above it, where a wall is seen so edge-on that a pixel spans more than that.
    if (over_px > 0.5 || height > 1.005) discard;
#endif
#ifdef PLATEAU
    color.a *= clamp(over_px + 0.5, 0.0, 1.0);
#endif
#if defined(WIRE) || defined(PLATEAU)
    if (color.a < LEAST_COVERAGE) discard;
#endif
#ifdef PEELED
    // A hair behind, or a layer would be met again.
    if (gl_FragCoord.z < texelFetch(nearer, ivec2(gl_FragCoord.xy), 0).r + 1e-6) discard;
    color.a *= opacity;
    color.rgb *= color.a;
#endif
}
#endif
