// Keeps one whole version of the site, so that it works without a network and never mixes versions.
// The build fills in the list and the version, which is a digest of every file in it.
//
// A page is asked of the network first, but as a whole: files that come one by one from the network while others come from the store
// would be of two versions. So each load first asks whether there is a new version; if so it is fetched whole, and taken when it is
// there in time and no other page uses the old one. Else the old one is shown, and a notice (offline.js) offers the new one.

const FILES = /*PRECACHE*/[]/*END*/;
const BUILD = "VERSION";
/** Two sites of one origin share its storage, so the folder is part of the name. */
const PREFIX = `eigenlens ${self.registration.scope} `;
const CACHE = PREFIX + BUILD;
/** What is large and never changes under its name: kept when it is fetched, through all versions. */
const DATA = `${PREFIX}data`;
/** A load waits so long (ms) to hear of a new version, and so long for that to be whole. */
const HEAR = 1000;
const FETCH = 4000;
/** The folder itself stands for its index page: hosts redirect `index.html` in different ways. */
const INDEX = "./";

self.addEventListener("install", (event) => event.waitUntil(precache()));

async function precache() {
  const cache = await caches.open(CACHE);
  const paths = [INDEX, ...FILES.filter((path) => path !== "index.html")];
  await Promise.all(paths.map(async (path) => {
    // Past the browser's own cache, which may hold files of the version before.
    const response = await fetch(path, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await cache.put(path, response.redirected ? new Response(response.body, { headers: response.headers }) : response);
  }));
}

self.addEventListener("activate", (event) => event.waitUntil(forget()));

async function forget() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE && name !== DATA);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("message", (event) => {
  const { data } = event;
  if (data === "take over") self.skipWaiting();
  else if (isData(data.keep)) event.waitUntil(keep(new URL(data.keep, self.registration.scope).href));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(request.mode === "navigate" ? page(event) : file(request));
});

/** An empty page that comes again once the new version answers; a reload keeps the link behind the #. */
const AGAIN = `<!doctype html><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>Eigenlens</title><script>
const again = () => location.reload();
navigator.serviceWorker.addEventListener("controllerchange", again);
setTimeout(again, 500);
</script>`;

/** Pages that have an answer and are not among the clients yet. */
const coming = new Set();

/** Whether no other page than the one that is loaded, or loaded again, uses this version. */
async function alone() {
  return coming.size === 0 && (await self.clients.matchAll({ type: "window" })).length < 2;
}

const after = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

/** Asks for a new version and gives it time to come. */
async function renew() {
  if (!navigator.onLine) return;
  const registration = await Promise.race([self.registration.update().catch(() => undefined), after(HEAR)]);
  const installing = registration?.installing;
  if (installing) await Promise.race([new Promise((resolve) => { installing.addEventListener("statechange", resolve); }), after(FETCH)]);
}

/** A new version takes over when a page is loaded and no other page still uses the old one. */
async function page({ request, resultingClientId: id }) {
  if (await alone()) {
    await renew();
    const { waiting } = self.registration;
    if (waiting && await alone()) {
      waiting.postMessage("take over");
      return new Response(AGAIN, { headers: { "Content-Type": "text/html" } });
    }
  }
  coming.add(id);
  self.clients.get(id).finally(() => coming.delete(id));
  const path = new URL(request.url).pathname;
  const root = new URL(self.registration.scope).pathname;
  if (path === root || path === `${root}index.html`) return file(INDEX);
  return file(request);
}

const isData = (path) => /^data\//.test(path);

/** The page has read it and found it whole. */
async function keep(url) {
  const cache = await caches.open(DATA);
  if (await cache.match(url)) return;
  // What the page has just fetched is still in the browser's own cache.
  const response = await fetch(url, { cache: "force-cache" });
  if (response.ok) await cache.put(url, response);
}

async function file(request) {
  const cache = await caches.open(isData(String(request.url).replace(self.registration.scope, "")) ? DATA : CACHE);
  return (await cache.match(request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
}
