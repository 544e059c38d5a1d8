/** What the server tells the room's script at the start (`room-state`). */
import { readJson } from "../../core/frontend/dom";
import type { PersonWire } from "../../realtime/frontend/protocol";

export interface RoomPage {
  room: string;
  slug: string;
  kind: string;
  last: number;
  read: number;
  me: PersonWire;
  role: string;
  ws: string;
  api: string;
  urls: { page: string; upload: string; people: string; report: string };
  slowMode: number;
  canWrite: boolean;
  /** When the first of the room's tools ends by itself; empty when none does. */
  toolsEnd: string;
  reactions: string[];
  older: boolean;
  live: boolean;
  /** Nothing of the room may stay on the screen of somebody who lost it. */
  discreet: boolean;
  maxLength: number;
  imageBytes: number;
}

export function readRoomPage(): RoomPage | null {
  return readJson<RoomPage>("room-state");
}
