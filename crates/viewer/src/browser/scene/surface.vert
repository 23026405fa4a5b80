// Height fields: a vertex for each point of a grid that is drawn, its number the place.

layout (location = 0) in vec3 corner;   // height, and its rise to the next point along x and y
layout (location = 3) in float number;  // of the surface; 0 where there is only one
#ifdef COLORED
layout (location = 1) in float tint;    // what to look up in the ramp; very low where there is nothing
out vec2 tone;                          // the same; not 0 in a triangle with a corner without
#endif
#ifdef HATCHED
layout (location = 2) in float flag;
out float noise;
#endif
#ifdef PLATEAU
out float overflow;                     // 1 where the network overflowed
#endif

struct Numbers {                        // as in blocks.rs
    vec4 footprint;                     // x and y of the first point, and steps to the next
    vec4 grid_size;                     // vertices in a row, points from one to the next, last column and row
    vec4 contour;                       // a line wherever height * x + y is whole; stride of wires
    vec4 border;                        // colour; the number of its first vertex
    vec4 hue;                           // colour; opacity
};
layout (std140) uniform Surfaces {
    Numbers surfaces[8];
};

// See the fragment shader.
centroid out float height;              // 0 at the floor, 1 at the cut; not limited by it
centroid out float level;
out vec3 tilt;
flat out vec4 rim;
#ifdef RIM
out vec2 inside;
#endif
#ifdef GRID
out vec2 grid;
#endif
#ifdef WIRE
flat out vec4 wire;
#endif
#ifdef PEELED
flat out float opacity;
#endif

const float HEIGHT_CAP = 24.0;          // as in scale.rs
const float MAP_DEPTH = 1.9;            // as in plot.rs
const float RIM_PX = 1.5;               // width of the line around a surface, in CSS pixels

void main() {
    int at = int(number);
    vec4 footprint = surfaces[at].footprint, grid_size = surfaces[at].grid_size, contour = surfaces[at].contour;
    vec4 border = surfaces[at].border, hue = surfaces[at].hue;
    int n_columns = int(grid_size.x), place = gl_VertexID - int(border.w), row = place / n_columns;
    vec2 point = min(vec2(place - row * n_columns, row) * grid_size.y, grid_size.zw);
    height = min(corner.x, HEIGHT_CAP);
    vec2 rise = corner.yz * 2.0 * canvas.z / footprint.zw;
    float up = 2.0 * height - 1.0;
#ifdef PLATEAU
    overflow = float(corner.x > HEIGHT_CAP);
    up = 1.0;
    rise = vec2(0.0);
#endif
#ifdef MAP
    up = -MAP_DEPTH;
#endif
#ifdef COLORED
    tone = vec2(tint, tint < -1e29);
#endif
#ifdef HATCHED
    noise = flag;
#endif
    level = height * contour.x + contour.y;
    tilt = vec3(rise, light.z - dot(light.xy, rise));
#ifdef RIM
    // Between the two middle points it is too small, which is no matter, but where there are no others.
    inside = mix(min(point, grid_size.zw - point), point, lessThan(grid_size.zw, vec2(2.0)));
#endif
#ifdef GRID
    grid = point;
#endif
#ifdef WIRE
    wire = vec4(grid_size.zw, contour.zw);
#endif
#ifdef HUE
    rim = vec4(hue.rgb, RIM_PX * canvas.w);
#else
    rim = vec4(border.rgb, RIM_PX * canvas.w);
#endif
#ifdef PEELED
    opacity = hue.a;
#endif
    gl_Position = clip_from_world * vec4(footprint.xy + point * footprint.zw, up * canvas.z, 1.0);
#ifdef PLATEAU
    // A hair nearer, so that the walls of other surfaces, which end at the same height, stay below.
    gl_Position.z -= 5e-3 * gl_Position.w;
#endif
}
