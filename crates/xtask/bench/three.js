// The page that ours is measured beside: the same surfaces under the same camera, as a developer who
// knows three.js well would draw them. An indexed BufferGeometry a surface, normals from central
// differences, colours at the vertices, a matte material, a hemisphere light and a key light. Its
// window.__bench is as ours (web/boot.js), and preparePicking() builds the trees of three-mesh-bvh.

import {
  BufferAttribute, BufferGeometry, Color, DirectionalLight, DoubleSide, HemisphereLight, Mesh,
  MeshLambertMaterial, PerspectiveCamera, Raycaster, Scene, Vector2, WebGLRenderer,
} from "three";

const CUT = 20;
const N_COLORS = 256;
const VIRIDIS = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26", "#fde725"];
const HUES = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

const canvas = document.getElementById("canvas");
const renderer = new WebGLRenderer({ canvas, antialias: true });
const scene = new Scene();
const camera = new PerspectiveCamera(45, 1, 0.1, 40);
const keyLight = new DirectionalLight(0xffffff, 1.6);
const material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide });
const raycaster = new Raycaster();
raycaster.firstHitOnly = true;

scene.background = new Color("#fbfbfd");
scene.add(new HemisphereLight(0xffffff, 0x888888, 2), keyLight);
camera.up.set(0, 0, 1);

let frame = 0;
let surfaces = [];

function resize() {
  renderer.setPixelRatio(devicePixelRatio);
  renderer.setSize(innerWidth, innerHeight, false);
  camera.aspect = innerWidth / innerHeight;
  camera.updateProjectionMatrix();
}

function draw() {
  const [a, e] = [3 * frame * Math.PI / 180, Math.PI / 6];
  camera.position.set(Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)).multiplyScalar(4.33);
  camera.lookAt(0, 0, 0);
  // From the camera's upper left.
  keyLight.position.set(-1, 0.7, 1).applyQuaternion(camera.quaternion);
  renderer.render(scene, camera);
  const gl = renderer.getContext();
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}

// From a dark shade of the hue over the hue to a light one; without a hue, viridis.
function ramp(hue) {
  const stops = hue ? [new Color(hue).multiplyScalar(0.1), new Color(hue), new Color(hue).lerp(new Color("white"), 0.6)]
    : VIRIDIS.map((stop) => new Color(stop));
  const colors = new Uint8Array(4 * N_COLORS);
  for (let k = 0; k < N_COLORS; k++) {
    const at = k / (N_COLORS - 1) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    const color = stops[below].clone().lerp(stops[below + 1], at - below);
    colors.set([255 * color.r, 255 * color.g, 255 * color.b, 255], 4 * k);
  }
  return colors;
}

function geometry(rows, cols, z, colors) {
  const n = rows * cols;
  const positions = new Float32Array(3 * n);
  const normals = new Float32Array(3 * n);
  const vertexColors = new Uint8Array(4 * n);
  const [dx, dy] = [2 / (cols - 1), 2 / (rows - 1)];
  const up = (j, i) => Math.min(z[j * cols + i], CUT) / 10 - 1;
  let k = 0;
  for (let j = 0; j < rows; j++) {
    const [before, after] = [Math.max(j - 1, 0), Math.min(j + 1, rows - 1)];
    for (let i = 0; i < cols; i++, k++) {
      const height = up(j, i);
      positions[3 * k] = i * dx - 1;
      positions[3 * k + 1] = j * dy - 1;
      positions[3 * k + 2] = height;
      const [left, right] = [Math.max(i - 1, 0), Math.min(i + 1, cols - 1)];
      const slopeX = (up(j, right) - up(j, left)) / ((right - left) * dx);
      const slopeY = (up(after, i) - up(before, i)) / ((after - before) * dy);
      const length = Math.sqrt(slopeX * slopeX + slopeY * slopeY + 1);
      normals[3 * k] = -slopeX / length;
      normals[3 * k + 1] = -slopeY / length;
      normals[3 * k + 2] = 1 / length;
      const color = 4 * Math.round((height + 1) / 2 * (N_COLORS - 1));
      vertexColors[4 * k] = colors[color];
      vertexColors[4 * k + 1] = colors[color + 1];
      vertexColors[4 * k + 2] = colors[color + 2];
      vertexColors[4 * k + 3] = 255;
    }
  }
  const indices = new (n > 65535 ? Uint32Array : Uint16Array)(6 * (rows - 1) * (cols - 1));
  let end = 0;
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < cols; i++) {
      const [near, far] = [j * cols + i, (j + 1) * cols + i + 1];
      // A triangle with a corner that was not computed is a hole.
      for (const corner of [near + 1, far - 1]) {
        if (Number.isNaN(z[near] + z[corner] + z[far])) continue;
        indices[end] = near;
        indices[end + 1] = corner === near + 1 ? corner : far;
        indices[end + 2] = corner === near + 1 ? far : corner;
        end += 3;
      }
    }
  }
  const made = new BufferGeometry();
  made.setAttribute("position", new BufferAttribute(positions, 3));
  made.setAttribute("normal", new BufferAttribute(normals, 3));
  made.setAttribute("color", new BufferAttribute(vertexColors, 4, true));
  made.setIndex(new BufferAttribute(end < indices.length ? indices.subarray(0, end) : indices, 1));
  return made;
}

async function losses({ z }) {
  const response = await fetch(z);
  if (!response.ok) throw new Error(`${z}: HTTP status ${response.status}`);
  return new Float32Array(await response.arrayBuffer());
}

async function setSurfaces(list) {
  const values = await Promise.all(list.map(losses));
  for (const { mesh } of surfaces) {
    scene.remove(mesh);
    mesh.geometry.dispose();
  }
  surfaces = list.map((surface, index) => {
    const hue = list.length > 1 ? HUES[index % HUES.length] : null;
    const mesh = new Mesh(geometry(surface.rows, surface.cols, values[index], ramp(hue)), material);
    mesh.matrixAutoUpdate = false;
    scene.add(mesh);
    return { ...surface, mesh, values: values[index] };
  });
  draw();
}

async function orbitFrame(i) {
  await new Promise(requestAnimationFrame);
  frame = i;
  draw();
}

async function preparePicking() {
  const { acceleratedRaycast, computeBoundsTree } = await import("three-mesh-bvh");
  for (const { mesh } of surfaces) {
    mesh.raycast = acceleratedRaycast;
    computeBoundsTree.call(mesh.geometry);
  }
}

const pointer = new Vector2();

function pick(x, y) {
  pointer.set(2 * x / innerWidth - 1, 1 - 2 * y / innerHeight);
  raycaster.setFromCamera(pointer, camera);
  const [hit] = raycaster.intersectObjects(surfaces.map(({ mesh }) => mesh), false);
  if (!hit) return null;
  const { name, rows, cols, x: [x0, x1], y: [y0, y1], values } = surfaces.find(({ mesh }) => mesh === hit.object);
  const [u, v] = [(hit.point.x + 1) / 2, (hit.point.y + 1) / 2].map((share) => Math.min(Math.max(share, 0), 1));
  const [column, row] = [u * (cols - 1), v * (rows - 1)];
  const [i, j] = [Math.min(Math.floor(column), cols - 2), Math.min(Math.floor(row), rows - 2)];
  const [right, upper, k] = [column - i, row - j, j * cols + i];
  const below = values[k] * (1 - right) + values[k + 1] * right;
  const above = values[k + cols] * (1 - right) + values[k + cols + 1] * right;
  return { name, x: x0 + u * (x1 - x0), y: y0 + v * (y1 - y0), z: below * (1 - upper) + above * upper };
}

async function first() {
  resize();
  await setSurfaces(await (await fetch("surfaces.json")).json());
}

addEventListener("resize", () => {
  resize();
  draw();
});

window.__bench = Object.freeze({ ready: first(), setSurfaces, orbitFrame, pick, preparePicking });
