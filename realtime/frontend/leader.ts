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

function nameTab(): string {
  return Math.random().toString(36).slice(2, 10);
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

  constructor(
    private readonly url: string,
    user: string,
    private readonly events: PipeEvents,
    locks: LockManager,
  ) {
    this.channel = new BroadcastChannel(`resaka-link-${user}`);
    this.channel.onmessage = (message: MessageEvent<Parcel>) => this.receive(message.data);
    this.channel.postMessage({ kind: "who" } satisfies Parcel);
    void locks.request(`resaka-link-${user}`, () => this.lead());
  }

  send(command: Command): boolean {
    if (this.state !== "open") return false;
    if (this.socket) return this.socket.send(this.marked(command, this.tab));
    this.channel.postMessage({ kind: "command", tab: this.tab, command } satisfies Parcel);
    return true;
  }

  reconnect(): void {
    if (this.socket) this.socket.reconnect();
    else this.channel.postMessage({ kind: "reconnect" } satisfies Parcel);
  }

  close(): void {
    this.socket?.close();
    this.release?.();
    this.channel.close();
  }

  /** The lock is ours until this tab goes: open the socket. Everybody asks for their rooms again when it is open. */
  private lead(): Promise<void> {
    this.become("connecting", null);
    this.socket = new LiveSocket(this.url, { push: (frame) => this.deal(frame), state: (state) => this.tell(state) });
    return new Promise((resolve) => (this.release = resolve));
  }

  private tell(state: LinkState): void {
    const retryAt = this.socket?.retryAt ?? null;
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

  private marked(command: Command, tab: string): Command {
    return command.id === undefined ? command : { ...command, id: `${tab}${MARK}${command.id}` };
  }

  private receive(parcel: Parcel): void {
    if (this.socket) this.lendSocket(this.socket, parcel);
    else if (parcel.kind === "push") {
      if (parcel.tab === undefined || parcel.tab === this.tab) this.events.push(parcel.frame);
    } else if (parcel.kind === "state") {
      if (parcel.fresh || parcel.state !== this.state) this.become(parcel.state, parcel.retryAt);
    }
  }

  private lendSocket(socket: LiveSocket, parcel: Parcel): void {
    if (parcel.kind === "command") socket.send(this.marked(parcel.command, parcel.tab));
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
