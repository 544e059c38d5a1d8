/** The button back to the newest messages, with what came meanwhile. */
import { one } from "../../core/frontend/dom";
import type { Log } from "./log";

export class Jump {
  private readonly button = one<HTMLButtonElement>("#jump");
  private count = 0;

  constructor(
    private readonly log: Log,
    private readonly arrived: () => void,
  ) {
    this.button?.addEventListener("click", () => {
      this.log.toEnd();
      this.clear();
      this.arrived();
    });
  }

  heard(): void {
    if (!this.log.isAtEnd()) this.count += 1;
    this.update();
  }

  clear(): void {
    this.count = 0;
    this.update();
  }

  update(): void {
    if (!this.button) return;
    const away = !this.log.isAtEnd();
    if (!away) this.count = 0;
    this.button.hidden = !away;
    const badge = one(".badge", this.button);
    if (!badge) return;
    badge.hidden = this.count === 0;
    badge.textContent = this.count > 99 ? "99+" : String(this.count);
  }
}
