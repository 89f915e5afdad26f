/**
 * Lets the pages open without a network after the first visit. What front page and lab need is fetched once, in a cache that
 * is named by the version; whatever else of this site is opened is kept as well. A new version takes over, and the old
 * cache goes, when no page of the old one is open any more.
 *
 * Not here: which files those are, which a build writes in (`tools/offline.ts`).
 */

const { version, files } = JSON.parse("__OFFLINE__") as { version: string; files: string[] };
const PREFIX = "mixup-webgpu ";
const CACHE = PREFIX + version;

/** What is used of a service worker's scope, whose types go with no page's. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: "install" | "activate",
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: "fetch",
    listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}
const scope = self as unknown as Scope;

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)));
});

scope.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys())
      if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(old());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope.registration.scope)) return;
  // Names in assets/ hold a hash of what is in them: the same name is the same file.
  const isFixed = request.url.startsWith(`${scope.registration.scope}assets/`);
  event.respondWith(isFixed ? cachedFirst(request) : fetchedFirst(request));
});

async function cachedFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetchAndKeep(request, cache);
}

async function fetchedFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    return await fetchAndKeep(request, cache);
  } catch (error) {
    const { origin, pathname } = new URL(request.url);
    const path = origin + pathname.replace(/\/$/, "/index.html");
    const kept = await cache.match(path, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fetchAndKeep(request: Request, cache: Cache): Promise<Response> {
  const response = await fetch(request);
  if (response.status === 200) await cache.put(request, response.clone());
  return response;
}
