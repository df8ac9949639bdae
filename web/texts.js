// The numbers of a text, fetched when a lab needs them: a compressed file of some hundred kilobytes, never part of the first load.
// And what was measured at full size, fetched when its lens is first looked at, and what measures.

/** Fetches on behalf of the app, once the first picture is there (`shown`). */
export function fetchTexts(lab, shown) {
  const failed = new Set();

  async function open(name) {
    await shown;
    try {
      lab.call("open_text", name, await unpacked(name, (percent) => lab.call("text_progress", name, percent)));
    } catch (error) {
      failed.add(name);
      lab.call("text_failed", name, String(error?.message ?? error));
    }
  }

  addEventListener("eigenlens-results", async () => {
    try {
      const response = await fetch("results.json");
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      lab.call("open_results", undefined, await response.text());
    } catch (error) {
      lab.call("file_error", "results.json", String(error?.message ?? error));
    }
  });
  addEventListener("eigenlens-measure", async ({ detail }) => {
    try {
      (await import("./measure.js")).grant(lab, JSON.parse(detail));
    } catch (error) {
      lab.call("measured", "none", `the part of Eigenlens that measures did not load: ${String(error?.message ?? error)}`);
    }
  });
  const lessons = async (name, step, seed) => {
    try {
      await (await import("./lessons.js")).give(lab, name, step, seed);
    } catch (error) {
      lab.call("file_error", "The lesson", String(error?.message ?? error));
    }
  };
  addEventListener("eigenlens-lesson", ({ detail }) => {
    const { name, step } = JSON.parse(detail);
    lessons(name, Number(step));
  });
  const aid = async (name) => {
    try {
      await (await import("./hall.js")).aid(lab, name);
    } catch (error) {
      lab.call("file_error", "The aid", String(error?.message ?? error));
    }
  };
  addEventListener("eigenlens-aid", ({ detail }) => aid(JSON.parse(detail).name));
  // The presenter of a page that was loaded again is still there.
  if (performance.getEntriesByType("navigation")[0]?.type === "reload") shown.then(() => presented() && aid("attend"));
  const asked = new URLSearchParams(location.search);
  if (asked.has("lesson")) shown.then(() => lessons(asked.get("lesson"), Number(asked.get("step")) || 1, Number(asked.get("seed")) || 0));
  addEventListener("eigenlens-text", (event) => open(JSON.parse(event.detail).name));
  // Whoever was offline is not asked to do anything.
  addEventListener("online", () => {
    for (const name of failed) open(name);
    failed.clear();
  });
}

/** Whether this page has a presenter's window. */
function presented() {
  try {
    return sessionStorage.getItem("eigenlens.presenter");
  } catch {
    return null;
  }
}

/** The numbers of a text, unpacked; `tell` hears how much has come, in percent. */
export async function unpacked(name, tell) {
  const path = `data/heads/${name}.heads`;
  if (typeof DecompressionStream !== "function") throw new Error("this browser cannot unpack it; a current one can");
  const response = await fetch(path).catch(() => undefined);
  if (!response) throw new Error("there is no connection");
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${path}`);
  const whole = Number(response.headers.get("Content-Length"));
  let seen = 0;
  let told = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      seen += chunk.byteLength;
      const percent = Math.min(100, Math.floor((100 * seen) / whole));
      if (percent >= told + 5) tell(told = percent);
      out.enqueue(chunk);
    },
  });
  try {
    const stream = response.body.pipeThrough(counter).pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    keep(path);
    return bytes;
  } catch {
    throw new Error(`the file ${path} arrived damaged`);
  }
}

/** For the time without a network. The service worker does it, who may come later than this on a first visit. */
function keep(path) {
  navigator.serviceWorker?.ready.then(({ active }) => active.postMessage({ keep: path }));
}
