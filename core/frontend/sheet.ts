/** Sheets: dialogs from below on a phone, centred above it on a desk. Focus stays inside and returns where it was. */
import { all, clone, one, setText } from "./dom";
import { t } from "./i18n";

export interface SheetOptions {
  title: string;
  body?: Node[];
  actions?: { label: string; danger?: boolean; filled?: boolean; run: () => void }[];
}

const FOCUSABLE = "a[href],button:not([disabled]):not([tabindex='-1']),input,select,textarea,[tabindex='0']";
let closeOpen: (() => void) | null = null;

function keepFocus(sheet: HTMLElement, event: KeyboardEvent): void {
  const inside = all(FOCUSABLE, sheet);
  const first = inside[0];
  const last = inside[inside.length - 1];
  if (!first || !last) return;
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

/** Open a sheet; the one that is open is closed first. Returns what closes it. */
export function openSheet(options: SheetOptions): () => void {
  closeOpen?.();
  const before = document.activeElement;
  const layer = clone("tpl-sheet");
  const sheet = one(".sheet", layer) ?? layer;
  setText(layer, ".sheet-title", options.title);
  one(".sheet-body", layer)?.append(...(options.body ?? []));
  const close = (): void => {
    if (closeOpen !== close) return;
    closeOpen = null;
    layer.remove();
    document.body.classList.remove("has-sheet");
    document.removeEventListener("keydown", onKey, true);
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") keepFocus(sheet, event);
  };
  for (const action of options.actions ?? []) one(".sheet-actions", layer)?.append(actionButton(action, close));
  layer.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", onKey, true);
  document.body.append(layer);
  document.body.classList.add("has-sheet");
  closeOpen = close;
  (one(FOCUSABLE, sheet) ?? sheet).focus();
  return close;
}

function actionButton(action: { label: string; danger?: boolean; filled?: boolean; run: () => void }, close: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `button${action.filled ? " filled" : ""}${action.danger ? " danger" : ""}`;
  button.textContent = action.label;
  button.addEventListener("click", () => {
    close();
    action.run();
  });
  return button;
}

/** Ask before something that cannot be undone. */
export function confirmDeed(question: string, deed: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answered = false;
    const text = document.createElement("p");
    text.textContent = question;
    const answer = (said: boolean) => (): void => {
      answered = true;
      resolve(said);
    };
    openSheet({
      title: deed,
      body: [text],
      actions: [
        { label: t("Non, garder"), run: answer(false) },
        { label: deed, danger: true, run: answer(true) },
      ],
    });
    const watch = new MutationObserver(() => {
      if (document.body.classList.contains("has-sheet")) return;
      watch.disconnect();
      window.setTimeout(() => {
        if (!answered) resolve(false);
      });
    });
    watch.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
}
