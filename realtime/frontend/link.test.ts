import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Link, Lost, Refused, type RoomListener } from "./link";
import type { Command, Push, WireEvent } from "./protocol";
import type { LinkState, Pipe, PipeEvents } from "./socket";

/** A pipe whose other end is the test. */
class FakePipe implements Pipe {
  state: LinkState = "connecting";
  retryAt: number | null = null;
  readonly sent: Command[] = [];

  constructor(readonly events: PipeEvents) {}

  send(command: Command): boolean {
    if (this.state !== "open") return false;
    this.sent.push(command);
    return true;
  }

  reconnect(): void {
    this.become("connecting");
  }

  close(): void {
    this.state = "offline";
  }

  become(state: LinkState): void {
    this.state = state;
    this.events.state(state);
  }

  hear(frame: Push): void {
    this.events.push(frame);
  }

  /** What was sent since the last look. */
  take(): Command[] {
    return this.sent.splice(0);
  }
}

/** A listener that writes down what it hears. */
function ear(): RoomListener & { heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    events: (events, last) => heard.push(...events.map(({ seq }) => `${seq}`), `of ${last}`),
    reset: (from) => heard.push(`reset ${from}`),
    ready: (state) => heard.push(`ready ${state.last}`),
    passing: (frame) => heard.push(`passing ${frame.count ?? 0}`),
    cursors: (frame) => heard.push(`read ${Object.values(frame.read).join()}`),
    refused: (code) => heard.push(`refused ${code}`),
  };
}

const events = (...seqs: number[]): WireEvent[] => seqs.map((seq) => ({ seq, k: "message" }));
const ev = (room: string, seqs: number[], last = seqs[seqs.length - 1] ?? 0): Push => ({ t: "ev", room, evs: events(...seqs), last });

let pipe: FakePipe;
let link: Link;

/** Answer the questions for rooms, each with the newest number that the server knows. */
async function agree(lasts: Record<string, number>): Promise<void> {
  for (const { t, id, rooms } of pipe.take()) {
    if (t !== "sub" || id === undefined) continue;
    const answer = Object.fromEntries(Object.keys(rooms as object).map((room) => [room, { last: lasts[room] ?? 0, read: 0, unread: 0 }]));
    pipe.hear({ t: "ok", re: id, rooms: answer, refused: [] });
  }
  await vi.advanceTimersByTimeAsync(0);
}

async function hearRoom(room: string, cursor: number, last = cursor): Promise<ReturnType<typeof ear>> {
  const listener = ear();
  link.listen(room, cursor, listener);
  await agree({ [room]: last });
  listener.heard.length = 0;
  return listener;
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-24T10:00:00Z") });
  link = new Link((told) => (pipe = new FakePipe(told)));
  pipe.become("open");
});

afterEach(() => vi.useRealTimers());

test("a room is asked for from its cursor, at once or when the link is open", async () => {
  const listener = ear();
  link.listen("a", 7, listener);
  expect(pipe.take()).toEqual([{ t: "sub", id: "q1", rooms: { a: 7 }, here: [] }]);
  pipe.hear({ t: "ok", re: "q1", rooms: { a: { last: 7, read: 3, unread: 2 } }, refused: [] });
  await vi.advanceTimersByTimeAsync(0);
  expect(listener.heard).toEqual(["ready 7"]);
  pipe.become("waiting");
  link.listen("b", 2, ear());
  expect(pipe.take()).toEqual([]);
  pipe.become("open");
  expect(pipe.take()).toMatchObject([{ t: "sub", rooms: { a: 7, b: 2 } }]);
});

test("events are handed on in order, each once", async () => {
  const listener = await hearRoom("a", 7);
  pipe.hear(ev("a", [8, 9]));
  pipe.hear(ev("a", [9, 10]));
  pipe.hear(ev("a", [8]));
  pipe.hear(ev("b", [1]));
  expect(listener.heard).toEqual(["8", "9", "of 9", "10", "of 10"]);
});

test("a gap is asked for from the cursor and not drawn over; the question is put once", async () => {
  const listener = await hearRoom("a", 7);
  pipe.hear(ev("a", [8, 10, 11]));
  pipe.hear(ev("a", [12]));
  pipe.hear(ev("a", [13]));
  expect(listener.heard).toEqual(["8", "of 11"]);
  expect(pipe.sent.map(({ t, rooms }) => [t, rooms])).toEqual([["sub", { a: 8 }]]);
  await agree({ a: 13 });
  pipe.hear(ev("a", [9, 10, 11, 12, 13]));
  expect(listener.heard.slice(2)).toEqual(["ready 13", "9", "10", "11", "12", "13", "of 13"]);
});

test("after a loss every room is asked for from where it stands", async () => {
  const [a, b] = [await hearRoom("a", 7), await hearRoom("b", 1)];
  pipe.hear(ev("a", [8]));
  pipe.become("waiting");
  pipe.become("connecting");
  pipe.become("open");
  expect(pipe.sent.map(({ rooms }) => rooms)).toEqual([{ a: 8, b: 1 }]);
  await agree({ a: 9, b: 1 });
  pipe.hear(ev("a", [9]));
  expect([a.heard, b.heard]).toEqual([["8", "of 8", "ready 9", "9", "of 9"], ["ready 1"]]);
});

test("a link that says open twice is a new one: what the old one was asked is lost", async () => {
  const answer = link.request({ t: "send" });
  pipe.become("open");
  await expect(answer).rejects.toBeInstanceOf(Lost);
});

test("too far behind: the cursor jumps, the snapshot is fetched, events go on from there", async () => {
  const listener = await hearRoom("a", 7);
  pipe.hear({ t: "reset", room: "a", from: 900, why: "behind" });
  pipe.hear(ev("a", [901]));
  expect(listener.heard).toEqual(["reset 900", "901", "of 901"]);
});

test("a reset that another tab needed does not touch a tab that is up to date", async () => {
  const listener = await hearRoom("a", 900);
  pipe.hear({ t: "reset", room: "a", from: 900, why: "behind" });
  pipe.hear(ev("a", [901]));
  expect(listener.heard).toEqual(["901", "of 901"]);
});

test("a log that was restored from an older copy begins again where it ends now", async () => {
  const listener = await hearRoom("a", 50);
  pipe.become("waiting");
  pipe.become("open");
  await agree({ a: 40 });
  pipe.hear({ t: "reset", room: "a", from: 40, why: "behind" });
  pipe.hear(ev("a", [41]));
  expect(listener.heard).toEqual(["reset 40", "ready 40", "41", "of 41"]);
});

test("a gap that the server never fills ends with the snapshot, after three questions", async () => {
  const listener = await hearRoom("a", 10);
  for (let seq = 51; seq <= 54; seq++) {
    pipe.hear(ev("a", [seq]));
    await agree({ a: seq });
  }
  expect(listener.heard).toEqual(["ready 51", "ready 52", "ready 53", "reset 53", "ready 54"]);
  pipe.hear(ev("a", [54]));
  expect(listener.heard.slice(5)).toEqual(["54", "of 54"]);
});

test("gaps that are filled do not add up to a snapshot", async () => {
  const listener = await hearRoom("a", 0);
  for (let seq = 1; seq < 12; seq += 2) {
    pipe.hear(ev("a", [seq + 1]));
    await agree({ a: seq + 1 });
    pipe.hear(ev("a", [seq, seq + 1]));
  }
  expect(listener.heard.filter((each) => /reset/.test(each))).toEqual([]);
  expect(listener.heard.filter((each) => /^\d/.test(each))).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}`));
});

test("a question of an earlier link does not answer for the new one", async () => {
  link.listen("a", 7, ear());
  pipe.become("waiting");
  pipe.become("open");
  expect(pipe.take().map(({ rooms }) => rooms)).toEqual([{ a: 7 }, { a: 7 }]);
  await vi.advanceTimersByTimeAsync(0);
  pipe.hear(ev("a", [9]));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(pipe.take()).toEqual([]); // the second question is still under way, and is the only one
});

test("what was promised and does not come is asked for again", async () => {
  const listener = await hearRoom("a", 7, 9);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(pipe.take()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(pipe.sent).toMatchObject([{ t: "sub", rooms: { a: 7 } }]);
  await agree({ a: 9 });
  pipe.hear(ev("a", [8, 9]));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([listener.heard, pipe.take()]).toEqual([["ready 9", "8", "9", "of 9"], []]);
});

test("a slow catching-up that goes on is not disturbed", async () => {
  await hearRoom("a", 0, 300);
  for (let seq = 1; seq <= 300; seq += 50) {
    await vi.advanceTimersByTimeAsync(9_000);
    pipe.hear(ev("a", Array.from({ length: 50 }, (_, i) => seq + i), 300));
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(pipe.take()).toEqual([]);
});

test("a batch that says that more is to come is waited for", async () => {
  await hearRoom("a", 0);
  pipe.hear(ev("a", [1], 3));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(pipe.sent).toMatchObject([{ t: "sub", rooms: { a: 1 } }]);
});

test("a question for rooms that was refused or forgotten does not leave them deaf", async () => {
  link.listen("a", 7, ear());
  pipe.hear({ t: "err", re: pipe.take()[0]?.id ?? "", code: "rate", retry: 1.5 });
  await vi.advanceTimersByTimeAsync(1500);
  expect(pipe.take()).toMatchObject([{ t: "sub", rooms: { a: 7 } }]);
  await vi.advanceTimersByTimeAsync(20_000 + 5_000);
  expect(pipe.take()).toMatchObject([{ t: "sub", rooms: { a: 7 } }]);
});

test("a room that is refused is told and dropped; the others stay", async () => {
  const [a, b] = [ear(), ear()];
  link.listen("a", 7, a);
  link.listen("b", 1, b);
  for (const { id } of pipe.take().slice(0, 1)) pipe.hear({ t: "ok", re: id ?? "", rooms: {}, refused: ["a"] });
  await vi.advanceTimersByTimeAsync(0);
  pipe.hear(ev("a", [8]));
  pipe.hear(ev("b", [2]));
  expect([a.heard, b.heard]).toEqual([["refused not_member"], ["2", "of 2"]]);
  pipe.become("open");
  expect(pipe.take()).toMatchObject([{ rooms: { b: 2 } }]);
});

test("a room that is lost under way is told with its reason", async () => {
  const listener = await hearRoom("a", 7);
  pipe.hear({ t: "err", code: "banned", room: "a" });
  pipe.hear(ev("a", [8]));
  expect(listener.heard).toEqual(["refused banned"]);
});

test("what passes is handed on to its room", async () => {
  const listener = await hearRoom("a", 7);
  pipe.hear({ t: "eph", room: "a", count: 3 });
  pipe.hear({ t: "cur", room: "a", read: { b: 5 } });
  pipe.hear({ t: "eph", room: "b", count: 9 });
  expect(listener.heard).toEqual(["passing 3", "read 5"]);
});

test("more than 200 rooms are asked for in several questions", () => {
  pipe.become("waiting");
  for (let i = 0; i < 450; i++) link.listen(`r${i}`, i, ear());
  pipe.become("open");
  const sizes = pipe.take().map(({ rooms }) => Object.keys(rooms as object).length);
  expect(sizes).toEqual([200, 200, 50]);
});

test("answers find their questions, in any order", async () => {
  const [first, second] = [link.request({ t: "send" }), link.request({ t: "send" })];
  const [a, b] = pipe.take();
  pipe.hear({ t: "ack", re: b?.id ?? "", room: "r", seq: 2 });
  pipe.hear({ t: "ack", re: a?.id ?? "", room: "r", seq: 1 });
  pipe.hear({ t: "ack", re: "q999", room: "r", seq: 3 });
  expect(await Promise.all([first, second])).toMatchObject([{ seq: 1 }, { seq: 2 }]);
});

test("a refusal carries its code and the seconds to wait", async () => {
  const answer = link.request({ t: "send" });
  pipe.hear({ t: "err", re: pipe.take()[0]?.id ?? "", code: "slow_mode", retry: 12.5 });
  await expect(answer).rejects.toEqual(expect.objectContaining({ code: "slow_mode", retry: 12.5 }));
  await expect(answer).rejects.toBeInstanceOf(Refused);
});

test("a question without an answer is lost after 20 seconds, at once when the link breaks, and before it is put when there is no link", async () => {
  const fates: string[] = [];
  const ask = (): void => void link.request({ t: "send" }).catch((error: unknown) => fates.push(error instanceof Lost ? error.message : "other"));
  ask();
  await vi.advanceTimersByTimeAsync(19_999);
  expect(fates).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  ask();
  pipe.become("waiting");
  await vi.advanceTimersByTimeAsync(0);
  ask();
  await vi.advanceTimersByTimeAsync(0);
  expect(fates).toEqual(["no answer", "the link broke", "not connected"]);
});

test("the server's clock is known from its hello", () => {
  pipe.hear({ t: "hello", sid: "s", ping: 25, max: 16384, now: "2026-11-24T10:00:03.500Z" });
  expect(link.offset).toBe(3500);
});

test("whoever watches hears every state", () => {
  const states: LinkState[] = [];
  link.onState((state) => states.push(state));
  link.onState((state) => states.push(state));
  pipe.become("superseded");
  link.reconnect();
  expect(states).toEqual(["superseded", "superseded", "connecting", "connecting"]);
});

describe("presence", () => {
  let sight: DocumentVisibilityState = "visible";

  function look(state: DocumentVisibilityState): void {
    sight = state;
    document.dispatchEvent(new Event("visibilitychange"));
  }

  beforeEach(() => {
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => sight);
    sight = "visible";
  });

  afterEach(() => vi.restoreAllMocks());

  const said = (): unknown[] => pipe.take().map(({ t, rooms, here }) => [t, rooms, here]);

  test("of all rooms that a page hears, the one that it shows is said to be here", () => {
    link.show("a");
    link.listen("a", 7, ear());
    link.listen("b", 2, ear());
    expect(said()).toEqual([
      ["sub", {}, ["a"]],
      ["sub", { a: 7 }, ["a"]],
      ["sub", { b: 2 }, ["a"]],
    ]);
  });

  test("a page that shows no room is nowhere, and has nothing to say when it is looked at", () => {
    link.listen("a", 7, ear());
    look("hidden");
    look("visible");
    expect(said()).toEqual([["sub", { a: 7 }, []]]);
  });

  test("a hidden page is nowhere until it is looked at again; no cursor is moved", () => {
    link.show("a");
    link.listen("a", 7, ear());
    pipe.take();
    look("hidden");
    expect(said()).toEqual([["sub", {}, []]]);
    look("visible");
    expect(said()).toEqual([["sub", {}, ["a"]]]);
    window.dispatchEvent(new Event("pagehide"));
    expect(said()).toEqual([["sub", {}, []]]);
  });

  test("what was refused for its pace is said again, as it is then", async () => {
    link.show("a");
    const [asked] = pipe.take();
    pipe.hear({ t: "err", re: asked?.id as string, code: "rate", retry: 1 });
    sight = "hidden";
    await vi.advanceTimersByTimeAsync(1000);
    expect(said()).toEqual([["sub", {}, []]]);
  });

  test("a new link hears it with the rooms", () => {
    link.show("a");
    link.listen("a", 7, ear());
    pipe.take();
    pipe.become("waiting");
    look("hidden");
    expect(said()).toEqual([]);
    pipe.become("open");
    expect(said()).toEqual([["sub", { a: 7 }, []]]);
  });
});
