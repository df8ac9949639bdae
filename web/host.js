// The lab within a page of someone else: answers its messages, hands on the keys that it does not need, gives a picture of itself.
// Loaded only there. README.md, "Embedding", is the manual; embed.js is the other end.

/** Of the messages, both ways. */
const VERSION = 1;
/** No link is longer: `lab::link::MAX_LENGTH`. */
const MAX_LINK = 131_072;
/** Of the name that a question may carry, so that its answer can be told from others. */
const MAX_ID = 64;

const isText = (most) => (value) => typeof value === "string" && (value.length <= most || "size");
/** The fields of each question, each with what says whether it is right; "size" is wrong in its own way. */
const QUESTIONS = {
  get: {},
  set: { link: isText(MAX_LINK) },
  step: { by: (value) => value === 1 || value === -1 },
  readouts: { on: (value) => typeof value === "boolean" },
  picture: {},
};
/** A picture that has not changed for so long (ms) is worth keeping. */
const SETTLED = 250;
/** What steps through a deck or scrolls a page, and what leaves. */
const KEYS = new Set(["PageDown", "PageUp", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", " ", "Home", "End", "Escape"]);

/** A question that is not answered, with the code of the reason. */
class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The kind of a question; nothing when the message is none of ours. Two that answer errors with errors never end. */
function kindOf(data) {
  if (typeof data !== "object" || data === null || typeof data.type !== "string") return undefined;
  const [, kind] = /^eigenlens:(.*)$/s.exec(data.type) ?? [];
  return kind === "error" ? undefined : kind;
}

/** Refuses a question that is not as it should be. */
function check(kind, data) {
  const fields = Object.hasOwn(QUESTIONS, kind) ? QUESTIONS[kind] : undefined;
  if (!fields) throw new Refusal("type", `This is no question: expected one of ${Object.keys(QUESTIONS).map((name) => `eigenlens:${name}`).join(", ")}`);
  if (data.version !== VERSION) throw new Refusal("version", `The version of the message is ${typeof data.version === "number" ? data.version : "missing"}: expected ${VERSION}`);
  if (data.id !== undefined && isText(MAX_ID)(data.id) !== true) throw new Refusal("schema", `The field id must be a text of at most ${MAX_ID} characters`);
  for (const [name, is] of Object.entries(fields)) {
    const right = is(data[name]);
    if (right === "size") throw new Refusal("size", `The field ${name} has ${data[name].length} characters: the bound is ${MAX_LINK}`);
    if (!right) throw new Refusal("schema", `The field ${name} of eigenlens:${kind} is missing or wrong`);
  }
  const unknown = Object.keys(data).find((name) => !["type", "version", "id"].includes(name) && !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw new Refusal("schema", `eigenlens:${kind} has no field ${unknown.slice(0, MAX_ID)}`);
}

/** One step on (1) or back (−1): of the lesson that is open, else of the film of the lens. */
function step(lab, by) {
  if (lab.command(by > 0 ? "lesson next" : "lesson back")) return true;
  const before = lab.call("link");
  return lab.command(by > 0 ? "on" : "back") && lab.call("link") !== before;
}

/** What the canvas shows, as a PNG, at any time: the canvas of a frame that is hidden has no size, so the last picture is kept. */
function photographer(canvas) {
  const last = Object.assign(document.createElement("canvas"), { width: 0 });
  const keep = () => {
    if (canvas.clientWidth === 0 || canvas.width === 0) return;
    [last.width, last.height] = [canvas.width, canvas.height];
    last.getContext("2d").drawImage(canvas, 0, 0);
  };
  let timer;
  addEventListener("eigenlens-changed", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, SETTLED);
  });
  return () => {
    keep();
    if (last.width === 0) throw new Refusal("not-ready", "There is no picture yet");
    // And no `toBlob`: in a hidden frame it may wait until that is shown.
    const bytes = atob(last.toDataURL("image/png").split(",")[1]);
    return new Blob([Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))], { type: "image/png" });
  };
}

/** Connects the lab with the page around it; before the app has taken the canvas. */
export function answer(lab) {
  const host = window.parent;
  // Where the browser does not tell whose page it is, the first that speaks is the host.
  let origin = location.ancestorOrigins?.[0];
  let listening = false;
  const picture = photographer(lab.canvas);

  const send = (to, target, type, fields) => to.postMessage({ type: `eigenlens:${type}`, version: VERSION, ...fields }, target === undefined || target === "null" ? "*" : target);
  const tell = (type, fields) => send(host, origin, type, fields);
  const readouts = (fields) => tell("readouts", { ...fields, link: lab.call("link"), readouts: lab.readouts });

  const answers = {
    get: (id) => tell("state", { id, link: lab.call("link"), readouts: lab.readouts }),
    set(id, { link }) {
      const fault = /^\s*$/.test(link) ? "The link is empty" : lab.call("link_fault", link);
      if (fault) throw new Refusal("link", fault);
      lab.call("open", link);
      tell("state", { id, link: lab.call("link") });
    },
    step: (id, { by }) => tell("stepped", { id, moved: step(lab, by), link: lab.call("link") }),
    readouts(id, { on }) {
      listening = on;
      if (on) readouts({ id });
      else tell("state", { id, link: lab.call("link") });
    },
    picture: (id) => tell("picture", { id, picture: picture() }),
  };

  addEventListener("message", ({ source, origin: from, data }) => {
    const kind = kindOf(data);
    if (kind === undefined) return;
    const id = isText(MAX_ID)(data.id) === true ? data.id : undefined;
    try {
      if (source !== host) throw new Refusal("source", "Only the page around the lab may ask it");
      if ((origin ??= from) !== from) throw new Refusal("origin", `Only ${origin} may ask this lab`);
      check(kind, data);
      if (!lab.running) throw new Refusal("not-ready", "The lab does not run: wait for eigenlens:ready");
      answers[kind](id, data);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (source) send(source, from, "error", { id, code: error.code, message: error.message });
    }
  });
  addEventListener("eigenlens-changed", () => { if (listening && lab.running) readouts(); });

  // boot.js says in this attribute how it stands.
  let said;
  const watch = () => {
    const { state } = document.documentElement.dataset;
    if (state === said) return;
    said = state;
    if (state === "running") tell("ready", { link: lab.call("link") });
    if (state === "halted") tell("error", { code: "stopped", message: document.getElementById("halt-reason").textContent });
  };
  new MutationObserver(watch).observe(document.documentElement, { attributeFilter: ["data-state"] });

  lab.pass = ({ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat }) => {
    if (!KEYS.has(key) || ctrlKey || altKey || metaKey) return false;
    tell("key", { key, code, shiftKey, repeat });
    return true;
  };

  // eframe takes the context that is there. This one keeps its last frame, so that a picture can be taken at any time.
  lab.canvas.getContext("webgl2", { preserveDrawingBuffer: true });
}
