// A worker that measures on the GPU. Its module is loaded with the first run.

const say = (kind, text = "") => postMessage([kind, text]);
const words = (error) => String(error?.message ?? error);

/** The adapter, or the reason why there is none. */
async function find() {
  if (!isSecureContext) throw new Error("WebGPU needs a page that comes over https");
  if (!navigator.gpu) throw new Error("this browser has no WebGPU");
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("this browser’s WebGPU finds no adapter");
  return adapter;
}

/** What the browser tells of an adapter. */
function name({ info }) {
  const parts = [info?.vendor, info?.architecture].filter(Boolean).join(" ");
  return info?.description || parts || "GPU";
}

let module;
/** One that did not come is asked for again by the next run. */
function load() {
  module ??= import("./eigenlens_gpu.js")
    .then(async (loaded) => {
      await loaded.default({ module_or_path: "eigenlens_gpu_bg.wasm" });
      return loaded;
    })
    .catch((error) => {
      module = undefined;
      throw new Error(`the part of Eigenlens that computes on the GPU did not load (${words(error)})`);
    });
  return module;
}

async function measure(request) {
  const adapter = name(await find());
  const device = await (await load()).Device.open(adapter);
  try {
    await device.run(request, (event) => say("event", event));
  } finally {
    device.close();
    device.free();
  }
}

onmessage = async ({ data: { request } }) => {
  try {
    if (request === undefined) say("ready", name(await find()));
    else await measure(request);
  } catch (error) {
    say(request === undefined ? "none" : "failed", words(error));
  }
};
