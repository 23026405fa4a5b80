// Fetches and starts the program, and says so if that fails. In a file of its own, since the
// page's policy forbids inline scripts.

const caption = document.getElementById("caption");

// The response passed on as it is, telling how many bytes have come where that takes a while: to show a
// word of it takes the graphics device's time from the picture.
const PATIENCE_MS = 500;
function counted(response) {
  const begun = performance.now();
  let bytes = 0;
  const count = new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (performance.now() - begun > PATIENCE_MS) caption.textContent = `Loading the program: ${Math.round(bytes / 1000)} kB`;
      controller.enqueue(chunk);
    },
  });
  // The type has to be said again: without it the browser compiles only when all is there.
  return new Response(response.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } });
}

const names = document.querySelector('meta[name="program"]');
async function fetched(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`expected the program, found HTTP status ${response.status}`);
  return response;
}

// What the program does after its first picture is in a file of its own (crates/xtask/src/halves.rs), where
// the site was built so, together with the parts of the page that only it needs. It comes by itself when there
// is a picture; before that, the program waits for it.
let first = null;
let isWhole = !names.dataset.rest;
let rest = null;
const compiledRest = () => (rest ??= fetched(names.dataset.rest).then((response) => response.arrayBuffer()).then(WebAssembly.compile));

function join(module) {
  if (isWhole) return;
  const [parts] = WebAssembly.Module.customSections(module, "page");
  const places = document.querySelectorAll("template.later");
  new TextDecoder().decode(parts).split("\0").forEach((part, i) => (places[i].outerHTML = part));
  new WebAssembly.Instance(module, { first });
  isWhole = true;
}

function restAtOnce() {
  const request = new XMLHttpRequest();
  request.open("GET", new URL(names.dataset.rest, document.baseURI), false);
  // Bytes as characters: such a request can't give an array.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`expected the rest of the program, found HTTP status ${request.status}`);
  return new WebAssembly.Module(Uint8Array.from(request.responseText, (character) => character.charCodeAt(0)));
}

const whole = async () => {
  if (!isWhole) join(await compiledRest());
};

window.askForRest = (isNeededNow) => {
  if (isWhole) return;
  // If this fails, it is asked for again when it is needed.
  if (!isNeededNow) return void whole().catch(() => {});
  try {
    join(restAtOnce());
  } catch (error) {
    document.getElementById("rest-cause").textContent = String(error.message ?? error);
    document.getElementById("rest-card").hidden = false;
    throw error;
  }
};

// The list of surfaces as it is in the site, or nothing where it can't be had: the program then asks for it
// once more, and says what is wrong.
const catalog = fetch("assets/catalog.json")
  .then((response) => (response.ok ? response.arrayBuffer() : null))
  .catch(() => null);

async function boot() {
  const compiled = fetched(names.dataset.wasm).then((response) => WebAssembly.compileStreaming(counted(response)));
  // A page in one file (one-file.js) has it.
  const atHand = window.losslandProgram;
  // A view that the address describes may need all of it from the start.
  if (!isWhole && (atHand || location.hash.length > 1)) compiledRest().catch(() => {});
  // What binds the program to the page comes while it is compiled.
  const [module, program] = await Promise.all([compiled, atHand ?? import(new URL(names.content, document.baseURI))]);
  first = await program.default({ module_or_path: module });
  if (rest) join(await rest);
  // What other scripts may use: project(alpha, beta, value) gives [x, y] in CSS pixels.
  window.lossland = Object.freeze({ project: program.project, isWhole: () => isWhole });
  program.start(catalog);
  return program;
}

// For measurement beside other pages, with ?bench=1 and only then: agreed surfaces in an agreed world
// under an agreed camera (crates/viewer/src/bench.rs). Whole from the start, before the program is.
function offerBench(booted) {
  document.documentElement.classList.add("bench");
  let program = null;
  let names = [];
  const pixel = new Uint8Array(4);
  let gl = null;
  // Waits until all that was drawn is finished.
  function finish() {
    gl ??= document.getElementById("canvas").getContext("webgl2");
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  }
  async function losses({ z }) {
    const response = await fetch(z);
    if (!response.ok) throw new Error(`${z}: expected the losses, found HTTP status ${response.status}`);
    return new Float32Array(await response.arrayBuffer());
  }
  const ready = booted.then(async (started) => {
    await started.bench_ready();
    program = started;
    names = program.bench_names();
    finish();
    // When whoever waits for the first picture has been told: it is no part of that.
    setTimeout(() => whole().catch(() => {}));
  });
  window.__bench = Object.freeze({
    ready,
    async setSurfaces(list) {
      const [values] = await Promise.all([Promise.all(list.map(losses)), ready.then(whole)]);
      list.forEach(({ name, rows, cols, x, y }, i) => program.bench_add(name, cols, rows, new Float64Array([...x, ...y]), values[i]));
      program.bench_show();
      names = program.bench_names();
      finish();
    },
    async orbitFrame(i) {
      if (!program || !isWhole) await ready.then(whole);
      await new Promise(requestAnimationFrame);
      program.bench_frame(i);
      finish();
    },
    pick(x, y) {
      const index = program?.bench_pick(x, y) ?? -1;
      if (index < 0) return null;
      return { name: names[index], x: program.bench_picked(0), y: program.bench_picked(1), z: program.bench_picked(2) };
    },
  });
}

// In a frame of another page, with ?embed=1: the picture with its captions, and a way to all of the page. The
// wheel scrolls the other page, but where it is held with Ctrl or the picture was clicked.
function embed() {
  document.documentElement.classList.add("embed");
  const link = document.getElementById("whole-page");
  const lead = () => {
    const address = new URL(location);
    address.searchParams.delete("embed");
    link.href = address;
  };
  lead();
  // The view is another by now.
  for (const kind of ["pointerenter", "focus", "click"]) link.addEventListener(kind, lead);
  const canvas = document.getElementById("canvas");
  const isHeld = () => document.hasFocus() && document.activeElement === canvas;
  // Before the program listens, which would keep the wheel.
  canvas.addEventListener("wheel", (event) => event.ctrlKey || isHeld() || event.stopImmediatePropagation());
  // A pointer that comes back to scroll finds it let go.
  canvas.addEventListener("pointerleave", () => canvas.matches(":focus-visible") || canvas.blur());
}

const asked = new URLSearchParams(location.search);
if (asked.get("embed") === "1") embed();
const booted = boot();
if (asked.get("bench") === "1") offerBench(booted);
booted.catch((error) => {
  console.error(error);
  caption.textContent = "";
  document.getElementById("boot-cause").textContent = String(error.message ?? error);
  document.getElementById("boot-card").hidden = false;
});
