// A worker that makes figures and arrays of a lab with the app's own lenses: a long computation keeps it busy, never the page.

import init, { Atelier } from "./eigenlens_studio.js";
import { unpacked } from "./texts.js";

let atelier;

const calls = {
  /** The lab of a link: the names of its figures. */
  async open({ link, clouds, results }) {
    atelier = new Atelier(link, clouds, results);
    for (const name of atelier.texts()) atelier.open_text(name, await unpacked(name, () => {}));
    while (atelier.derive());
    const words = atelier.figures();
    const figures = [];
    for (let i = 0; i < words.length; i += 2) figures.push({ key: words[i], name: words[i + 1] });
    return { figures, stem: atelier.stem() };
  },
  figure: (key, theme) => atelier.figure(key, theme),
  npz: () => atelier.npz(),
  csv: () => atelier.csv(),
  py: () => atelier.script(),
};

onmessage = async ({ data: { id, call, args } }) => {
  try {
    await init({ module_or_path: "eigenlens_studio_bg.wasm" });
    postMessage({ id, result: await calls[call](...args) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
