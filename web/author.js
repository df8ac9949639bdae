// What makes a lesson of states of the lab, beside the canvas: steps are added, put in order, changed, previewed, saved. The lesson is
// kept as the entries of its file; the studio's worker writes and reads the file. src/app/author.rs is the same in the window.

import { once } from "./figures.js";
import { open, present } from "./lessons.js";
import { download } from "./surround.js";

const STORE = "eigenlens.draft";
const STATUSES = ["exact", "choice", "measured", "disputed"];
const CONTROLS = ["lens", "cloud", "keys", "query", "tools", "temperature", "choices"];
/** What a question of a kind begins with, and its fields: name, words, and how the entry is written. */
const GUESSES = {
  axis: { begin: () => ({ read: "" }), fields: [["read", "Number that is the truth", "line"]] },
  row: { begin: () => ({ read: [] }), fields: [["read", "Numbers that are the truth, one a line", "list"]] },
  ellipse: { begin: () => ({ read: ["", ""], at: [0, 0] }), fields: [["read", "Half axes along both coordinates, one a line", "list"], ["at", "Middle, one coordinate a line", "numbers"]] },
  number: { begin: () => ({ read: "", from: 0, to: 1 }), fields: [["read", "Number that is the truth", "line"], ["from", "Scale from", "number"], ["to", "to", "number"]] },
  choice: { begin: () => ({ options: ["yes", "no"], right: 0 }), fields: [["options", "Answers, one a line", "list"], ["right", "The right one, from 0", "whole"]] },
};
/** Entries of a compiled lesson that are no entries of its file. */
const MADE = new Set(["text_html", "notes_html"]);

const words = (error) => String(error?.message ?? error);
const empty = () => ({ title: "A lesson", step: [] });

let panel;
/** Shows the panel, or takes it away. */
export function show(lab) {
  panel ??= build(lab);
  panel.hidden = !panel.hidden;
  if (!panel.hidden) panel.querySelector("button").focus();
}

function kept() {
  try {
    const lesson = JSON.parse(localStorage.getItem(STORE));
    return Array.isArray(lesson?.step) ? lesson : empty();
  } catch {
    return empty();
  }
}

/** The entries of the lesson that is being given. */
function entriesOf({ title, aim, steps, exercise }) {
  const lesson = { title, step: steps.map((step) => Object.fromEntries(Object.entries(step).filter(([name, value]) => !MADE.has(name) && value !== null))) };
  if (aim) lesson.aim = aim;
  if (exercise) lesson.exercise = exercise;
  return lesson;
}

function build(lab) {
  let lesson = kept();
  let at = 0;
  const aside = document.createElement("aside");
  aside.id = "author";
  aside.hidden = true;
  aside.setAttribute("aria-label", "A lesson");
  aside.innerHTML = `
    <header>
      <h1>A lesson</h1>
      <p class="actions">
        <button type="button" data-press="add" class="primary">Add this state</button>
        <button type="button" data-press="preview">Preview</button>
        <button type="button" data-press="close">Close</button>
      </p>
    </header>
    <div class="fields"></div>
    <footer>
      <p class="actions">
        <button type="button" data-press="save">Save</button>
        <button type="button" data-press="share">Share</button>
        <button type="button" data-press="take">Go on with the one that is given</button>
        <button type="button" data-press="begin">New</button>
      </p>
      <p role="status"></p>
    </footer>`;
  document.body.append(aside);
  const fields = aside.querySelector(".fields");
  const status = aside.querySelector("[role=status]");
  const step = () => lesson.step[at];
  const tell = (text, bad = false) => {
    status.textContent = text;
    status.dataset.bad = String(bad);
  };

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(lesson));
    } catch {
      // It is there as long as the page is.
    }
  }

  /** Sets an entry; an empty one is left out, as in a file. */
  function set(owner, name, value) {
    if (value === "" || value === undefined || (Array.isArray(value) && value.length === 0)) delete owner[name];
    else owner[name] = value;
    keep();
  }

  const READ = {
    line: (value) => value,
    long: (value) => value,
    list: (value) => value.split("\n").filter(Boolean),
    number: Number,
    whole: (value) => Math.max(0, Math.round(Number(value))),
    numbers: (value) => value.split("\n").filter(Boolean).map(Number),
  };
  function field(owner, name, label, kind, after) {
    const holder = document.createElement("label");
    holder.textContent = label;
    const input = document.createElement(["long", "list", "numbers"].includes(kind) ? "textarea" : "input");
    if (["number", "whole"].includes(kind)) Object.assign(input, { type: "number", step: kind === "whole" ? 1 : "any" });
    const value = owner[name] ?? "";
    input.value = Array.isArray(value) ? value.join("\n") : value;
    input.name = name;
    input.addEventListener("input", () => {
      set(owner, name, READ[kind](input.value));
      after?.();
    });
    holder.append(input);
    return holder;
  }

  function select(label, options, chosen, change) {
    const holder = document.createElement("label");
    holder.textContent = label;
    const input = document.createElement("select");
    input.name = label;
    input.append(...options.map((option) => new Option(option, option, false, option === chosen)));
    input.addEventListener("change", () => change(input.value));
    holder.append(input);
    return holder;
  }

  function list() {
    const steps = document.createElement("ol");
    steps.append(...lesson.step.map((entry, i) => {
      const item = document.createElement("li");
      const name = Object.assign(document.createElement("button"), { type: "button", textContent: entry.title });
      name.dataset.press = `go ${i}`;
      if (i === at) name.setAttribute("aria-current", "step");
      item.append(name);
      if (i === at) {
        for (const [press, word] of [["earlier", "Earlier"], ["later", "Later"], ["remove", "Remove"]]) {
          const button = Object.assign(document.createElement("button"), { type: "button", textContent: word });
          button.dataset.press = press;
          item.append(button);
        }
      }
      return item;
    }));
    return steps;
  }

  function question(owner) {
    const box = document.createElement("fieldset");
    box.append(Object.assign(document.createElement("legend"), { textContent: "Guess first" }));
    const kind = owner.ask ? Object.keys(owner.ask.guess)[0] : "none";
    box.append(select("Question", ["none", ...Object.keys(GUESSES)], kind, (chosen) => {
      if (chosen === "none") delete owner.ask;
      else owner.ask = { question: "What comes?", ...owner.ask, guess: { [chosen]: GUESSES[chosen].begin() } };
      keep();
      draw();
    }));
    if (owner.ask) {
      box.append(field(owner.ask, "question", "Words", "line"));
      for (const [name, label, how] of GUESSES[kind].fields) box.append(field(owner.ask.guess[kind], name, label, how));
      box.append(field(owner.ask, "after", "Commands at the reveal, one a line", "list"), field(owner.ask, "wrong", "Answers to expect, one a line", "list"));
    }
    return box;
  }

  function locks(owner) {
    const box = document.createElement("fieldset");
    box.append(Object.assign(document.createElement("legend"), { textContent: "Locked" }));
    for (const control of CONTROLS) {
      const holder = Object.assign(document.createElement("label"), { className: "tick" });
      const input = Object.assign(document.createElement("input"), { type: "checkbox", checked: owner.locked?.includes(control) ?? false });
      input.addEventListener("change", () => {
        const others = (owner.locked ?? []).filter((other) => other !== control);
        set(owner, "locked", CONTROLS.filter((name) => others.includes(name) || (name === control && input.checked)));
      });
      holder.append(input, ` ${control}`);
      box.append(holder);
    }
    return box;
  }

  function draw() {
    const top = fields.scrollTop;
    const open = step();
    fields.replaceChildren(field(lesson, "title", "Title of the lesson", "line"), field(lesson, "aim", "Aim", "line"), list());
    if (open) {
      const redraw = () => fields.querySelector("ol").replaceWith(list());
      const state = Object.assign(document.createElement("button"), { type: "button", textContent: "Take this state for the step" });
      state.dataset.press = "replace";
      fields.append(
        field(open, "title", "Title of the step", "line", redraw), field(open, "claim", "Claim", "line"),
        select("Kind of statement", STATUSES, open.status ?? "exact", (value) => set(open, "status", value)), field(open, "minutes", "Minutes", "whole"),
        field(open, "wall", "On the wall", "long"), field(open, "text", "Text", "long"), field(open, "notes", "Notes for the lecturer", "long"),
        locks(open), question(open), state,
      );
    } else {
      fields.append(Object.assign(document.createElement("p"), { textContent: "Bring the lab into a state and add it as a step." }));
    }
    fields.scrollTop = top;
  }

  /** The words of the present state, and its cloud where the link only names a file. */
  function state() {
    const entry = { state: [lab.call("link")] };
    if (lab.call("needs_file")) {
      const [{ key, query, value, value_prev: before }] = JSON.parse(lab.call("cloud_json")).heads;
      entry.cloud = { keys: key, queries: query, values: value, ...(before ? { values_prev: before } : {}) };
    }
    return entry;
  }

  const toml = () => once("toml_of_entries", JSON.stringify(lesson));
  const presses = {
    add() {
      const title = (lab.readouts?.headline ?? "").slice(0, 80).trim() || "A step";
      lesson.step.splice(Math.min(at + 1, lesson.step.length), 0, { title, minutes: 3, ...state() });
      at = Math.min(at + 1, lesson.step.length - 1);
      tell(`Step ${at + 1} was added.`);
    },
    replace() {
      delete step().cloud;
      delete step().holds; // What was stated was stated of the state before.
      Object.assign(step(), state());
      tell("The step has this state.");
    },
    earlier() { swap(-1); },
    later() { swap(1); },
    remove() {
      lesson.step.splice(at, 1);
      at = Math.max(0, Math.min(at, lesson.step.length - 1));
    },
    async preview() {
      open(lab, "draft", await once("lesson_of_entries", JSON.stringify(lesson)), at + 1);
    },
    async save() {
      download(`${fileName()}.toml`, await toml(), "application/toml;charset=utf-8");
      tell(`Saved as ${fileName()}.toml.`);
    },
    async share() {
      const text = await toml();
      const file = new File([text], `${fileName()}.toml`, { type: "text/plain" });
      if (navigator.canShare?.({ files: [file] })) {
        await navigator.share({ files: [file], title: lesson.title });
      } else {
        await navigator.clipboard.writeText(text);
        tell("The lesson is on the clipboard. Whoever pastes it into Eigenlens opens it.");
      }
    },
    take() {
      const given = present(lab);
      if (!given) return tell("No lesson is given.", true);
      lesson = entriesOf(given);
      at = (lab.readouts.lesson.step ?? 1) - 1;
    },
    begin() {
      lesson = empty();
      at = 0;
    },
    close() {
      aside.hidden = true;
      lab.canvas.focus({ preventScroll: true });
    },
  };
  function swap(by) {
    const other = at + by;
    if (other < 0 || other >= lesson.step.length) return;
    [lesson.step[at], lesson.step[other]] = [lesson.step[other], lesson.step[at]];
    at = other;
  }
  const fileName = () => lesson.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "lesson";

  aside.addEventListener("click", async ({ target }) => {
    const press = target.closest("[data-press]")?.dataset.press;
    if (!press) return;
    tell("");
    try {
      if (press.startsWith("go ")) at = Number(press.slice(3));
      else await presses[press]();
      keep();
      if (!aside.hidden && !["preview", "save", "share"].includes(press)) draw();
    } catch (error) {
      tell(`${words(error)}.`, true);
    }
  });
  draw();
  return aside;
}
