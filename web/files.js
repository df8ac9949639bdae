// A worker that reads and writes files: a large or hostile file may keep it busy, but never the page.

import init, { read, write } from "./eigenlens_files.js";

const calls = { read, write };

onmessage = async ({ data: { call, args } }) => {
  try {
    await init({ module_or_path: "eigenlens_files_bg.wasm" });
    postMessage({ result: calls[call](...args) });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
};
