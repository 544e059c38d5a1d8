/** The page about devices: one state at a time, asked in a tap alone, a no remembered for 90 days; and notices that were read go. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase, openTable } from "../../core/frontend/db";
import { closeRead, wirePush } from "./push";

const DAY = 86_400_000;
const STATES = ["script", "off", "asking", "on", "refused", "denied", "ios", "unsupported", "service", "failed"];
const calm = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

let permission: string;
let answer: string;
let prompts: number;
let reloads: number;
let putStatus: number;
let subscribes: () => Promise<unknown>;

const subscription = {
  endpoint: "https://push.test/1",
  options: { applicationServerKey: null },
  getKey: () => new ArrayBuffer(2),
  unsubscribe: () => Promise.resolve(true),
};

function page(hint = false): void {
  const block = document.createElement("section");
  block.id = "push";
  for (const state of STATES) {
    const part = document.createElement("div");
    part.dataset.state = state;
    part.hidden = state !== "script";
    block.append(part);
  }
  for (const [name, state] of [["on", "off"], ["off", "on"], ["again", "refused"], ["retry", "failed"]]) {
    const button = document.createElement("button");
    button.id = `push-${name!}`;
    block.querySelector(`[data-state=${state!}]`)?.append(button);
  }
  const offer = document.createElement("div");
  offer.id = "push-hint";
  offer.hidden = true;
  offer.append(Object.assign(document.createElement("button"), { type: "button" }));
  offer.firstElementChild?.setAttribute("data-later", "");
  document.body.replaceChildren(hint ? offer : block);
}

const state = (): string =>
  Array.from(document.querySelectorAll<HTMLElement>("[data-state]"))
    .filter((part) => !part.hidden)
    .map((part) => part.dataset.state)
    .join();
const tap = async (id: string): Promise<void> => {
  document.getElementById(id)?.click();
  await calm();
};
const hint = (): HTMLElement => document.getElementById("push-hint")!;

function browser(more: { push?: boolean; agent?: string; installed?: boolean } = {}): void {
  const registration = {
    getNotifications: () => Promise.resolve([]),
    pushManager: { getSubscription: () => Promise.resolve(null), subscribe: () => subscribes() },
  };
  vi.stubGlobal("navigator", {
    userAgent: more.agent ?? "Firefox",
    maxTouchPoints: 0,
    serviceWorker: { ready: Promise.resolve(registration), getRegistration: () => Promise.resolve(registration) },
  });
  if (more.push === false) delete (window as unknown as Record<string, unknown>).PushManager;
  else vi.stubGlobal("PushManager", () => undefined);
  vi.stubGlobal("matchMedia", () => ({ matches: more.installed ?? false }));
}

beforeEach(async () => {
  await closeDatabase();
  [permission, answer, prompts, reloads, putStatus] = ["default", "granted", 0, 0, 201];
  subscribes = () => Promise.resolve(subscription);
  browser();
  vi.stubGlobal("Notification", {
    get permission() {
      return permission;
    },
    requestPermission: () => {
      prompts += 1;
      permission = answer;
      return Promise.resolve(answer);
    },
  });
  vi.stubGlobal("location", { origin: "https://resaka.test", pathname: "/account/notifications/push/", reload: () => (reloads += 1) });
  vi.stubGlobal("fetch", (_url: string, init: { method?: string }) =>
    Promise.resolve(
      init.method
        ? new Response(putStatus === 204 ? null : JSON.stringify({ code: "service" }), { status: putStatus })
        : new Response(JSON.stringify({ key: "BCVx", token: "t", login: "l", user: "amina" })),
    ),
  );
  page();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("opening the page asks nothing and offers the button", async () => {
  await wirePush("amina", "");
  await calm();
  expect([state(), prompts]).toEqual(["off", 0]);
});

test("a tap asks, and a yes turns the device on", async () => {
  await wirePush("amina", "");
  await calm();
  await tap("push-on");
  expect([prompts, reloads]).toEqual([1, 1]);
  page();
  await wirePush("amina", "");
  await calm();
  expect(state()).toBe("on");
  page();
  await wirePush("ben", "");
  await calm();
  expect(state()).toBe("off");
});

test.each([
  ["default", "refused"],
  ["denied", "denied"],
])("a no (%s) is shown as %s and remembered for 90 days", async (no, shown) => {
  answer = no;
  await wirePush("amina", "");
  await calm();
  await tap("push-on");
  expect([state(), reloads]).toEqual([shown, 0]);
  permission = "default";
  for (const [days, then] of [[89, "refused"], [91, "off"]] as const) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY });
    page();
    await wirePush("amina", "");
    await calm();
    expect(state()).toBe(then);
    vi.useRealTimers();
  }
});

test("who changed their mind is asked again, and a yes forgets the no", async () => {
  answer = "default";
  await wirePush("amina", "");
  await calm();
  await tap("push-on");
  answer = "granted";
  await tap("push-again");
  expect([prompts, reloads]).toEqual([2, 1]);
  expect(await (await openTable("meta")).get("device/push-refused")).toBeUndefined();
});

test("a browser that refuses says so without a question", async () => {
  permission = "denied";
  await wirePush("amina", "");
  await calm();
  expect([state(), prompts]).toEqual(["denied", 0]);
});

test.each([
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", false, "ios"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X)", true, "unsupported"],
  ["Mozilla/5.0 (X11; Linux x86_64)", false, "unsupported"],
])("without push %s reads how it is", async (agent, installed, shown) => {
  browser({ push: false, agent, installed });
  await wirePush("amina", "");
  await calm();
  expect(state()).toBe(shown);
});

test("a push service that cannot be reached, and one that the house does not work with", async () => {
  subscribes = () => Promise.reject(new DOMException("no", "AbortError"));
  await wirePush("amina", "");
  await calm();
  await tap("push-on");
  expect(state()).toBe("failed");
  subscribes = () => Promise.resolve(subscription);
  putStatus = 400;
  await tap("push-retry");
  expect(state()).toBe("service");
  expect(reloads).toBe(0);
});

test("turned off by a tap", async () => {
  await wirePush("amina", "");
  await calm();
  await tap("push-on");
  page();
  await wirePush("amina", "");
  await calm();
  await tap("push-off");
  page();
  await wirePush("amina", "");
  await calm();
  expect([state(), reloads]).toEqual(["off", 2]);
});

test("the offer on the list is shown where it can be taken up, and not after a no", async () => {
  page(true);
  await wirePush("amina", "");
  await calm();
  expect(hint().hidden).toBe(false);
  hint().querySelector<HTMLElement>("[data-later]")?.click();
  await calm();
  expect([hint().hidden, prompts]).toEqual([true, 0]);
  page(true);
  await wirePush("amina", "");
  await calm();
  expect(hint().hidden).toBe(true);
});

// ---- Notices on the screen ------------------------------------------------------------------------------------------------------
function screen(paths: string[]): { registration: Pick<ServiceWorkerRegistration, "getNotifications">; left: () => string[] } {
  const open = new Set(paths);
  const all = paths.map((path) => ({ data: { p: path, i: "" }, close: () => open.delete(path) }));
  return { registration: { getNotifications: () => Promise.resolve(all as unknown as Notification[]) }, left: () => [...open] };
}

function bell(hidden: boolean): void {
  const badge = document.createElement("span");
  badge.dataset.bell = "";
  badge.hidden = hidden;
  document.body.replaceChildren(badge);
}

const PATHS = ["/rooms/abcd/?around=5#m5", "/rooms/efgh/", "/account/sessions/"];

test.each([
  ["/rooms/cuisine/", "abcd", ["/rooms/efgh/", "/account/sessions/"]],
  ["/rooms/efgh/", "", ["/rooms/abcd/?around=5#m5", "/account/sessions/"]],
  ["/account/sessions/", "", ["/rooms/abcd/?around=5#m5", "/rooms/efgh/"]],
  ["/rooms/", "", PATHS],
  ["/account/notifications/", "", []],
])("opening %s closes what leads there", async (pathname, room, left) => {
  vi.stubGlobal("location", { origin: "https://resaka.test", pathname });
  bell(false);
  const now = screen(PATHS);
  await closeRead(now.registration, room);
  expect(now.left()).toEqual(left);
});

test("when nothing waits any more, because it was read elsewhere, all go", async () => {
  vi.stubGlobal("location", { origin: "https://resaka.test", pathname: "/rooms/" });
  bell(true);
  const now = screen(PATHS);
  await closeRead(now.registration, "");
  expect(now.left()).toEqual([]);
});
