/** The service worker: the shell and the last pages survive the loss of the network. Nothing private is kept but the pages themselves. */

interface Release {
  version: string;
  assets: string[];
  offline: string;
}
interface WorkerScope {
  __RESAKA__: Release;
  location: Location;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: string, listener: (event: never) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Extendable {
  data: { type?: string } | null;
}

const worker = self as unknown as WorkerScope;
const release = worker.__RESAKA__;
const SHELL = `shell-${release.version}`;
const PAGES = "pages";
const KEPT_PAGES = 20;
const PATIENCE = 4000;

async function install(): Promise<void> {
  const cache = await caches.open(SHELL);
  await cache.addAll([...release.assets, release.offline]);
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
  await worker.clients.claim();
}

/** Rooms and their list only: accounts, staff pages and media of others are never kept. */
function isKeptPage(url: URL): boolean {
  return /^\/rooms\/([a-z0-9-]+\/)?$/.test(url.pathname) && !url.search;
}

async function keep(request: Request, answer: Response): Promise<void> {
  const cache = await caches.open(PAGES);
  await cache.put(request, answer);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - KEPT_PAGES))) await cache.delete(old);
}

/** The network, or nothing after a while. */
function fetchSoon(request: Request): Promise<Response | null> {
  const slow = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE));
  return Promise.race([fetch(request).catch(() => null), slow]);
}

async function navigate(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const kept = isKeptPage(url) ? await (await caches.open(PAGES)).match(request) : undefined;
  // with nothing kept there is nothing to fall back on early: wait for the network as long as it takes
  const answer = kept ? await fetchSoon(request) : await fetch(request).catch(() => null);
  if (answer) {
    if (answer.ok && !answer.redirected && isKeptPage(url)) await keep(request, answer.clone());
    return answer;
  }
  return kept ?? (await caches.match(release.offline)) ?? Response.error();
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("install", (event: Extendable) => event.waitUntil(install()));
worker.addEventListener("activate", (event: Extendable) => event.waitUntil(activate()));
worker.addEventListener("message", (event: Told) => {
  if (event.data?.type === "activate") event.waitUntil(worker.skipWaiting());
  if (event.data?.type === "forget") event.waitUntil(caches.delete(PAGES));
});
worker.addEventListener("fetch", (event: Fetched) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (release.assets.includes(url.pathname)) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(navigate(request));
});
