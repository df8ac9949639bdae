// Figures of what the lens shows and the arrays behind them: to look at, and to save. Loaded when they are first asked for, and
// after that what makes them (a worker) and what draws them.

import { download } from "./surround.js";

/** Pixels of a saved picture for each pixel of its width. */
const SHARP = 3;
/** Wider, some browsers give no canvas. */
const WIDEST = 8192;

const words = (error) => String(error?.message ?? error);

let module;
/** The module that draws. One that did not come is asked for again by the next figure. */
export function drawing() {
  module ??= import("./eigenlens_figures.js")
    .then(async (loaded) => {
      await loaded.default({ module_or_path: "eigenlens_figures_bg.wasm" });
      return loaded;
    })
    .catch((error) => {
      module = undefined;
      throw new Error(`the part of Eigenlens that draws figures did not load (${words(error)}). Check the connection and try again`);
    });
  return module;
}

/** A worker on one lab. Its answers come in the order of the questions; `end` forgets them. */
export function studio() {
  const worker = new Worker("studio.js", { type: "module" });
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, result, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(result);
    else failed(new Error(error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new Error(`the part of Eigenlens that makes figures did not load (${event.message ?? "no answer"}). Check the connection and try again`);
    for (const { failed } of waiting.values()) failed(error);
    waiting.clear();
  };
  return {
    ask: (call, ...args) => new Promise((done, failed) => {
      waiting.set(++last, { done, failed });
      worker.postMessage({ id: last, call, args });
    }),
    end: () => worker.terminate(),
  };
}

/** One answer of a worker that is then ended. */
export async function once(call, ...args) {
  const made = studio();
  try {
    return await made.ask(call, ...args);
  } finally {
    made.end();
  }
}

function build() {
  const dialog = document.createElement("dialog");
  dialog.id = "figure";
  dialog.setAttribute("aria-label", "Figures and data");
  dialog.innerHTML = `
    <header>
      <p class="actions">
        <label>Figure <select name="figure"></select></label>
        <label>Width <input name="width" type="number" min="200" max="8192" step="10" value="1280"></label>
        <label>Font <input name="font" type="number" min="2" max="220" step="any" value="25"></label>
      </p>
      <p class="actions">
        <button type="button" data-save="svg">SVG</button>
        <button type="button" data-save="png">PNG</button>
        <button type="button" data-data="npz">npz</button>
        <button type="button" data-data="csv">CSV</button>
        <button type="button" data-data="py">numpy</button>
        <button type="button" class="primary" data-close autofocus>Close</button>
      </p>
    </header>
    <div class="scroll"><canvas role="img" hidden></canvas></div>
    <p role="status"></p>`;
  document.body.append(dialog);
  const $ = (selector) => dialog.querySelector(selector);
  const canvas = $("canvas");
  const status = $("[role=status]");
  const choice = $("select");
  let lab; // what the app has told of it
  let made; // the worker on it
  let stem;
  let figure; // as JSON
  let draws; // the module, once it is there

  const failed = (what, error) => { status.textContent = `${what}: ${words(error)}.`; };
  const enable = (selector, yes) => {
    for (const button of dialog.querySelectorAll(selector)) button.disabled = !yes;
  };
  const ready = (yes) => {
    canvas.hidden = !yes;
    enable("[data-save]", yes);
  };
  const size = () => [$("[name=width]").valueAsNumber, $("[name=font]").valueAsNumber];

  /** As sharp as the screen is. */
  function paint(anew) {
    const width = Math.min(WIDEST, Math.round(canvas.clientWidth * devicePixelRatio));
    if (!draws || !figure || !dialog.open || canvas.hidden || width === 0 || (!anew && width === canvas.width)) return;
    try {
      canvas.width = width;
      draws.draw(canvas, figure, ...size());
      enable("[data-save]", true);
      status.textContent = "";
    } catch (error) {
      enable("[data-save]", false);
      failed("The figure was not drawn", error);
    }
  }
  new ResizeObserver(() => paint(false)).observe(canvas);
  for (const input of dialog.querySelectorAll("input")) input.addEventListener("input", () => paint(true));

  const save = {
    svg: () => download(`eigenlens-${stem}-${choice.value}.svg`, draws.svg(figure, ...size()), "image/svg+xml"),
    async png() {
      const large = document.createElement("canvas");
      large.width = Math.min(WIDEST, Math.round(SHARP * size()[0]));
      draws.draw(large, figure, ...size());
      const picture = await new Promise((done) => { large.toBlob(done, "image/png"); });
      if (!picture) throw new Error("this browser made no picture of it");
      download(`eigenlens-${stem}-${choice.value}.png`, picture, "image/png");
    },
  };
  const types = { npz: "application/octet-stream", csv: "text/csv;charset=utf-8", py: "text/x-python;charset=utf-8" };
  dialog.addEventListener("click", async ({ target }) => {
    // The board below hears no pointer, and a press beside the figure closes it.
    if (target === dialog || "close" in target.dataset) return dialog.close();
    const { save: picture, data } = target.dataset;
    if (!picture && !data) return;
    try {
      if (picture) await save[picture]();
      else download(`eigenlens-${stem}.${data}`, await made.ask(data), types[data]);
      status.textContent = `Saved as eigenlens-${stem}${picture ? `-${choice.value}` : ""}.${picture ?? data}.`;
    } catch (error) {
      failed("Nothing was saved", error);
    }
  });
  dialog.addEventListener("close", () => {
    made?.end();
    made = undefined;
  });

  async function draw() {
    const asked = made;
    const key = choice.value;
    figure = undefined;
    canvas.width = 0;
    ready(false);
    status.textContent = "Drawing the figure …";
    try {
      const [json, loaded] = await Promise.all([asked.ask("figure", key, lab.theme), drawing()]);
      if (made !== asked || choice.value !== key) return; // Another one was asked for meanwhile.
      const { title, alt } = JSON.parse(json);
      [figure, draws] = [json, loaded];
      canvas.setAttribute("aria-label", alt);
      dialog.setAttribute("aria-label", title);
      status.textContent = "";
      ready(true);
      paint(true);
    } catch (error) {
      if (made === asked && choice.value === key) failed("The figure was not drawn", error);
    }
  }
  choice.addEventListener("change", draw);

  return async (told) => {
    lab = told;
    made?.end();
    const asked = made = studio();
    ready(false);
    enable("[data-data]", false);
    choice.replaceChildren();
    status.textContent = "Computing …";
    if (!dialog.open) dialog.showModal();
    try {
      const answer = await asked.ask("open", { link: lab.link, clouds: lab.clouds, results: lab.results });
      if (made !== asked) return;
      stem = answer.stem;
      choice.replaceChildren(...answer.figures.map(({ key, name }) => new Option(name, key)));
      enable("[data-data]", true);
      await draw();
    } catch (error) {
      if (made === asked) failed("There is nothing to show", error);
    }
  };
}

let shown;
/** Shows the figures of a lab, as the app tells of it, in a dialogue over the page. */
export function show(lab) {
  shown ??= build();
  return shown(lab);
}
