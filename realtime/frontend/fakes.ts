/** Stand-ins for a browser's network, locks and channels: what the tests of the live side run on. */
import type { Command } from "./protocol";

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  static made: FakeSocket[] = [];
  /** The other end, told of every socket that opens. */
  static server: (socket: FakeSocket) => void = () => undefined;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  readonly sent: Command[] = [];
  closed = false;
  /** What the other end does with a command. */
  onsent: (command: Command) => void = () => undefined;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.made.push(this);
    FakeSocket.server(this);
  }

  static get newest(): FakeSocket {
    const socket = FakeSocket.made[FakeSocket.made.length - 1];
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  send(text: string): void {
    if (this.closed) return;
    const command = JSON.parse(text) as Command;
    this.sent.push(command);
    this.onsent(command);
  }

  close(): void {
    this.closed = true;
  }

  /** A frame from the server. */
  hear(frame: unknown): void {
    if (!this.closed) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  hello(): void {
    this.hear({ t: "hello", sid: "s", ping: 25, max: 16384, now: new Date().toISOString(), caps: [] });
  }

  /** The connection ends. */
  end(code: number): void {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.({ code });
  }
}

type Grant = (lock: object | null) => Promise<unknown>;
interface Claim {
  run: () => void;
}

/** Web Locks: exclusive ones, with `ifAvailable` and `steal`. */
export class FakeLocks {
  private readonly held = new Map<string, (error: DOMException) => void>();
  private readonly queues = new Map<string, Claim[]>();

  request(name: string, first: Grant | { ifAvailable?: boolean; steal?: boolean }, second?: Grant): Promise<unknown> {
    const grant = (typeof first === "function" ? first : second) as Grant;
    const options = typeof first === "function" ? {} : first;
    return new Promise((resolve, reject) => {
      const run = (): void => this.give(name, grant, resolve, reject);
      if (options.steal) {
        this.held.get(name)?.(new DOMException("stolen", "AbortError"));
        this.held.delete(name);
        run();
      } else if (!this.held.has(name)) run();
      else if (options.ifAvailable) void grant(null).then(resolve, reject);
      else this.queues.set(name, [...(this.queues.get(name) ?? []), { run }]);
    });
  }

  private give(name: string, grant: Grant, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
    this.held.set(name, reject);
    const leave = (): void => {
      if (this.held.get(name) !== reject) return; // stolen meanwhile
      this.held.delete(name);
      this.queues.get(name)?.shift()?.run();
    };
    void Promise.resolve()
      .then(() => grant({ name }))
      .then(resolve, reject)
      .finally(leave);
  }
}

/** BroadcastChannel between the tabs of one browser. A frozen one belongs to a tab that the phone has put to sleep. */
export class FakeChannel {
  static open: FakeChannel[] = [];
  onmessage: ((message: { data: unknown }) => void) | null = null;
  frozen = false;

  constructor(readonly name: string) {
    FakeChannel.open.push(this);
  }

  postMessage(data: unknown): void {
    if (this.frozen) return;
    const text = JSON.stringify(data);
    for (const other of FakeChannel.open.filter((each) => each !== this && each.name === this.name)) {
      setTimeout(() => {
        if (!other.frozen && FakeChannel.open.includes(other)) other.onmessage?.({ data: JSON.parse(text) as unknown });
      });
    }
  }

  close(): void {
    FakeChannel.open = FakeChannel.open.filter((each) => each !== this);
  }
}

/** The same numbers in every run for the same seed (mulberry32), so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
