// The mean of N x N pixels of another image, whose colours are times their alpha already.

uniform sampler2D image;

layout (location = 0) out vec4 color;

void main() {
    ivec2 first = ivec2(gl_FragCoord.xy) * N;
    color = vec4(0.0);
    for (int i = 0; i < N * N; i++) {
        color += texelFetch(image, first + ivec2(i % N, i / N), 0);
    }
    color /= float(N * N);
}
