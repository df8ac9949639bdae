// A figure of what the lens shows, on a canvas of its own: to look at, and to save. Loaded with the first figure, and what
// draws it after that.

import { download } from "./surround.js";

/** Width of a saved picture in pixels: 300 to the inch on a page of 12.8 inches. */
const SAVED = 3840;
/** Wider, some browsers give no canvas. */
const WIDEST = 8192;

let module;
/** The module that draws. One that did not come is asked for again by the next figure. */
function load() {
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

const words = (error) => String(error?.message ?? error);

function build() {
  const dialog = document.createElement("dialog");
  dialog.id = "figure";
  dialog.innerHTML = `
    <header>
      <h2></h2>
      <p class="actions">
        <button type="button" data-save="svg">Download SVG</button>
        <button type="button" data-save="png">Download PNG</button>
        <button type="button" class="primary" data-close autofocus>Close</button>
      </p>
    </header>
    <div class="scroll"><canvas role="img" hidden></canvas></div>
    <p role="status"></p>`;
  document.body.append(dialog);
  const $ = (selector) => dialog.querySelector(selector);
  const canvas = $("canvas");
  const status = $("[role=status]");
  const saves = dialog.querySelectorAll("[data-save]");
  let figure; // as JSON
  let name;
  let drawing; // the module, once it is there

  const failed = (what, error) => { status.textContent = `${what}: ${words(error)}.`; };
  const ready = (yes) => {
    canvas.hidden = !yes;
    for (const button of saves) button.disabled = !yes;
  };

  /** As sharp as the screen is. */
  function paint() {
    const width = Math.min(WIDEST, Math.round(canvas.clientWidth * devicePixelRatio));
    if (!drawing || !dialog.open || width === 0 || width === canvas.width) return;
    try {
      canvas.width = width;
      drawing.draw(canvas, figure);
    } catch (error) {
      ready(false);
      failed("The figure was not drawn", error);
    }
  }
  new ResizeObserver(paint).observe(canvas);

  const save = {
    svg: () => download(`eigenlens-${name}.svg`, drawing.svg(figure), "image/svg+xml"),
    async png() {
      const large = document.createElement("canvas");
      large.width = SAVED;
      drawing.draw(large, figure);
      const picture = await new Promise((done) => { large.toBlob(done, "image/png"); });
      if (!picture) throw new Error("this browser made no picture of it");
      download(`eigenlens-${name}.png`, picture, "image/png");
    },
  };
  for (const button of saves) {
    button.addEventListener("click", async () => {
      try {
        await save[button.dataset.save]();
        status.textContent = `Saved as eigenlens-${name}.${button.dataset.save}.`;
      } catch (error) {
        failed("Nothing was saved", error);
      }
    });
  }
  $("[data-close]").addEventListener("click", () => dialog.close());
  // The board below hears no pointer, and a press beside the figure closes it.
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });

  return async (json) => {
    const { title, alt, content } = JSON.parse(json);
    figure = json;
    name = Object.keys(content)[0].replaceAll("_", "-");
    dialog.setAttribute("aria-label", title);
    $("h2").textContent = `Figure: ${name.replaceAll("-", " ")}`;
    canvas.setAttribute("aria-label", alt);
    canvas.width = 0;
    ready(false);
    status.textContent = "Drawing the figure …";
    if (!dialog.open) dialog.showModal();
    try {
      drawing = await load();
      if (figure !== json) return; // Another one was asked for meanwhile.
      status.textContent = "";
      ready(true);
      paint();
    } catch (error) {
      if (figure === json) failed("The figure was not drawn", error);
    }
  };
}

let shown;
/** Shows a figure, given in JSON, in a dialogue over the page. */
export function show(json) {
  shown ??= build();
  return shown(json);
}
