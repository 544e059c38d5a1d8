/** The frames of docs/asyncapi.json as the browser knows them. `samples.json` is shared with the server's tests. */

export interface PersonWire {
  id: string;
  name: string;
  av: number;
}

/** One event of a room's log. Fields beyond `seq` and `k` depend on the kind and are read defensively. */
export interface WireEvent {
  seq: number;
  k: string;
  by?: PersonWire | null;
  at?: string;
  n?: number;
  cid?: string;
  body?: string;
  deleted?: boolean;
  target?: number;
  reply?: { seq: number };
  att?: ImageWire[];
  mentions?: string[];
  emoji?: string;
  on?: boolean;
  act?: string;
  role?: string;
  who?: PersonWire | null;
  [other: string]: unknown;
}

export interface ImageWire {
  id: string;
  kind: string;
  w: number;
  h: number;
  size: number;
  url: string;
  thumb: string;
  /** "checking": its author alone sees it; "held": nobody does. Absent: everybody. */
  sight?: string;
}

export interface RoomState {
  last: number;
  read: number;
  unread: number;
}

export interface Command {
  t: string;
  id?: string | number;
  [field: string]: unknown;
}

export interface Hello {
  t: "hello";
  sid: string;
  ping: number;
  max: number;
  now: string;
}
export interface Ok {
  t: "ok";
  re?: string | number;
  rooms?: Record<string, RoomState>;
  refused?: string[];
}
export interface Ack {
  t: "ack";
  re?: string | number;
  room: string;
  seq: number;
  cid?: string;
  at?: string;
}
export interface Pong {
  t: "pong";
  re?: string | number;
}
export interface Ev {
  t: "ev";
  room: string;
  evs: WireEvent[];
  last: number;
}
export interface Reset {
  t: "reset";
  room: string;
  from: number;
  why: string;
}
export interface Eph {
  t: "eph";
  room: string;
  typing?: { id: string; name: string }[];
  present?: string[];
  count?: number;
}
export interface Cur {
  t: "cur";
  room: string;
  read: Record<string, number>;
}
export interface Err {
  t: "err";
  code: string;
  re?: string | number;
  room?: string;
  retry?: number;
  /** Why, in the person's language, where a rule gives its own reason. */
  words?: string;
}
/** What became of one's own message that waited for a person. */
export interface HeldPush {
  t: "held";
  room: string;
  cid: string;
  state: "RELEASED" | "REFUSED" | "RETURNED";
}
/** How many notices the person has not looked at; `id` names the new one. */
export interface Note {
  t: "note";
  n: number;
  id?: string;
}
export interface Bye {
  t: "bye";
  code: number;
  in: number;
}
export type Push = Hello | Ok | Ack | Pong | Ev | Reset | Eph | Cur | Err | Note | HeldPush | Bye;
export type Answer = Ok | Ack | Pong;

const needed: Record<Push["t"], (frame: Record<string, unknown>) => boolean> = {
  hello: (f) => typeof f.now === "string",
  ok: () => true,
  ack: (f) => typeof f.room === "string" && typeof f.seq === "number",
  pong: () => true,
  ev: (f) => typeof f.room === "string" && typeof f.last === "number" && Array.isArray(f.evs) && f.evs.every(isEvent),
  reset: (f) => typeof f.room === "string" && typeof f.from === "number",
  eph: (f) => typeof f.room === "string" && (f.typing === undefined || Array.isArray(f.typing)),
  cur: (f) => typeof f.room === "string" && typeof f.read === "object" && f.read !== null,
  err: (f) => typeof f.code === "string",
  note: (f) => typeof f.n === "number",
  held: (f) => typeof f.room === "string" && typeof f.cid === "string" && typeof f.state === "string",
  bye: (f) => typeof f.code === "number" && typeof f.in === "number",
};

function isEvent(value: unknown): boolean {
  const event = value as Partial<WireEvent> | null;
  return typeof event === "object" && event !== null && Number.isInteger(event.seq) && typeof event.k === "string";
}

/** The push in a frame; null when it is none that we know: a newer server may say more. */
export function parsePush(text: unknown): Push | null {
  if (typeof text !== "string") return null;
  try {
    const frame = JSON.parse(text) as Record<string, unknown> | null;
    if (typeof frame !== "object" || frame === null || typeof frame.t !== "string") return null;
    return Object.prototype.hasOwnProperty.call(needed, frame.t) && needed[frame.t as Push["t"]](frame) ? (frame as unknown as Push) : null;
  } catch {
    return null;
  }
}
