/** Who begins a block of messages: the same rule as the server's `build_views`. */
import { one } from "../../core/frontend/dom";

const SAME_BREATH = 5 * 60_000;

function startsBlock(article: HTMLElement): boolean {
  const before = article.previousElementSibling;
  if (!(before instanceof HTMLElement) || !before.classList.contains("bubble")) return true;
  if (before.dataset.author !== article.dataset.author) return true;
  return Date.parse(article.dataset.at ?? "") - Date.parse(before.dataset.at ?? "") >= SAME_BREATH;
}

/** Set or take the marks of a block's first message; only there are name and face shown. */
export function regroup(article: Element | null): void {
  if (!(article instanceof HTMLElement) || !article.classList.contains("bubble")) return;
  const first = startsBlock(article);
  article.classList.toggle("first", first);
  if (first) return;
  one(".avatar", article)?.remove();
  one(".bubble-name", article)?.remove();
}
