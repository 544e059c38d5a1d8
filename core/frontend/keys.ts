/** Keys of the whole site. Single letters can be switched off (WCAG 2.1.4); the list is under `?`. */
import { all, clone, one } from "./dom";
import { t } from "./i18n";
import { openSheet } from "./sheet";

const SWITCH = "resaka.keys";

/** Whether single keys do something; remembered on this device. */
export function keysOn(): boolean {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

function turnKeys(on: boolean): void {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    // nothing is remembered where storage is forbidden
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function showKeys(): void {
  const label = keysOn() ? t("Désactiver les touches simples") : t("Activer les touches simples");
  openSheet({
    title: t("Raccourcis clavier"),
    body: [clone("tpl-keys")],
    actions: [
      { label, run: () => turnKeys(!keysOn()) },
      { label: t("Fermer"), filled: true, run: () => undefined },
    ],
  });
}

function go(selector: string): boolean {
  const link = one<HTMLAnchorElement>(selector);
  link?.click();
  return Boolean(link);
}

function neighbourRoom(step: number): boolean {
  const rows = all<HTMLAnchorElement>("#my-rooms a.row");
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "page");
  const next = rows[at + step];
  next?.click();
  return Boolean(next);
}

function handle(event: KeyboardEvent): boolean {
  if (event.altKey && /^[1-5]$/.test(event.key)) return go(`[data-key="${event.key}"]`);
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) return neighbourRoom(event.key === "ArrowUp" ? -1 : 1);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return go("[data-search]");
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (event.key === "?") {
    showKeys();
    return true;
  }
  return false;
}

export function wireKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (!event.defaultPrevented && handle(event)) event.preventDefault();
  });
}
