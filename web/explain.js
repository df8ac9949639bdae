// Everything on the page that is not the picture: the words with today's numbers, what a screen reader hears,
// the tokens and tools as buttons, the data as a table. It reads the readouts and never asks for more.

import { download } from "./surround.js";

/** A screen reader is told at most this often (ms), and once when a drag ends. */
const SPEAK_EVERY = 700;

/** Command, label, and the name under which the canvas knows the place. */
const CONTROLS = [
  ["tool move", "Move"], ["tool add", "Add"], ["tool erase", "Erase"], ["tool noise", "Noise"], ["tool outlier", "Outlier"],
  ["temperature lower", "Lower temperature", "temperature"], ["temperature higher", "Higher temperature", "temperature"], ["temperature root", "Temperature √D", "temperature"],
  ["head before", "Head before", "heads"], ["head after", "Head after", "heads"],
  ["switch", "Next choice of the lens"], ["undo", "Undo"], ["redo", "Redo"], ["reset", "Reset"], ["fit", "Fit view"], ["freeze", "Freeze"],
  ["share", "Share"], ["open", "Open file"], ["save eigenlens", "Save lab"], ["save safetensors", "Save cloud"], ["figures", "Figures and data"], ["theme", "Theme"], ["keys", "List of keys"],
  ["canvas", "All controls on the canvas. Escape returns."],
];

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export async function attach(lab) {
  const parts = [speaker(), checkSummary(), tokenList(lab), controlList(lab), dataTable(), noticeList()];
  sheet();
  const words = prose();
  const update = () => {
    if (!lab.readouts) return;
    for (const part of parts) part(lab.readouts);
    words(lab.readouts);
  };
  addEventListener("eigenlens-changed", update);
  update();
  await words({ lens: lab.readouts?.lens ?? "softmax", ...lab.readouts });
}

/** Sets text only where it differs: an unchanged node is not read again and costs no layout. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The fragment of the lens, its slots filled. */
function prose() {
  let shown;
  let slots = [];
  return async (readouts) => {
    const wanted = readouts.explain ?? readouts.lens;
    if (wanted !== shown) {
      shown = wanted;
      const response = await fetch(`explain/${encodeURIComponent(shown)}.html`).catch(() => undefined);
      if (!response?.ok) {
        shown = undefined; // The words that stand there stay; the next change tries again.
        return;
      }
      $("prose").innerHTML = await response.text(); // Written by the build, from this repository.
      // A formula of its own stands in a line that can scroll: a `math` that is a block is centred and cut.
      for (const math of $("prose").querySelectorAll('math[display="block"]')) {
        const line = document.createElement("div");
        line.className = "formula";
        math.replaceWith(line);
        line.append(math);
      }
      document.documentElement.dataset.words = shown;
      slots = [...$("prose").querySelectorAll("[data-readout], [data-check]")];
    }
    const checks = new Map((readouts.checks ?? []).map((check) => [check.id, check]));
    for (const slot of slots) {
      const number = readouts.numbers?.[slot.dataset.readout];
      if (slot.dataset.check) fillCheck(slot, checks.get(slot.dataset.check));
      else setText(slot, number?.text ?? "…");
    }
  };
}

/** A row of Exact: the mark is drawn by the style sheet, its word is for those who do not see it. */
function fillCheck(row, check) {
  row.dataset.holds = check ? String(check.holds) : "";
  setText(row.querySelector(".mark"), check ? (check.holds ? "holds" : "does not hold") : "");
  setText(row.querySelector(".residual"), check?.text ?? "…");
}

/** The bar of the closed sheet, and of the page below the canvas. */
function checkSummary() {
  return ({ checks }) => {
    const holding = checks.filter((check) => check.holds).length;
    setText($("checks"), checks.length ? `${holding} of ${checks.length} checks hold` : "");
    $("checks").dataset.holds = checks.length ? String(holding === checks.length) : "";
  };
}

function sheet() {
  const bar = $("sheet");
  const open = () => scrollY > 0.3 * innerHeight;
  bar.addEventListener("click", () => {
    // Open, Explain has three fifths of the screen.
    scrollTo({ top: open() ? 0 : Math.max(0, $("explain").offsetTop - 0.4 * innerHeight), behavior: calm.matches ? "instant" : "smooth" });
  });
  addEventListener("scroll", () => bar.setAttribute("aria-expanded", String(open())), { passive: true });
}

/** Polite, not more often than every 700 ms, and at once when a drag ends. */
function speaker() {
  let last = -Infinity;
  let timer;
  let dragged = false;
  return ({ spoken, dragging }) => {
    const say = () => {
      last = performance.now();
      setText($("live"), spoken);
    };
    clearTimeout(timer);
    if (dragged && !dragging) say();
    else timer = setTimeout(say, Math.max(0, last + SPEAK_EVERY - performance.now()));
    dragged = dragging;
  };
}

function noticeList() {
  let shown = "";
  return ({ notices = [] }) => {
    const text = JSON.stringify(notices);
    if (text === shown) return;
    shown = text;
    $("notices").replaceChildren(...notices.map(({ severity, what, where, then }) => {
      const notice = document.createElement("p");
      notice.setAttribute("role", severity === "error" ? "alert" : "status");
      notice.textContent = [what, where, then].filter(Boolean).join(" ");
      return notice;
    }));
  };
}

/** Puts the button that has the focus over its picture, so that it is seen and a magnifier finds it. */
function place(lab, button, name) {
  const at = lab.where(name);
  const box = lab.canvas.getBoundingClientRect();
  button.classList.toggle("chip", !at);
  const px = (length) => (at ? `${length}px` : "");
  Object.assign(button.style, { left: px(at?.x - box.left), top: px(at?.y - box.top), width: px(at?.width), height: px(at?.height) });
}

/** Keeps a list of buttons in step with `items` by name, in place: the focus stays where it is. */
function buttonList(list, fill) {
  const buttons = new Map();
  return (items) => {
    const names = new Set(items.map((item) => item.name));
    for (const [name, button] of buttons) {
      if (names.has(name)) continue;
      const neighbour = button.parentElement.nextElementSibling ?? button.parentElement.previousElementSibling;
      const focused = document.activeElement === button;
      button.parentElement.remove();
      buttons.delete(name);
      if (focused) neighbour?.querySelector("button").focus({ preventScroll: true });
    }
    items.forEach((item, index) => {
      let button = buttons.get(item.name);
      if (!button) {
        button = document.createElement("button");
        button.type = "button";
        button.dataset.name = item.name;
        const entry = document.createElement("li");
        entry.append(button);
        buttons.set(item.name, button);
      }
      fill(button, item);
      const entry = button.parentElement;
      if (list.children[index] !== entry) list.insertBefore(entry, list.children[index] ?? null);
    });
  };
}

function tokenList(lab) {
  const section = $("tokens");
  const hint = document.createElement("p");
  hint.id = "token-hint";
  hint.className = "quiet";
  hint.textContent = "Arrow keys move the token, with Shift in larger steps. Delete removes it. Escape leaves the board.";
  section.append(hint);
  const update = buttonList(section.firstElementChild, (button, { label, spoken }) => {
    setText(button, label);
    if (button.getAttribute("aria-label") !== spoken) button.setAttribute("aria-label", spoken);
    button.setAttribute("aria-describedby", hint.id);
    if (document.activeElement === button) place(lab, button, button.dataset.name);
  });
  for (const type of ["focusin", "click"]) {
    section.addEventListener(type, ({ target }) => {
      const name = target.closest("button")?.dataset.name;
      if (!name) return;
      lab.call("select", name);
      place(lab, target, name);
    });
  }
  return ({ tokens }) => update(tokens);
}

function controlList(lab) {
  const section = $("controls");
  const update = buttonList(section.firstElementChild, (button, { name, label, unavailable, place: at }) => {
    setText(button, label);
    button.setAttribute("aria-disabled", String(unavailable));
    button.dataset.place = at;
    if (document.activeElement === button) place(lab, button, at);
  });
  section.addEventListener("focusin", ({ target }) => place(lab, target, target.dataset.place));
  section.addEventListener("click", ({ target }) => {
    const name = target.closest("button")?.dataset.name;
    if (!name) return;
    if (name === "canvas") lab.enter();
    else if (name.startsWith("save ")) lab.save(name.slice(5));
    else if (!lab.command(name)) lab.say(`${target.textContent}: nothing to do.`);
  });
  return ({ can_undo: undo, can_redo: redo }) => {
    update(CONTROLS.map(([name, label, at = name]) => ({
      name, label, place: at, unavailable: (name === "undo" && !undo) || (name === "redo" && !redo),
    })));
  };
}

/** The numbers of the picture as a table, built only while it is open. */
function dataTable() {
  let data;
  const details = $("data");
  const cell = (tag, text, scope) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (scope) element.scope = scope;
    return element;
  };
  const row = (cells) => {
    const element = document.createElement("tr");
    element.append(...cells);
    return element;
  };
  const draw = () => {
    if (!details.open || !data) return;
    const table = document.createElement("table");
    const caption = document.createElement("caption");
    caption.textContent = data.headline;
    const head = document.createElement("thead");
    head.append(row(data.table.columns.map((name) => cell("th", name, "col"))));
    const body = document.createElement("tbody");
    body.append(...data.table.rows.map(([name, ...values]) => row([cell("th", name, "row"), ...values.map((value) => cell("td", value))])));
    table.append(caption, head, body);
    $("data-table").replaceChildren(table);
  };
  details.addEventListener("toggle", draw);
  $("csv").addEventListener("click", () => {
    if (data) download(`eigenlens-${data.lens}.csv`, csv(data.table), "text/csv;charset=utf-8");
  });
  return (readouts) => {
    data = readouts.table ? readouts : undefined;
    details.hidden = !data;
    draw();
  };
}

/** Full numbers where the table has them, else the words of the picture with a plain minus. */
function csv({ columns, rows, values }) {
  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells) => cells.map((text) => quote(String(text))).join(",");
  const body = rows.map((row, i) => line(row.map((text, j) => values?.[i]?.[j] ?? text.replaceAll("\u2212", "-"))));
  return `${[line(columns), ...body].join("\r\n")}\r\n`;
}
