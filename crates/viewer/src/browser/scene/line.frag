in float across_px;
in float opacity;

layout (location = 0) out vec4 color;

void main() {
    float coverage = clamp(0.5 * max(canvas.w, 1.0) + 0.5 - abs(across_px), 0.0, 1.0);
    color = vec4(INK, coverage * opacity);
}
