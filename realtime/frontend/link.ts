/** What the pages know of the live side: rooms with cursors, questions with answers. Cursors are kept here and nowhere else. */
import type { Answer, Command, Cur, Eph, Push, RoomState, WireEvent } from "./protocol";
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
  ) {
    super(code);
  }
}

/** Nobody knows whether the command arrived. */
export class Lost extends Error {}

const PATIENCE = 20_000;
const ROOMS_AT_ONCE = 200;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  timer: number;
}

interface Held {
  cursor: number;
  listener: RoomListener;
  asking: boolean;
}

export class Link {
  /** Milliseconds that the server's clock is ahead of ours. */
  offset = 0;
  private readonly pipe: Pipe;
  private readonly rooms = new Map<string, Held>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly watchers: ((state: LinkState) => void)[] = [];
  private number = 0;

  constructor(makePipe: (events: PipeEvents) => Pipe) {
    this.pipe = makePipe({ push: (frame) => this.hear(frame), state: (state) => this.changed(state) });
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

  /** Hear a room from a cursor on, through every loss of the link, as long as the page lives. */
  listen(room: string, cursor: number, listener: RoomListener): void {
    this.rooms.set(room, { cursor, listener, asking: false });
    this.subscribe([room]);
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
        reject(new Lost("no answer"));
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

  private changed(state: LinkState): void {
    if (state !== "open") this.loseAll();
    for (const held of this.rooms.values()) held.asking = false;
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
      const rooms: Record<string, number> = {};
      for (const name of names.slice(start, start + ROOMS_AT_ONCE)) {
        const held = this.rooms.get(name);
        if (!held || held.asking) continue;
        held.asking = true;
        rooms[name] = held.cursor;
      }
      if (Object.keys(rooms).length) this.ask(rooms);
    }
  }

  private ask(rooms: Record<string, number>): void {
    const done = (): void => {
      for (const name of Object.keys(rooms)) {
        const held = this.rooms.get(name);
        if (held) held.asking = false;
      }
    };
    this.request({ t: "sub", rooms }).then(
      (answer) => {
        done();
        if (answer.t !== "ok") return;
        for (const [name, state] of Object.entries(answer.rooms ?? {})) this.rooms.get(name)?.listener.ready?.(state);
        for (const name of answer.refused ?? []) this.refuse(name, "not_member");
      },
      done, // the link broke, and asks again when it is back; a refusal for pace waits for the next gap
    );
  }

  private refuse(room: string, code: string): void {
    const held = this.rooms.get(room);
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
        if (frame.re !== undefined) this.answer(frame.re, (waiting) => waiting.reject(new Refused(frame.code, frame.retry ?? null)));
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
    let gap = false;
    for (const event of events) {
      if (event.seq <= held.cursor) continue;
      if (event.seq > held.cursor + 1) {
        gap = true;
        break;
      }
      held.cursor = event.seq;
      fresh.push(event);
    }
    if (fresh.length) held.listener.events(fresh, last);
    if (gap) this.subscribe([room]);
  }

  private reset(room: string, from: number): void {
    const held = this.rooms.get(room);
    if (!held || from <= held.cursor) return;
    held.cursor = from;
    held.listener.reset(from);
  }
}

/** The link of this page: one socket for all tabs of the browser where it can be, else one for this tab. */
export function openLink(options: { url: string; user: string }): Link {
  return new Link((events) => share(options.url, options.user, events));
}
