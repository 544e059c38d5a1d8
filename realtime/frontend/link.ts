/** What the pages know of the live side: rooms with cursors, questions with answers. Cursors are kept here and nowhere else. */
import type { Answer, Command, Cur, Eph, HeldPush, Note, Push, RoomState, WireEvent } from "./protocol";
import { share } from "./leader";
import type { LinkState, Pipe, PipeEvents } from "./socket";

export type { LinkState } from "./socket";

export interface RoomListener {
  /** New events in order, each once; holes included. */
  events(events: WireEvent[], last: number): void;
  /** Too much was missed: fetch the snapshot; events go on after `from`. */
  reset(from: number): void;
  /** Listening has begun or begun again. */
  ready?(state: RoomState): void;
  passing?(frame: Eph): void;
  cursors?(frame: Cur): void;
  /** The room is lost: banned, kicked, closed. */
  refused?(code: string): void;
}

/** The server said no. `retry` is the number of seconds after which it may say yes. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly retry: number | null,
    readonly words = "",
  ) {
    super(code);
  }
}

/** Nobody knows whether the command arrived. */
export class Lost extends Error {}

/** It was sent over a link that stayed whole, and nothing came back. */
class Unanswered extends Lost {}

const PATIENCE = 20_000;
const ROOMS_AT_ONCE = 200;
const ASK_AGAIN = 5_000;
const CATCH_UP = 10_000;
const MOST_ASKED = 3;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  timer: number;
}

interface Held {
  cursor: number;
  listener: RoomListener;
  /** The newest number that the server has spoken of. */
  goal: number;
  /** The question for this room that has no answer yet; 0 is none. */
  asking: number;
  /** How often what is missing after the cursor was asked for in vain. */
  asked: number;
  timer: number;
}

export class Link {
  /** Milliseconds that the server's clock is ahead of ours. */
  offset = 0;
  private readonly pipe: Pipe;
  private readonly rooms = new Map<string, Held>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly watchers: ((state: LinkState) => void)[] = [];
  private readonly noters: ((note: Note) => void)[] = [];
  private readonly heldWatchers: ((push: HeldPush) => void)[] = [];
  /** The room that this page shows; the reader is present there while the page is in sight, and nowhere else. */
  private shown = "";
  private number = 0;
  private asks = 0;

  constructor(makePipe: (events: PipeEvents) => Pipe) {
    this.pipe = makePipe({ push: (frame) => this.hear(frame), state: (state) => this.changed(state) });
    document.addEventListener("visibilitychange", () => this.sayHere());
    window.addEventListener("pagehide", () => this.shown && this.tell({ t: "sub", rooms: {}, here: [] }));
    window.addEventListener("pageshow", () => this.sayHere());
  }

  get state(): LinkState {
    return this.pipe.state;
  }

  get retryAt(): number | null {
    return this.pipe.retryAt;
  }

  onState(watcher: (state: LinkState) => void): void {
    this.watchers.push(watcher);
  }

  /** A message of one's own that waited for a person was let in, refused or given back. */
  onHeld(watcher: (push: HeldPush) => void): void {
    this.heldWatchers.push(watcher);
  }

  /** Something for the person themselves, wherever they are. */
  onNote(watcher: (note: Note) => void): void {
    this.noters.push(watcher);
  }

  /** Hear a room from a cursor on, through every loss of the link, as long as the page lives. */
  listen(room: string, cursor: number, listener: RoomListener): void {
    window.clearTimeout(this.rooms.get(room)?.timer);
    this.rooms.set(room, { cursor, listener, goal: cursor, asking: 0, asked: 0, timer: 0 });
    this.subscribe([room]);
  }

  /** This page shows a room: its reader is present there. */
  show(room: string): void {
    this.shown = room;
    this.sayHere();
  }

  private here(): string[] {
    return this.shown && document.visibilityState === "visible" ? [this.shown] : [];
  }

  /** Which room is on the screen now. Asked again until it was heard, unless something newer was said. */
  private sayHere(): void {
    if (!this.shown) return;
    const here = this.here();
    this.request({ t: "sub", rooms: {}, here }).catch((error: unknown) => {
      const pause = error instanceof Refused && error.retry !== null ? error.retry * 1000 : ASK_AGAIN;
      // a link that is not open says it with its rooms when it is
      if (this.state === "open" && (error instanceof Refused || error instanceof Unanswered)) window.setTimeout(() => this.sayHere(), pause);
    });
  }

  /** Ask and wait for the answer. Rejects with Refused or Lost. */
  request(command: Command): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = `q${++this.number}`;
      if (!this.pipe.send({ ...command, id })) {
        reject(new Lost("not connected"));
        return;
      }
      const timer = window.setTimeout(() => {
        this.waiting.delete(id);
        reject(new Unanswered("no answer"));
      }, PATIENCE);
      this.waiting.set(id, { resolve, reject, timer });
    });
  }

  /** Say something that needs no answer and may be lost. */
  tell(command: Command): void {
    this.pipe.send(command);
  }

  reconnect(): void {
    this.pipe.reconnect();
  }

  close(): void {
    this.pipe.close();
  }

  /** Even a link that is open is a new one when it says so: what the old one was asked has no answer any more. */
  private changed(state: LinkState): void {
    this.loseAll();
    for (const held of this.rooms.values()) held.asking = 0;
    if (state === "open") this.subscribe(Array.from(this.rooms.keys()));
    for (const watcher of this.watchers) watcher(state);
  }

  private loseAll(): void {
    const lost = Array.from(this.waiting.values());
    this.waiting.clear();
    for (const { reject, timer } of lost) {
      window.clearTimeout(timer);
      reject(new Lost("the link broke"));
    }
  }

  private subscribe(names: string[]): void {
    for (let start = 0; start < names.length; start += ROOMS_AT_ONCE) {
      const ask = ++this.asks;
      const rooms: Record<string, number> = {};
      for (const name of names.slice(start, start + ROOMS_AT_ONCE)) {
        const held = this.rooms.get(name);
        if (!held || held.asking) continue;
        held.asking = ask;
        rooms[name] = held.cursor;
      }
      if (Object.keys(rooms).length) this.ask(rooms, ask);
    }
  }

  private ask(rooms: Record<string, number>, ask: number): void {
    /** The rooms for which this question still counts: the link may have broken, and asked again, since. */
    const settle = (): string[] => {
      const names = Object.keys(rooms).filter((name) => this.rooms.get(name)?.asking === ask);
      for (const name of names) (this.rooms.get(name) as Held).asking = 0;
      return names;
    };
    this.request({ t: "sub", rooms, here: this.here() }).then(
      (answer) => {
        settle();
        if (answer.t !== "ok") return;
        for (const [name, state] of Object.entries(answer.rooms ?? {})) this.begin(name, state, rooms[name] ?? 0);
        for (const name of answer.refused ?? []) this.refuse(name, "not_member");
      },
      (error: unknown) => {
        const names = settle();
        const pause = error instanceof Refused && error.retry !== null ? error.retry * 1000 : ASK_AGAIN;
        // a link that broke asks by itself when it is back; a question that was refused or forgotten must not leave a room deaf
        if (names.length && this.state === "open") window.setTimeout(() => this.subscribe(names), pause);
      },
    );
  }

  private begin(name: string, state: RoomState, asked: number): void {
    const held = this.rooms.get(name);
    if (!held) return;
    held.goal = Math.max(held.goal, state.last);
    if (state.last < asked) this.startAgain(held, state.last); // the server's log was restored from an older copy
    held.listener.ready?.(state);
    this.pursue(name, held);
  }

  /** What was promised and stops coming is asked for again: another tab may have moved the shared socket's place in this room. */
  private pursue(name: string, held: Held): void {
    const at = held.cursor;
    window.clearTimeout(held.timer);
    held.timer = 0;
    if (at >= held.goal) return;
    held.timer = window.setTimeout(() => {
      held.timer = 0;
      if (this.rooms.get(name) !== held || this.state !== "open") return;
      if (held.cursor > at || held.asking) this.pursue(name, held);
      else this.fill(name, held, held.goal);
    }, CATCH_UP);
  }

  /** Ask for what is missing. What the server does not give after some tries, as in a room that was left and entered again, the snapshot has. */
  private fill(name: string, held: Held, upTo: number): void {
    if (held.asking) return;
    if (++held.asked > MOST_ASKED) this.startAgain(held, upTo);
    this.subscribe([name]);
  }

  private startAgain(held: Held, from: number): void {
    held.cursor = held.goal = from;
    held.asked = 0;
    held.listener.reset(from);
  }

  private refuse(room: string, code: string): void {
    const held = this.rooms.get(room);
    window.clearTimeout(held?.timer);
    this.rooms.delete(room);
    held?.listener.refused?.(code);
  }

  private hear(frame: Push): void {
    switch (frame.t) {
      case "hello":
        this.offset = Date.parse(frame.now) - Date.now();
        break;
      case "ok":
      case "ack":
      case "pong":
        this.answer(frame.re, (waiting) => waiting.resolve(frame));
        break;
      case "err":
        if (frame.re !== undefined) this.answer(frame.re, (waiting) => waiting.reject(new Refused(frame.code, frame.retry ?? null, frame.words)));
        else if (frame.room) this.refuse(frame.room, frame.code);
        break;
      case "ev":
        this.apply(frame.room, frame.evs, frame.last);
        break;
      case "reset":
        this.reset(frame.room, frame.from);
        break;
      case "eph":
        this.rooms.get(frame.room)?.listener.passing?.(frame);
        break;
      case "cur":
        this.rooms.get(frame.room)?.listener.cursors?.(frame);
        break;
      case "note":
        for (const watcher of this.noters) watcher(frame);
        break;
      case "held":
        for (const watcher of this.heldWatchers) watcher(frame);
        break;
      case "bye":
        break;
    }
  }

  private answer(re: string | number | undefined, deed: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(String(re));
    if (!waiting) return;
    this.waiting.delete(String(re));
    window.clearTimeout(waiting.timer);
    deed(waiting);
  }

  /** Only `cursor + 1` is applied. Smaller is a double; larger is a gap, which is asked for again and never drawn over. */
  private apply(room: string, events: WireEvent[], last: number): void {
    const held = this.rooms.get(room);
    if (!held) return;
    const fresh: WireEvent[] = [];
    let missing = 0;
    held.goal = Math.max(held.goal, last);
    for (const event of events) {
      if (event.seq <= held.cursor) continue;
      if (event.seq > held.cursor + 1) {
        missing = event.seq - 1;
        break;
      }
      held.cursor = event.seq;
      fresh.push(event);
    }
    if (fresh.length) {
      held.asked = 0;
      held.listener.events(fresh, last);
    }
    if (missing) this.fill(room, held, missing);
    else if (held.cursor < held.goal && !held.timer) this.pursue(room, held);
  }

  private reset(room: string, from: number): void {
    const held = this.rooms.get(room);
    if (!held || from <= held.cursor) return;
    this.startAgain(held, from);
  }
}

/** The link of this page: one socket for all tabs of the browser where it can be, else one for this tab. */
export function openLink(options: { url: string; user: string }): Link {
  return new Link((events) => share(options.url, options.user, events));
}
