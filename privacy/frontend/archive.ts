/** The page of an archive that is being made: its bar moves on, and the page is loaded anew when there is something else to show. Without
 * this script the page does so by itself. */
import { one, setText } from "../../core/frontend/dom";

const FIRST = 1500;
const LONGEST = 15_000;

interface Standing {
  state: string;
  percent: number;
  words: string;
}

/** Watch the archive of this page, if one is being made. */
export function watchArchive(): void {
  const place = one("[data-archive-status]");
  const address = place?.dataset.archiveStatus;
  if (!place || !address) return;
  const shown = place.dataset.state ?? "";
  let pause = FIRST;
  const look = async (): Promise<void> => {
    const now = await standingOf(address);
    if (now && now.state !== shown) {
      window.location.reload();
      return;
    }
    if (now) show(place, now);
    pause = Math.min(LONGEST, pause * 1.2);
    window.setTimeout(() => void look(), pause);
  };
  window.setTimeout(() => void look(), pause);
}

function show(place: HTMLElement, now: Standing): void {
  const bar = one<HTMLProgressElement>("progress", place);
  if (bar) bar.value = now.percent;
  setText(place, "[data-words]", now.words);
}

/** Null while it cannot be asked. */
async function standingOf(address: string): Promise<Standing | null> {
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Standing) : null;
  } catch {
    return null;
  }
}
