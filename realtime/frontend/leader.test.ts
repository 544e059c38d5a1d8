import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChannel, FakeLocks, FakeSocket } from "./fakes";
import { share } from "./leader";
import type { Push } from "./protocol";
import type { LinkState, Pipe } from "./socket";

interface Tab {
  pipe: Pipe;
  pushes: Push[];
  states: LinkState[];
}

let visibility: DocumentVisibilityState;
let tabs: Tab[];

function openTab(user = "amina"): Tab {
  const tab: Omit<Tab, "pipe"> = { pushes: [], states: [] };
  const pipe = share("wss://resaka.test/ws/", user, { push: (frame) => tab.pushes.push(frame), state: (state) => tab.states.push(state) });
  tabs.push({ ...tab, pipe });
  return { ...tab, pipe };
}

/** Let parcels and locks arrive. */
const settle = (time = 10): Promise<unknown> => vi.advanceTimersByTimeAsync(time);
const alive = (): FakeSocket[] => FakeSocket.made.filter((socket) => !socket.closed);

/** The channel of a tab, in the order in which the tabs were opened. */
function freeze(index: number, frozen: boolean): void {
  const channel = FakeChannel.open[index];
  if (channel) channel.frozen = frozen;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  Object.defineProperty(navigator, "locks", { value: new FakeLocks(), configurable: true });
  FakeSocket.made = [];
  FakeSocket.server = () => undefined;
  FakeChannel.open = [];
  [tabs, visibility] = [[], "visible"];
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});

afterEach(() => {
  for (const tab of tabs) tab.pipe.close();
  Reflect.deleteProperty(navigator, "locks");
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("three tabs share one socket and one state", async () => {
  const [first, second, third] = [openTab(), openTab(), openTab()];
  await settle();
  expect(FakeSocket.made.length).toBe(1);
  FakeSocket.newest.hello();
  await settle();
  expect([first, second, third].map(({ pipe }) => pipe.state)).toEqual(["open", "open", "open"]);
});

test("two people in one browser do not hear each other", async () => {
  const [amina, ben] = [openTab("amina"), openTab("ben")];
  await settle();
  expect(FakeSocket.made.length).toBe(2);
  FakeSocket.made[0]?.hello();
  FakeSocket.made[0]?.hear({ t: "note", n: 0 });
  await settle();
  expect([amina.pushes.length, ben.pushes.length, ben.pipe.state]).toEqual([2, 0, "connecting"]);
});

test("a tab that opens late learns that the link is open", async () => {
  openTab();
  await settle();
  FakeSocket.newest.hello();
  const late = openTab();
  await settle();
  expect([late.pipe.state, late.states, FakeSocket.made.length]).toEqual(["open", ["open"], 1]);
});

test("an answer reaches the tab that asked and no other, a push reaches all", async () => {
  const [first, second, third] = [openTab(), openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  for (const tab of [first, second, third]) expect(tab.pipe.send({ t: "ping", id: "q1" })).toBe(true);
  await settle();
  const ids = FakeSocket.newest.sent.map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  for (const tab of [first, second, third]) tab.pushes.length = 0;
  FakeSocket.newest.hear({ t: "pong", re: ids[1] });
  FakeSocket.newest.hear({ t: "note", n: 0 });
  await settle();
  expect([first.pushes, second.pushes, third.pushes]).toEqual([[{ t: "note", n: 0 }], [{ t: "pong", re: "q1" }, { t: "note", n: 0 }], [{ t: "note", n: 0 }]]);
});

test("when the leading tab goes the next takes over, and every tab hears that the link is a new one", async () => {
  const [first, second, third] = [openTab(), openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  first.pipe.close();
  await settle();
  expect([FakeSocket.made.length, alive().length]).toEqual([2, 1]);
  expect([second.pipe.state, third.pipe.state, third.pipe.send({ t: "ping" })]).toEqual(["connecting", "connecting", false]);
  FakeSocket.newest.hello();
  await settle();
  expect([second.states, third.states]).toEqual([
    ["open", "connecting", "open"],
    ["open", "connecting", "open"],
  ]);
});

test("every return of the link is told to every tab, also when it was short", async () => {
  const [first, second] = [openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  FakeSocket.newest.end(1006);
  await settle(1100);
  FakeSocket.newest.hello();
  await settle();
  const all = ["open", "waiting", "connecting", "open"];
  expect([first.states, second.states]).toEqual([all, all]);
});

test("superseded is shown in every tab, and any of them can come back", async () => {
  const [first, second] = [openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  FakeSocket.newest.end(4009);
  await settle(100_000);
  expect([first.pipe.state, second.pipe.state, FakeSocket.made.length]).toEqual(["superseded", "superseded", 1]);
  second.pipe.reconnect();
  await settle();
  expect(FakeSocket.made.length).toBe(2);
});

test("a leading tab that sleeps loses the lead to the tab that is looked at, and follows when it wakes", async () => {
  const [first, second] = [openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  freeze(0, true);
  second.pipe.send({ t: "typing", room: "r" });
  await settle(3900);
  expect(FakeSocket.made.length).toBe(1);
  await settle(200);
  freeze(0, false);
  expect([FakeSocket.made.length, alive().length, FakeSocket.made[0]?.closed]).toEqual([2, 1, true]);
  FakeSocket.newest.hello();
  await settle();
  expect([first.pipe.state, second.pipe.state]).toEqual(["open", "open"]);
  first.pipe.send({ t: "typing", room: "r" });
  await settle();
  expect(FakeSocket.newest.sent).toEqual([{ t: "typing", room: "r" }]);
  second.pipe.close();
  await settle();
  expect([FakeSocket.made.length, alive().length]).toEqual([3, 1]);
});

test("a hidden tab never takes the lead from another", async () => {
  openTab();
  const second = openTab();
  await settle();
  FakeSocket.newest.hello();
  await settle();
  freeze(0, true);
  visibility = "hidden";
  second.pipe.send({ t: "typing", room: "r" });
  await settle(20_000);
  expect(FakeSocket.made.length).toBe(1);
  visibility = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  await settle(4100);
  expect(alive().length).toBe(1);
  expect(FakeSocket.made.length).toBe(2);
});

test("a leader that answers is left in peace", async () => {
  openTab();
  const second = openTab();
  await settle();
  FakeSocket.newest.hello();
  for (let i = 0; i < 20; i++) {
    await settle(3000);
    second.pipe.send({ t: "typing", room: "r" });
    FakeSocket.newest.hear({ t: "pong" });
  }
  await settle(10_000);
  expect([FakeSocket.made.length, FakeSocket.newest.sent.filter(({ t }) => t === "typing").length]).toEqual([1, 20]);
});

test("without locks each tab has its own socket", async () => {
  Reflect.deleteProperty(navigator, "locks");
  openTab();
  openTab();
  await settle();
  expect(FakeSocket.made.length).toBe(2);
});

test("where locks are refused each tab has its own socket", async () => {
  const refused = { request: () => Promise.reject(new DOMException("no storage", "SecurityError")) };
  Object.defineProperty(navigator, "locks", { value: refused, configurable: true });
  const [first, second] = [openTab(), openTab()];
  await settle();
  for (const socket of FakeSocket.made) socket.hello();
  await settle(30_000);
  expect([FakeSocket.made.length, first.pipe.state, second.pipe.state]).toEqual([2, "open", "open"]);
});

test("the shared socket says what all tabs show, and no more than is shown still", async () => {
  const [first, second] = [openTab(), openTab()];
  await settle();
  FakeSocket.newest.hello();
  await settle();
  const said = (): unknown[] => FakeSocket.newest.sent.splice(0).map(({ here }) => here);
  first.pipe.send({ t: "sub", rooms: { a: 1 }, here: ["a"] });
  second.pipe.send({ t: "sub", rooms: { a: 1, b: 1 }, here: [] });
  await settle();
  expect(said()).toEqual([["a"], ["a"]]);
  second.pipe.send({ t: "sub", rooms: {}, here: ["b"] });
  await settle();
  first.pipe.send({ t: "sub", rooms: {}, here: [] });
  first.pipe.send({ t: "ping" });
  expect(said()).toEqual([["a", "b"], ["b"], undefined]);
  FakeSocket.newest.end(1006);
  await settle(1100);
  FakeSocket.newest.hello();
  first.pipe.send({ t: "sub", rooms: { a: 1 }, here: ["a"] });
  expect(said()).toEqual([["a"]]);
});
