// Decides, before eframe, which key presses, touches and wheel turns are the app's and which are the browser's.
// eframe takes Tab, Space, arrows, Backspace and Ctrl P, S, O whenever its canvas has the focus; here each press goes
// to a command, to the canvas, or past it. What is not listed belongs to the browser.

/** Keys without Ctrl, Alt, Meta. The app says false to what does not apply now; the browser then has the key. */
const COMMANDS = new Map(Object.entries({
  1: "lens 1", 2: "lens 2", 3: "lens 3", 4: "lens 4", 5: "lens 5", 6: "lens 6", 7: "lens 7",
  m: "tool move", a: "tool add", e: "tool erase", n: "tool noise", o: "tool outlier",
  j: "back", k: "on", c: "switch", f: "freeze", t: "theme", l: "aid laser", d: "aid pen", "[": "step before", "]": "step after", "?": "keys",
}));
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** What the canvas gets itself while it has the focus: the token that was clicked answers. */
const CANVAS = new Set([...Object.keys(ARROWS), "Enter", "Escape", "Delete", "Shift", "Control", "Alt", "Meta"]);

export function listen(lab) {
  listenKeys(lab);
  listenTouches(lab);
  // The wheel scrolls a page that can scroll; with Ctrl (and by pinching) it zooms the board.
  addEventListener("wheel", (event) => {
    const page = document.scrollingElement;
    if (event.target === lab.canvas && !event.ctrlKey && page.scrollHeight > page.clientHeight) event.stopImmediatePropagation();
  }, { capture: true, passive: true });
}

/** The command a press stands for, or nothing. */
function commandOf(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (altKey) return undefined;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() !== "z") return undefined;
    return shiftKey ? "redo" : "undo";
  }
  if (event.repeat) return undefined;
  if (shiftKey && key !== "?") return undefined;
  return COMMANDS.get(key.toLowerCase());
}

const isField = (element) => element instanceof HTMLElement
  && (element.isContentEditable || element.matches("input, textarea, select"));

function listenKeys(lab) {
  const take = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Who asks for it goes into the canvas: Tab, Enter, Space and arrows are then its own, until Escape.
  let door;
  lab.enter = () => {
    door = document.activeElement;
    lab.canvas.focus({ preventScroll: true });
  };
  lab.canvas.addEventListener("blur", () => { door = undefined; });

  let playing = false;
  addEventListener("keydown", (event) => {
    lab.pressed?.(event);
    if (!lab.running || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const focused = document.activeElement;
    if (isField(focused)) {
      // The text field of eframe: it may have everything but the browser's own chords.
      if (lab.canvas.parentElement === focused.parentElement && (event.ctrlKey || event.metaKey) && "pso,".includes(event.key.toLowerCase())) event.stopImmediatePropagation();
      return;
    }
    const token = focused?.closest?.("#tokens button")?.dataset.name;
    const onCanvas = focused === lab.canvas;

    const command = commandOf(event);
    if (command) {
      if (lab.command(command)) take(event);
      else if (onCanvas) event.stopImmediatePropagation();
      return;
    }
    if (token && !event.ctrlKey && !event.metaKey) {
      if (event.key in ARROWS) {
        const [dx, dy] = ARROWS[event.key];
        const step = event.altKey ? 0.2 : 1;
        lab.call("nudge", token, dx * step, dy * step, event.shiftKey);
        return take(event);
      }
      if (event.key === "Delete" && lab.command(`erase ${token}`)) return take(event);
    }
    if (event.key === "Escape" && lab.leave?.()) return take(event);
    if (event.key === "Escape" && (onCanvas || focused?.closest?.("#stage"))) {
      // In this order: drop, tool off, leave. Leaving goes on to the host page, or to the words, so that Tab does too.
      if (lab.command("escape")) return take(event);
      if (door || !lab.pass?.(event)) (door ?? document.getElementById("explain")).focus({ preventScroll: true });
      return take(event);
    }
    if (lab.lead?.(event)) return take(event);
    // Space plays where a lens can play and presses nothing; else it scrolls the page, as everywhere.
    const free = (onCanvas && !door) || focused === document.body || focused === null;
    if (event.key === " " && event.repeat && playing) return take(event);
    playing = false;
    if (event.key === " " && free && !event.repeat && !event.shiftKey && !event.ctrlKey && !event.metaKey && lab.command("space")) {
      playing = true; // Held down it repeats, and must not scroll the page.
      return take(event);
    }
    // Within a host page: what nobody here needs is the host's. The board keeps the arrows, the words their scrolling.
    if (!(onCanvas && (door || event.key in ARROWS)) && !(focused?.closest?.("#explain") && event.key !== "Escape") && lab.pass?.(event)) return take(event);
    if (door && onCanvas && !event.ctrlKey && !event.metaKey && (event.key === "Tab" || event.key === " ")) return;
    if (onCanvas && (!CANVAS.has(event.key) || ((event.ctrlKey || event.metaKey) && event.key.length > 1 && event.key in ARROWS))) {
      event.stopImmediatePropagation();
    }
  }, { capture: true });
}

/**
 * A finger on a token or a button is the app's; on the empty board it scrolls the page, and the app hears nothing of it.
 * Two fingers are always the app's (pan, pinch), so the first is handed over when the second comes.
 */
function listenTouches(lab) {
  const { canvas } = lab;
  let owner; // of the touches that are down on the canvas: "app", "page", or nobody
  let first; // the touch that went to the page

  const point = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  const decide = (at) => { owner ??= lab.call("wants_touch", ...point(at)) ? "app" : "page"; };
  const ours = (event) => event.target === canvas;

  const press = (event) => {
    if (!ours(event) || event.pointerType !== "touch") return;
    if (event.isPrimary) owner = undefined; // Whatever went before is over.
    decide(event);
    // eframe takes a touch twice, from here and from touchstart; a second press in the midst of a drag could end it.
    event.stopImmediatePropagation();
  };
  addEventListener("pointerdown", press, { capture: true });
  for (const name of ["pointerup", "pointermove"]) {
    addEventListener(name, (event) => {
      if (event.pointerType === "touch" && owner === "page" && ours(event)) event.stopImmediatePropagation();
    }, { capture: true });
  }

  addEventListener("touchstart", (event) => {
    if (!ours(event)) return;
    decide(event.changedTouches[0]);
    if (owner === "page" && event.touches.length > 1 && first) {
      owner = "app";
      replay("touchstart", first);
    }
    if (owner === "app") {
      first = undefined;
      if (event.cancelable) event.preventDefault();
    } else {
      first = event.changedTouches[0];
      event.stopImmediatePropagation();
    }
  }, { capture: true, passive: false });

  addEventListener("touchmove", (event) => {
    if (!ours(event)) return;
    if (owner === "page") event.stopImmediatePropagation();
    else if (event.cancelable) event.preventDefault();
  }, { capture: true, passive: false });

  for (const name of ["touchend", "touchcancel"]) {
    addEventListener(name, (event) => {
      if (!ours(event)) return;
      if (owner === "page") event.stopImmediatePropagation();
      // eframe does not let go of the pointer when the system takes a touch away.
      else if (name === "touchcancel") lab.call("suspend_pointer");
      if (event.touches.length === 0) owner = first = undefined;
    }, { capture: true });
  }

  function replay(type, touch) {
    canvas.dispatchEvent(new TouchEvent(type, { bubbles: true, cancelable: true, touches: [touch], targetTouches: [touch], changedTouches: [touch] }));
  }
}
