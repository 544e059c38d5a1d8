/** The log by keyboard: up and down through the messages, Enter for what can be done, R, E and + for the usual deeds. */
import { all, one } from "../../core/frontend/dom";
import { keysOn } from "../../core/frontend/keys";
import type { Log } from "./log";
import type { Menu } from "./menu";

export class LogKeys {
  constructor(
    private readonly log: Log,
    private readonly menu: Menu,
  ) {
    log.scroller.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const article = document.activeElement instanceof Element ? document.activeElement.closest<HTMLElement>(".bubble") : null;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.move(article, event.key === "ArrowUp" ? -1 : 1);
    } else if (article && document.activeElement === article) this.deed(event, article);
  }

  private move(from: HTMLElement | null, step: number): void {
    const articles = all(".bubble", this.log.scroller);
    const at = from ? articles.indexOf(from) + step : articles.length - 1;
    const next = articles[Math.max(0, Math.min(articles.length - 1, at))];
    if (!next) return;
    for (const each of articles) if (each.tabIndex === 0) each.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  private deed(event: KeyboardEvent, article: HTMLElement): void {
    if (event.key === "Enter" || event.key === "ContextMenu") {
      event.preventDefault();
      this.menu.open(article);
    } else if (!keysOn()) return;
    else if (event.key === "r" || event.key === "R") {
      event.preventDefault();
      this.menu.reply(article);
    } else if (event.key === "!" && !article.classList.contains("mine") && !article.classList.contains("is-deleted")) {
      event.preventDefault();
      this.menu.report(Number(article.dataset.seq));
    } else if (event.key === "+") {
      event.preventDefault();
      this.menu.open(article);
      one(".palette-item")?.focus();
    }
  }
}
