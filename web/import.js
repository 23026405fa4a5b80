// A worker that makes .lossland files of surfaces in other formats: takes { name, bytes }, gives { bytes } or
// { why }. The page starts it when such a file is first opened.

import init, { convert } from "./lossland-import.js";

const ready = init({ module_or_path: new URL("./lossland-import_bg.wasm", import.meta.url) });

addEventListener("message", async ({ data: { name, bytes } }) => {
  try {
    await ready;
    const converted = convert(name, bytes);
    postMessage({ bytes: converted }, [converted.buffer]);
  } catch (error) {
    postMessage({ why: String(error.message ?? error) });
  }
});
