// What helps who speaks to a hall: laser, pen, the last keys, the whole screen, a QR code, the presenter's window. Loaded when the first
// of it is asked for; src/app/hall.rs is the same in the window.

import { present, isOfSite, place } from "./lessons.js";

/** How long a trace of the laser, a stroke of the pen, a key stay (ms). */
const LASER = 600;
const PEN = 3000;
const KEY = 2000;
/** A picture that has not changed for so long (ms) is shown to the presenter, so wide (px). */
const SETTLED = 250;
const PICTURE = 960;
/** Of this tab, so that each has a presenter of its own. */
const TAB = "eigenlens.presenter";
/** What a presenter's window may ask for. */
const ASKED = /^(lesson (next|back|first|last|reveal|again|exercises|another|step \d{1,3})|blank|save answers|aid (laser|pen|code|full-screen))$/;

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const AIDS = { presenter, attend, code, laser: (lab) => ink(lab)("laser"), pen: (lab) => ink(lab)("pen"), "last-keys": lastKeys, "full-screen": fullScreen, author };

let dressed;
/** The style sheet comes with the first aid. */
function dress() {
  dressed ??= new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "hall.css" });
    link.onload = link.onerror = done;
    document.head.append(link);
  });
  return dressed;
}

/** Shows or hides an aid. */
export async function aid(lab, name) {
  // First, while the browser still takes the key for a wish of the person.
  if (name === "full-screen" || name === "presenter") return AIDS[name](lab);
  await dress();
  return AIDS[name](lab);
}

async function author(lab) {
  (await import("./author.js")).show(lab);
}

async function fullScreen(lab) {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch (error) {
    lab.say(`This browser does not give the whole screen: ${error.message}`);
  }
}

let switchInk;
/** Laser and pen, on a layer over the canvas. */
function ink(lab) {
  switchInk ??= layer(lab);
  return switchInk;
}

function layer(lab) {
  const sheet = document.createElement("canvas");
  sheet.id = "ink";
  sheet.setAttribute("aria-hidden", "true");
  $("stage").append(sheet);
  const pens = sheet.getContext("2d");
  let mode; // "laser", "pen", or neither
  let trail = []; // where the laser was: [x, y, time]
  let strokes = []; // of the pen: each a list of the same, with its colour
  let drawing; // the stroke under the hand
  let at; // where the laser is
  let frame;

  const here = ({ clientX, clientY, timeStamp }) => {
    const box = sheet.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top, timeStamp];
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  /** What is left of a mark: nothing fades where nothing may move, it goes at its end. */
  const left = (age, life) => (age >= life ? 0 : calm.matches ? 1 : 1 - age / life);

  function line(from, to, strength, width) {
    pens.globalAlpha = strength;
    pens.lineWidth = width;
    pens.beginPath();
    pens.moveTo(from[0], from[1]);
    pens.lineTo(to[0], to[1]);
    pens.stroke();
  }

  function paint(now) {
    frame = undefined;
    const [width, height] = [sheet.clientWidth, sheet.clientHeight].map((length) => Math.round(length * devicePixelRatio));
    if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
    pens.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pens.clearRect(0, 0, width, height);
    pens.lineCap = pens.lineJoin = "round";
    trail = trail.filter(([, , time]) => now - time < LASER);
    // A stroke fades as a whole, from its end on.
    strokes = strokes.filter((stroke) => stroke === drawing || now - stroke.at(-1)[2] < PEN);
    pens.strokeStyle = colour("--bad");
    if (!calm.matches) trail.forEach((point, i) => i && line(trail[i - 1], point, 0.6 * left(now - point[2], LASER), 8));
    pens.strokeStyle = colour("--query");
    for (const stroke of strokes) {
      const strength = stroke === drawing ? 1 : left(now - stroke.at(-1)[2], PEN);
      pens.globalAlpha = strength;
      pens.lineWidth = 5;
      pens.beginPath();
      stroke.forEach(([x, y], i) => (i ? pens.lineTo(x, y) : pens.moveTo(x, y)));
      if (stroke.length === 1) pens.lineTo(stroke[0][0], stroke[0][1]);
      pens.stroke();
    }
    pens.globalAlpha = 1;
    if (mode === "laser" && at) {
      pens.fillStyle = colour("--bad");
      pens.strokeStyle = colour("--canvas");
      pens.lineWidth = 2;
      pens.beginPath();
      pens.arc(at[0], at[1], 9, 0, 2 * Math.PI);
      pens.fill();
      pens.stroke();
    }
    if (trail.length || strokes.length) look();
  }
  const look = () => { frame ??= requestAnimationFrame(paint); };

  addEventListener("pointermove", (event) => {
    if (mode === "laser") {
      at = here(event);
      trail.push(at);
      look();
    } else if (drawing) {
      drawing.push(here(event));
      look();
    }
  }, { capture: true, passive: true });
  sheet.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // The focus stays where it is, and with it the keys.
    sheet.setPointerCapture(event.pointerId);
    drawing = [here(event)];
    strokes.push(drawing);
    look();
  });
  for (const type of ["pointerup", "pointercancel"]) {
    sheet.addEventListener(type, (event) => {
      drawing?.push(here(event));
      drawing = undefined;
      look();
    });
  }

  const change = (to) => {
    mode = to;
    at = drawing = undefined;
    sheet.dataset.mode = to ?? "";
    document.documentElement.dataset.ink = to ?? "";
    look();
  };
  lab.leave = () => {
    if (!mode) return false;
    change(undefined);
    return true;
  };
  return (wanted) => change(mode === wanted ? undefined : wanted);
}

let keyList;
/** The keys that were pressed in the last two seconds. */
function lastKeys(lab) {
  if (keyList) {
    keyList.remove();
    keyList = lab.pressed = undefined;
    return;
  }
  keyList = document.createElement("p");
  keyList.id = "last-keys";
  keyList.setAttribute("aria-hidden", "true");
  $("stage").append(keyList);
  lab.pressed = ({ key, ctrlKey, metaKey, altKey, shiftKey, repeat }) => {
    if (repeat || ["Shift", "Control", "Alt", "Meta"].includes(key)) return;
    const name = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key.replace(/^Arrow/, "");
    const shown = document.createElement("kbd");
    shown.textContent = [ctrlKey && "Ctrl", metaKey && "Meta", altKey && "Alt", shiftKey && key.length > 1 && "Shift", name].filter(Boolean).join(" ");
    keyList.append(shown);
    setTimeout(() => shown.remove(), KEY);
  };
}

/** Where a phone finds what is shown: the step of a lesson of the site, else the lab. */
export function address(lab) {
  const told = document.querySelector('meta[name="eigenlens-address"]').content;
  const url = new URL(told || location.origin + location.pathname);
  const { lesson } = lab.readouts ?? {};
  if (lesson && isOfSite()) {
    place(url, lesson);
  } else {
    url.hash = lab.call("link") ?? location.hash;
  }
  return url;
}

/** Whether an address is that of this machine alone. */
export const isLocal = ({ protocol, hostname }) => protocol === "file:" || hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\./.test(hostname);

let dialog;
async function code(lab) {
  if (dialog?.open) return dialog.close();
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "code";
    dialog.setAttribute("aria-label", "QR code of this link");
    dialog.innerHTML = '<svg role="img" shape-rendering="crispEdges"><path/></svg><p class="address"></p><ul role="status"></ul><p class="actions"><button type="button" class="primary" autofocus>Close</button></p>';
    dialog.addEventListener("click", ({ target }) => { if (target === dialog || target.matches("button")) dialog.close(); });
    document.body.append(dialog);
  }
  const url = address(lab);
  const { once } = await import("./figures.js");
  const { side, path, most } = await once("code", url.href);
  const svg = dialog.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("aria-label", `QR code of ${url.href}`);
  svg.firstElementChild.setAttribute("d", path);
  dialog.dataset.address = url.href;
  dialog.querySelector(".address").textContent = `${url.host}${url.pathname}${url.search}`;
  const bytes = new TextEncoder().encode(url.href).length;
  const notes = [];
  if (isLocal(url)) notes.push("This address is that of this machine: phones do not reach it. Put the site on a host, or build it with --public-url.");
  if (bytes > most) notes.push(`The link has ${bytes} bytes. From ${most} on the back of a hall may not read its code: a preset or a lesson's step has a shorter one.`);
  if (!url.searchParams.has("lesson") && lab.call("needs_file")) notes.push("The cloud is a file of this machine: who opens the link is asked for it.");
  dialog.querySelector("ul").replaceChildren(...notes.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  dialog.showModal();
}

let channel;
/** Opens the presenter's window, or brings it to the front. */
function presenter(lab) {
  attend(lab);
  const opened = window.open(`presenter.html#${channel.id}`, `eigenlens-${channel.id}`, "popup,width=1280,height=800");
  if (opened) opened.focus();
  else lab.say("This browser lets no window open. Allow it for this page and try again.");
}

/** Speaks with the presenter's window: tells what is shown, does what is asked. */
function attend(lab) {
  if (channel) return;
  const id = kept() ?? crypto.getRandomValues(new Uint32Array(2)).join("-");
  try {
    sessionStorage.setItem(TAB, id);
  } catch {
    // A page that is loaded again is then without its presenter.
  }
  channel = new BroadcastChannel(`eigenlens ${id}`);
  channel.id = id;
  let told; // the lesson that the presenter has
  let timer;
  const small = document.createElement("canvas");

  const tell = (all) => {
    const lesson = present(lab);
    if (all || told !== lesson) {
      told = lesson;
      channel.postMessage({ kind: "lesson", lesson });
    }
    const { lesson: at, numbers, spoken, theme } = lab.readouts ?? {};
    const texts = Object.fromEntries(Object.entries(numbers ?? {}).map(([name, { text }]) => [name, text]));
    channel.postMessage({ kind: "state", at, texts, spoken, theme });
  };
  /** What was drawn a moment ago is still there: nothing has been composed since. */
  const take = () => {
    if (!lab.canvas.width) return;
    small.width = PICTURE;
    small.height = Math.round((PICTURE * lab.canvas.height) / lab.canvas.width);
    small.getContext("2d").drawImage(lab.canvas, 0, 0, small.width, small.height);
    clearTimeout(timer);
    timer = setTimeout(() => small.toBlob((picture) => picture && channel.postMessage({ kind: "picture", picture })), SETTLED);
  };
  addEventListener("eigenlens-changed", () => {
    take();
    tell(false);
  });
  channel.addEventListener("message", ({ data }) => {
    if (data?.kind === "hello") {
      tell(true);
      // Nothing is in the hand while a window opens: this paints, and so takes a picture.
      lab.call("suspend_pointer");
    } else if (data?.kind === "command" && typeof data.name === "string" && ASKED.test(data.name)) {
      lab.command(data.name);
    }
  });
  tell(true);
}

function kept() {
  try {
    return sessionStorage.getItem(TAB);
  } catch {
    return null;
  }
}
