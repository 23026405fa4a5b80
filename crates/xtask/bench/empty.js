// What any page with a WebGL 2 canvas costs: it is cleared, and that is all. `cargo xtask bench page`
// subtracts what is measured here from the other pages' times.

const canvas = document.getElementById("canvas");
const gl = canvas.getContext("webgl2", { antialias: true, alpha: false });

function draw() {
  gl.clearColor(0.98, 0.98, 0.99, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}

async function first() {
  canvas.width = Math.round(innerWidth * devicePixelRatio);
  canvas.height = Math.round(innerHeight * devicePixelRatio);
  draw();
}

window.__bench = Object.freeze({
  ready: first(),
  async setSurfaces() {
    draw();
  },
  async orbitFrame() {
    await new Promise(requestAnimationFrame);
    draw();
  },
  pick: () => null,
});
