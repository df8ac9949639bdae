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
let student = 0; // the seed of the exercises

/** Fetches a lesson of this site and has the app give it from a step on, with the exercises of a seed. */
export async function give(lab, name, step, seed = student) {
  if (!/^[a-z0-9-]{1,60}$/.test(name)) throw new Error(`“${String(name).slice(0, 60)}” is no name of a lesson`);
  const response = await fetch(`lessons/${name}.json`);
  if (!response.ok) throw new Error(response.status === 404 ? `there is no lesson “${name}”` : `the server answered ${response.status}`);
  open(lab, name, await response.text(), step, seed);
  ofSite = true;
}

/** Has the app give the lesson of a file. */
export async function openFile(lab, file) {
  const { once } = await import("./figures.js");
  open(lab, file.name.replace(/\.toml$/i, ""), await once("lesson_of_toml", await file.text()), 1);
}

/** The lesson that is being given, with its words as HTML; nothing where there is none. */
export const present = (lab) => (lab.readouts?.lesson ? given : undefined);

/** A step of a lesson, or behind the steps an exercise in the variant of the seed, as the app counts them. */
export function entry({ steps, exercises = [] }, at, seed) {
  const variants = exercises[at - steps.length];
  return steps[at] ?? variants?.[seed % variants.length];
}

/** Whether the address of the page opens what is given. */
export const isOfSite = () => ofSite;

/** Has the app give a lesson, in the JSON that is made of its file. */
export function open(lab, name, json, step, seed = student) {
  given = JSON.parse(json);
  student = seed;
  ofSite = false;
  shown = undefined;
  if (!words) attach(lab);
  lab.call("open_lesson", name, json, step, seed);
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
  student = lesson.seed;
  const step = given && entry(given, lesson.step - 1, lesson.seed);
  if (!step) return;
  const key = `${lesson.name} ${lesson.step} ${lesson.seed} ${lesson.phase}`;
  if (key !== shown) {
    shown = key;
    const title = document.createElement("h1");
    title.textContent = lesson.question ?? step.title;
    words.replaceChildren(title);
    if (!lesson.question) {
      const claim = document.createElement("p");
      claim.className = "claim";
      claim.textContent = step.claim ?? "";
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

/** What an address says of a lesson. */
const PLACE = ["lesson", "step", "seed"];

/** Lets an address open a lesson where it is. */
export function place({ searchParams }, { name, step, seed }) {
  searchParams.set("lesson", name);
  searchParams.set("step", step);
  if (seed) searchParams.set("seed", seed);
}

/** The step stands in the address, so that a link to the page opens the lesson there. */
function address(lab, lesson) {
  if (lab.embedded) return;
  const url = new URL(location.href);
  for (const name of PLACE) url.searchParams.delete(name);
  if (lesson && ofSite) place(url, lesson);
  if (url.href !== location.href) history.replaceState(null, "", url);
}
