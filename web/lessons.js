// A lesson on the page: fetched with the first one; its words stand in the place of the explanation, its step in the address.

const $ = (id) => document.getElementById(id);
/** Keys that lead through a lesson, whatever has the focus but a field, a token or a button. */
const KEYS = new Map(Object.entries({
  PageDown: "next", PageUp: "back", ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", Enter: "enter",
}));

let given; // the lesson, with its words as HTML
let words; // where they stand
let shown; // which of them

/** Fetches a lesson of this site and has the app give it from a step on. */
export async function give(lab, name, step) {
  if (!/^[a-z0-9-]{1,60}$/.test(name)) throw new Error(`“${String(name).slice(0, 60)}” is no name of a lesson`);
  const response = await fetch(`lessons/${name}.json`);
  if (!response.ok) throw new Error(response.status === 404 ? `there is no lesson “${name}”` : `the server answered ${response.status}`);
  open(lab, name, await response.text(), step);
}

/** Has the app give a lesson, in the JSON that is made of its file. */
export function open(lab, name, json, step) {
  given = JSON.parse(json);
  shown = undefined;
  if (!words) attach(lab);
  lab.call("open_lesson", name, json, step);
}

function attach(lab) {
  words = document.createElement("div");
  words.id = "lesson";
  words.className = "prose";
  words.hidden = true;
  $("prose").before(words);
  addEventListener("eigenlens-changed", () => update(lab));
  addEventListener("keydown", (event) => {
    if (!lab.readouts?.lesson || event.defaultPrevented || event.repeat || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const free = document.activeElement === document.body || document.activeElement === lab.canvas;
    const command = KEYS.get(event.key);
    // A token that has the focus keeps its arrows; the canvas keeps what it has itself.
    if (!free || !command || (document.activeElement === lab.canvas && ["Enter", "ArrowLeft", "ArrowRight"].includes(event.key))) return;
    if (lab.command(`lesson ${command}`)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, { capture: true });
}

/** The words of the present step, with today's numbers; while the truth is hidden, the question alone. */
function update(lab) {
  const { lesson, numbers } = lab.readouts;
  words.hidden = !lesson;
  $("prose").hidden = Boolean(lesson);
  address(lab, lesson);
  if (!lesson) return;
  const step = given?.steps[lesson.step - 1];
  if (!step) return;
  const key = `${lesson.name} ${lesson.step} ${lesson.phase}`;
  if (key !== shown) {
    shown = key;
    const title = document.createElement("h1");
    title.textContent = step.title;
    const claim = document.createElement("p");
    claim.className = "claim";
    claim.textContent = lesson.question ?? step.claim;
    words.replaceChildren(title, claim);
    if (!lesson.question) {
      const text = document.createElement("div");
      text.innerHTML = step.text_html; // Made by the build from Markdown without HTML in it.
      words.append(text);
    }
  }
  for (const slot of words.querySelectorAll("[data-readout]")) {
    const text = numbers?.[slot.dataset.readout]?.text ?? "…";
    if (slot.textContent !== text) slot.textContent = text;
  }
}

/** The step stands in the address, so that a link to the page opens the lesson there. */
function address(lab, lesson) {
  if (lab.embedded) return;
  const url = new URL(location.href);
  if (lesson) {
    url.searchParams.set("lesson", lesson.name);
    url.searchParams.set("step", lesson.step);
  } else {
    url.searchParams.delete("lesson");
    url.searchParams.delete("step");
  }
  if (url.href !== location.href) history.replaceState(null, "", url);
}
