/** Advice before something is shared: what is typed is looked at here, on the device, and nothing is ever held back. */
import { all, one, post } from "../../core/frontend/dom";

const PATTERNS: [string, RegExp][] = [
  ["LINK", /\bhttps?:\/\/|\bwww\.\w/i],
  ["PHONE", /(?:\+|\b)\d(?:[\s.-]?\d){7,}/],
  ["ADDRESS", /\b\d{1,4}\s*(?:bis|ter)?,?\s+(?:rue|av(?:enue)?|bd|boulevard|all[ée]e|chemin|place|impasse|route|lalana|street|road)\b/i],
  ["ADDRESS", /\b[Ll]ot\s+(?:[A-Z]{1,4}\s+){0,3}[A-Z]{0,3}\d/], // as addresses are written in Antananarivo
  ["ADDRESS", /[\w.+-]+@[\w-]+\.\w/],
];

/** The advice that a text calls for. */
export function tipsFor(text: string): string[] {
  return [...new Set(PATTERNS.filter(([, pattern]) => pattern.test(text)).map(([name]) => name))];
}

function show(name: string): void {
  const tip = one(`[data-tip="${name}"]`);
  if (tip) tip.hidden = false;
}

/** Show each tip once its moment comes; "do not show again" is remembered by the account. */
export function wireTips(): void {
  const field = one<HTMLTextAreaElement>("#composer-text");
  field?.addEventListener("input", () => tipsFor(field.value).forEach(show));
  one("#composer-file")?.addEventListener("change", () => show("PHOTO"));
  all<HTMLFormElement>("[data-tip] form").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void post(form.action).catch(() => undefined);
      form.closest("[data-tip]")?.remove();
      field?.focus();
    });
  });
}
