// Matte shading, contour lines and wireframe of a height field. All lines are drawn by screen
// space derivatives, so that they keep their width.

uniform ivec2 grid_size;
uniform sampler2D ramp;      // colours of heights 0 to 1
uniform vec3 cut_color;      // of what is cut
uniform vec3 ink;            // of lines
uniform vec3 rim_color;
uniform float rim_width;     // in device pixels
uniform vec3 light_direction;
uniform float light_intensity;
uniform vec2 contour;        // a contour line wherever height * x + y is whole
uniform float contour_ink;
uniform bool is_plateau;
uniform bool is_wireframe;
uniform vec2 line_stride;    // in columns and rows
uniform float line_width;    // in device pixels
uniform bool has_coverage;   // alpha becomes coverage of the pixel's samples

in vec2 grid;
centroid in float height;    // what lies beyond a steep wall's edge would be no height of it
in vec2 slope;
in float hole;
in float overflow;

layout (location = 0) out vec4 color;

// How much of a pixel a line covers, for the distance of its middle in pixels.
float covered(float distance_px, float width_px) {
    return clamp(0.5 * width_px + 0.5 - distance_px, 0.0, 1.0);
}

// The distance to the nearest whole number, in pixels.
float to_whole(float value, float per_pixel) {
    return abs(fract(value + 0.5) - 0.5) / per_pixel;
}

float wire(vec2 per_pixel) {
    vec2 last = vec2(grid_size - 1);
    vec2 nearest = min(round(grid / line_stride) * line_stride, last);
    // The border is a line, also where it is no multiple of the stride.
    vec2 distance_px = min(abs(grid - nearest), last - grid) / per_pixel;
    return max(covered(distance_px.x, line_width), covered(distance_px.y, line_width));
}

float contours(float level, float per_pixel) {
    // Lines closer than 4 pixels would be a grey area that means nothing.
    float apart_px = 1.0 / per_pixel;
    float line = covered(to_whole(level, per_pixel), 1.0) * smoothstep(4.0, 9.0, apart_px);
    float fifth = covered(to_whole(level / 5.0, per_pixel / 5.0), 1.3) * smoothstep(4.0, 9.0, 5.0 * apart_px);
    return max(line, 1.5 * fifth);
}

// Light from the sky, and a key light on whichever side faces the eye.
float lighting(vec3 normal) {
    vec3 seen = gl_FrontFacing ? normal : -normal;
    float sky = 0.5 + 0.5 * seen.z;
    float key = max(dot(seen, light_direction), 0.0);
    float light = 0.56 + 0.14 * sky + 0.4 * light_intensity * key;
    return gl_FrontFacing ? light : 0.85 * light;
}

void main() {
    // Derivatives first: after a discard they are undefined.
    vec2 grid_per_pixel = max(fwidth(grid), 1e-6);
    float level = height * contour.x + contour.y;
    float level_per_pixel = max(fwidth(level), 1e-6);
    float height_per_pixel = max(fwidth(height), 1e-6);

    // Beyond the edge of its triangle, where a pixel may have its middle, it can be negative.
    if (hole != 0.0 || (height > 1.0) != is_plateau) discard;

    float alpha = 1.0;
    if (is_wireframe) {
        alpha = wire(grid_per_pixel);
        if (alpha < (has_coverage ? 0.1 : 0.5)) discard;
    }

    vec3 normal = normalize(vec3(-slope, 1.0));
    vec3 base = is_plateau ? cut_color : texture(ramp, vec2((clamp(height, 0.0, 1.0) * 255.0 + 0.5) / 256.0, 0.5)).rgb;
    if (is_plateau && overflow > 0.5) {
        // Hatched, in steps of the grid, where the network overflowed.
        float stripe = (grid.x + grid.y) * 2.0;
        float stripe_per_pixel = (grid_per_pixel.x + grid_per_pixel.y) * 2.0;
        base = mix(base, ink, 0.55 * covered(to_whole(stripe, stripe_per_pixel), 1.5));
    }
    vec3 shown = base;
    if (!is_wireframe) {
        shown *= lighting(normal);
        if (!is_plateau) {
            shown = mix(shown, ink, contour_ink * contours(level, level_per_pixel));
        }
        // The edge of what is cut, and the border.
        float edge_px = abs(height - 1.0) / height_per_pixel;
        shown = mix(shown, ink, 0.45 * covered(edge_px, 1.0));
        vec2 border_px = min(grid, vec2(grid_size - 1) - grid) / grid_per_pixel;
        shown = mix(shown, rim_color, 0.8 * covered(min(border_px.x, border_px.y), rim_width));
    }
    color = vec4(shown, alpha);
}
