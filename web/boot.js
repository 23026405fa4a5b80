// Fetches and starts the program, and says so if that fails. In a file of its own, since the
// page's policy forbids inline scripts.

const caption = document.getElementById("caption");

// The response passed on as it is, telling how many bytes have come.
function counted(response) {
  let bytes = 0;
  const count = new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      caption.textContent = `Loading the program: ${Math.round(bytes / 1000)} kB`;
      controller.enqueue(chunk);
    },
  });
  // The type has to be said again: without it the browser compiles only when all is there.
  return new Response(response.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } });
}

async function boot() {
  const names = document.querySelector('meta[name="program"]');
  const fetched = fetch(new URL(names.dataset.wasm, document.baseURI));
  const program = await import(new URL(names.content, document.baseURI));
  const response = await fetched;
  if (!response.ok) throw new Error(`expected the program, found HTTP status ${response.status}`);
  await program.default({ module_or_path: counted(response) });
  // What other scripts may use: project(alpha, beta, value) gives [x, y] in CSS pixels.
  window.lossland = Object.freeze({ project: program.project });
}

boot().catch((error) => {
  console.error(error);
  caption.textContent = "";
  document.getElementById("boot-cause").textContent = String(error.message ?? error);
  document.getElementById("boot-card").hidden = false;
});
