import { afterEach, beforeEach, expect, test, vi } from "vitest";

const ORIGIN = "https://resaka.test";
const ASSETS = ["/static/dist/app.1a2b.css", "/static/dist/app.3c4d.js"];

type Handler = (event: unknown) => void;
type Network = (url: string) => Promise<Response>;

/** A page's answer. Only what the worker looks at is real. */
function answer(body: string, more: { status?: number; redirected?: boolean; type?: string } = {}): Response {
  const response = new Response(body, { status: more.status ?? 200 });
  if (more.redirected) Object.defineProperty(response, "redirected", { value: true });
  return response;
}

const pathOf = (request: string | { url: string }): string => {
  const url = new URL(typeof request === "string" ? request : request.url, ORIGIN);
  return url.pathname + url.search;
};

class FakeCache {
  readonly entries = new Map<string, Response>();

  constructor(private readonly network: () => Network) {}

  async addAll(urls: string[]): Promise<void> {
    for (const url of urls) this.entries.set(url, await this.network()(url));
  }

  put(request: string | { url: string }, response: Response): Promise<void> {
    this.entries.delete(pathOf(request));
    this.entries.set(pathOf(request), response);
    return Promise.resolve();
  }

  match(request: string | { url: string }): Promise<Response | undefined> {
    return Promise.resolve(this.entries.get(pathOf(request))?.clone());
  }

  keys(): Promise<{ url: string }[]> {
    return Promise.resolve(Array.from(this.entries.keys(), (path) => ({ url: ORIGIN + path })));
  }

  delete(request: { url: string }): Promise<boolean> {
    return Promise.resolve(this.entries.delete(pathOf(request)));
  }
}

class FakeCaches {
  readonly all = new Map<string, FakeCache>();

  open(name: string): Promise<FakeCache> {
    const cache = this.all.get(name) ?? new FakeCache(() => network);
    this.all.set(name, cache);
    return Promise.resolve(cache);
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.all.keys()]);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.all.delete(name));
  }

  async match(request: string | { url: string }): Promise<Response | undefined> {
    for (const cache of this.all.values()) {
      const found = await cache.match(request);
      if (found) return found;
    }
    return undefined;
  }

  paths(start: string): string[] {
    return [...this.all].filter(([name]) => name.startsWith(start)).flatMap(([, cache]) => [...cache.entries.keys()]);
  }
}

let network: Network;
let fetched: string[];
let store: FakeCaches;
let handlers: Record<string, Handler>;
let skipped: number;
let claimed: number;

async function load(version = "v1"): Promise<void> {
  handlers = {};
  vi.resetModules();
  vi.stubGlobal("self", {
    __RESAKA__: { version, assets: ASSETS, offline: "/offline/" },
    location: { origin: ORIGIN },
    skipWaiting: () => Promise.resolve(++skipped),
    clients: { claim: () => Promise.resolve(++claimed) },
    addEventListener: (type: string, handler: Handler) => (handlers[type] = handler),
  });
  await import("./sw");
}

async function happen(type: string, fields: object = {}): Promise<void> {
  const works: Promise<unknown>[] = [];
  handlers[type]?.({ ...fields, waitUntil: (work: Promise<unknown>) => works.push(work) });
  await Promise.all(works);
}

/** What the page gets; null when the worker leaves the request to the browser. */
async function request(path: string, more: { method?: string; mode?: string } = {}): Promise<string | null> {
  const works: Promise<unknown>[] = [];
  const given: Promise<Response>[] = [];
  handlers.fetch?.({
    request: { url: path.startsWith("http") ? path : ORIGIN + path, method: "GET", mode: "navigate", ...more },
    respondWith: (promise: Promise<Response>) => given.push(promise),
    waitUntil: (work: Promise<unknown>) => works.push(work),
  });
  const text = given[0] ? await (await given[0]).text() : null;
  await Promise.all(works);
  return text;
}

const fails: Network = () => Promise.reject(new TypeError("Failed to fetch"));

beforeEach(async () => {
  [store, fetched, skipped, claimed] = [new FakeCaches(), [], 0, 0];
  network = (url) => Promise.resolve(answer(`page ${url}`));
  vi.stubGlobal("caches", store);
  vi.stubGlobal("fetch", (asked: string | { url: string }) => {
    fetched.push(pathOf(asked));
    return network(pathOf(asked));
  });
  await load();
  await happen("install");
  await happen("activate");
  fetched.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("at its installation it keeps this release's files and the page for the day without network", () => {
  expect(store.paths("shell-v1")).toEqual([...ASSETS, "/offline/"]);
});

test("files of this release come from the cache, others are left to the browser", async () => {
  expect(await request(ASSETS[1] ?? "", { mode: "cors" })).toBe("page /static/dist/app.3c4d.js");
  expect(await request("/static/dist/app.old.js", { mode: "cors" })).toBeNull();
  expect(await request("/api/v1/rooms/mine", { mode: "cors" })).toBeNull();
  expect(await request("/media/aaaaaaaaaaaaaaaaaaaa/full/", { mode: "no-cors" })).toBeNull();
  expect(await request("https://elsewhere.test/rooms/")).toBeNull();
  expect(fetched).toEqual([]);
});

test("a file that the browser threw away is fetched again", async () => {
  store.all.clear();
  expect(await request(ASSETS[0] ?? "", { mode: "no-cors" })).toBe("page /static/dist/app.1a2b.css");
});

test("pages come from the network; a room is kept and shown when there is none", async () => {
  expect(await request("/rooms/kitchen/")).toBe("page /rooms/kitchen/");
  network = () => Promise.resolve(answer("newer"));
  expect(await request("/rooms/kitchen/")).toBe("newer");
  network = fails;
  expect(await request("/rooms/kitchen/")).toBe("newer");
  expect(await request("/rooms/garden/")).toBe("page /offline/");
});

test("the installed app starts with the kept list of rooms", async () => {
  await request("/rooms/");
  network = fails;
  expect(await request("/rooms/?src=pwa")).toBe("page /rooms/");
});

test.each([
  "/",
  "/account/",
  "/account/profile/",
  "/admin/",
  "/media/aaaaaaaaaaaaaaaaaaaa/full/",
  "/people/bbbbbbbbbbbbbbbbbbbb/",
  "/mailbox/",
  "/rooms/new/",
  "/rooms/propose/",
  "/rooms/kitchen/about/",
  "/rooms/kitchen/settings/",
  "/rooms/kitchen/search/?q=secret",
  "/rooms/kitchen/?before=5",
  "/rooms/?q=secret",
])("%s is never kept", async (path) => {
  await request(path);
  expect(store.paths("pages")).toEqual([]);
  network = fails;
  expect(await request(path)).toBe("page /offline/");
});

test.each([{ status: 403 }, { status: 500 }, { redirected: true }])("an answer that is not the room itself (%o) is shown, not kept", async (more) => {
  network = () => Promise.resolve(answer("other", more));
  expect(await request("/rooms/kitchen/")).toBe("other");
  expect(store.paths("pages")).toEqual([]);
});

test("forms are left to the browser and never kept", async () => {
  expect(await request("/rooms/kitchen/", { method: "POST" })).toBeNull();
  expect([fetched, store.paths("pages")]).toEqual([[], []]);
});

test("after four seconds the kept page is shown, and the slow answer is kept for the next time", async () => {
  await request("/rooms/kitchen/");
  vi.useFakeTimers();
  network = () => new Promise((resolve) => setTimeout(() => resolve(answer("late")), 60_000));
  const shown = request("/rooms/kitchen/");
  await vi.advanceTimersByTimeAsync(3_999);
  const early = await Promise.race([shown, Promise.resolve("nothing yet")]);
  expect(early).toBe("nothing yet");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await shown).toBe("page /rooms/kitchen/");
  network = fails;
  expect(await request("/rooms/kitchen/")).toBe("late");
});

test("without a kept page the network has all the time it needs", async () => {
  vi.useFakeTimers();
  network = () => new Promise((resolve) => setTimeout(() => resolve(answer("at last")), 55_000));
  const shown = request("/rooms/kitchen/");
  await vi.advanceTimersByTimeAsync(55_000);
  expect(await shown).toBe("at last");
});

test("a full cache does not keep a page from its reader", async () => {
  vi.spyOn(FakeCache.prototype, "put").mockRejectedValue(new DOMException("full", "QuotaExceededError"));
  expect(await request("/rooms/kitchen/")).toBe("page /rooms/kitchen/");
});

test("the last 20 pages are kept", async () => {
  for (let n = 1; n <= 25; n++) await request(`/rooms/r${n}/`);
  await request("/rooms/r6/");
  await request("/rooms/r26/");
  const kept = store.paths("pages");
  expect([kept.length, kept[0], kept.includes("/rooms/r6/"), kept[19]]).toEqual([20, "/rooms/r8/", true, "/rooms/r26/"]);
});

test("log-out takes the kept pages along: told by the page, or by the form where no script ran", async () => {
  await request("/rooms/kitchen/");
  await happen("message", { data: { type: "forget" } });
  expect(store.paths("pages")).toEqual([]);
  await request("/rooms/kitchen/");
  expect(await request("/logout/", { method: "POST" })).toBeNull();
  expect([store.paths("pages"), store.paths("shell").length]).toEqual([[], 3]);
});

test("whoever sees the log-in page finds nothing of an earlier reader", async () => {
  await request("/rooms/kitchen/");
  await request("/login/?next=/rooms/");
  network = fails;
  expect(await request("/rooms/kitchen/")).toBe("page /offline/");
});

test("a log-in page that did not come takes nothing away", async () => {
  await request("/rooms/kitchen/");
  network = fails;
  await request("/login/");
  expect(store.paths("pages")).toEqual(["/rooms/kitchen/"]);
});

test("a new version waits until it is told; then what is old goes", async () => {
  await request("/rooms/kitchen/");
  await load("v2");
  await happen("install");
  expect([skipped, [...store.all.keys()]]).toEqual([0, ["shell-v1", "pages-v1", "shell-v2"]]);
  await happen("message", { data: null });
  await happen("message", { data: { type: "hello" } });
  expect(skipped).toBe(0);
  await happen("message", { data: { type: "activate" } });
  await happen("activate");
  expect([skipped, claimed, [...store.all.keys()]]).toEqual([1, 2, ["shell-v2"]]);
});

// ---- Notices ---------------------------------------------------------------------------------------------------------------------
function screen(): { shown: [string, NotificationOptions][]; opened: string[] } {
  const seen = { shown: [] as [string, NotificationOptions][], opened: [] as string[] };
  const me = self as unknown as Record<string, object>;
  me.registration = {
    showNotification: (title: string, options: NotificationOptions) => Promise.resolve(void seen.shown.push([title, options])),
    getNotifications: () => Promise.resolve([]),
    pushManager: { getSubscription: () => Promise.resolve(null) },
  };
  Object.assign(me.clients as object, {
    matchAll: () => Promise.resolve([]),
    openWindow: (url: string) => Promise.resolve(seen.opened.push(url)),
  });
  return seen;
}

test("a push is shown, with nothing fetched, and a tap on it leads to its page", async () => {
  const seen = screen();
  const data = { text: () => JSON.stringify({ v: 1, i: "n1", g: "tag", p: "/rooms/abc/?around=5#m5", t: "Resaka", b: "Nouveau message" }) };
  await happen("push", { data });
  expect(seen.shown.map(([title, { body, tag }]) => [title, body, tag])).toEqual([["Resaka", "Nouveau message", "tag"]]);
  await happen("notificationclick", { notification: { data: seen.shown[0]?.[1].data, close: () => undefined } });
  expect([seen.opened, fetched]).toEqual([["/rooms/abc/?around=5#m5"], []]);
});

test("a push without words is shown too", async () => {
  const seen = screen();
  await happen("push", { data: null });
  expect(seen.shown.map(([title]) => title)).toEqual(["Resaka"]);
});

test("a subscription that changed is told where somebody turned it on, and breaks nothing where nobody did", async () => {
  screen();
  network = fails;
  await happen("pushsubscriptionchange");
  expect(fetched).toEqual(["/account/notifications/push/"]);
});

