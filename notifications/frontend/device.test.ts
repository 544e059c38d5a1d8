/** A browser as a device: turned on, told anew, moved to another key, taken off the list, let go. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase } from "../../core/frontend/db";
import { askHouse, keepDevice, letGo, PAGE, recall, renewDevice, turnOff, turnOn } from "./device";

const KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const OTHER = "BAAAsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const HOUR = 3_600_000;

interface Call {
  method: string;
  body: Record<string, string>;
  headers: Record<string, string>;
}

let house: { key: string; token: string; login: string; user: string };
let calls: Call[];
let status: number;
let refusal: string;
let asked: number;
let made: number;
let held: Held | null;
let permission: string;

const bytes = (text: string): ArrayBuffer => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;

class Held {
  gone = false;
  readonly options: { applicationServerKey: ArrayBuffer | null };

  constructor(
    readonly endpoint: string,
    key: string | null,
  ) {
    this.options = { applicationServerKey: key === null ? null : bytes(key) };
  }

  getKey(name: string): ArrayBuffer {
    return bytes(name === "auth" ? "BTBZMqHH6r4Tts7J_aSIgg" : OTHER);
  }

  unsubscribe(): Promise<boolean> {
    this.gone = true;
    if (held === this) held = null;
    return Promise.resolve(true);
  }
}

const registration = {
  pushManager: {
    getSubscription: () => Promise.resolve(held),
    subscribe: ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      made += 1;
      held = new Held(`https://push.test/${made}`, btoa(String.fromCharCode(...applicationServerKey)));
      return Promise.resolve(held);
    },
  },
} as unknown as ServiceWorkerRegistration;

beforeEach(async () => {
  await closeDatabase();
  house = { key: KEY, token: "token", login: "login-1", user: "amina" };
  [calls, status, refusal, asked, made, held, permission] = [[], 201, "", 0, 0, null, "granted"];
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.stubGlobal("Notification", { get permission() { return permission; } });
  vi.stubGlobal("fetch", (url: string, init: { method?: string; body?: string; headers: Record<string, string> }) => {
    expect(url).toBe(PAGE);
    if (!init.method) {
      asked += 1;
      return Promise.resolve(new Response(JSON.stringify(house)));
    }
    calls.push({ method: init.method, body: JSON.parse(init.body ?? "{}") as Record<string, string>, headers: init.headers });
    const body = status === 204 ? null : JSON.stringify({ code: refusal });
    return Promise.resolve(new Response(body, { status: init.method === "DELETE" ? 204 : status, statusText: "" }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("turned on, the house is told all that it needs, and the device remembers", async () => {
  expect(await turnOn(registration)).toBe("kept");
  expect(calls).toEqual([
    {
      method: "PUT",
      body: { transport: "WEB_PUSH", endpoint: "https://push.test/1", p256dh: OTHER, auth: "BTBZMqHH6r4Tts7J_aSIgg", key: KEY },
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": "token" },
    },
  ]);
  expect(await recall("amina")).toMatchObject({ endpoint: "https://push.test/1", login: "login-1" });
  expect(await recall("ben")).toBeUndefined();
});

test("a service that the house does not work with is given up again", async () => {
  [status, refusal] = [400, "service"];
  expect(await turnOn(registration)).toBe("service");
  expect([held, await recall("amina")]).toEqual([null, undefined]);
});

test.each([
  [400, "address"],
  [409, "no_login"],
  [429, "rate_limited"],
  [403, ""],
  [500, ""],
])("an answer %i leaves nothing behind", async (code, why) => {
  [status, refusal] = [code, why];
  expect(await turnOn(registration)).toBe("failed");
  expect([held, await recall("amina")]).toEqual([null, undefined]);
});

test("where the house pushes nothing, or cannot be asked, nothing is subscribed", async () => {
  house.key = "";
  expect(await turnOn(registration)).toBe("failed");
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await turnOn(registration)).toBe("failed");
  expect([made, await askHouse()]).toEqual([0, null]);
});

test("a page within the hour says nothing, a later one tells it as known", async () => {
  await turnOn(registration);
  calls.length = 0;
  status = 204;
  await keepDevice(registration, "amina");
  expect(calls).toEqual([]);
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect(calls.map(({ method, headers }) => [method, headers["If-Match"]])).toEqual([["PUT", "*"]]);
  await keepDevice(registration, "amina");
  expect(calls).toHaveLength(1);
});

test("taken off the list from elsewhere, it stays off", async () => {
  await turnOn(registration);
  status = 412;
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect([held, await recall("amina")]).toEqual([null, undefined]);
  await keepDevice(registration, "amina");
  expect(calls).toHaveLength(2);
});

test("after another log-in it is told as new, for the house has forgotten it with the former one", async () => {
  await turnOn(registration);
  house.login = "login-2";
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect(calls[1]!.headers["If-Match"]).toBeUndefined();
  expect(await recall("amina")).toMatchObject({ login: "login-2" });
});

test("what tells somebody else's notices is given up by whoever holds the browser now", async () => {
  await turnOn(registration);
  const theirs = held!;
  await keepDevice(registration, "ben");
  expect([theirs.gone, held, calls.length]).toEqual([true, null, 1]);
});

test("a new key of the house makes a new subscription, and the former one is forgotten", async () => {
  await turnOn(registration);
  house.key = OTHER;
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect(calls.slice(1).map(({ method, body }) => [method, body.endpoint])).toEqual([
    ["PUT", "https://push.test/2"],
    ["DELETE", "https://push.test/1"],
  ]);
  expect(calls[1]!.headers["If-Match"]).toBeUndefined();
});

test("a browser that does not say for which key it subscribed is believed", async () => {
  await turnOn(registration);
  held = new Held("https://push.test/1", null);
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect(made).toBe(1);
});

test("an endpoint that the browser changed by itself is told at once", async () => {
  await turnOn(registration);
  held = new Held("https://push.test/moved", KEY);
  await renewDevice(registration);
  expect(calls.slice(1).map(({ method, body }) => [method, body.endpoint])).toEqual([
    ["PUT", "https://push.test/moved"],
    ["DELETE", "https://push.test/1"],
  ]);
});

test("a browser that lost its subscription makes another", async () => {
  await turnOn(registration);
  held = null;
  await keepDevice(registration, "amina");
  expect([made, calls.length]).toEqual([2, 3]);
});

test("an hour without the house loses nothing", async () => {
  await turnOn(registration);
  status = 500;
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect([held?.gone, (await recall("amina"))?.endpoint]).toEqual([false, "https://push.test/1"]);
});

test("nobody who turned nothing on is asked about, and a permission that was taken back is respected", async () => {
  await renewDevice(registration);
  expect([calls.length, made]).toEqual([0, 0]);
  await turnOn(registration);
  permission = "denied";
  vi.setSystemTime(Date.now() + HOUR);
  await keepDevice(registration, "amina");
  expect(calls).toHaveLength(1);
});

test("turned off, it is forgotten here, there and in the house", async () => {
  await turnOn(registration);
  const mine = held!;
  await turnOff(registration, "amina");
  expect(calls[1]).toMatchObject({ method: "DELETE", body: { endpoint: "https://push.test/1" } });
  expect([mine.gone, held, await recall("amina")]).toEqual([true, null, undefined]);
  asked = 0;
  await turnOff(registration, "amina");
  expect(asked).toBe(0);
});

test("at log-out the push service is told, without the house, and not for long", async () => {
  await turnOn(registration);
  const mine = held!;
  vi.stubGlobal("navigator", { serviceWorker: { getRegistration: () => Promise.resolve(registration) } });
  await letGo();
  expect([mine.gone, calls.length]).toEqual([true, 1]);
  vi.useRealTimers();
  vi.stubGlobal("navigator", { serviceWorker: { getRegistration: () => new Promise(() => undefined) } });
  const began = Date.now();
  await letGo();
  expect(Date.now() - began).toBeLessThan(3000);
  vi.stubGlobal("navigator", {});
  await letGo();
});
