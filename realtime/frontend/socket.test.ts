import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket, seeded } from "./fakes";
import type { Push } from "./protocol";
import { LiveSocket, type LinkState } from "./socket";

let pushes: Push[];
let states: LinkState[];
let live: LiveSocket;
let online: boolean;
let visibility: DocumentVisibilityState;

function start(random: () => number = () => 0.5): LiveSocket {
  live = new LiveSocket("wss://resaka.test/ws/", { push: (frame) => pushes.push(frame), state: (state) => states.push(state) }, random);
  return live;
}

function show(state: DocumentVisibilityState): void {
  visibility = state;
  document.dispatchEvent(new Event("visibilitychange"));
}

function setOnline(value: boolean): void {
  online = value;
  window.dispatchEvent(new Event(value ? "online" : "offline"));
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-24T10:00:00Z") });
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  FakeSocket.server = () => undefined;
  [pushes, states, online, visibility] = [[], [], true, "visible"];
  vi.spyOn(navigator, "onLine", "get").mockImplementation(() => online);
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Open sockets that anybody still listens to. */
const alive = (): number => FakeSocket.made.filter((socket) => !socket.closed).length;

test("it opens one socket with our subprotocol, and is open once the server has said hello", () => {
  start();
  expect([FakeSocket.made.length, FakeSocket.newest.url, FakeSocket.newest.protocol]).toEqual([1, "wss://resaka.test/ws/", "resaka.v1"]);
  expect([live.state, live.send({ t: "ping" })]).toEqual(["connecting", false]);
  FakeSocket.newest.hello();
  expect([live.state, states, pushes.map(({ t }) => t)]).toEqual(["open", ["open"], ["hello"]]);
  expect(live.send({ t: "typing", room: "r" })).toBe(true);
  expect(FakeSocket.newest.sent).toEqual([{ t: "typing", room: "r" }]);
});

test("frames that are none are dropped in silence", () => {
  start();
  FakeSocket.newest.hello();
  FakeSocket.newest.hear({ t: "fly" });
  FakeSocket.newest.hear({ t: "note", n: 0 });
  expect(pushes.map(({ t }) => t)).toEqual(["hello", "note"]);
});

test("each loss waits a random part of 1, 2, 4 … 60 seconds; a hello begins again with 1", () => {
  start(() => 0.999999);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    FakeSocket.newest.end(1006);
    waits.push(Math.round(((live.retryAt ?? 0) - Date.now()) / 1000));
    expect(live.state).toBe("waiting");
    vi.advanceTimersToNextTimer();
    expect(FakeSocket.made.length).toBe(i + 2);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  FakeSocket.newest.hello();
  FakeSocket.newest.end(1006);
  expect(Math.round(((live.retryAt ?? 0) - Date.now()) / 1000)).toBe(1);
});

test("the jitter is full: a thousand phones that lose one server do not come back together", () => {
  const random = seeded(1);
  const waits: number[] = [];
  start(random);
  for (let i = 0; i < 400; i++) {
    FakeSocket.newest.hello();
    FakeSocket.newest.end(1006);
    waits.push((live.retryAt ?? 0) - Date.now());
    vi.advanceTimersByTime(1000);
  }
  const early = waits.filter((wait) => wait < 250).length;
  expect([Math.min(...waits) >= 0, Math.max(...waits) <= 1000, early > 60, early < 140]).toEqual([true, true, true, true]);
});

test("the network's return connects at once, and a lost network ends the socket without waiting for it", () => {
  start();
  FakeSocket.newest.hello();
  setOnline(false);
  expect([live.state, alive()]).toEqual(["offline", 0]);
  setOnline(true);
  expect([live.state, FakeSocket.made.length]).toEqual(["connecting", 2]);
});

test("the reader's return connects at once; a hidden page waits its time", () => {
  start();
  FakeSocket.newest.end(1006);
  show("hidden");
  expect(FakeSocket.made.length).toBe(1);
  show("visible");
  expect([FakeSocket.made.length, live.retryAt]).toEqual([2, null]);
  vi.advanceTimersByTime(2000);
  expect(FakeSocket.made.length).toBe(2);
});

test("a link without a word for 30 seconds is asked for a sign of life, and given up after 10 more", () => {
  start();
  const first = FakeSocket.newest;
  first.hello();
  vi.advanceTimersByTime(29_999);
  expect(first.sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(first.sent).toEqual([{ t: "ping" }]);
  vi.advanceTimersByTime(9_999);
  expect(live.state).toBe("open");
  vi.advanceTimersByTime(1);
  expect([live.state, first.closed]).toEqual(["waiting", true]);
});

test("any word counts as a sign of life", () => {
  start();
  FakeSocket.newest.hello();
  for (let i = 0; i < 20; i++) {
    vi.advanceTimersByTime(35_000);
    FakeSocket.newest.hear({ t: "pong" });
  }
  expect([live.state, FakeSocket.made.length, FakeSocket.newest.sent.length]).toEqual(["open", 1, 20]);
});

test("a handshake that never ends is given up too", () => {
  start();
  vi.advanceTimersByTime(40_000);
  expect(live.state).toBe("waiting");
});

test("after the phone's sleep an open socket must show at once that it lives", () => {
  start();
  const first = FakeSocket.newest;
  first.hello();
  show("hidden");
  expect(first.sent).toEqual([]);
  show("visible");
  expect(first.sent).toEqual([{ t: "ping" }]);
  vi.advanceTimersByTime(10_000);
  expect([live.state, first.closed]).toEqual(["waiting", true]);
});

test("a socket that was given up is not heard any more, even when its close arrives late", () => {
  start();
  const first = FakeSocket.newest;
  first.hello();
  vi.advanceTimersByTime(40_000);
  vi.advanceTimersByTime(1000);
  FakeSocket.newest.hello();
  const before = states.length;
  first.onmessage?.({ data: '{"t":"note","n":0}' });
  first.onclose?.({ code: 4010 });
  expect([live.state, states.length, pushes.filter(({ t }) => t === "note").length]).toEqual(["open", before, 0]);
});

test.each([1000, 1001, 1006, 1011, 1013, 4001, 4008, 4012])("after %i it comes back by itself", (code) => {
  start();
  FakeSocket.newest.hello();
  FakeSocket.newest.end(code);
  expect(live.state).toBe("waiting");
  vi.advanceTimersByTime(1000);
  expect(FakeSocket.made.length).toBe(2);
});

test.each([
  [4009, "superseded"],
  [4010, "revoked"],
  [4003, "revoked"],
])("after %i it is %s and stays away until it is called back", (code, state) => {
  start();
  FakeSocket.newest.hello();
  FakeSocket.newest.end(code);
  show("visible");
  setOnline(false);
  setOnline(true);
  vi.advanceTimersByTime(3_600_000);
  expect([live.state, live.retryAt, FakeSocket.made.length]).toEqual([state, null, 1]);
  live.reconnect();
  expect([live.state, FakeSocket.made.length]).toEqual(["connecting", 2]);
});

test("after 4029 it waits 10 seconds, whatever the reader does", () => {
  start();
  FakeSocket.newest.hello();
  FakeSocket.newest.end(4029);
  vi.advanceTimersByTime(9_999);
  show("visible");
  setOnline(true);
  expect([live.state, FakeSocket.made.length]).toEqual(["waiting", 1]);
  vi.advanceTimersByTime(1001);
  expect(FakeSocket.made.length).toBe(2);
});

test("a server that drains says for how long; the next loss is an ordinary one", () => {
  start(() => 0);
  FakeSocket.newest.hello();
  FakeSocket.newest.hear({ t: "bye", code: 4012, in: 2.5 });
  FakeSocket.newest.end(4012);
  vi.advanceTimersByTime(2499);
  expect(FakeSocket.made.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.made.length).toBe(2);
  FakeSocket.newest.end(1006);
  vi.advanceTimersByTime(0);
  expect(FakeSocket.made.length).toBe(3);
});

test("calling a link that is open or on its way changes nothing", () => {
  start();
  live.reconnect();
  FakeSocket.newest.hello();
  live.reconnect();
  expect(FakeSocket.made.length).toBe(1);
});

test("closed is closed: no timer and no event of the page opens it again", () => {
  start();
  FakeSocket.newest.end(1006);
  live.close();
  setOnline(false);
  setOnline(true);
  show("visible");
  vi.advanceTimersByTime(600_000);
  expect([FakeSocket.made.length, alive(), vi.getTimerCount()]).toEqual([1, 0, 0]);
});

test("in a thousand random days there is never more than one socket, and it always comes back", () => {
  const random = seeded(42);
  start(random);
  const deeds = [
    () => FakeSocket.newest.hello(),
    () => FakeSocket.newest.end([1006, 1011, 4008, 4012, 4029][Math.floor(random() * 5)] ?? 1006),
    () => setOnline(false),
    () => setOnline(true),
    () => show(random() < 0.5 ? "hidden" : "visible"),
    () => vi.advanceTimersByTime(random() * 90_000),
    () => live.reconnect(),
    () => FakeSocket.newest.hear({ t: "pong" }),
  ];
  for (let i = 0; i < 5000; i++) {
    deeds[Math.floor(random() * deeds.length)]?.();
    expect(alive()).toBeLessThanOrEqual(1);
    if (i % 100) continue;
    setOnline(true);
    show("visible");
    for (let waited = 0; live.state === "waiting" && waited < 71; waited++) vi.advanceTimersByTime(1000);
    FakeSocket.newest.hello();
    expect(live.state).toBe("open");
  }
});
