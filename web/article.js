// The figures of the article. Each is made of the state that it opens, by the same modules as in the lab, one after the other from the
// top; what does not come leaves its words.

import { drawing, studio } from "./figures.js";

/** Size of words in CSS pixels, and into how many of it the width of a figure may be cut at most. */
const FONT = 17;
const PARTS = 36;

const words = (error) => String(error?.message ?? error);
const dark = matchMedia("(prefers-color-scheme: dark)");
/** What draws each figure again, in light colours or in those of the page. */
const painters = [];
let making;
let printing = false;

/** Draws the figure `name` of the lab that `link` opens on `canvas`, as sharp as the screen is, and again when page or colours change. */
async function drawFigure(canvas, link, name) {
  making ??= studio();
  await making.ask("open", { link, clouds: "", results: "" });
  // In this order, so that a printer need not wait: paper is light.
  const [light, night, draws] = [await making.ask("figure", name, "light"), await making.ask("figure", name, "dark"), await drawing()];
  const paint = () => {
    const width = canvas.clientWidth;
    if (width === 0) return;
    canvas.width = Math.round(width * Math.max(devicePixelRatio, printing ? 3 : 1));
    draws.draw(canvas, dark.matches && !printing ? night : light, width, Math.min(FONT, width / PARTS));
  };
  paint();
  canvas.setAttribute("aria-label", JSON.parse(light).alt);
  painters.push(paint);
  let seen = canvas.clientWidth;
  new ResizeObserver(() => {
    if (canvas.clientWidth === seen || printing) return;
    seen = canvas.clientWidth;
    paint();
  }).observe(canvas);
}

const paintAll = () => { for (const paint of painters) paint(); };
dark.addEventListener("change", paintAll);
for (const [type, on] of [["beforeprint", true], ["afterprint", false]]) {
  addEventListener(type, () => {
    printing = on;
    paintAll();
  });
}

/** Without its figure the place says in words what would be there. */
function excuse(canvas, error) {
  console.warn(`${canvas.closest("figure").id}: ${words(error)}`);
  const note = document.createElement("span");
  note.className = "missing";
  note.textContent = canvas.getAttribute("aria-label");
  canvas.replaceWith(note);
}

async function drawAll() {
  await Promise.all(["400 16px Inter", "600 16px Inter"].map((font) => document.fonts.load(font)));
  for (const anchor of document.querySelectorAll("a[data-figure]")) {
    const canvas = anchor.firstElementChild;
    try {
      await drawFigure(canvas, anchor.hash, anchor.dataset.figure);
      canvas.dataset.drawn = "";
    } catch (error) {
      excuse(canvas, error);
    }
  }
  making?.end();
  document.documentElement.dataset.state = "drawn";
}

drawAll();
