// The page that most people would make: surface traces of Plotly, under the same camera. Its window.__bench is
// as ours (web/boot.js), but it picks nothing. Frames move the camera of Plotly's own scene, as its handler of
// drags does, and not by relayout, which does far more.

import Plotly from "plotly.js-gl3d-dist-min";

const CUT = 20;
const HUES = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
const plot = document.getElementById("plot");
const ZOOM = 4.33 / 2;

function eye(frame) {
  const [a, e] = [3 * frame * Math.PI / 180, Math.PI / 6];
  return [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)].map((part) => ZOOM * part);
}

const hidden = { visible: false, showspikes: false };
const [x, y, z] = eye(0);
const layout = {
  margin: { l: 0, r: 0, t: 0, b: 0 },
  paper_bgcolor: "#fbfbfd",
  scene: {
    aspectmode: "manual",
    aspectratio: { x: 1, y: 1, z: 1 },
    camera: { eye: { x, y, z }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 } },
    xaxis: hidden,
    yaxis: hidden,
    zaxis: { ...hidden, range: [0, CUT] },
  },
};

async function trace({ rows, cols, x: [x0, x1], y: [y0, y1], z: url }, index, { length }) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  const values = new Float32Array(await response.arrayBuffer());
  const axis = (first, last, n) => Array.from({ length: n }, (_, k) => first + (last - first) * k / (n - 1));
  const row = (j) => Array.from(values.subarray(j * cols, (j + 1) * cols), (value) => Math.min(value, CUT));
  const hue = HUES[index % HUES.length];
  return {
    type: "surface",
    x: axis(x0, x1, cols),
    y: axis(y0, y1, rows),
    z: Array.from({ length: rows }, (_, j) => row(j)),
    cmin: 0,
    cmax: CUT,
    colorscale: length > 1 ? [[0, "#000"], [0.5, hue], [1, "#fff"]] : "Viridis",
    showscale: false,
    hoverinfo: "skip",
  };
}

// Drawn, and its last draw finished.
async function finish() {
  await new Promise(requestAnimationFrame);
  const { gl } = plot._fullLayout.scene._scene.glplot;
  gl.canvas.id = "canvas";
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}

async function setSurfaces(list) {
  await Plotly.react(plot, await Promise.all(list.map(trace)), layout, { displayModeBar: false, responsive: true });
  await finish();
}

async function orbitFrame(i) {
  plot._fullLayout.scene._scene.glplot.camera.lookAt(eye(i), [0, 0, 0], [0, 0, 1]);
  await finish();
}

async function first() {
  await setSurfaces(await (await fetch("surfaces.json")).json());
}

window.__bench = Object.freeze({ ready: first(), setSurfaces, orbitFrame, pick: () => null });
