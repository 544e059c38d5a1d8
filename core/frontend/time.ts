/** Times in the reader's own zone. Names of days come from our catalogue: no browser speaks Malagasy. */
import { all } from "./dom";
import { t } from "./i18n";

const two = (n: number): string => String(n).padStart(2, "0");

/** "14:02". */
export function clock(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** "2026-11-24", the reader's day. */
export function dayKey(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const DAYS = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];
const MONTHS = [
  "janvier",
  "février",
  "mars",
  "avril",
  "mai",
  "juin",
  "juillet",
  "août",
  "septembre",
  "octobre",
  "novembre",
  "décembre",
];

/** "lundi 24 novembre". */
export function dayName(at: Date): string {
  return t("%(day)s %(number)s %(month)s", { day: t(DAYS[at.getDay()] ?? ""), number: at.getDate(), month: t(MONTHS[at.getMonth()] ?? "") });
}

/** Show the clock times of the page in the reader's zone; the server wrote them in its own. */
export function localiseTimes(root: ParentNode): void {
  for (const time of all<HTMLTimeElement>("time[data-time=clock][datetime]", root)) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = clock(at);
  }
}
