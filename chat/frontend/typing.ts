/** Who is writing. Forgotten by itself: a person who stops says nothing. */
import { t, tn } from "../../core/frontend/i18n";

const LASTS = 5000;

export class Typing {
  private readonly people = new Map<string, { name: string; until: number }>();
  private timer = 0;

  constructor(private readonly me: string) {}

  show(people: { id: string; name: string }[]): void {
    for (const { id, name } of people) if (id !== this.me) this.people.set(id, { name, until: Date.now() + LASTS });
    this.draw();
  }

  /** What they were writing has arrived. */
  arrived(ids: Iterable<string>): void {
    const before = this.people.size;
    for (const id of ids) this.people.delete(id);
    if (this.people.size !== before) this.draw();
  }

  private draw(): void {
    window.clearTimeout(this.timer);
    for (const [id, { until }] of this.people) if (until <= Date.now()) this.people.delete(id);
    const line = document.getElementById("typing");
    if (line) line.textContent = this.words();
    if (this.people.size) this.timer = window.setTimeout(() => this.draw(), 1000);
  }

  private words(): string {
    const names = Array.from(this.people.values(), ({ name }) => name);
    if (names.length === 0) return "";
    if (names.length <= 2) return tn("%(names)s écrit…", "%(names)s écrivent…", names.length, { names: names.join(", ") });
    return t("Plusieurs personnes écrivent…");
  }
}
