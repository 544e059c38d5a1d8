/** Messages with their changes folded in, over REST: older pages, one message, everything after a reset. */
import type { ImageWire, PersonWire } from "../../realtime/frontend/protocol";
import type { Drawn } from "./bubble";
import type { RoomPage } from "./state";
import type { Person } from "./suggest";

interface Folded {
  seq: number;
  k: string;
  by: PersonWire | null;
  at: string;
  cid: string;
  body: string;
  edited: boolean;
  deleted: boolean;
  pinned: boolean;
  reply: { seq: number; name: string; text: string } | null;
  att: ImageWire[];
  mentions: string[];
  reactions: { emoji: string; count: number; mine: boolean }[];
  written?: string | null;
}

async function get<T>(page: RoomPage, path: string): Promise<T> {
  const answer = await fetch(`${page.api}rooms/${page.room}/${path}`, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as T;
}

function toDrawn(message: Folded): Drawn {
  return {
    seq: message.seq,
    author: message.by,
    at: new Date(message.at),
    body: message.body,
    deleted: message.deleted,
    edited: message.edited,
    pinned: message.pinned,
    reply: message.reply,
    images: message.att,
    mentions: message.mentions,
    reactions: message.reactions,
    written: message.written ? new Date(message.written) : null,
    ...(message.cid ? { cid: message.cid } : {}),
  };
}

export async function fetchPage(page: RoomPage, before: string | null): Promise<{ messages: Drawn[]; older: boolean; last: number }> {
  const query = before ? `?before=${encodeURIComponent(before)}` : "";
  const found = await get<{ messages: Folded[]; older: boolean; last: number }>(page, `messages${query}`);
  return { messages: found.messages.filter((message) => message.k === "message").map(toDrawn), older: found.older, last: found.last };
}

export async function fetchMessage(page: RoomPage, seq: number): Promise<Drawn> {
  return toDrawn(await get<Folded>(page, `messages/${seq}`));
}

export async function fetchPins(page: RoomPage): Promise<Drawn[]> {
  return (await get<Folded[]>(page, "pins")).map(toDrawn);
}

export async function fetchMembers(page: RoomPage): Promise<Person[]> {
  const members = await get<{ person: PersonWire }[]>(page, "members");
  return members.map(({ person }) => ({ id: person.id, name: person.name }));
}
