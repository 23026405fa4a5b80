// A height field as one triangle strip for each row of cells, without any vertex buffer: the
// instance is the row, the vertex number the column and which of its two rows. Each cell is split
// along (i, j) to (i + 1, j + 1), as it is picked.

uniform highp sampler2D heights; // a texel a grid point; see encode() in surface.rs
uniform ivec2 grid_size;
uniform vec4 footprint;          // x of the first and last column, y of the first and last row
uniform float half_height;
uniform float height_cap;
uniform mat4 clip_from_world;
uniform bool is_plateau;         // the second pass: what is cut, flat at the top

out vec2 grid;                   // column, row
centroid out float height;       // 0 at the floor, 1 at the cut; not limited by it
out vec2 slope;                  // of what is shown, in world space
out float hole;                  // not 0 in a triangle with a corner that was not computed
out float overflow;              // 1 where the network overflowed

const float NOT_COMPUTED = -1e29;
const float OVERFLOWED = 1e29;
// Slopes are of heights up to this one: a wall that runs into the cut looks steep, and is lit
// alike whether it would end at twice or at a hundred times the cut.
const float SLOPE_CAP = 1.25;

float stored(ivec2 point) {
    return texelFetch(heights, clamp(point, ivec2(0), grid_size - 1), 0).r;
}

// The rise over a step in both directions; one-sided at the border and beside a hole.
float rise(ivec2 point, ivec2 step, float here) {
    float before = stored(point - step);
    float after = stored(point + step);
    bool has_before = before > NOT_COMPUTED && all(greaterThanEqual(point - step, ivec2(0)));
    bool has_after = after > NOT_COMPUTED && all(lessThan(point + step, grid_size));
    before = has_before ? min(before, SLOPE_CAP) : here;
    after = has_after ? min(after, SLOPE_CAP) : here;
    return (after - before) / max(1.0, float(has_before) + float(has_after));
}

void main() {
    ivec2 point = ivec2(gl_VertexID / 2, gl_InstanceID + 1 - gl_VertexID % 2);
    float value = stored(point);
    hole = value > NOT_COMPUTED ? 0.0 : 1.0;
    overflow = value < OVERFLOWED ? 0.0 : 1.0;
    height = hole > 0.0 ? 0.0 : min(value, height_cap);
    grid = vec2(point);

    vec2 cell = (footprint.yw - footprint.xz) / vec2(grid_size - 1);
    float here = min(height, SLOPE_CAP);
    slope = is_plateau
        ? vec2(0.0)
        : vec2(rise(point, ivec2(1, 0), here), rise(point, ivec2(0, 1), here)) * 2.0 * half_height / cell;

    vec2 place = footprint.xz + grid * cell;
    float up = is_plateau ? 1.0 : height;
    gl_Position = clip_from_world * vec4(place, (2.0 * up - 1.0) * half_height, 1.0);
    // A hair nearer, so that the walls of other surfaces, which end at the same height, stay below.
    if (is_plateau) gl_Position.z -= 5e-3 * gl_Position.w;
}
