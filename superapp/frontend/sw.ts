/** The service worker: the shell and the last pages survive the loss of the network, and notices are shown while no page is open. Nothing
 *  private is kept but the pages themselves. */
import { renewDevice } from "../../notifications/frontend/device";
import { openNotice, showPush, type Scope } from "../../notifications/frontend/notices";

interface Release {
  version: string;
  assets: string[];
  offline: string;
}
interface WorkerScope extends Omit<Scope, "registration"> {
  __RESAKA__: Release;
  registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  clients: Scope["clients"] & { claim(): Promise<void> };
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
interface Pushed extends Extendable {
  data: { text(): string } | null;
}
interface Tapped extends Extendable {
  notification: Notification;
}

const worker = self as unknown as WorkerScope;
const release = worker.__RESAKA__;
const SHELL = `shell-${release.version}`;
const PAGES = `pages-${release.version}`; // they name this release's files, and go with them
const KEPT_PAGES = 20;
const PATIENCE = 4000;
const FORGET_AFTER = ["/logout/", "/exit/"];
const STARTS = ["", "?src=pwa"]; // the second is where the installed app begins

async function install(): Promise<void> {
  const cache = await caches.open(SHELL);
  await cache.addAll([...release.assets, release.offline]);
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
  await worker.clients.claim();
}

async function forgetPages(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("pages")) await caches.delete(name);
}

/** Under what a page is kept: rooms and their list only. Accounts, forms, staff pages and media of others never are. */
function keptAs(url: URL): string | null {
  const room = /^\/rooms\/(?!new\/|propose\/)([a-z0-9-]+\/)?$/.test(url.pathname);
  return room && STARTS.includes(url.search) ? url.pathname : null;
}

/** Keep a page for the day without network. Whoever is shown the log-in page, or the page to return, is nobody here: nothing of an earlier reader stays. */
async function remember(url: URL, name: string | null, answer: Response | null): Promise<void> {
  if (!answer?.ok || answer.redirected) return;
  if (url.pathname === "/login/" || url.pathname === "/unlock/") await forgetPages();
  if (name === null) return;
  if (/no-store/.test(answer.headers.get("Cache-Control") ?? "")) {
    await (await caches.open(PAGES)).delete(name); // it asks each time who looks: what was kept from before it asked goes too
    return;
  }
  const copy = answer.clone();
  const cache = await caches.open(PAGES);
  await cache.put(name, copy);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - KEPT_PAGES))) await cache.delete(old);
}

function aWhile(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE));
}

async function navigate(event: Fetched): Promise<Response> {
  const url = new URL(event.request.url);
  const name = keptAs(url);
  const kept = name === null ? undefined : await (await caches.open(PAGES)).match(name);
  const network = fetch(event.request).catch(() => null);
  // first in line for the answer, so that its copy is made before the page reads it; the page does not wait for the cache
  event.waitUntil(network.then((answer) => remember(url, name, answer)).catch(() => undefined));
  // with nothing kept there is nothing to fall back on early: wait for the network as long as it takes
  const answer = kept ? await Promise.race([network, aWhile()]) : await network;
  return answer ?? kept ?? (await caches.match(release.offline)) ?? Response.error();
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("install", (event: Extendable) => event.waitUntil(install()));
worker.addEventListener("activate", (event: Extendable) => event.waitUntil(activate()));
worker.addEventListener("message", (event: Told) => {
  if (event.data?.type === "activate") event.waitUntil(worker.skipWaiting());
  if (event.data?.type === "forget") event.waitUntil(forgetPages());
});
worker.addEventListener("fetch", (event: Fetched) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  if (request.method === "POST" && FORGET_AFTER.includes(url.pathname)) event.waitUntil(forgetPages());
  if (request.method !== "GET") return;
  if (release.assets.includes(url.pathname)) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(navigate(event));
});

worker.addEventListener("push", (event: Pushed) => {
  event.waitUntil(showPush(worker, event.data?.text() ?? "", release.assets.find((path) => path.includes("icon-192")) ?? ""));
});
worker.addEventListener("notificationclick", (event: Tapped) => event.waitUntil(openNotice(worker, event.notification)));
worker.addEventListener("pushsubscriptionchange", (event: Extendable) => {
  event.waitUntil(renewDevice(worker.registration).catch(() => undefined)); // the next page tries again
});
