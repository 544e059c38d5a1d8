/** What the moderation has switched on: said above the log and at the composer, as soon as it changes and when it ends by itself. */
import { one } from "../../core/frontend/dom";
import { t } from "../../core/frontend/i18n";
import type { RoomPage } from "./state";

interface RoomNow {
  notes: string[];
  state: string;
  slow_mode_s: number;
  shield_until: string | null;
  members_only_until: string | null;
}

const LONGEST_TIMER = 2_000_000_000;

export class Tools {
  private timer = 0;

  constructor(
    private readonly page: RoomPage,
    private readonly slow: (seconds: number) => void,
  ) {
    this.waitFor(page.toolsEnd);
  }

  /** Ask what is so now; the sentences are the server's. */
  async refresh(): Promise<void> {
    const answer = await fetch(`${this.page.api}rooms/${this.page.room}`, {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
    }).catch(() => null);
    if (answer?.ok) this.show((await answer.json()) as RoomNow);
  }

  private show(room: RoomNow): void {
    const list = one("#room-notes");
    if (list) {
      list.replaceChildren(...room.notes.map(line));
      list.hidden = room.notes.length === 0;
    }
    const moderates = this.page.role !== "MEMBER";
    if (!moderates) this.slow(room.slow_mode_s);
    this.close(room.state === "FROZEN" && !moderates);
    const ends = [room.shield_until, room.members_only_until].filter((end): end is string => end !== null);
    this.waitFor(ends.sort()[0] ?? "");
  }

  /** In a room in pause the composer makes place for the reason, with what was typed in it. */
  private close(closed: boolean): void {
    const form = one("#composer");
    const why = one("#paused");
    if (!form && !closed && one("#readonly") && !this.page.canWrite) window.location.reload();
    if (!form) return;
    form.hidden = closed;
    if (!closed) why?.remove();
    else if (!why) {
      const words = document.createElement("p");
      words.id = "paused";
      words.className = "composer-closed";
      words.textContent = t("Ce salon est en pause.");
      form.after(words);
    }
  }

  private waitFor(end: string): void {
    window.clearTimeout(this.timer);
    const left = Date.parse(end) - Date.now();
    if (left > 0) this.timer = window.setTimeout(() => void this.refresh(), Math.min(left + 1000, LONGEST_TIMER));
  }
}

function line(words: string): HTMLLIElement {
  const item = document.createElement("li");
  item.textContent = words;
  return item;
}
