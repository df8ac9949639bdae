// A lesson on the page: fetched with the first one; its words stand in the place of the explanation, its step in the address.

const $ = (id) => document.getElementById(id);
/** Keys that lead through a lesson, whatever has the focus but a field, a token or a button. */
const KEYS = new Map(Object.entries({
  PageDown: "next", PageUp: "back", ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", Enter: "enter",
}));

let given; // the lesson, with its words as HTML
let ofSite; // whether its address opens it
let words; // where they stand
let shown; // which of them

/** Fetches a lesson of this site and has the app give it from a step on. */
export async function give(lab, name, step) {
  if (!/^[a-z0-9-]{1,60}$/.test(name)) throw new Error(`“${String(name).slice(0, 60)}” is no name of a lesson`);
  const response = await fetch(`lessons/${name}.json`);
  if (!response.ok) throw new Error(response.status === 404 ? `there is no lesson “${name}”` : `the server answered ${response.status}`);
  open(lab, name, await response.text(), step);
  ofSite = true;
}

/** Has the app give the lesson of a file. */
export async function openFile(lab, file) {
  const { once } = await import("./figures.js");
  open(lab, file.name.replace(/\.toml$/i, ""), await once("lesson_of_toml", await file.text()), 1);
}

/** The lesson that is being given, with its words as HTML; nothing where there is none. */
export const present = (lab) => (lab.readouts?.lesson ? given : undefined);

/** Whether the address of the page opens what is given. */
export const isOfSite = () => ofSite;

/** Has the app give a lesson, in the JSON that is made of its file. */
export function open(lab, name, json, step) {
  given = JSON.parse(json);
  ofSite = false;
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
  lab.lead = (event) => {
    if (!lab.readouts?.lesson || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const onCanvas = document.activeElement === lab.canvas;
    const command = KEYS.get(event.key);
    // A token that has the focus keeps its arrows; the canvas keeps what it has itself.
    if (!command || !(onCanvas || document.activeElement === document.body)) return false;
    if (onCanvas && ["Enter", "ArrowLeft", "ArrowRight"].includes(event.key)) return false;
    return lab.command(`lesson ${command}`);
  };
}

/** The words of the present step, with today's numbers; while the truth is hidden, the question alone: a title may be the answer. */
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
    title.textContent = lesson.question ?? step.title;
    words.replaceChildren(title);
    if (!lesson.question) {
      const claim = document.createElement("p");
      claim.className = "claim";
      claim.textContent = step.claim;
      const text = document.createElement("div");
      text.innerHTML = step.text_html; // Made from Markdown, whose own HTML is refused.
      words.append(claim, text);
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
  if (lesson && ofSite) {
    url.searchParams.set("lesson", lesson.name);
    url.searchParams.set("step", lesson.step);
  } else {
    url.searchParams.delete("lesson");
    url.searchParams.delete("step");
  }
  if (url.href !== location.href) history.replaceState(null, "", url);
}
