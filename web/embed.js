// <eigen-lens state="#v1.…">: a lab within a page of someone else. README.md, "Embedding", is the manual; host.js is the other end.
// A classic script: one from another origin then needs no permission of its server (CORS).

{
  /** Of the messages, both ways. */
  const VERSION = 1;
  const BASE = new URL(".", (document.currentScript ?? document.querySelector('script[src$="embed.js"]')).src);
  /** Labs that run at the same time. Browsers bound the WebGL contexts of a page, some at 8, and take the oldest away. */
  const MOST = 4;
  /** In screens beyond the edge: so near a lab begins, and so far it gives its context back. */
  const [NEAR, FAR] = ["50%", "200%"];
  /** No link is longer: `lab::link::MAX_LENGTH`. */
  const MAX_LINK = 131_072;
  /** An answer that takes longer (ms) does not come. */
  const PATIENCE = 5000;
  /** A last picture that takes longer (ms) is not waited for. */
  const PICTURE = 1500;

  /** What the lab hands on, with the codes that older decks ask for, and how far the page then moves by itself: pages, lines, to an end. */
  const KEYS = new Map(Object.entries({
    PageDown: [34, 0.9, 0], PageUp: [33, -0.9, 0], " ": [32, 0.9, 0], ArrowDown: [40, 0, 40], ArrowUp: [38, 0, -40],
    ArrowRight: [39, 0, 0], ArrowLeft: [37, 0, 0], Home: [36, -Infinity, 0], End: [35, Infinity, 0], Escape: [27, 0, 0],
  }));

  const isLink = (text) => typeof text === "string" && text.length <= MAX_LINK;
  /** The link in an address or in what stands for one. */
  const linkOf = (text) => (isLink(text) ? (/#v\d.*$/s.exec(text)?.[0].trim() ?? "") : "");

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; position: relative; overflow: hidden; aspect-ratio: 16 / 10; min-height: 320px; contain: content; background: Canvas; color: CanvasText; }
    :host([hidden]) { display: none; }
    iframe, .still, .still > * { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }
    .still { overflow: hidden; background: Canvas; }
    .still > :is(img, canvas) { object-fit: contain; }
    .still > slot { display: block; overflow: auto; }
    .still > button { inset: auto auto 16px 50%; width: auto; height: auto; min-height: 44px; transform: translateX(-50%); padding: 8px 16px; border: 1px solid; border-radius: 8px; background: Canvas; color: CanvasText; font: 600 14px/1.45 system-ui, sans-serif; cursor: pointer; }
    button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
    [hidden] { display: none !important; }`);

  /** The labs that run, by the window of their frame; the one that last had something to say is at the end. */
  const running = new Map();
  /** All on this page. */
  const all = new Set();

  /** Gives each lab in reach a context, as far as they go; a press has the others. */
  function share() {
    for (const lab of all) {
      if (!lab.near || lab.frame) continue;
      if (running.size < MOST) {
        lab.wake();
        continue;
      }
      const idle = [...running.values()].find((other) => !other.near);
      if (idle) idle.rest().then(share);
      else lab.offer();
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) target.near = isIntersecting;
    share();
  }, { rootMargin: NEAR });
  const far = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (!isIntersecting) target.rest().then(share);
  }, { rootMargin: FAR });

  addEventListener("message", ({ source, origin, data }) => {
    const lab = running.get(source);
    // Only the page that the frame was opened with: it may have gone elsewhere.
    if (!lab || origin !== BASE.origin || typeof data !== "object" || data === null) return;
    if (data.version !== VERSION || typeof data.type !== "string" || !data.type.startsWith("eigenlens:")) return;
    lab.hear(data);
  });

  class EigenLens extends HTMLElement {
    static observedAttributes = ["state", "poster", "title"];

    #link = "";
    #readouts = null;
    #ready = false;
    #resting;
    #wanted;
    #questions = new Map();
    #count = 0;
    #still;
    #canvas;
    #poster;
    #button;

    constructor() {
      super();
      this.near = false;
      this.frame = null;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      const make = (tag, parent, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));
      this.#still = make("div", root, { className: "still" });
      make("slot", this.#still, {});
      this.#poster = make("img", this.#still, { alt: "", hidden: true });
      this.#canvas = make("canvas", this.#still, { hidden: true });
      this.#button = make("button", this.#still, { type: "button", textContent: "Start the lab", hidden: true });
      this.#button.addEventListener("click", () => this.#insist());
    }

    /** The link of the lab as it is now. */
    get state() { return this.#link; }
    set state(link) { this.setAttribute("state", link); }
    /** What the lab said last of what it shows; nothing before its first picture. */
    get readouts() { return this.#readouts; }
    /** Whether a lab runs here, and not a picture of one. */
    get live() { return this.#ready; }

    /** The link and the readouts of now. */
    async get() {
      if (!this.#ready) return { link: this.#link, readouts: this.#readouts };
      const { link, readouts } = await this.#ask("get");
      return { link, readouts };
    }

    /** Opens a link; fails, and changes nothing, when it is none. */
    async set(link) {
      if (!this.#ready) {
        if (!linkOf(link)) throw Object.assign(new Error("This is not a link to a lab"), { code: "link" });
        this.#keep(linkOf(link));
        return;
      }
      this.#link = (await this.#ask("set", { link })).link;
    }

    /** One step on, or with −1 back; whether there was one. */
    async step(by = 1) {
      return this.#ready && (await this.#ask("step", { by })).moved;
    }

    connectedCallback() {
      all.add(this);
      near.observe(this);
      far.observe(this);
    }

    disconnectedCallback() {
      all.delete(this);
      near.unobserve(this);
      far.unobserve(this);
      this.near = false;
      this.#end();
    }

    attributeChangedCallback(name, _, value) {
      if (name === "poster") {
        this.#poster.hidden = !value;
        if (value) this.#poster.src = value;
      } else if (name === "title") {
        if (this.frame) this.frame.title = this.#title();
      } else if (this.#ready) {
        this.set(value ?? "").catch((error) => this.#say("error", { code: error.code, message: error.message }));
      } else {
        this.#keep(linkOf(value));
      }
    }

    /** For when the lab starts; one that is about to has another. */
    #keep(link) {
      this.#link = link;
      if (this.frame) this.#wanted = link;
    }

    #title() {
      return this.title || "Eigenlens: a laboratory for attention";
    }

    #say(name, detail) {
      this.dispatchEvent(new CustomEvent(`eigenlens:${name}`, { detail }));
    }

    /** Starts the lab; its picture stays until the first frame is there. */
    wake() {
      this.#button.hidden = true;
      const frame = document.createElement("iframe");
      frame.title = this.#title();
      frame.allow = "clipboard-write; fullscreen";
      frame.src = `${BASE.href}?embed${this.#link}`;
      this.frame = frame;
      this.shadowRoot.prepend(frame);
      running.set(frame.contentWindow, this);
    }

    /** Says that a press starts the lab, where others have all contexts. */
    offer() {
      this.#button.hidden = false;
    }

    async #insist() {
      const [oldest] = running.values();
      if (running.size >= MOST) await oldest.rest();
      if (running.size < MOST && !this.frame) this.wake();
      share();
    }

    /** Gives the context back and leaves the last frame as a picture. */
    rest() {
      this.#resting ??= this.#leave().finally(() => { this.#resting = undefined; });
      return this.#resting;
    }

    async #leave() {
      const { frame } = this;
      try {
        if (this.#ready) {
          const { picture } = await this.#ask("picture", {}, PICTURE);
          await this.#show(picture);
          this.#link = (await this.#ask("get", {}, PICTURE)).link;
        }
      } catch {
        // Without a picture of now the poster stands there, or the picture of before.
      }
      if (this.frame === frame) this.#end();
    }

    async #show(picture) {
      // A canvas and no image: the page around may forbid those from elsewhere.
      const bitmap = await createImageBitmap(picture);
      [this.#canvas.width, this.#canvas.height] = [bitmap.width, bitmap.height];
      this.#canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
      this.#canvas.hidden = false;
    }

    #end() {
      if (!this.frame) return;
      running.delete(this.frame.contentWindow);
      this.frame.remove();
      this.frame = null;
      this.#ready = false;
      this.#still.hidden = false;
      for (const { fail } of this.#questions.values()) fail(new Error("The lab has ended"));
      this.#questions.clear();
    }

    #post(type, fields) {
      this.frame.contentWindow.postMessage({ type: `eigenlens:${type}`, version: VERSION, ...fields }, BASE.origin === "null" ? "*" : BASE.origin);
    }

    /** Asks the lab; gives its answer. */
    #ask(type, fields, patience = PATIENCE) {
      return new Promise((done, fail) => {
        const id = String(this.#count += 1);
        const end = (settle) => (value) => {
          clearTimeout(timer);
          this.#questions.delete(id);
          settle(value);
        };
        const timer = setTimeout(end(fail), patience, new Error(`No answer to eigenlens:${type}`));
        this.#questions.set(id, { done: end(done), fail: end(fail) });
        this.#post(type, { ...fields, id });
      });
    }

    /** A message of the lab: its version is right, and it is from where the lab is from. */
    hear(message) {
      const { type, id, link, readouts, key } = message;
      if (isLink(link)) this.#link = link;
      if (type === "eigenlens:ready") {
        this.#ready = true;
        this.#still.hidden = true;
        if (this.#wanted !== undefined) this.#post("set", { link: this.#wanted });
        this.#wanted = undefined;
        this.#post("readouts", { on: true });
        this.#say("ready", { link });
      } else if (type === "eigenlens:readouts") {
        this.#readouts = readouts;
        running.delete(this.frame.contentWindow);
        running.set(this.frame.contentWindow, this);
        this.#say("readouts", { link, readouts });
      } else if (type === "eigenlens:key" && KEYS.has(key)) {
        this.#press(message);
      } else if (type === "eigenlens:error") {
        const error = Object.assign(new Error(message.message), { code: message.code });
        if (this.#questions.has(id)) return this.#questions.get(id).fail(error);
        this.#still.hidden = true; // What stopped it stands in the frame.
        this.#say("error", { code: error.code, message: error.message });
      }
      if (this.#questions.has(id)) this.#questions.get(id).done(message);
      return undefined;
    }

    /** A key that the lab does not need becomes one of this page, as if the lab were a button on it; Escape gives the focus back. */
    #press({ key, code, shiftKey, repeat }) {
      if (key === "Escape") return this.frame.blur();
      const [keyCode, pages, pixels] = KEYS.get(key);
      const copy = new KeyboardEvent("keydown", { key, code, keyCode, which: keyCode, shiftKey, repeat, bubbles: true, cancelable: true, composed: true });
      if (!this.dispatchEvent(copy) || (pages === 0 && pixels === 0)) return undefined;
      // Nobody took it: it scrolls, as it does on every page.
      const page = document.scrollingElement;
      const back = key === " " && shiftKey ? -1 : 1;
      if (Number.isFinite(pages)) return page.scrollBy({ top: back * pages * innerHeight + pixels });
      return page.scrollTo({ top: pages < 0 ? 0 : page.scrollHeight });
    }
  }

  customElements.define("eigen-lens", EigenLens);
}
