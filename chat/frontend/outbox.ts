/**
 * Messages on their way. Each has one identity (`cid`) for ever: the same again after a loss, so the server writes it once; a new one
 * after a refusal was corrected. They leave in order, room by room, and stay on this device until the server has answered.
 */
import { openTable, type Table } from "../../core/frontend/db";
import { uuid7 } from "../../core/frontend/ids";
import { Refused, type Link } from "../../realtime/frontend/link";
import type { Ack } from "../../realtime/frontend/protocol";

export type OutState = "queued" | "sending" | "failed";

export interface OutFile {
  name: string;
  size: number;
  /** Set once the server has the image. */
  id?: string;
  /** The image itself, until then. */
  blob?: Blob;
}

export interface Queued {
  key: string;
  cid: string;
  user: string;
  room: string;
  slug: string;
  body: string;
  reply?: number;
  files: OutFile[];
  order: number;
  at: number;
  state: OutState;
  why?: string;
  /** The server's own reason, in words. */
  words?: string;
  /** Asked whether it may hurt, its author said to send it. */
  sure?: boolean;
}

export interface Change {
  kind: "added" | "sending" | "queued" | "sent" | "failed" | "held" | "cancelled";
  item: Queued;
  seq?: number;
  at?: string;
}

export type Upload = (slug: string, file: OutFile) => Promise<string>;

/** Refusals of a moment: the message waits here and leaves by itself. */
const WAIT_CODES = new Set(["rate", "slow_mode", "unavailable", "internal"]);
const RETRY = [1, 2, 5, 10, 30];
const OTHER_TAB = 2000;
const TURNS_WAITED = 3;

interface Lane {
  items: Queued[];
  busy: boolean;
  tries: number;
  timer: number;
  /** How often another tab was found sending in this room. */
  waited: number;
}

/** Do something unless another tab is at it; whether it was done. */
async function doAlone(name: string, deed: () => Promise<void>): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  if (!locks) {
    await deed();
    return true;
  }
  const turn = { begun: false };
  try {
    return await locks.request(name, { ifAvailable: true }, async (lock) => {
      turn.begun = true;
      if (lock) await deed();
      return lock !== null;
    });
  } catch (error) {
    if (turn.begun) throw error;
    await deed(); // a page without storage has no locks either
    return true;
  }
}

export class Outbox {
  private readonly lanes = new Map<string, Lane>();
  private readonly watchers: ((change: Change) => void)[] = [];
  /** Messages that the device does not hold, for now or for want of room: they live as long as the page. */
  private readonly unkept = new Set<string>();
  private order = 0;

  private constructor(
    private readonly table: Table<Queued>,
    private readonly link: Pick<Link, "request" | "onState" | "state">,
    private readonly user: string,
    private readonly upload: Upload,
  ) {}

  /** The outbox of a person on this device, with what earlier pages left in it. */
  static async open(options: { link: Pick<Link, "request" | "onState" | "state">; user: string; upload: Upload }): Promise<Outbox> {
    const outbox = new Outbox(await openTable<Queued>("outbox"), options.link, options.user, options.upload);
    const kept = await outbox.table.all().catch(() => []); // a store that cannot be read must not keep anybody from writing
    for (const item of kept.filter((each) => each.user === options.user).sort((a, b) => a.order - b.order)) {
      if (item.state === "sending") item.state = "queued";
      outbox.order = Math.max(outbox.order, item.order);
      outbox.lane(item.room).items.push(item);
    }
    options.link.onState((state) => {
      if (state === "open") outbox.flush();
    });
    return outbox;
  }

  on(watcher: (change: Change) => void): void {
    this.watchers.push(watcher);
  }

  /** Take a message; it is shown as waiting from here on. */
  async add(message: {
    room: string;
    slug: string;
    body: string;
    reply?: number | undefined;
    files?: OutFile[];
    sure?: boolean | undefined;
  }): Promise<Queued> {
    const cid = uuid7();
    this.order = Math.max(this.order + 1, Date.now());
    const item: Queued = {
      key: `${this.user}/${cid}`,
      cid,
      user: this.user,
      room: message.room,
      slug: message.slug,
      body: message.body,
      files: message.files ?? [],
      order: this.order,
      at: Date.now(),
      state: "queued",
      ...(message.reply === undefined ? {} : { reply: message.reply }),
      ...(message.sure ? { sure: true } : {}),
    };
    this.lane(item.room).items.push(item);
    this.tell({ kind: "added", item });
    await this.keep(item);
    this.run(item.room);
    return item;
  }

  /** What waits in a room, in order. */
  list(room: string): Queued[] {
    return [...(this.lanes.get(room)?.items ?? [])];
  }

  count(): number {
    return Array.from(this.lanes.values()).reduce((sum, lane) => sum + lane.items.length, 0);
  }

  /** Send a refused message again, under a new identity; with `sure` as the answer to what it was asked. */
  async retry(cid: string, sure = false): Promise<void> {
    const item = this.find(cid);
    if (item?.state !== "failed") return;
    this.take(item);
    this.tell({ kind: "cancelled", item });
    await this.add({ ...item, sure: sure || item.sure });
    await this.forget(item); // last: a page that ends in between leaves the text twice rather than nowhere
  }

  /** Do not send it; a message under way may have arrived all the same. */
  async cancel(cid: string): Promise<void> {
    const item = this.find(cid);
    if (!item) return;
    this.take(item);
    this.tell({ kind: "cancelled", item });
    await this.forget(item);
  }

  /** The message was seen in the log: that is an answer too. */
  async settle(cid: string, seq: number, at: string): Promise<void> {
    const item = this.find(cid);
    if (item) await this.sent(item, seq, at);
  }

  /** Send everything that waits, now. */
  flush(): void {
    for (const [room, lane] of this.lanes) {
      lane.tries = 0;
      window.clearTimeout(lane.timer);
      lane.timer = 0;
      this.run(room);
    }
  }

  private lane(room: string): Lane {
    const lane = this.lanes.get(room) ?? { items: [], busy: false, tries: 0, timer: 0, waited: 0 };
    this.lanes.set(room, lane);
    return lane;
  }

  private find(cid: string): Queued | undefined {
    for (const lane of this.lanes.values()) {
      const item = lane.items.find((each) => each.cid === cid);
      if (item) return item;
    }
    return undefined;
  }

  private take(item: Queued): void {
    const lane = this.lane(item.room);
    lane.items = lane.items.filter((each) => each !== item);
  }

  private run(room: string): void {
    const lane = this.lane(room);
    if (!lane.busy && !lane.timer) void this.work(room, lane);
  }

  private async work(room: string, lane: Lane): Promise<void> {
    if (!this.next(lane) || this.link.state !== "open") return;
    lane.busy = true;
    const patient = lane.waited < TURNS_WAITED; // a tab that the phone has put to sleep may hold its turn for ever
    const done = await this.takeTurn(room, lane, patient).finally(() => (lane.busy = false));
    lane.waited = done ? 0 : lane.waited + 1;
    if (!done) this.pause(room, lane, OTHER_TAB);
    else if (lane.timer === 0) this.run(room);
  }

  /** Send what waits in a room, one tab at a time; false when another tab is at it. */
  private async takeTurn(room: string, lane: Lane, patient: boolean): Promise<boolean> {
    const name = `resaka-outbox-${this.user}-${room}`;
    if (patient) return doAlone(name, () => this.empty(lane));
    await this.empty(lane);
    return true;
  }

  private async empty(lane: Lane): Promise<void> {
    for (let item = this.next(lane); item && this.link.state === "open"; item = this.next(lane)) {
      if (!(await this.deliver(item, lane))) return;
    }
  }

  private pause(room: string, lane: Lane, time: number): void {
    lane.timer = window.setTimeout(() => {
      lane.timer = 0;
      this.run(room);
    }, time);
  }

  private next(lane: Lane): Queued | undefined {
    return lane.items.find((item) => item.state !== "failed");
  }

  /** Whether the lane may go on with the next message. */
  private async deliver(item: Queued, lane: Lane): Promise<boolean> {
    if (await this.wasRemoved(item)) {
      this.take(item);
      this.tell({ kind: "cancelled", item });
      return true;
    }
    item.state = "sending";
    this.tell({ kind: "sending", item });
    try {
      await this.uploadAll(item);
      if (!this.find(item.cid)) return true; // cancelled meanwhile
      const answer = (await this.link.request({
        t: "send",
        room: item.room,
        cid: item.cid,
        body: item.body,
        ...(item.reply === undefined ? {} : { reply: item.reply }),
        ...(item.files.length ? { attachments: item.files.map((file) => file.id) } : {}),
        ...(item.sure ? { sure: true } : {}),
      })) as Ack;
      lane.tries = 0;
      await this.sent(item, answer.seq, answer.at ?? new Date().toISOString());
      return true;
    } catch (error) {
      return this.stumble(item, lane, error);
    }
  }

  private async uploadAll(item: Queued): Promise<void> {
    for (const file of item.files) {
      if (file.id) continue;
      file.id = await this.upload(item.slug, file);
      delete file.blob;
      await this.keep(item);
    }
  }

  /** Another tab has sent it or taken it back: what is on this device counts. */
  private async wasRemoved(item: Queued): Promise<boolean> {
    if (this.unkept.has(item.cid)) return false;
    return (await this.table.get(item.key).catch(() => item)) === undefined;
  }

  private async stumble(item: Queued, lane: Lane, error: unknown): Promise<boolean> {
    if (!this.find(item.cid)) return true; // cancelled, or seen in the log, meanwhile
    if (error instanceof Refused && error.code === "held") return this.kept(item);
    if (error instanceof Refused && !WAIT_CODES.has(error.code)) {
      item.state = "failed";
      item.why = error.code;
      item.words = error.words;
      this.tell({ kind: "failed", item });
      await this.keep(item);
      return true;
    }
    item.state = "queued";
    this.tell({ kind: "queued", item });
    const pause = error instanceof Refused && error.retry ? error.retry : (RETRY[Math.min(lane.tries, RETRY.length - 1)] ?? 30);
    lane.tries += 1;
    this.pause(item.room, lane, pause * 1000 + Math.random() * 250);
    return false;
  }

  /** The server has it and a person reads it first: it need not stay on this device. */
  private async kept(item: Queued): Promise<boolean> {
    this.take(item);
    this.tell({ kind: "held", item });
    await this.forget(item);
    return true;
  }

  private async sent(item: Queued, seq: number, at: string): Promise<void> {
    if (!this.find(item.cid)) return;
    this.take(item);
    this.tell({ kind: "sent", item, seq, at });
    await this.forget(item);
  }

  private async keep(item: Queued): Promise<void> {
    if (!this.find(item.cid)) return; // cancelled: it must not come back with the next page
    this.unkept.add(item.cid);
    try {
      await this.table.put(item.key, item);
      this.unkept.delete(item.cid);
    } catch {
      await this.keepWords(item);
    }
  }

  /** No room for the images: the words at least survive a reload. */
  private async keepWords(item: Queued): Promise<void> {
    if (!this.find(item.cid) || !item.body.trim()) return;
    await this.table.put(item.key, { ...item, files: item.files.filter((file) => file.id) }).catch(() => undefined);
  }

  private forget(item: Queued): Promise<void> {
    return this.table.remove(item.key).catch(() => undefined);
  }

  private tell(change: Change): void {
    for (const watcher of this.watchers) watcher(change);
  }
}
