// A worker that reads and writes what the page's program does not: surfaces of other formats, solids, the page in
// one file. It takes { task, ... } and gives { made } or { why }. A surface comes as { name, url } or { name, file }.

import init, { OneFile, convert, solid } from "./lossland-formats.js";

const ready = init({ module_or_path: new URL("./lossland-formats_bg.wasm", import.meta.url) });

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`expected ${url}, found HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const content = async ({ url, file }) => (file ? new Uint8Array(await file.arrayBuffer()) : fetched(url));

const tasks = {
  convert: async ({ surface }) => convert(surface.name, await content(surface)),
  solid: async ({ surface, ending, field, cut, isLog }) => solid(surface.name, await content(surface), ending, field, cut, isLog),
  async page({ address, surfaces, title, view }) {
    const page = new OneFile(new TextDecoder().decode(await fetched(address)));
    const add = async (name) => page.add_file(name, await fetched(new URL(name, address)));
    await Promise.all(page.names().map(add));
    // In the order in which they are listed.
    for (const surface of surfaces) page.add_surface(surface.id, surface.name, await content(surface));
    return page.html(title, view);
  },
};

addEventListener("message", async ({ data }) => {
  try {
    await ready;
    const made = await tasks[data.task](data);
    postMessage({ made }, typeof made === "string" ? [] : [made.buffer]);
  } catch (error) {
    postMessage({ why: String(error.message ?? error) });
  }
});
