/** What a screen reader hears of the talk: one message in full, a burst as a number. */
import { announce } from "../../core/frontend/notices";
import { t, tn } from "../../core/frontend/i18n";

const WINDOW = 2000;
const MANY = 3;

export class Announcer {
  private waiting: { name: string; body: string }[] = [];
  private timer = 0;

  constructor(private readonly say: (text: string) => void = announce) {}

  heard(name: string, body: string): void {
    this.waiting.push({ name, body });
    if (!this.timer) this.timer = window.setTimeout(() => this.speak(), WINDOW);
  }

  private speak(): void {
    this.timer = 0;
    const burst = this.waiting;
    this.waiting = [];
    if (burst.length > MANY) this.say(tn("%(n)s nouveau message", "%(n)s nouveaux messages", burst.length));
    else this.say(burst.map(({ name, body }) => t("%(name)s : %(text)s", { name, text: body || t("Photo") })).join(" "));
  }
}
