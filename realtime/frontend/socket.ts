/** One WebSocket that comes back: with jitter after a loss, at once when the network or the reader returns. */
import { parsePush, type Command, type Push } from "./protocol";

export type LinkState = "connecting" | "open" | "waiting" | "offline" | "superseded" | "revoked";

/** What carries frames: the socket of this tab, or that of the leading tab. */
export interface Pipe {
  readonly state: LinkState;
  /** When the next attempt begins (ms), null when none is planned. */
  readonly retryAt: number | null;
  send(command: Command): boolean;
  reconnect(): void;
  close(): void;
}

export interface PipeEvents {
  push(frame: Push): void;
  state(state: LinkState): void;
}

const SUBPROTOCOL = "resaka.v1";
const LONGEST = 60;
const QUIET = 30_000;
const ANSWER = 10_000;
export const CLOSE = { forbidden: 4003, superseded: 4009, revoked: 4010, rate: 4029 } as const;

export class LiveSocket implements Pipe {
  state: LinkState = "connecting";
  retryAt: number | null = null;
  private socket: WebSocket | null = null;
  private tries = 0;
  private timer = 0;
  private watch = 0;
  private atLeast = 0;
  private notBefore = 0;
  private readonly wake = (): void => this.hurry();
  private readonly lost = (): void => this.pause();

  constructor(
    private readonly url: string,
    private readonly events: PipeEvents,
    private readonly random: () => number = Math.random,
  ) {
    window.addEventListener("online", this.wake);
    window.addEventListener("offline", this.lost);
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
  }

  send(command: Command): boolean {
    if (this.state !== "open" || !this.socket) return false;
    this.socket.send(JSON.stringify(command));
    return true;
  }

  /** The person wants to be live here again, whatever ended the last socket. */
  reconnect(): void {
    if (this.state === "open" || this.state === "connecting") return;
    this.tries = 0;
    this.connect();
  }

  close(): void {
    window.removeEventListener("online", this.wake);
    window.removeEventListener("offline", this.lost);
    document.removeEventListener("visibilitychange", this.wake);
    this.drop();
  }

  private connect(): void {
    this.drop();
    this.become("connecting");
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    this.socket = socket;
    socket.onmessage = (message: MessageEvent<unknown>) => this.hear(message.data);
    socket.onclose = (close) => this.ended(close.code);
    this.listen();
  }

  /** Forget the socket at hand without hearing of it again. */
  private drop(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.watch);
    this.retryAt = null;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private hear(data: unknown): void {
    this.listen();
    const frame = parsePush(data);
    if (!frame) return;
    if (frame.t === "hello") {
      this.tries = 0;
      this.events.push(frame);
      this.become("open");
      return;
    }
    if (frame.t === "bye") this.atLeast = frame.in * 1000;
    this.events.push(frame);
  }

  /** A link can die without a word: after a silence ask for a sign of life, then give the socket up. */
  private listen(): void {
    window.clearTimeout(this.watch);
    this.watch = window.setTimeout(() => this.probe(), QUIET);
  }

  private probe(): void {
    window.clearTimeout(this.watch);
    this.send({ t: "ping" });
    this.watch = window.setTimeout(() => this.ended(1006), ANSWER);
  }

  private ended(code: number): void {
    this.drop();
    if (code === CLOSE.superseded) this.become("superseded");
    else if (code === CLOSE.revoked || code === CLOSE.forbidden) this.become("revoked");
    else {
      if (code === CLOSE.rate) this.atLeast = 10_000;
      this.plan();
    }
  }

  private plan(): void {
    const most = Math.min(LONGEST, 2 ** this.tries) * 1000;
    const delay = this.atLeast + this.random() * most;
    this.notBefore = Date.now() + this.atLeast;
    this.atLeast = 0;
    this.tries += 1;
    this.retryAt = Date.now() + delay;
    this.timer = window.setTimeout(() => this.connect(), delay);
    this.become(navigator.onLine ? "waiting" : "offline");
  }

  /** The reader or the network is back. A socket that looks open may have died in the phone's sleep; a pause that the server asked for is kept. */
  private hurry(): void {
    if (document.visibilityState === "hidden" || !navigator.onLine) return;
    if (this.state === "open") this.probe();
    if (this.state !== "waiting" && this.state !== "offline") return;
    if (Date.now() >= this.notBefore) this.connect();
    else this.become("waiting");
  }

  private pause(): void {
    if (this.state === "open" || this.state === "connecting" || this.state === "waiting") {
      this.drop();
      this.plan();
    }
  }

  private become(state: LinkState): void {
    if (this.state === state && state !== "open") return;
    this.state = state;
    this.events.state(state);
  }
}
