// Measuring at full size: a worker does it, so that the page goes on, and what stops it is that the worker ends.

let worker;
/** What it means to the app when the worker fails: that there is nothing to measure with, or that a run broke off. */
let failure;

/** Does what the app asks for: says whether there is an adapter, stops, or measures what a request asks for. */
export function grant(lab, { ask, ...request }) {
  if (ask === "stop") {
    worker?.terminate();
    worker = undefined;
    lab.call("measured", "cancelled", "");
    return;
  }
  failure = ask === "adapter" ? "none" : "failed";
  worker ??= start(lab);
  const date = new Date().toISOString().slice(0, 10);
  worker.postMessage(ask === "adapter" ? {} : { request: JSON.stringify({ ...request, date }) });
}

function start(lab) {
  const started = new Worker("gpu.js", { type: "module" });
  started.onmessage = ({ data: [kind, text] }) => lab.call("measured", kind, text);
  started.onerror = (event) => {
    event.preventDefault();
    worker = undefined;
    lab.call("measured", failure, event.message ?? "the part of Eigenlens that measures did not load");
  };
  return started;
}
