/** The list of one's rooms: unread counts come from the server, never from counting here. */
import { all, one } from "../../core/frontend/dom";
import { tn } from "../../core/frontend/i18n";
import type { Link } from "../../realtime/frontend/link";

interface Mine {
  id: string;
  unread: number;
  last: number;
}

const AGAIN = 4000;

async function fetchMine(): Promise<Mine[]> {
  const answer = await fetch("/api/v1/rooms/mine", { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  return ((await answer.json()) as { rooms: Mine[] }).rooms;
}

/** The number alone changes: the words for those who hear the page stay behind it. */
function showCount(badge: HTMLElement, count: number): void {
  const shown = count > 99 ? "99+" : String(count);
  if (badge.firstChild instanceof Text) badge.firstChild.data = shown;
  else badge.prepend(shown);
}

function show(room: Mine): void {
  for (const badge of all(`[data-room="${room.id}"] [data-unread]`)) {
    badge.hidden = room.unread === 0;
    badge.dataset.unread = String(room.unread);
    showCount(badge, room.unread);
  }
}

/** Everything in this room was just read here. */
export function showRead(room: string): void {
  show({ id: room, unread: 0, last: 0 });
}

/** How many people are in a room now; nobody: what the row said without people. */
export function showPresent(room: string, count: number): void {
  for (const line of all(`[data-room="${room}"] [data-quiet]`)) {
    line.textContent = count
      ? tn("%(n)s personne présente", "%(n)s personnes présentes", count)
      : (line.dataset.quiet ?? "");
  }
}

/** Keep the counts of the rows true while other rooms talk. */
export async function watchRooms(link: Link, current: string): Promise<void> {
  if (!one("[data-room] [data-unread]")) return;
  let timer = 0;
  const refresh = async (): Promise<void> => {
    timer = 0;
    for (const room of await fetchMine().catch(() => [])) if (room.id !== current) show(room);
  };
  const soon = (): void => void (timer ||= window.setTimeout(() => void refresh(), AGAIN));
  const listen = ({ id, last }: Mine): void => {
    link.listen(id, last, {
      events: soon,
      reset: soon,
      passing: (frame) => {
        if (frame.count !== undefined) showPresent(id, frame.count);
      },
    });
  };
  for (const room of await fetchMine().catch(() => [])) {
    if (room.id !== current) listen(room);
  }
}
