/** The room page: the server's HTML, made live. */
import { all, clone, one } from "../../core/frontend/dom";
import { t, tn } from "../../core/frontend/i18n";
import { alarm, announce, showStrip, toast } from "../../core/frontend/notices";
import type { Link } from "../../realtime/frontend/link";
import type { Eph } from "../../realtime/frontend/protocol";
import { Announcer } from "./announcer";
import { Painter, type Drawn } from "./bubble";
import { Composer } from "./composer";
import { Intake } from "./intake";
import { Jump } from "./jump";
import { Log } from "./log";
import { LogKeys } from "./logkeys";
import { Menu } from "./menu";
import { Outbox, type Change } from "./outbox";
import { refusalWords } from "./refusals";
import { fetchMembers, fetchMessage, fetchPage, fetchPins } from "./snapshot";
import type { RoomPage } from "./state";
import { wireTips } from "./tips";
import { showPresent, showRead } from "./rooms";
import { Tools } from "./tools";
import { Typing } from "./typing";

const READ_AFTER = 800;

export class Room {
  readonly composer: Composer | null;
  readonly menu: Menu;
  private readonly log: Log;
  private readonly intake: Intake;
  private readonly jump: Jump;
  private readonly typing: Typing;
  private readonly tools: Tools;
  private last: number;
  private read: number;
  private readTimer = 0;
  private loading = false;

  constructor(
    private readonly page: RoomPage,
    private readonly link: Link,
    private readonly outbox: Outbox,
  ) {
    const scroller = one("#log");
    if (!scroller) throw new Error("no log");
    this.last = page.last;
    this.read = page.read;
    const painter = new Painter(page, document.body.dataset.saver === "1");
    const announcer = new Announcer();
    this.log = new Log(scroller, painter, {
      heard: (name, body) => {
        announcer.heard(name, body);
        this.jump.heard();
      },
      landed: (cid, seq, at) => void outbox.settle(cid, seq, at),
      quoteWanted: (seq, article) => void this.fillQuote(painter, seq, article),
      restored: (seq) => void this.redraw(seq),
    });
    this.intake = new Intake((events) => this.log.apply(events));
    this.jump = new Jump(this.log, () => this.markRead());
    this.typing = new Typing(page.me.id);
    this.menu = new Menu(page, link, () => this.composer);
    const form = one<HTMLFormElement>("#composer");
    this.composer = form ? this.makeComposer(form) : null;
    wireTips();
    new LogKeys(this.log, this.menu);
    this.wireLog(scroller);
    this.tools = new Tools(page, (seconds) => this.composer?.setSlow(seconds));
    outbox.on((change) => this.outboxChanged(change));
    for (const item of outbox.list(page.room)) this.showUnsent(item.cid);
    link.listen(page.room, page.last, {
      events: (events, last) => {
        this.last = last;
        this.intake.take(events);
        this.typing.arrived(events.flatMap((event) => (event.k === "message" && event.by ? [event.by.id] : [])));
        if (events.some((event) => event.k === "pin")) void this.refreshPins();
        if (events.some((event) => event.k === "room")) void this.tools.refresh();
        this.markRead();
      },
      reset: () => void this.reload(),
      passing: (frame) => this.passing(frame),
      cursors: (frame) => {
        const others = Object.entries(frame.read).filter(([person]) => person !== page.me.id);
        if (others.length) this.log.markRead(Math.max(...others.map(([, seq]) => seq)));
      },
      refused: (code) => this.lose(code),
    });
    link.onHeld((push) => {
      if (push.room === page.room && push.state !== "RELEASED") this.log.keep(push.cid, push.state === "REFUSED" ? "refused" : "returned");
    });
    document.addEventListener("visibilitychange", () => this.markRead());
    this.markRead();
  }

  private makeComposer(form: HTMLFormElement): Composer {
    return new Composer(form, this.page, {
      send: (written) => {
        void this.outbox.add({ room: this.page.room, slug: this.page.slug, ...written });
        this.log.toEnd();
        this.jump.clear();
      },
      edit: (seq, body) => this.menu.edit(seq, body),
      typing: () => this.link.tell({ t: "typing", room: this.page.room }),
      editLast: () => this.editLast(),
      people: () => fetchMembers(this.page),
    });
  }

  private editLast(): void {
    const own = Array.from(document.querySelectorAll<HTMLElement>("#log-items .bubble.mine[data-seq]:not(.is-deleted)"));
    const article = own[own.length - 1];
    if (article) this.composer?.correct(Number(article.dataset.seq), one(".bubble-text", article)?.textContent ?? "");
  }

  private wireLog(scroller: HTMLElement): void {
    scroller.addEventListener("click", (event) => this.clicked(event));
    scroller.addEventListener("contextmenu", (event) => {
      const article = event.target instanceof Element ? event.target.closest<HTMLElement>(".bubble[data-seq]") : null;
      if (!article || (event.target instanceof Element && event.target.closest("a[href]"))) return;
      event.preventDefault();
      this.menu.open(article);
    });
    scroller.addEventListener("scroll", () => this.scrolled(scroller), { passive: true });
  }

  private clicked(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const article = event.target.closest<HTMLElement>(".bubble");
    const reaction = event.target.closest<HTMLButtonElement>("button.reaction");
    const quote = event.target.closest<HTMLAnchorElement>("a.quote");
    if (event.target.closest("#older")) {
      event.preventDefault();
      void this.loadOlder();
    } else if (!article) return;
    else if (reaction && article.dataset.seq) {
      event.preventDefault();
      this.menu.react(Number(article.dataset.seq), reaction.value, reaction.getAttribute("aria-pressed") !== "true");
    } else if (event.target.closest("[data-menu]")) {
      event.preventDefault();
      this.menu.open(article);
    } else if (event.target.closest("[data-retry]") && article.dataset.cid) void this.outbox.retry(article.dataset.cid);
    else if (event.target.closest("[data-sure]") && article.dataset.cid) void this.outbox.retry(article.dataset.cid, true);
    else if (event.target.closest("[data-rewrite]") && article.dataset.cid) void this.rewrite(article.dataset.cid);
    else if (event.target.closest("[data-cancel]") && article.dataset.cid) void this.outbox.cancel(article.dataset.cid);
    else if (quote) this.follow(quote, event);
  }

  /** What was asked about goes back to where it was written; what stands there already is not written over. */
  private async rewrite(cid: string): Promise<void> {
    const item = this.outbox.list(this.page.room).find((each) => each.cid === cid);
    if (!item || !this.composer?.takeBack(item.body)) return;
    await this.outbox.cancel(cid);
  }

  /** A quote leads to its message when that is on the page. */
  private follow(quote: HTMLAnchorElement, event: Event): void {
    const target = document.getElementById(quote.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    target.classList.add("is-target");
    window.setTimeout(() => target.classList.remove("is-target"), 2000);
    target.focus({ preventScroll: true });
  }

  private scrolled(scroller: HTMLElement): void {
    this.jump.update();
    this.markRead();
    const above = scroller.scrollHeight - scroller.clientHeight - Math.abs(scroller.scrollTop);
    if (above < 200) void this.loadOlder();
  }

  private async loadOlder(): Promise<void> {
    const link = one<HTMLAnchorElement>("#older");
    if (!link || this.loading) return;
    this.loading = true;
    const wait = document.getElementById("wait");
    const timer = window.setTimeout(() => wait?.removeAttribute("hidden"), 300);
    try {
      const found = await fetchPage(this.page, new URL(link.href).searchParams.get("before"));
      this.log.prepend(found.messages, found.older);
    } catch {
      toast(t("Les messages plus anciens ne sont pas arrivés. Réessayez."));
    } finally {
      window.clearTimeout(timer);
      wait?.setAttribute("hidden", "");
      this.loading = false;
    }
  }

  private async reload(): Promise<void> {
    try {
      await this.intake.redraw(async () => {
        const found = await fetchPage(this.page, null);
        this.log.replace(found.messages);
        this.log.toEnd();
        return found.last;
      });
    } catch {
      window.location.reload();
    }
  }

  private async fillQuote(painter: Painter, seq: number, article: HTMLElement): Promise<void> {
    const quoted: Drawn | null = await fetchMessage(this.page, seq).catch(() => null);
    if (!quoted || quoted.deleted) return;
    const quote = one<HTMLAnchorElement>(".quote", article);
    if (quote) painter.setQuote(article, { seq, name: quoted.author?.name ?? "", text: quoted.body.slice(0, 120) });
  }

  private async redraw(seq: number): Promise<void> {
    const message: Drawn | null = await fetchMessage(this.page, seq).catch(() => null);
    if (message) this.log.redraw(seq, message);
  }

  // ---- What is on its way ----
  private outboxChanged(change: Change): void {
    const { item } = change;
    if (item.room !== this.page.room) return;
    if (change.kind === "sent") this.log.settle(item.cid, change.seq ?? 0, change.at ?? new Date().toISOString());
    else if (change.kind === "cancelled") this.log.drop(item.cid);
    else if (change.kind === "held") this.log.keep(item.cid, "held");
    else this.showUnsent(item.cid);
    if (change.kind === "held") toast(refusalWords("held"));
    if (change.kind === "failed" && item.why === "nudge") announce(item.words || refusalWords("nudge"));
    else if (change.kind === "failed") alarm(t("Message non envoyé. %(why)s", { why: item.words || refusalWords(item.why ?? "") }));
    if (change.kind === "sent") this.read = Math.max(this.read, change.seq ?? 0);
  }

  private showUnsent(cid: string): void {
    const item = this.outbox.list(this.page.room).find((each) => each.cid === cid);
    if (!item) return;
    const article = this.log.showWaiting(item);
    const failed = item.state === "failed";
    article.classList.toggle("is-waiting", !failed);
    article.classList.toggle("is-failed", failed);
    const box = one(".failed", article);
    if (!failed) box?.remove();
    else if (!box) {
      const failure = clone(item.why === "nudge" ? "tpl-nudge" : "tpl-failed");
      const why = one(".failed-why", failure);
      if (why) why.textContent = item.words || refusalWords(item.why ?? "");
      one(".bubble-box", article)?.append(failure);
    }
  }

  // ---- What passes ----
  private passing(frame: Eph): void {
    if (frame.typing) this.typing.show(frame.typing);
    const present = one("#room-present");
    if (frame.count !== undefined) showPresent(this.page.room, frame.count);
    if (frame.count !== undefined && present) {
      present.hidden = frame.count === 0;
      present.textContent = ` · ${tn("%(n)s présent", "%(n)s présents", frame.count)}`;
    }
  }

  private async refreshPins(): Promise<void> {
    const line = one("#pins");
    const pins = await fetchPins(this.page).catch(() => null);
    if (!line || !pins) return;
    line.hidden = pins.length === 0;
    for (const old of all(".pin", line)) old.remove();
    const newest = pins[pins.length - 1];
    if (!newest) return;
    const link = document.createElement("a");
    link.className = "pin";
    link.href = `?around=${newest.seq ?? 0}#m${newest.seq ?? 0}`;
    const name = document.createElement("b");
    name.textContent = newest.author?.name ?? "";
    link.append(name, " ", newest.body.slice(0, 120));
    one("svg", line)?.after(link);
  }

  /** The reader has seen everything: at the end of the log, with the page in sight. */
  private markRead(): void {
    if (document.visibilityState !== "visible" || !this.log.isAtEnd() || this.last <= this.read) return;
    window.clearTimeout(this.readTimer);
    this.readTimer = window.setTimeout(() => {
      this.read = this.last;
      this.link.tell({ t: "read", room: this.page.room, seq: this.last });
      showRead(this.page.room);
    }, READ_AFTER);
  }

  /** Banned, kicked, closed: the words stay readable, nothing more can be written. Where the gate of age was shut, or the room is a
   * discreet one, they do not stay: the server draws the page anew, and says what it asks. */
  private lose(code: string): void {
    if (code === "age" || this.page.discreet) {
      window.location.reload();
      return;
    }
    showStrip(refusalWords(code));
    this.composerGone(refusalWords(code));
  }

  private composerGone(words: string): void {
    const line = document.createElement("p");
    line.className = "composer-closed";
    line.textContent = words;
    one("#composer")?.replaceWith(line);
  }
}
