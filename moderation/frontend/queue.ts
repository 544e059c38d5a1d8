/** The open queue learns every 15 seconds what changed. Rows stay where they are under the reader's eye; news is said politely. */
import { all, one, setText } from "../../core/frontend/dom";

const EVERY = 15_000;

export interface QueueRow {
  id: string;
  taken: string;
  overdue: boolean;
  reports: number;
}

/** Bring the rows of the page up to date; what there is to say, an empty text when nothing came or went. */
export function applyQueue(table: HTMLElement, rows: QueueRow[]): string {
  const words = table.dataset;
  const told = new Map(rows.map((row) => [row.id, row]));
  for (const line of all("tr[data-case]", table)) {
    const row = told.get(line.dataset.case ?? "");
    line.classList.toggle("gone", !row);
    if (!row) {
      setText(line, "[data-taken]", words.gone ?? "");
      continue;
    }
    told.delete(row.id);
    line.classList.toggle("late", row.overdue);
    setText(line, "[data-late]", row.overdue ? (words.late ?? "") : "");
    if (row.taken) setText(line, "[data-taken]", `${words.by ?? ""} ${row.taken}`);
    else if (line.dataset.wasTaken) setText(line, "[data-taken]", words.free ?? "");
    line.dataset.wasTaken = row.taken;
  }
  return told.size ? (words.new ?? "") : "";
}

async function look(table: HTMLElement): Promise<void> {
  if (document.hidden) return;
  try {
    const answer = await fetch(table.dataset.state ?? "", { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return;
    const { rows } = (await answer.json()) as { rows: QueueRow[] };
    setText(document, "#desk-news", applyQueue(table, rows));
  } catch {
    // a bad link: the next look is in 15 seconds
  }
}

export function wireQueue(): void {
  const table = one("#desk-queue");
  if (!table?.dataset.state) return;
  for (const line of all("tr[data-case]", table)) line.dataset.wasTaken = line.dataset.taken ?? "";
  window.setInterval(() => void look(table), EVERY);
}
