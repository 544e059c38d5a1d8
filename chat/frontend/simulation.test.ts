/** Two people with two tabs each write into two rooms over a network that breaks all the time. Nothing may be lost, doubled or turned round. */
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase } from "../../core/frontend/db";
import { FakeChannel, FakeLocks, FakeSocket, seeded } from "../../realtime/frontend/fakes";
import { openLink, type Link } from "../../realtime/frontend/link";
import type { Command, WireEvent } from "../../realtime/frontend/protocol";
import { Outbox } from "./outbox";

const ROOMS = ["kitchen", "garden"];
const BATCH = 7;
const MOST_BEHIND = 25;

interface Ear {
  socket: FakeSocket;
  cursors: Map<string, number>;
  upAt: number;
  downAt: number;
}

/** The server as the protocol promises it, with a network in front that delays, breaks and falls silent. */
class Server {
  readonly logs = new Map<string, WireEvent[]>(ROOMS.map((room) => [room, []]));
  readonly refusals = new Map<string, number>();
  calm = false;
  private readonly written = new Map<string, number>();
  private ears: Ear[] = [];

  constructor(private readonly random: () => number) {
    FakeSocket.server = (socket) => this.open(socket);
  }

  log(room: string): WireEvent[] {
    return this.logs.get(room) ?? [];
  }

  private open(socket: FakeSocket): void {
    const ear: Ear = { socket, cursors: new Map(), upAt: 0, downAt: 0 };
    this.ears.push(ear);
    socket.onsent = (command) => {
      ear.upAt = Math.max(ear.upAt, Date.now() + this.random() * 300);
      setTimeout(() => this.take(ear, command), ear.upAt - Date.now());
    };
    this.post(ear, { t: "hello", sid: "s", ping: 25, max: 16384, now: new Date().toISOString(), caps: [] });
  }

  /** Frames of one socket keep their order; those under way when it ends are gone. */
  private post(ear: Ear, frame: unknown): void {
    ear.downAt = Math.max(ear.downAt, Date.now() + this.random() * 300);
    setTimeout(() => {
      if (this.ears.includes(ear)) ear.socket.hear(frame);
    }, ear.downAt - Date.now());
  }

  /** End a connection: with a word, or in silence. */
  breakOne(): void {
    const ear = this.ears[Math.floor(this.random() * this.ears.length)];
    if (!ear) return;
    this.ears = this.ears.filter((each) => each !== ear);
    if (this.random() < 0.8) ear.socket.end([1006, 4008, 4012][Math.floor(this.random() * 3)] ?? 1006);
  }

  private take(ear: Ear, command: Command): void {
    if (!this.ears.includes(ear) || ear.socket.closed) return;
    const re = command.id === undefined ? {} : { re: command.id };
    if (!this.calm && command.t !== "ping" && this.random() < 0.06) this.post(ear, { t: "err", code: "rate", retry: 0.7, ...re });
    else if (!this.calm && this.random() < 0.03) this.post(ear, { t: "err", code: "internal", ...re });
    else if (command.t === "ping") this.post(ear, { t: "pong", ...re });
    else if (command.t === "sub") this.subscribe(ear, command, re);
    else if (command.t === "send") this.write(ear, command, re);
  }

  private subscribe(ear: Ear, command: Command, re: object): void {
    const asked = Object.entries(command.rooms as Record<string, number>);
    const last = (room: string): number => this.log(room).length;
    this.post(ear, { t: "ok", ...re, rooms: Object.fromEntries(asked.map(([room]) => [room, { last: last(room), read: 0, unread: 0 }])), refused: [] });
    for (const [room, cursor] of asked) {
      const behind = last(room) - cursor > MOST_BEHIND;
      if (behind) this.post(ear, { t: "reset", room, from: last(room), why: "behind" });
      ear.cursors.set(room, behind ? last(room) : cursor);
      this.pump(ear, room);
    }
  }

  private pump(ear: Ear, room: string): void {
    const log = this.log(room);
    for (let cursor = ear.cursors.get(room) ?? log.length; cursor < log.length; cursor += BATCH) {
      const evs = log.slice(cursor, cursor + BATCH);
      if (this.calm || this.random() > 0.04) this.post(ear, { t: "ev", room, evs, last: log.length });
    }
    ear.cursors.set(room, log.length);
  }

  private write(ear: Ear, command: Command, re: object): void {
    const { room, cid, body } = command as unknown as { room: string; cid: string; body: string };
    if (body.startsWith("bad")) {
      this.refusals.set(body, (this.refusals.get(body) ?? 0) + 1);
      this.post(ear, { t: "err", code: "bad_text", ...re });
      return;
    }
    let seq = this.written.get(cid);
    if (seq === undefined) {
      seq = this.log(room).push({ seq: this.log(room).length + 1, k: "message", cid, body });
      this.written.set(cid, seq);
      for (const each of this.ears) if (each.cursors.has(room)) this.pump(each, room);
    }
    if (!this.calm && this.random() < 0.1) this.breakOne(); // often the very socket that waits for the answer
    this.post(ear, { t: "ack", ...re, cid, room, seq, at: new Date().toISOString() });
  }
}

/** A tab of a person: what it shows of each room, and what it writes. A page that ends takes nothing along but what is on the device. */
class Tab {
  readonly shown = new Map<string, WireEvent[]>();
  private ended = false;

  private constructor(
    private readonly server: Server,
    private readonly link: Link,
    readonly outbox: Outbox,
  ) {
    for (const room of ROOMS) this.follow(room);
  }

  static async open(server: Server, person: string): Promise<Tab> {
    const link = openLink({ url: `wss://resaka.test/ws/?${person}`, user: person });
    const page: { tab?: Tab } = {};
    const ended = (): boolean => page.tab?.ended ?? false;
    const port = {
      get state() {
        return ended() ? ("offline" as const) : link.state;
      },
      onState: (watcher: Parameters<Link["onState"]>[0]) =>
        link.onState((state) => {
          if (!ended()) watcher(state);
        }),
      request: (command: Command) => (ended() ? new Promise<never>(() => undefined) : link.request(command)),
    };
    const outbox = await Outbox.open({ link: port, user: person, upload: () => Promise.reject(new Error("no images here")) });
    page.tab = new Tab(server, link, outbox);
    outbox.flush();
    return page.tab;
  }

  private follow(room: string): void {
    this.shown.set(room, [...this.server.log(room)]); // the server's HTML
    this.link.listen(room, this.server.log(room).length, {
      events: (events) => {
        if (!this.ended) this.shown.get(room)?.push(...events);
      },
      reset: (from) => this.shown.set(room, this.server.log(room).slice(0, from)), // the snapshot
    });
  }

  write(room: string, body: string): void {
    void this.outbox.add({ room, slug: room, body });
  }

  end(): void {
    this.ended = true;
    this.link.close();
  }
}

/** One turn of the real event loop, in which the database of the device works. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Let time pass. */
async function pass(time: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(time);
  for (let i = 0; i < 6; i++) await realTurn();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  Object.defineProperty(navigator, "locks", { value: new FakeLocks(), configurable: true });
  FakeSocket.made = [];
  FakeChannel.open = [];
});

afterEach(async () => {
  Reflect.deleteProperty(navigator, "locks");
  await closeDatabase();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function live(seed: number, messages: number): Promise<{ server: Server; tabs: Tab[]; written: Map<string, string[]>; bad: string[] }> {
  const random = seeded(seed);
  vi.spyOn(Math, "random").mockImplementation(random);
  const server = new Server(random);
  const people = ["amina", "amina", "ben", "ben"];
  const tabs = await Promise.all(people.map((person) => Tab.open(server, person)));
  const written = new Map<string, string[]>();
  const bad: string[] = [];
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  const reopen = async (index: number): Promise<void> => {
    tabs[index]?.end();
    tabs[index] = await Tab.open(server, people[index] ?? "");
  };
  for (let n = 1; n <= messages; n++) {
    const index = pick([0, 1, 2, 3]);
    const room = pick(ROOMS);
    if (random() < 0.05) {
      bad.push(`bad ${n}`);
      tabs[index]?.write(room, `bad ${n}`);
    } else {
      const writer = `${index} in ${room}`;
      written.set(writer, [...(written.get(writer) ?? []), `${n}`]);
      tabs[index]?.write(room, `${n}`);
    }
    await pass(random() < 0.1 ? 45_000 : random() * 2000);
    if (random() < 0.25) server.breakOne();
    if (random() < 0.06) await reopen(pick([0, 1, 2, 3]));
  }
  server.calm = true;
  for (let index = 0; index < tabs.length; index++) await reopen(index); // what ended tabs left behind leaves with the next page
  const isQuiet = (): boolean => tabs.every(({ outbox }) => ROOMS.every((room) => outbox.list(room).every(({ state }) => state === "failed")));
  for (let i = 0; i < 600 && !isQuiet(); i++) await pass(1000);
  await pass(30_000);
  return { server, tabs, written, bad };
}

test.each([1, 2, 3, 4, 5, 6])("seed %i: 0 lost, 0 doubled, same order for all", async (seed) => {
  const { server, tabs, written, bad } = await live(seed, 120);
  const logged = ROOMS.flatMap((room) => server.log(room).map(({ body }) => body));
  expect(logged.length).toBe(new Set(logged).size);
  for (const [writer, bodies] of written) {
    const room = writer.split(" in ")[1] ?? "";
    const own = new Set(bodies);
    const inLog = server.log(room).map(({ body }) => body ?? "");
    expect(inLog.filter((body) => own.has(body)), writer).toEqual(bodies);
  }
  for (const tab of tabs) for (const room of ROOMS) expect(tab.shown.get(room)).toEqual(server.log(room));
  const failed = new Set(tabs.flatMap(({ outbox }) => ROOMS.flatMap((room) => outbox.list(room).map(({ body, why }) => `${body} ${why}`))));
  expect([...failed].sort()).toEqual(bad.map((body) => `${body} bad_text`).sort());
  expect(FakeSocket.made.length).toBeGreaterThan(30); // the network did break
});
