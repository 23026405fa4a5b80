// The page in one file (crates/bundle): answers from the blocks of data in it where the page would ask its
// host, and then starts it as ever. `cargo xtask build` puts this, boot.js and the program's glue together.

import * as program from "lossland-program";

const blocks = new Map([...document.querySelectorAll("script[data-name]")].map((block) => [block.dataset.name, block]));

function content(block) {
  if (block.type === "application/json") return block.text;
  const text = atob(block.text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
}

window.fetch = async (address) => {
  const block = blocks.get(String(address).replace(/^\.\//, ""));
  return block ? new Response(content(block)) : new Response(null, { status: 404 });
};

// What reads and writes other formats would more than double it.
document.documentElement.classList.add("one-file");
document.getElementById("open").accept = ".lossland";
window.Worker = class {
  constructor() {
    throw new ErrorEvent("error", { message: "this file is without it. Convert yours with `lossland convert`, or open it in the page itself" });
  }
};

const view = document.querySelector('meta[name="view"]').content;
if (view && location.hash.length < 2) location.replace(`#${view}`);

window.losslandProgram = program;
// Not by a static import, which would come before all this.
import("./boot.js");
