// How the lab sits in its surroundings: the address bar, the storage, the clipboard, files, figures. A host page around it: host.js.

const STORE = "eigenlens.v1";
/** Larger files are for the command line. */
const MAX_FILE = 64 * 1024 * 1024;
/** Reading that takes longer (ms) is given up. */
const MAX_TIME = 60_000;

const $ = (id) => document.getElementById(id);
const detail = (event) => JSON.parse(event.detail);

/** Connects the lab; gives what it starts from. */
export function surround(lab) {
  keepHistory(lab);
  copyLinks(lab);
  exchangeFiles(lab);
  showFigures(lab);
  return { link: location.hash, autosave: lab.embedded || location.hash ? null : autosave() };
}

function autosave() {
  try {
    return localStorage.getItem(STORE);
  } catch {
    return null; // `canStore` says so.
  }
}

/** Whether the storage takes anything at all: that it does not is told at once, not after the first edit. */
function canStore() {
  try {
    localStorage.setItem(`${STORE}.probe`, "1");
    localStorage.removeItem(`${STORE}.probe`);
    return true;
  } catch {
    return false;
  }
}

/** The address bar holds the lab; Back is undo. Embedded, the host's history is not ours to write. */
function keepHistory(lab) {
  // What the address bar says, and what this entry of the history stands for: a running gesture is written over its
  // entry, so that a crash loses nothing, and when it ends the entry gets its own link back and a new one follows.
  let current = location.hash;
  let settled = current;
  let unsettled; // a link of which only the next readouts tell whether a gesture runs
  let failed = !lab.embedded && !canStore();
  let told = false;

  const write = (how, link) => {
    if (link === current && how === "replaceState") return;
    current = link;
    try {
      history[how](null, "", link);
    } catch (error) {
      console.warn(`The address bar was not changed: ${error.message}`); // Browsers bound how often and how long.
    }
  };

  addEventListener("eigenlens-link", (event) => {
    if (lab.embedded) return;
    const { link, push } = detail(event);
    unsettled = push ? undefined : link;
    if (push && link !== settled) {
      write("replaceState", settled);
      write("pushState", link);
      settled = link;
    } else {
      write("replaceState", link);
    }
    try {
      localStorage.setItem(STORE, link);
    } catch {
      failed = true;
    }
  });
  addEventListener("eigenlens-changed", () => {
    if (unsettled !== undefined && !lab.readouts.dragging) settled = unsettled;
    unsettled = undefined;
    // The entry of a page that was opened without a link gets one, so that Back can come back to it. What only stands in for a
    // lab on its way does not.
    if (!current && !lab.embedded && lab.call("awaits_opening") === false) write("replaceState", settled = lab.call("link") ?? "");
    if (failed && !told) told = lab.command("storage-failed");
  });

  const moved = () => {
    if (location.hash === current) return;
    current = settled = location.hash;
    unsettled = undefined;
    lab.call("open", current);
  };
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);
}

function copyLinks(lab) {
  addEventListener("eigenlens-copy", async (event) => {
    const { text } = detail(event);
    const whole = text.startsWith("#") ? new URL(text, location.origin + location.pathname).href : text;
    try {
      await navigator.clipboard.writeText(whole);
      lab.say("Link copied.");
    } catch {
      lab.say(lab.embedded ? "This browser does not let the page copy." : "This browser does not let the page copy. The link is in the address bar.");
    }
  });
}

/** Whether a JSON text is meant as measurements, and not as a cloud: it names a machine and rows. */
const areResults = (text) => /^\s*\{/.test(text) && ["machine", "rows"].every((name) => new RegExp(`"${name}"\\s*:`).test(text));

/** Whether a text is meant as tests of heads: as `tested::are_tests`. */
const areTests = (text) => /^\s*(\[\s*\{\s*"group"|group,layer,head,)/.test(text);

/** Files: picked, dropped, saved. A worker reads and writes them, loaded with the first one. */
function exchangeFiles(lab) {
  let cancel = () => undefined;
  /** Has the worker do one thing; the latest wish wins. */
  const work = (call, ...args) => new Promise((resolve, reject) => {
    cancel();
    const worker = new Worker("files.js", { type: "module" });
    const end = (settle, value) => {
      clearTimeout(timer);
      worker.terminate();
      settle?.(value);
    };
    const timer = setTimeout(() => end(reject, new Error("this takes longer than a minute; the command line has more time")), MAX_TIME);
    worker.onmessage = ({ data: { result, error } }) => (error === undefined ? end(resolve, result) : end(reject, new Error(error)));
    worker.onerror = () => end(reject, new Error("the part of Eigenlens that reads files did not load"));
    cancel = end;
    worker.postMessage({ call, args });
  });
  const words = (error) => String(error?.message ?? error);

  async function open(file) {
    try {
      if (file.size > MAX_FILE) {
        throw new Error(`${(file.size / 1024 / 1024).toFixed(1)} MiB; the page reads up to ${MAX_FILE / 1024 / 1024} MiB, the command line reads more`);
      }
      const text = /\.(json|csv)$/i.test(file.name) ? await file.text() : "";
      const numbers = areResults(text) || areTests(text) ? text : undefined;
      if (/\.(eigenlens|txt)$/i.test(file.name)) {
        const link = /#\S+/.exec(await file.text());
        if (!link) throw new Error("the file holds no link of a lab");
        lab.call("open", link[0]);
      } else if (/\.toml$/i.test(file.name)) {
        await (await import("./lessons.js")).openFile(lab, file);
      } else if (numbers !== undefined) {
        lab.call("open_results", file.name, numbers);
      } else {
        const data = new Uint8Array(await file.arrayBuffer());
        lab.call("open_file", file.name, await work("read", file.name, data));
      }
    } catch (error) {
      lab.call("file_error", file.name, words(error));
    }
  }

  async function save(format) {
    const name = `eigenlens.${format}`;
    await null; // The app asks from within a frame and answers only after it.
    try {
      const content = format === "eigenlens"
        ? new URL(lab.call("link"), location.origin + location.pathname).href
        : await work("write", format, lab.call("cloud_json"));
      download(name, content);
    } catch (error) {
      lab.call("file_error", name, words(error));
    }
  }

  lab.save = save;
  addEventListener("eigenlens-open-file", () => $("picker").click());
  addEventListener("eigenlens-save-file", (event) => {
    const { format, name, text } = detail(event);
    if (text === undefined) save(format);
    else download(name, text, `text/${name.endsWith(".csv") ? "csv" : "json"};charset=utf-8`);
  });
  $("picker").addEventListener("change", () => {
    const [file] = $("picker").files;
    $("picker").value = ""; // The same file can be picked again.
    if (file) open(file);
  });

  // In the capture phase: eframe would take the drop on the canvas.
  const dropping = (on) => { $("drop").hidden = !on; };
  const hasFiles = (event) => lab.running && event.dataTransfer?.types.includes("Files");
  const take = (event, on) => {
    if (!hasFiles(event)) return false;
    event.preventDefault();
    event.stopPropagation();
    dropping(on);
    return true;
  };
  addEventListener("dragover", (event) => take(event, true), { capture: true });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) take(event, false); }, { capture: true });
  addEventListener("drop", (event) => {
    if (take(event, false) && event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  }, { capture: true });
  addEventListener("paste", (event) => {
    if (!lab.running || event.target.closest?.("input, textarea, dialog")) return;
    const { file, link } = pasted(event.clipboardData);
    if (link) lab.call("open", link);
    else if (file) open(file);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}

/** What was pasted: a file, the link of a lab, a lesson, or a table of points as a spreadsheet copies it (tabs for commas). */
export function pasted(data) {
  const [file] = data?.files ?? [];
  if (file) return { file };
  const text = data?.getData("text/plain").trim() ?? "";
  const link = /#v1\.\S*/.exec(text);
  if (link && !/\s/.test(text)) return { link: link[0] };
  if (!text) return {};
  if (/^title *=/.test(text)) return { file: new File([text], "pasted.toml") };
  const table = text.replaceAll("\t", ",");
  return { file: new File([table], /^[[{]/.test(text) ? "pasted.json" : "pasted.csv") };
}

/** Figures and data: what shows them comes with the first one. */
function showFigures(lab) {
  addEventListener("eigenlens-figures", async ({ detail }) => {
    try {
      await (await import("./figures.js")).show(JSON.parse(detail));
    } catch (error) {
      lab.call("file_error", "The figure", `The part of Eigenlens that shows figures did not load: ${error.message}. Reload the page and try again`);
    }
  });
}

/** Hands `content` to the browser's downloads. */
export function download(name, content, type = "application/octet-stream") {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // Some browsers read the blob after the click.
}
