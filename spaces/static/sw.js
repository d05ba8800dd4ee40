// The page's own files, kept for when there is no network: what is newest is asked for first.

const KEPT = "hubpress-page";

const OWN = [
  "./", "page.json", "space.json", "page.css", "static.css", "answers.js", "app.js", "batch.js", "batch_panel.js",
  "decision.js", "files.js", "model.js", "record_text.js", "tagger.js", "text_panel.js", "tokens.js", "view.js",
];

self.addEventListener("install", event => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then(kept => kept.addAll(OWN)));
});
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", event => {
  const {request} = event;
  const here = new URL(request.url);
  const home = new URL(self.registration.scope);
  // Beside the page alone: what is below it, a model on a server of this machine, is kept by the page itself.
  const isOwn = here.origin === home.origin && here.pathname.slice(0, home.pathname.length) === home.pathname;
  if (request.method !== "GET" || !isOwn || here.pathname.slice(home.pathname.length).includes("/")) return;
  event.respondWith(newest(request));
});

async function newest(request) {
  const kept = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) await kept.put(request, response.clone());
    return response;
  } catch (error) {
    const found = await kept.match(request, {ignoreSearch: true});
    if (found) return found;
    throw error;
  }
}
