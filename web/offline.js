// Keeps the site for the time without a network, and says when a new version of it is there. Loaded after everything else.

/** Registers the service worker and watches for its successors. */
export async function keep(lab) {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register("sw.js", { updateViaCache: "none" });
  // A lab within another page is the business of that page: it is as new as its next load.
  if (lab.embedded) return;

  // The first version of all is no news.
  const tell = () => { if (registration.waiting && serviceWorker.controller) show(registration); };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", tell));
  tell();
  // A lab may stay open for days.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && navigator.onLine) registration.update().catch(() => undefined); // Without an answer the version stays.
  });
}

let notice;
function show(registration) {
  if (notice) return;
  notice = document.createElement("div");
  notice.id = "update";
  notice.setAttribute("role", "status");
  notice.innerHTML = `
    <p>A new version of Eigenlens is here. Your work is in the link and stays.</p>
    <p class="actions"><button type="button" class="primary">Reload into it</button><button type="button">Later</button></p>`;
  const [reload, later] = notice.querySelectorAll("button");
  // Every page of the site then reloads (boot.js): none goes on with files of two versions.
  reload.addEventListener("click", () => (registration.waiting ? registration.waiting.postMessage("take over") : location.reload()));
  later.addEventListener("click", () => notice.remove());
  document.body.append(notice);
}
