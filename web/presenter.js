// The presenter's window: what to say, what comes next, how late it is. It knows the lesson and the step from the window of the audience
// (hall.js), and leads that by its commands; it has no lab of its own.

import { drawing, studio } from "./figures.js";
import { entry } from "./lessons.js";

/** Keys and what they ask of the audience's window. */
const KEYS = new Map(Object.entries({
  PageDown: "lesson next", PageUp: "lesson back", ArrowRight: "lesson next", ArrowLeft: "lesson back", " ": "lesson next",
  Home: "lesson first", End: "lesson last", Enter: "lesson reveal", ".": "blank", l: "aid laser", d: "aid pen",
}));

const $ = (id) => document.getElementById(id);
const id = decodeURIComponent(location.hash.slice(1));
const channel = new BroadcastChannel(`eigenlens ${id}`);
let lesson; // with its words as HTML
let at; // which step, and where its question is
let texts = {}; // what numbers read
let spoken = "";
let shown; // which step the notes are of
let began = performance.now();
let stepBegan = began;
let address; // of the picture

const ask = (name) => channel.postMessage({ kind: "command", name });

channel.addEventListener("message", ({ data }) => {
  if (data?.kind === "lesson") {
    lesson = data.lesson;
    shown = undefined;
  }
  if (data?.kind === "state") ({ at, texts, spoken } = data);
  else if (data?.kind === "picture") return picture(data.picture);
  if (data?.theme) document.documentElement.dataset.theme = data.theme === "dark" ? "dark" : "light";
  show();
});

function picture(blob) {
  const last = address;
  address = URL.createObjectURL(blob);
  $("wall").src = address;
  $("wall").hidden = false;
  if (last) URL.revokeObjectURL(last);
}

function show() {
  const step = at && lesson && entry(lesson, at.step - 1, at.seed);
  document.documentElement.dataset.state = step ? "given" : "idle";
  if (!step) {
    document.querySelector("#notes .number").textContent = "";
    document.querySelector("#notes h1").textContent = "No lesson is given";
    document.querySelector("#notes .claim").textContent = id
      ? "Open one in the other window: menu, lesson 1 to 7, or a file."
      : "This page is opened from the lab: menu, Presenter window.";
    document.querySelector("#notes .words").replaceChildren();
    shown = undefined;
    return;
  }
  const key = `${at.name} ${at.step} ${at.seed}`;
  if (key !== shown) {
    stepBegan = performance.now();
    shown = key;
    notes(step);
    list();
    next();
  } else if (sketched?.colours !== colours()) {
    next();
  }
  for (const slot of document.querySelectorAll("#notes [data-readout]")) slot.textContent = texts[slot.dataset.readout] ?? "…";
  $("wall-where").textContent = { asking: "asks for a guess", revealed: "after the reveal", shown: "" }[at.phase];
  $("guess").textContent = at.phase === "revealed" ? spoken : at.phase === "asking" ? "not shown yet" : "none in this step";
  tick();
}

function notes(step) {
  const words = step.minutes === 1 ? "one minute" : `${step.minutes} minutes`;
  document.querySelector("#notes .number").textContent = `${number(at.step)} · ${words} · ${step.status ?? "exact"}`;
  document.querySelector("#notes h1").textContent = step.title;
  document.querySelector("#notes .claim").textContent = step.claim ?? "";
  const body = document.querySelector("#notes .words");
  body.replaceChildren();
  const add = (title, content) => {
    const head = document.createElement("h2");
    head.textContent = title;
    body.append(head, content);
  };
  if (step.ask) {
    const question = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = `“${step.ask.question}”`;
    question.append(line);
    for (const wrong of step.ask.wrong ?? []) question.append(Object.assign(document.createElement("p"), { className: "expect", textContent: `Expect: ${wrong}` }));
    add("Ask first", question);
  }
  const said = document.createElement("div");
  said.innerHTML = step.notes_html; // Made from Markdown, whose own HTML is refused.
  if (step.notes_html) add("Notes", said);
  const text = document.createElement("div");
  text.innerHTML = step.text_html;
  if (step.text_html) add("Beside the picture", text);
  $("notes").scrollTop = 0;
}

/** Exercises count on behind the steps, and have numbers of their own. */
const number = (at) => (at > lesson.steps.length ? `E${at - lesson.steps.length}` : `${at}`);

function list() {
  const [name, title] = [document.querySelector("#lesson strong"), document.querySelector("#lesson span")];
  const which = /^(\d+)-/.exec(at.name)?.[1];
  name.textContent = which ? `Lesson ${which}` : "Lesson";
  title.textContent = lesson.title;
  const exercise = at.step - at.of;
  $("count").textContent = exercise > 0 ? `Exercise ${exercise} of ${at.exercises}` : `${at.step} of ${at.of}`;
  $("steps").replaceChildren(...Array.from({ length: at.of + at.exercises }, (_, i) => {
    const step = entry(lesson, i, at.seed);
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = step.title;
    if (i >= at.of) row.dataset.kind = "exercise";
    button.dataset.command = `lesson step ${i + 1}`;
    if (step.ask) button.append(Object.assign(document.createElement("i"), { className: "asks", title: "asks for a guess first" }));
    if (i < at.step - 1) row.className = "done";
    if (i === at.step - 1) button.setAttribute("aria-current", "step");
    row.append(button);
    return row;
  }));
  $("steps").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function next() {
  // A clicker does not run on from the last step into the exercises.
  const step = at.step === at.of ? undefined : entry(lesson, at.step, at.seed);
  document.querySelector("#next .title").textContent = step ? `${number(at.step + 1)}. ${step.title}` : "This is the last step.";
  sketch(step);
  document.querySelector("#next .ask").textContent = step?.ask ? `It opens with a question: “${step.ask.question}”` : "";
  $("next-key").hidden = !step;
}

/** Size of words of the small picture (px), and into how many of it a width may be cut at most. */
const FONT = 12;
const PARTS = 36;

let making; // the worker that makes figures
let sketched; // what was asked for last
let paint; // what draws it

/** The step that comes next as a small picture: the board of its lens. One that does not come leaves its words. */
async function sketch(step) {
  const canvas = $("sketch");
  const asked = sketched = { colours: colours() };
  canvas.hidden = true;
  paint = undefined;
  if (!step) return;
  try {
    making ??= studio();
    const figure = await making.ask("sketch", JSON.stringify({ steps: [step] }), asked.colours);
    const draws = figure && await drawing();
    await Promise.all(["400 16px Inter", "600 16px Inter"].map((font) => document.fonts.load(font)));
    if (!draws || sketched !== asked) return;
    canvas.hidden = false;
    paint = () => {
      const width = canvas.clientWidth;
      canvas.width = Math.round(width * devicePixelRatio);
      draws.draw(canvas, figure, width, Math.min(FONT, width / PARTS));
    };
    paint();
    canvas.setAttribute("aria-label", JSON.parse(figure).alt);
  } catch (error) {
    canvas.hidden = true;
    making?.end();
    making = undefined;
    console.warn(`the next step has no picture: ${error?.message ?? error}`);
  }
}

// As sharp as the screen is, also in a window of another size.
addEventListener("resize", () => paint?.());

const colours = () => document.documentElement.dataset.theme ?? "light";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Behind the plan is told in words, without colour. */
function tick() {
  const now = performance.now();
  $("clock").textContent = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  $("elapsed").textContent = clock((now - began) / 1000);
  if (!at || !lesson) return;
  const minutes = lesson.steps.map((step) => step.minutes ?? 3);
  const sum = (list) => list.reduce((total, x) => total + x, 0);
  $("plan").textContent = `of ${sum(minutes)} min`;
  const here = 60 * (minutes[at.step - 1] ?? 3);
  const inStep = (now - stepBegan) / 1000;
  $("step-time").textContent = `${clock(inStep)} of ${here / 60} min`;
  $("step-progress").value = Math.min(1, inStep / here);
  const off = Math.round((now - began) / 1000 - 60 * sum(minutes.slice(0, at.step - 1)) - Math.min(inStep, here));
  const size = Math.abs(off) < 60 ? `${Math.abs(off)} s` : `${Math.round(Math.abs(off) / 60)} min`;
  $("behind").textContent = Math.abs(off) < 10 ? "As planned" : `${size} ${off > 0 ? "behind" : "ahead of"} the plan`;
}
setInterval(tick, 1000);

addEventListener("click", ({ target }) => {
  const name = target.closest?.("[data-command]")?.dataset.command;
  if (name) ask(name);
});
$("restart").addEventListener("click", () => {
  began = stepBegan = performance.now();
  tick();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const name = KEYS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  // A button that has the focus is pressed by Space and Enter.
  if (!name || (document.activeElement.matches("button") && [" ", "Enter"].includes(event.key))) return;
  event.preventDefault();
  ask(name);
});

show();
channel.postMessage({ kind: "hello" });
