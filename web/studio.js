// A worker that makes figures and arrays of a lab with the app's own lenses, QR codes and lessons from their files: a long computation
// keeps it busy, never the page.

import init, * as studio from "./eigenlens_studio.js";
import { unpacked } from "./texts.js";

let atelier;

/** The lab with everything derived; what is long is computed when it is first needed. */
function derived() {
  while (atelier.derive());
  return atelier;
}

/** Another lab, with the numbers of its texts. */
async function take(made) {
  atelier = made;
  for (const name of atelier.texts()) atelier.open_text(name, await unpacked(name, () => {}));
}

const calls = {
  /** The lab of a link: the names of its figures. */
  async open({ link, clouds, results }) {
    await take(new studio.Atelier(link, clouds, results));
    const words = atelier.figures();
    const figures = [];
    for (let i = 0; i < words.length; i += 2) figures.push({ key: words[i], name: words[i + 1] });
    return { figures, stem: atelier.stem() };
  },
  /** A step of a lesson, which stands alone in this JSON, as a figure for a small picture; nothing where its lens has none. */
  async sketch(lesson, theme) {
    await take(studio.Atelier.of_step(lesson));
    return derived().sketch(theme);
  },
  figure: (key, theme) => derived().figure(key, theme),
  npz: () => derived().npz(),
  csv: () => derived().csv(),
  py: () => atelier.script(),
  /** The QR code of an address: modules of a side, the dark ones as a path, and the most bytes that a hall reads. */
  code(text) {
    const [side, path] = studio.code(text);
    return { side, path, most: studio.readable() };
  },
  lesson_of_toml: studio.lesson_of_toml,
  lesson_of_entries: studio.lesson_of_entries,
  toml_of_entries: studio.toml_of_entries,
  entries_of_toml: studio.entries_of_toml,
};

onmessage = async ({ data: { id, call, args } }) => {
  try {
    await init({ module_or_path: "eigenlens_studio_bg.wasm" });
    postMessage({ id, result: await calls[call](...args) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
