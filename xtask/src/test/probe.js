// Put into the page by the Firefox test: reports that the lab runs, or why it does not.
(() => {
  // Without this the picture is gone once it has been shown, and nobody else can look at it.
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, options) {
    return getContext.call(this, kind, kind === "webgl2" ? { ...options, preserveDrawingBuffer: true } : options);
  };

  const report = (kind, text) => fetch(`probe-report?${kind}=${encodeURIComponent(text)}`);
  const frame = () => new Promise((done) => requestAnimationFrame(done));

  /** Lays a copy over the canvas; gives the number of its colours. */
  function copy(canvas) {
    const flat = canvas.cloneNode();
    const context = flat.getContext("2d");
    context.drawImage(canvas, 0, 0);
    canvas.parentElement.querySelector("[data-probe]")?.remove();
    flat.dataset.probe = "";
    canvas.after(flat);
    return new Set(new Uint32Array(context.getImageData(0, 0, flat.width, flat.height).data.buffer)).size;
  }

  /** Resolves with the headline once there is one, the canvas shows something, and Explain is there. */
  async function started() {
    let last = Infinity;
    for (;;) {
      await frame();
      if (document.documentElement.dataset.state === "halted") throw new Error(document.querySelector("#halt").innerText);
      const headline = window.eigenlens?.readouts()?.headline;
      if (!headline) continue;
      last = Math.min(last, performance.now() + 30_000);
      const colours = copy(document.querySelector("canvas"));
      const holds = document.querySelector("#prose [data-holds='true']") !== null;
      if (colours >= 16 && holds) {
        await document.fonts.ready;
        return headline;
      }
      if (performance.now() > last) {
        throw new Error(holds ? `the canvas shows nothing: ${colours} colours` : "Explain shows no identity that holds");
      }
    }
  }

  started().then((headline) => report("headline", headline), (error) => report("failure", error.message.replaceAll(/\s+/g, " ")));
})();
