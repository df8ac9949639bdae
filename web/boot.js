// Starts the lab, and says so when it cannot start or cannot go on.
// The state is in the link (the address bar), so every failure here leaves the work where it is.

import { surround } from "./surround.js";
import { listen } from "./keys.js";
import { fetchTexts } from "./texts.js";

/** In the order in which the app takes them; the first two are the page's own face as well. */
const FONTS = ["inter-regular", "inter-semibold", "stix-text-italic", "stix-math-symbols"];
/** A context that is lost again this soon after an automatic reload (ms) is not reloaded a second time. */
const RELOAD_PAUSE = 20_000;

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const canvas = $("canvas");
const stage = $("stage");
const matches = (query) => matchMedia(query).matches;

/**
 * What the other modules see of the app. A call into a stopped app does nothing, and one that stops it shows why;
 * what a call throws otherwise is an answer.
 */
const lab = {
  app: null,
  canvas,
  /** The last `eigenlens-readouts`, parsed. */
  readouts: null,
  running: false,
  embedded: window.parent !== window || new URLSearchParams(location.search).has("embed"),
  call(method, ...args) {
    if (!this.running) return undefined;
    try {
      return this.app[method](...args);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError) && !this.app.has_panicked()) throw error;
      stopped(error);
      return undefined;
    }
  },
  /** A command by name; false when the app does not know it or has nothing to do. */
  command(name) {
    return this.call("command", name) === true;
  },
  /** Centre and size of a named thing, in viewport coordinates. */
  where(name) {
    const at = this.call("where", name);
    if (!at) return undefined;
    const box = canvas.getBoundingClientRect();
    return { x: box.left + at[0], y: box.top + at[1], width: at[2], height: at[3] };
  },
  /** A short word to everyone, also to a screen reader; it needs no app. */
  say(text) {
    $("status").textContent = text;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { $("status").textContent = ""; }, 4000);
  },
};

/** A failure with words for the person in front of it. */
class Failure extends Error {
  constructor(title, reason, advice) {
    super(reason);
    this.title = title;
    this.advice = advice;
  }
}

/** The smallest module with an instruction of 128 bits: a function that gives `i8x16.splat(0)`. */
const WIDE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,  // "\0asm", version 1
  1, 5, 1, 96, 0, 1, 123,  // one type: () → v128
  3, 2, 1, 0,  // one function, of this type
  10, 8, 1, 6, 0, 65, 0, 253, 15, 11,  // its body: i32.const 0, i8x16.splat, end
);

/** What this browser lacks, or nothing. */
function lacking() {
  const advice = "Open this page in a current Firefox, Chrome, Edge or Safari. What the board would show is explained on this page all the same.";
  if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") {
    return new Failure("This browser cannot run the board", "WebAssembly is missing or switched off.", advice);
  }
  if (!WebAssembly.validate(WIDE)) {
    return new Failure("This browser cannot run the board", "It is too old: its WebAssembly has no SIMD.", advice);
  }
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) {
    return new Failure("This browser cannot draw the board", "WebGL 2 is missing, switched off or blocked.",
      `Switch on hardware acceleration in the settings of the browser and reload. ${advice}`);
  }
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return undefined;
}

async function load(path) {
  let response;
  try {
    response = await fetch(path);
  } catch (error) {
    throw new Failure("Eigenlens did not load", `No answer for ${path}: ${error.message}.`, "Check the connection and reload.");
  }
  if (!response.ok) {
    throw new Failure("Eigenlens did not load", `The server answered ${response.status} for ${path}.`, "Reload in a moment.");
  }
  return response;
}

const bytes = async (path) => new Uint8Array(await (await load(path)).arrayBuffer());

/** The wasm module as a response that still streams into the compiler and counts what has come. */
async function wasm() {
  const response = await load("eigenlens_bg.wasm");
  // The build writes the size, because Content-Length is that of the compressed bytes, or absent.
  const total = Number(document.querySelector('meta[name="eigenlens-bytes"]').content);
  let seen = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      seen += chunk.byteLength;
      if (total > 0) progress(Math.min(100, Math.round((100 * seen) / total)));
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
}

function progress(percent) {
  $("progress").value = percent;
  $("progress-text").textContent = percent < 100 ? `Loading ${percent} %` : "Starting";
}

/** The page wears the same bytes as the canvas: one download. */
function wear(fonts) {
  [["400", fonts[0]], ["600", fonts[1]]].forEach(([weight, data]) => {
    document.fonts.add(new FontFace("Inter", data.slice(), { weight }));
  });
}

/** eframe takes the focus as it starts; it stays where it is, be that a reader of the words or a host page around this one. */
async function withoutFocus(run) {
  const { focus } = HTMLElement.prototype;
  HTMLElement.prototype.focus = () => undefined;
  try {
    await run();
  } finally {
    HTMLElement.prototype.focus = focus;
  }
}

/** eframe makes canvas and text field stops of the Tab key; here the buttons of explain.js are the stops. */
function yieldTabs() {
  canvas.tabIndex = -1;
  for (const input of stage.querySelectorAll(":scope > input")) {
    if (input.id) continue;
    input.tabIndex = -1;
    input.setAttribute("aria-hidden", "true");
  }
}

/**
 * With an emulated screen Chromium tells the machine's own pixels as devicePixelContentBoxSize; eframe makes the size of its canvas of
 * them, and the picture would be twice or three times too large. Where they contradict devicePixelRatio, the ratio is right.
 */
function honestPixels() {
  const entry = globalThis.ResizeObserverEntry?.prototype;
  const told = entry && Object.getOwnPropertyDescriptor(entry, "devicePixelContentBoxSize");
  if (!told) return;
  Object.defineProperty(entry, "devicePixelContentBoxSize", {
    ...told,
    get() {
      const sizes = told.get.call(this);
      const { inlineSize, blockSize } = this.contentBoxSize[0];
      const [width, height] = [inlineSize, blockSize].map((size) => Math.round(size * devicePixelRatio));
      if (Math.abs(sizes[0].inlineSize - width) <= 2) return sizes;
      return [Object.create(ResizeObserverSize.prototype, { inlineSize: { value: width }, blockSize: { value: height } })];
    },
  });
}

async function start() {
  const lack = lacking();
  if (lack) throw lack;
  const { link, autosave } = surround(lab);
  const host = window.parent !== window && import("./host.js").then((module) => module.answer(lab)).catch((error) => console.warn(`host.js: ${error.message}`));
  const module = await import("./eigenlens.js").catch((error) => {
    throw new Failure("Eigenlens did not load", `eigenlens.js: ${error.message}.`, "Check the connection and reload.");
  });
  const [fonts] = await Promise.all([
    Promise.all(FONTS.map((name) => bytes(`fonts/${name}.ttf`))),
    module.default({ module_or_path: wasm() }),
  ]);
  wear(fonts);
  honestPixels();
  await host;
  lab.app = new module.Eigenlens();
  setInterval(watch, 1000);
  await withoutFocus(() => lab.app.start(canvas, JSON.stringify({
    link,
    autosave,
    reduced_motion: matches("(prefers-reduced-motion: reduce)"),
    dark: matches("(prefers-color-scheme: dark)"),
    embedded: lab.embedded,
  }), fonts));
  if (root.dataset.state === "halted") return;
  lab.running = true;
  root.dataset.state = "running";
  yieldTabs();
  listen(lab);
}

/** Shows a page in the place of the canvas. The words beside it stay readable. */
function halt({ title, message, advice }, detail) {
  lab.running = false;
  root.dataset.state = "halted";
  $("halt").querySelector("h1").textContent = title;
  $("halt-reason").textContent = message;
  $("halt-advice").textContent = advice;
  $("halt-detail").textContent = detail ?? "";
  $("halt-detail").hidden = !detail;
  $("halt").hidden = false;
  explain();
}

/** After a panic every call into the module throws: say so once, with the reason. */
function stopped(error) {
  if (root.dataset.state === "halted") return;
  let reason = String(error?.message ?? error ?? "The app panicked.");
  try {
    reason = lab.app.panic_message() ?? reason;
  } catch {
    // The module no longer answers; the error itself is all there is.
  }
  halt(new Failure("Eigenlens stopped", reason.split("\n", 1)[0], "This is a fault of ours. Your work is in the link: reload to go on from it."), reason);
}

/** Cheap: reads one flag. A module that no longer answers has stopped as well. */
function watch(event) {
  if (!lab.app || root.dataset.state === "halted") return;
  try {
    if (lab.app.has_panicked()) stopped(event?.error ?? event?.reason);
  } catch (error) {
    stopped(error);
  }
}

function contextLost(event) {
  event.preventDefault();
  if (!lab.running) return;
  keepLink();
  halt(new Failure("The picture was lost", "The browser took the graphics away from this page.",
    "Your work is in the link. The board comes back by itself with the graphics; otherwise press Reload."));
}

function contextRestored() {
  const now = Date.now();
  try {
    if (now - Number(sessionStorage.getItem("eigenlens.reloaded")) < RELOAD_PAUSE) return;
    sessionStorage.setItem("eigenlens.reloaded", String(now));
  } catch {
    return; // Without memory of the last reload there is no bound on reloads: leave it to the button.
  }
  location.reload();
}

/** The address bar may be half a second behind a running gesture, and that of a frame has what it was opened with. */
function keepLink() {
  try {
    const link = lab.app.link();
    if (link) history.replaceState(null, "", link);
  } catch {
    // The last link stays.
  }
}

let explaining;
/** The column needs no app and nothing needs it: it comes after the first picture. */
function explain() {
  explaining ??= import("./explain.js").then((module) => module.attach(lab)).catch((error) => console.warn(`explain.js: ${error.message}`));
  return explaining;
}

/** The worker that keeps the site has another version from now on: this page would go on with files of both. */
function changeVersion() {
  keepLink();
  location.reload();
}
if (navigator.serviceWorker?.controller) navigator.serviceWorker.addEventListener("controllerchange", changeVersion, { once: true });

/** Keeps the site for the time without a network, and says when it has changed. */
function offline() {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  import("./offline.js").then((module) => module.keep(lab)).catch((error) => console.warn(`Offline use is not available: ${error.message}`));
}

function setTheme({ theme, projector }) {
  const name = projector ? "projector" : theme;
  if (!name || root.dataset.theme === name) return;
  root.dataset.theme = name;
  const colour = getComputedStyle(root).getPropertyValue("--canvas").trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.content = colour;
}

const ready = new Promise((resolve) => {
  addEventListener("eigenlens-readouts", (event) => {
    lab.readouts = JSON.parse(event.detail);
    setTheme(lab.readouts);
    canvas.setAttribute("aria-label", `Board. ${lab.readouts.spoken}`);
    // The app speaks from within a frame; who answers may do so only after it.
    queueMicrotask(() => dispatchEvent(new Event("eigenlens-changed")));
    resolve();
  });
});

/** After the first picture: time for what it does not need. */
const shown = ready.then(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
fetchTexts(lab, shown);

$("halt-reload").addEventListener("click", () => location.reload());
$("halt-copy").addEventListener("click", async () => {
  const field = $("halt-link");
  field.value = location.href;
  try {
    await navigator.clipboard.writeText(location.href);
    lab.say("Link copied.");
  } catch {
    field.hidden = false;
    field.select();
  }
});
$("skip").addEventListener("click", () => $("explain").focus());
canvas.addEventListener("webglcontextlost", contextLost);
canvas.addEventListener("webglcontextrestored", contextRestored);
addEventListener("error", watch);
addEventListener("unhandledrejection", watch);

window.eigenlens = {
  ready,
  get app() { return lab.app; },
  readouts: () => lab.readouts,
  link: () => lab.call("link") ?? location.hash,
  open: (link) => lab.call("open", String(link)),
  where: (name) => lab.where(name),
  command: (name) => lab.command(name),
};

start().catch((error) => {
  const known = error instanceof Failure;
  halt(known ? error : new Failure("Eigenlens did not start", String(error?.message ?? error), "Your work is in the link. Reload, or open the link in another browser."),
    known ? undefined : error?.stack);
});
shown.then(() => explain().then(offline));
