/** One socket per browser: the tab that holds the lock owns it, the others speak through it. Where a browser cannot, each tab has its own. */
import type { Command, Push } from "./protocol";
import { LiveSocket, type LinkState, type Pipe, type PipeEvents } from "./socket";

type Parcel =
  | { kind: "command"; tab: string; command: Command }
  | { kind: "push"; frame: Push; tab?: string }
  | { kind: "state"; state: LinkState; retryAt: number | null; fresh?: boolean }
  | { kind: "who" }
  | { kind: "reconnect" };

const MARK = "~"; // between a tab's name and its own id of a question
const DOUBT = 4000;

function nameTab(): string {
  return Math.random().toString(36).slice(2, 10);
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value);
}

/** The pipe of this tab. */
export function share(url: string, user: string, events: PipeEvents): Pipe {
  const locks = (navigator as { locks?: LockManager }).locks;
  if (!locks || typeof BroadcastChannel === "undefined") return new LiveSocket(url, events);
  return new SharedPipe(url, user, events, locks);
}

class SharedPipe implements Pipe {
  state: LinkState = "connecting";
  retryAt: number | null = null;
  private readonly tab = nameTab();
  private readonly channel: BroadcastChannel;
  private socket: LiveSocket | null = null;
  private release: (() => void) | null = null;
  private closed = false;
  private inLine = false;
  private doubts = 0;
  /** What each tab shows, while this one leads: the person is where any of them is. */
  private readonly shown = new Map<string, string[]>();
  private readonly name: string;
  private readonly look = (): void => this.doubt();

  constructor(
    private readonly url: string,
    user: string,
    private readonly events: PipeEvents,
    private readonly locks: LockManager,
  ) {
    this.name = `resaka-link-${user}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = (message: MessageEvent<Parcel>) => this.receive(message.data);
    document.addEventListener("visibilitychange", this.look);
    this.standInLine();
    this.doubt();
  }

  send(command: Command): boolean {
    if (this.state !== "open") return false;
    if (this.socket) return this.socket.send(this.joined(command, this.tab));
    this.channel.postMessage({ kind: "command", tab: this.tab, command } satisfies Parcel);
    this.doubt();
    return true;
  }

  reconnect(): void {
    if (this.socket) this.socket.reconnect();
    else this.channel.postMessage({ kind: "reconnect" } satisfies Parcel);
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.doubts);
    document.removeEventListener("visibilitychange", this.look);
    this.socket?.close();
    this.release?.();
    this.channel.close();
  }

  /** Whoever is first in line for the lock leads. */
  private standInLine(): void {
    this.inLine = true;
    const lead = (): Promise<void> => {
      this.inLine = false;
      return this.lead();
    };
    this.locks.request(this.name, lead).catch((error: unknown) => this.stepDown(error));
  }

  /** A leading tab that the phone has put to sleep answers nothing: the tab that is looked at takes its place. */
  private doubt(): void {
    if (this.socket || this.doubts) return;
    this.channel.postMessage({ kind: "who" } satisfies Parcel);
    if (document.visibilityState === "hidden") return;
    this.doubts = window.setTimeout(() => {
      this.doubts = 0;
      if (!this.socket) this.locks.request(this.name, { steal: true }, () => this.lead()).catch((error: unknown) => this.stepDown(error));
    }, DOUBT);
  }

  /** Another tab took the lead while this one slept. Where locks are refused (a page without storage) each tab has its own socket. */
  private stepDown(error: unknown): void {
    if (this.closed) return;
    if (!(error instanceof DOMException && error.name === "AbortError")) {
      void this.lead();
      return;
    }
    this.socket?.close();
    this.socket = null;
    this.become("connecting", null);
    if (!this.inLine) this.standInLine();
    this.doubt();
  }

  /** The lock is ours until this tab goes: open the socket. Everybody asks for their rooms again when it is open. */
  private lead(): Promise<void> {
    window.clearTimeout(this.doubts);
    this.doubts = 0;
    if (this.closed) return Promise.resolve();
    this.socket?.close();
    this.socket = new LiveSocket(this.url, { push: (frame) => this.deal(frame), state: (state) => this.tell(state) });
    this.tell(this.socket.state); // what was asked through an earlier leader has no answer any more
    return new Promise((resolve) => (this.release = resolve));
  }

  private tell(state: LinkState): void {
    const retryAt = this.socket?.retryAt ?? null;
    if (state !== "open") this.shown.clear(); // each tab that is still there says it anew
    this.channel.postMessage({ kind: "state", state, retryAt, fresh: true } satisfies Parcel);
    this.become(state, retryAt);
  }

  /** Answers go to the tab that asked, everything else to all. */
  private deal(frame: Push): void {
    const re = "re" in frame && typeof frame.re === "string" ? frame.re : "";
    const at = re.indexOf(MARK);
    if (at < 0) {
      this.channel.postMessage({ kind: "push", frame } satisfies Parcel);
      this.events.push(frame);
      return;
    }
    const tab = re.slice(0, at);
    const own = { ...frame, re: re.slice(at + 1) } as Push;
    if (tab === this.tab) this.events.push(own);
    else this.channel.postMessage({ kind: "push", frame: own, tab } satisfies Parcel);
  }

  /** A tab's command as the shared socket says it: with the tab's mark, and with what all tabs show. */
  private joined(command: Command, tab: string): Command {
    const marked = this.marked(command, tab);
    if (!isNames(command.here)) return marked;
    if (command.here.length) this.shown.set(tab, command.here);
    else this.shown.delete(tab);
    return { ...marked, here: Array.from(new Set(Array.from(this.shown.values()).flat())) };
  }

  private marked(command: Command, tab: string): Command {
    return command.id === undefined ? command : { ...command, id: `${tab}${MARK}${command.id}` };
  }

  private receive(parcel: Parcel): void {
    if (this.socket) {
      this.lendSocket(this.socket, parcel);
      return;
    }
    if (parcel.kind === "push" || parcel.kind === "state") {
      window.clearTimeout(this.doubts); // somebody leads
      this.doubts = 0;
    }
    if (parcel.kind === "push") {
      if (parcel.tab === undefined || parcel.tab === this.tab) this.events.push(parcel.frame);
    } else if (parcel.kind === "state") {
      if (parcel.fresh || parcel.state !== this.state) this.become(parcel.state, parcel.retryAt);
    }
  }

  private lendSocket(socket: LiveSocket, parcel: Parcel): void {
    if (parcel.kind === "command") socket.send(this.joined(parcel.command, parcel.tab));
    else if (parcel.kind === "reconnect") socket.reconnect();
    else if (parcel.kind === "who") {
      this.channel.postMessage({ kind: "state", state: socket.state, retryAt: socket.retryAt } satisfies Parcel);
    }
  }

  private become(state: LinkState, retryAt: number | null): void {
    this.retryAt = retryAt;
    if (this.state === state && state !== "open") return;
    this.state = state;
    this.events.state(state);
  }
}
