/** The log on the page. Every event changes one node; what stands is never drawn again, so nobody hears it twice. */
import { all, clone, one, setText } from "../../core/frontend/dom";
import { t } from "../../core/frontend/i18n";
import { clock, dayKey, dayName, localiseTimes } from "../../core/frontend/time";
import type { ImageWire, PersonWire, WireEvent } from "../../realtime/frontend/protocol";
import type { Drawn, Painter } from "./bubble";
import { regroup } from "./grouping";
import type { OutFile, Queued } from "./outbox";

const KEPT = 200;

export interface LogEvents {
  /** A message of somebody else has come. */
  heard(name: string, body: string, mention: boolean): void;
  /** A message is in the log that this device may have sent. */
  landed(cid: string, seq: number, at: string): void;
  /** A quoted message is not on the page. */
  quoteWanted(seq: number, article: HTMLElement): void;
  /** A message that a decision hid stands in the log again. */
  restored(seq: number): void;
}

/** An image that is still on its way; its true size comes with the log. */
function preview(file: OutFile): ImageWire {
  const url = file.blob ? URL.createObjectURL(file.blob) : `/media/${file.id ?? ""}/thumb/`;
  return { id: file.id ?? "", kind: "image", url, thumb: url, w: 320, h: 240, size: file.size };
}

export class Log {
  private readonly items: HTMLElement;

  constructor(
    readonly scroller: HTMLElement,
    private readonly painter: Painter,
    private readonly events: LogEvents,
  ) {
    this.items = one("#log-items", scroller) ?? scroller;
    for (const article of all(".bubble[data-seq]", this.items)) {
      const name = one(".bubble-name", article);
      if (name?.textContent && article.dataset.author) this.painter.meet({ id: article.dataset.author, name: name.textContent, av: 0 });
    }
    localiseTimes(this.items);
  }

  /** The column is reversed, so 0 is the end. */
  isAtEnd(): boolean {
    return Math.abs(this.scroller.scrollTop) < 48;
  }

  toEnd(): void {
    this.scroller.scrollTop = 0;
  }

  find(seq: number): HTMLElement | null {
    return document.getElementById(`m${seq}`);
  }

  /** Apply events of the room's log, in order. */
  apply(events: WireEvent[]): void {
    const stay = this.isAtEnd() ? null : this.anchor();
    for (const event of events) this.applyOne(event);
    if (stay) stay();
    else this.trim();
  }

  /** What the eye rests on stays where it is. */
  private anchor(): () => void {
    const top = this.scroller.getBoundingClientRect().top;
    const held = all("[data-seq]", this.items).find((each) => each.getBoundingClientRect().bottom > top);
    const before = held?.getBoundingClientRect().top ?? 0;
    return () => {
      if (held?.isConnected) this.scroller.scrollTop += held.getBoundingClientRect().top - before;
    };
  }

  private applyOne(event: WireEvent): void {
    switch (event.k) {
      case "message":
        this.addMessage(event);
        break;
      case "edit":
        this.change(event, (article) => this.painter.edit(article, event.body ?? "", event.mentions ?? []));
        break;
      case "delete":
        this.change(event, (article) => this.painter.bury(article));
        this.unquote(event.target ?? 0);
        break;
      case "hide":
        this.hide(event);
        break;
      case "forget":
        this.forget(typeof event.gone === "string" ? event.gone : "");
        break;
      case "image":
        this.turnImage(event);
        break;
      case "restore":
        if (this.find(event.target ?? 0)) this.events.restored(event.target ?? 0);
        break;
      case "react":
        this.change(event, (article) =>
          this.painter.react(article, event.emoji ?? "", event.on ?? true, event.by?.id === this.painter.page.me.id),
        );
        break;
      case "pin":
        this.change(event, (article) => this.painter.pin(article, event.on ?? true));
        break;
      case "member":
      case "room":
        this.addSystem(event);
        break;
    }
  }

  /** A decision took one image away, or the whole message. */
  private hide(event: WireEvent): void {
    if (event.image) this.turnImage(event);
    else {
      this.change(event, (article) => this.painter.bury(article));
      this.unquote(event.target ?? 0);
    }
  }

  /** Somebody erased their account: their words and their name leave the page, only the places remain. */
  private forget(id: string): void {
    for (const article of all(".bubble[data-seq]", this.items)) {
      if (!id || article.dataset.author !== id) continue;
      this.painter.bury(article);
      this.painter.unname(article);
      this.unquote(Number(article.dataset.seq));
    }
    for (const line of all(".system", this.items)) if (id && line.dataset.names?.split(" ").includes(id)) line.remove();
  }

  /** An image may be seen now, or no longer: what is taken away goes at once, what is there instead comes with the message. */
  private turnImage(event: WireEvent): void {
    const image = typeof event.image === "string" ? event.image : "";
    if (event.k === "hide" || event.sight) this.change(event, (article) => this.painter.dropImage(article, image));
    if (this.find(event.target ?? 0)) this.events.restored(event.target ?? 0);
  }

  /** Draw a message anew in its place. */
  redraw(seq: number, message: Drawn): void {
    const article = this.find(seq);
    if (!article) return;
    const fresh = this.painter.draw(message);
    article.replaceWith(fresh);
    regroup(fresh);
    regroup(fresh.nextElementSibling);
  }

  private change(event: WireEvent, deed: (article: HTMLElement) => void): void {
    const article = this.find(event.target ?? 0);
    if (article) deed(article);
  }

  private addMessage(event: WireEvent): void {
    const at = event.at ?? new Date().toISOString();
    const own = event.by?.id === this.painter.page.me.id;
    if (event.cid && own) this.events.landed(event.cid, event.seq, at);
    if (event.cid && own && one(".is-held", this.items)) this.drop(event.cid); // it waited on this page, and was let in
    const shown = this.find(event.seq);
    if (shown) {
      if (own && event.att?.length) this.complete(shown, event);
      return;
    }
    const article = this.painter.draw({
      seq: event.seq,
      author: event.by ?? null,
      at: new Date(at),
      body: event.body ?? "",
      deleted: event.deleted ?? false,
      reply: event.reply ? this.quoteOf(event.reply.seq) : null,
      images: event.att ?? [],
      mentions: event.mentions ?? [],
      written: typeof event.written === "string" ? new Date(event.written) : null,
      ...(event.cid ? { cid: event.cid } : {}),
    });
    this.insert(article, event.seq);
    if (event.reply && !this.find(event.reply.seq)) this.events.quoteWanted(event.reply.seq, article);
    const mention = (event.mentions ?? []).includes(this.painter.page.me.id);
    if (!own && event.by && !event.deleted) this.events.heard(event.by.name, event.body ?? "", mention);
  }

  /** The server's images take the place of the previews. */
  private complete(article: HTMLElement, event: WireEvent): void {
    this.painter.setWords(article, event.body ?? "", event.mentions ?? []);
    this.painter.setImages(article, event.att ?? [], event.by ?? null);
  }

  private quoteOf(seq: number): { seq: number; name: string; text: string } {
    const article = this.find(seq);
    const name = article?.classList.contains("mine") ? this.painter.page.me.name : (article?.dataset.name ?? this.nameIn(article));
    const gone = !article || article.classList.contains("is-deleted");
    return { seq, name: gone ? "" : name, text: gone ? "" : (one(".bubble-text", article)?.textContent ?? "").slice(0, 120) };
  }

  /** The name over a message may stand some messages above it. */
  private nameIn(article: HTMLElement | null): string {
    for (let each: Element | null = article; each instanceof HTMLElement; each = each.previousElementSibling) {
      const name = one(".bubble-name", each)?.textContent;
      if (name) return name;
    }
    return "";
  }

  private unquote(seq: number): void {
    for (const quote of all(`.quote[href$="#m${seq}"]`, this.items)) {
      setText(quote, ".quote-name", "");
      setText(quote, ".quote-text", t("Message retiré"));
    }
  }

  private addSystem(event: WireEvent): void {
    const sentence = systemSentence(event);
    if (!sentence || one(`.system[data-seq="${event.seq}"]`, this.items)) return;
    const line = clone("tpl-system");
    const at = new Date(event.at ?? Date.now());
    line.dataset.seq = String(event.seq);
    line.dataset.at = at.toISOString();
    line.dataset.names = [event.by, event.who].map((person) => person?.id ?? "").join(" ");
    setText(line, ".system-text", sentence);
    setText(line, "time", clock(at));
    this.insert(line, event.seq);
  }

  /** Put a node where its number belongs: after the greatest smaller one, before what still waits. */
  private insert(node: HTMLElement, seq: number): void {
    let before: HTMLElement | null = null;
    const numbered = all("[data-seq]", this.items);
    for (let i = numbered.length - 1; i >= 0; i--) {
      const each = numbered[i];
      if (each && Number(each.dataset.seq) < seq) {
        before = each;
        break;
      }
    }
    if (before) before.after(node);
    else {
      const head = one(".log-older, .log-end", this.items);
      if (head) head.after(node);
      else this.items.prepend(node);
    }
    setText(this.items, ".log-end", t("Début de l’historique visible"));
    this.divide(node);
    regroup(node);
    regroup(node.nextElementSibling);
  }

  /** A line with the day, where it changes. */
  private divide(node: HTMLElement): void {
    const before = node.previousElementSibling;
    const at = new Date(node.dataset.at ?? Date.now());
    if (before instanceof HTMLElement && before.dataset.at && dayKey(new Date(before.dataset.at)) === dayKey(at)) return;
    if (before instanceof HTMLElement && (before.classList.contains("day") || before.classList.contains("new-line"))) return;
    if (before instanceof HTMLElement && before.classList.contains("system") && !before.dataset.at) return;
    const line = clone("tpl-day");
    line.dataset.day = dayKey(at);
    setText(line, "span", dayName(at));
    node.before(line);
  }

  // ---- Messages of this device that are on their way ----
  /** Show a message before the server has it. */
  showWaiting(item: Queued): HTMLElement {
    const shown = this.findWaiting(item.cid);
    if (shown) return shown;
    const article = this.painter.draw({
      cid: item.cid,
      author: this.painter.page.me,
      at: new Date(item.at),
      body: item.body,
      images: item.files.map(preview),
      reply: item.reply === undefined ? null : this.quoteOf(item.reply),
    });
    this.painter.setState(article, item.state === "failed" ? "failed" : "waiting");
    this.items.append(article);
    this.divide(article);
    regroup(article);
    return article;
  }

  findWaiting(cid: string): HTMLElement | null {
    return one(`.bubble[data-cid="${cid}"]:not([data-seq])`, this.items);
  }

  /** The server has it: the bubble takes its number and its place. */
  settle(cid: string, seq: number, at: string): void {
    const article = this.findWaiting(cid);
    if (!article) return;
    if (this.find(seq)) {
      article.remove();
      return;
    }
    one(".failed", article)?.remove();
    article.dataset.at = at;
    const time = one<HTMLTimeElement>("time", article);
    if (time) {
      time.dateTime = at;
      time.textContent = clock(new Date(at));
    }
    const day = article.previousElementSibling;
    article.remove();
    if (day?.classList.contains("day") && !day.nextElementSibling) day.remove();
    this.painter.place(article, seq);
    this.painter.setState(article, "sent");
    this.insert(article, seq);
  }

  /** What became of one's own message that waits for a person. */
  keep(cid: string, state: "held" | "refused" | "returned"): void {
    const article = this.findWaiting(cid);
    if (article) this.painter.setState(article, state);
  }

  drop(cid: string): void {
    const article = this.findWaiting(cid);
    const next = article?.nextElementSibling ?? null;
    article?.remove();
    regroup(next);
  }

  /** Own messages up to a number were read by somebody. */
  markRead(upTo: number): void {
    for (const article of all(".bubble.mine[data-seq]", this.items)) {
      if (Number(article.dataset.seq) <= upTo && !article.classList.contains("is-deleted")) this.painter.setState(article, "read");
    }
  }

  // ---- Whole pages ----
  /** Put older messages before the first one; the eye stays where it was. */
  prepend(messages: Drawn[], more: boolean): void {
    const stay = this.anchor();
    for (const message of messages) {
      if (message.seq === undefined || this.find(message.seq)) continue;
      this.insert(this.painter.draw(message), message.seq);
    }
    const head = one(".log-older", this.items);
    const first = messages[0]?.seq;
    if (!more || first === undefined) this.endHistory(head);
    else one<HTMLAnchorElement>("#older", this.items)?.setAttribute("href", `?before=${first}`);
    stay();
  }

  private endHistory(head: HTMLElement | null): void {
    const end = document.createElement("p");
    end.className = "log-end";
    end.textContent = t("Début de l’historique visible");
    if (head) head.replaceWith(end);
  }

  /** Too much was missed: start again from a snapshot. Waiting messages stay. */
  replace(messages: Drawn[]): void {
    for (const node of all("[data-seq], .day, .new-line, .log-end", this.items)) node.remove();
    for (const message of messages) if (message.seq !== undefined) this.insert(this.painter.draw(message), message.seq);
    for (const article of all(".bubble:not([data-seq])", this.items)) this.items.append(article);
  }

  /** An old phone holds no thousand nodes: the oldest go while the reader is at the end. */
  private trim(): void {
    const articles = all("[data-seq]", this.items);
    const extra = articles.length - KEPT;
    if (extra <= 0) return;
    for (const article of articles.slice(0, extra)) article.remove();
    while (this.items.firstElementChild?.classList.contains("day") && this.items.firstElementChild.nextElementSibling?.classList.contains("day")) {
      this.items.firstElementChild.remove();
    }
    this.offerOlder(Number(articles[extra]?.dataset.seq ?? 0));
  }

  private offerOlder(first: number): void {
    const link = one<HTMLAnchorElement>("#older", this.items);
    if (link) {
      link.href = `?before=${first}`;
      return;
    }
    const end = one(".log-end", this.items);
    const line = document.createElement("p");
    line.className = "log-older";
    const more = document.createElement("a");
    more.className = "button";
    more.id = "older";
    more.href = `?before=${first}`;
    more.textContent = t("Messages plus anciens");
    line.append(more);
    if (end) end.replaceWith(line);
    else this.items.prepend(line);
  }
}

const nameOf = (person: PersonWire | null | undefined): string => person?.name ?? t("Une personne partie");
/** The house names nobody. */
const actorOf = (event: WireEvent): string => (event.by === undefined ? t("L’équipe de Resaka") : nameOf(event.by));

/** A change of members or of the room in words; the sentences are the server's. */
export function systemSentence(event: WireEvent): string {
  const names = { name: actorOf(event), who: nameOf(event.who) };
  if (event.k === "room") return t("%(name)s a modifié les réglages du salon.", names);
  switch (event.act) {
    case "join":
      return t("%(who)s est arrivé dans le groupe.", names);
    case "leave":
      return t("%(who)s a quitté le groupe.", names);
    case "kick":
      return t("%(name)s a fait sortir %(who)s.", names);
    case "ban":
      return t("%(name)s a exclu %(who)s.", names);
    case "unban":
      return t("%(name)s a levé l’exclusion de %(who)s.", names);
    case "role":
      return t("%(name)s a changé le rôle de %(who)s.", names);
    default:
      return "";
  }
}
