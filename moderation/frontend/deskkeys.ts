/** Single keys of the desk. Silent in fields and with a modifier; off for whoever has switched them off (the page says so). */
import { all, one } from "../../core/frontend/dom";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !/^(radio|checkbox|submit|button)$/.test(target.type);
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

function press(selector: string): boolean {
  const found = one(selector);
  found?.click();
  return Boolean(found);
}

/** The next or previous case: on its page by its link, in the queue by the row that has the focus. */
function step(by: 1 | -1): boolean {
  if (press(by === 1 ? "a[data-next]" : "a[data-previous]")) return true;
  const rows = all<HTMLAnchorElement>("#desk-queue tbody a");
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement as HTMLAnchorElement);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next]?.focus();
  return true;
}

/** The n-th measure; Enter then decides. */
function choose(number: number): boolean {
  const choice = all<HTMLInputElement>("form[data-decide] input[name=action]")[number - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  choice.focus();
  return true;
}

function escalate(): boolean {
  const box = one<HTMLDetailsElement>("details[data-escalate]");
  if (!box) return false;
  box.open = true;
  one<HTMLInputElement>("[name=reason]", box)?.focus();
  return true;
}

function help(): boolean {
  const sheet = one<HTMLDialogElement>("#desk-keys");
  if (!sheet) return false;
  if (sheet.open) sheet.close();
  else sheet.showModal();
  return true;
}

const KEYS: Record<string, () => boolean> = {
  j: () => step(1),
  k: () => step(-1),
  c: () => press("form[data-claim] button"),
  e: escalate,
  b: () => press("form[data-reveal] button"),
  g: () => press("button[data-grey]"),
};

function handle(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (event.key === "?") return help();
  if (!one("[data-keys]") || one<HTMLDialogElement>("#desk-keys")?.open) return false;
  if (/^[1-9]$/.test(event.key)) return choose(Number(event.key));
  return KEYS[event.key.toLowerCase()]?.() ?? false;
}

export function wireKeys(root: Document = document): void {
  root.addEventListener("keydown", (event) => {
    if (!event.defaultPrevented && handle(event)) event.preventDefault();
  });
}
