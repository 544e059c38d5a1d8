/** Events on their way to the log. While a snapshot is fetched they wait for it; what it holds already is not applied twice. */
import type { WireEvent } from "../../realtime/frontend/protocol";

export class Intake {
  private drawn = 0;
  private waiting: WireEvent[] | null = null;
  private again = false;

  constructor(private readonly apply: (events: WireEvent[]) => void) {}

  take(events: WireEvent[]): void {
    if (this.waiting) this.waiting.push(...events);
    else this.pass(events);
  }

  /** Draw from a snapshot; `draw` resolves with the number of its newest event. Asked for meanwhile, it is drawn once more. */
  async redraw(draw: () => Promise<number>): Promise<void> {
    this.again = true;
    if (this.waiting) return;
    this.waiting = [];
    try {
      while (this.again) {
        this.again = false;
        this.drawn = await draw();
      }
    } finally {
      const waited = this.waiting;
      this.waiting = null;
      this.pass(waited);
    }
  }

  private pass(events: WireEvent[]): void {
    const fresh = events.filter((event) => event.seq > this.drawn);
    if (fresh.length) this.apply(fresh);
  }
}
