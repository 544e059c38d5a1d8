/** One message drawn from the page's template, and the changes that later happen to it. */
import { all, clone, one, setText } from "../../core/frontend/dom";
import { t } from "../../core/frontend/i18n";
import { clock } from "../../core/frontend/time";
import type { ImageWire, PersonWire } from "../../realtime/frontend/protocol";
import { fillText, splitText } from "./segments";
import type { RoomPage } from "./state";

export interface Drawn {
  seq?: number;
  cid?: string;
  author: PersonWire | null;
  at: Date;
  body: string;
  deleted?: boolean;
  /** When it was written, if it waited for a person. */
  written?: Date | null;
  edited?: boolean;
  pinned?: boolean;
  reply?: { seq: number; name: string; text: string } | null;
  images?: ImageWire[];
  mentions?: string[];
  reactions?: { emoji: string; count: number; mine: boolean }[];
}

export type DeliveryState = "waiting" | "sent" | "read" | "failed" | "held" | "refused" | "returned";

const keptWords = (): Record<"held" | "refused" | "returned", string> => ({
  held: t("en attente d’une relecture"),
  refused: t("non publié après relecture"),
  returned: t("rendu sans relecture"),
});

export class Painter {
  /** Folded names of the people seen here, to their pages: for mentions. */
  readonly people = new Map<string, string>();

  constructor(
    readonly page: RoomPage,
    private readonly saver: boolean,
  ) {}

  personUrl(id: string): string {
    return `${this.page.urls.people}${id}/`;
  }

  meet(person: PersonWire): void {
    this.people.set(person.name.toLocaleLowerCase(), this.personUrl(person.id));
  }

  draw(message: Drawn): HTMLElement {
    const article = clone("tpl-message");
    const mine = message.author?.id === this.page.me.id;
    if (message.author) this.meet(message.author);
    article.classList.toggle("mine", mine);
    article.dataset.author = message.author?.id ?? "";
    article.dataset.at = message.at.toISOString();
    article.dataset.name = message.author?.name ?? t("Une personne partie");
    if (message.cid) article.dataset.cid = message.cid;
    this.setAuthor(article, message, mine);
    this.setWords(article, message.body, message.mentions ?? []);
    this.setQuote(article, message.reply ?? null);
    this.setImages(article, message.images ?? [], message.author);
    this.setTime(article, message.at);
    if (message.written) this.setWritten(article, message.written);
    if (!mine) one(".state", article)?.remove();
    if (!message.edited) one(".edited", article)?.remove();
    article.classList.toggle("is-edited", Boolean(message.edited));
    article.classList.toggle("is-pinned", Boolean(message.pinned));
    for (const reaction of message.reactions ?? []) this.setReaction(article, reaction.emoji, reaction.count, reaction.mine);
    if (message.deleted) this.bury(article);
    if (message.seq !== undefined) this.place(article, message.seq);
    else one(".bubble-more", article)?.remove();
    this.label(article);
    return article;
  }

  /** The message stands in the log now. */
  place(article: HTMLElement, seq: number): void {
    article.id = `m${seq}`;
    article.dataset.seq = String(seq);
    const more = one<HTMLAnchorElement>(".bubble-more", article) ?? this.restoreMore(article);
    if (more) more.href = `${this.page.urls.page}messages/${seq}/`;
    for (const button of all<HTMLButtonElement>(".reaction", article)) button.formAction = `${this.page.urls.page}messages/${seq}/react/`;
  }

  private restoreMore(article: HTMLElement): HTMLAnchorElement | null {
    if (article.classList.contains("is-deleted")) return null;
    const more = one<HTMLAnchorElement>(".bubble-more", clone("tpl-message"));
    if (more) article.append(more);
    return more;
  }

  private setAuthor(article: HTMLElement, message: Drawn, mine: boolean): void {
    const avatar = one(".avatar", article);
    const name = one<HTMLAnchorElement>(".bubble-name", article);
    if (mine || !message.author) {
      avatar?.remove();
      name?.remove();
      return;
    }
    if (this.saver) avatar?.remove();
    else if (avatar) {
      avatar.textContent = message.author.name.slice(0, 1).toUpperCase();
      avatar.classList.replace("av-0", `av-${message.author.av}`);
    }
    if (name) {
      name.textContent = message.author.name;
      name.href = this.personUrl(message.author.id);
    }
  }

  setWords(article: HTMLElement, body: string, mentions: string[]): void {
    const paragraph = one(".bubble-text", article);
    const me = this.personUrl(this.page.me.id);
    if (paragraph) fillText(paragraph, splitText(body, this.people), me);
    article.classList.toggle("is-mention", mentions.includes(this.page.me.id));
  }

  setQuote(article: HTMLElement, reply: Drawn["reply"]): void {
    const quote = one<HTMLAnchorElement>(".quote", article);
    if (!quote) return;
    if (!reply) {
      quote.remove();
      return;
    }
    quote.href = `?around=${reply.seq}#m${reply.seq}`;
    quote.dataset.quoted = String(reply.seq);
    setText(quote, ".quote-name", reply.name);
    setText(quote, ".quote-text", reply.text || (reply.name ? t("Photo") : t("Message retiré")));
  }

  private setTime(article: HTMLElement, at: Date): void {
    const time = one<HTMLTimeElement>("time", article);
    if (!time) return;
    time.dateTime = at.toISOString();
    time.textContent = clock(at);
  }

  private setWritten(article: HTMLElement, written: Date): void {
    const mark = document.createElement("span");
    mark.className = "written";
    mark.textContent = t("écrit à %(at)s", { at: clock(written) });
    one(".bubble-meta time", article)?.after(" ", mark);
  }

  /** The images as the log has them, in place of what was shown while they were on their way. */
  setImages(article: HTMLElement, images: ImageWire[], author: PersonWire | null): void {
    for (const old of all(".photo, .photo-tap, .photo-wait", article)) {
      const source = one<HTMLImageElement>("img", old)?.src ?? "";
      if (source.startsWith("blob:")) URL.revokeObjectURL(source);
      old.remove();
    }
    for (const image of images) one(".bubble-meta", article)?.before(...this.photoOrWord(image, author));
  }

  dropImage(article: HTMLElement, id: string): void {
    for (const each of all<HTMLAnchorElement>(".photo, .photo-tap", article)) if (each.pathname.startsWith(`/media/${id}/`)) each.remove();
  }

  /** Who may not see an image yet is told so; its author sees it before the others. */
  private photoOrWord(image: ImageWire, author: PersonWire | null): HTMLElement[] {
    if (!image.sight) return [this.photo(image, author)];
    const mine = author?.id === this.page.me.id && image.sight === "checking";
    const word = document.createElement("p");
    word.className = "photo-wait";
    word.textContent = mine ? t("Vous seul voyez cette image : sa vérification est en cours.") : t("Image en cours de vérification");
    return mine ? [this.photo(image, author), word] : [word];
  }

  private photo(image: ImageWire, author: PersonWire | null): HTMLElement {
    const link = clone("tpl-photo") as HTMLAnchorElement;
    link.href = image.url;
    if (this.saver) {
      link.className = "photo-tap";
      link.textContent = t("Voir la photo (%(size)s Ko)", { size: Math.max(1, Math.round(image.size / 1024)) });
      return link;
    }
    const picture = one<HTMLImageElement>("img", link);
    if (picture) {
      picture.src = image.thumb;
      picture.width = image.w;
      picture.height = image.h;
      picture.alt = author ? t("Photo de %(name)s", { name: author.name }) : t("Photo");
    }
    return link;
  }

  setState(article: HTMLElement, state: DeliveryState): void {
    const words = { waiting: t("en attente"), sent: t("envoyé"), read: t("lu"), failed: t("non envoyé"), ...keptWords() };
    article.classList.toggle("is-held", state === "held" || state === "refused" || state === "returned");
    article.classList.toggle("is-refused", state === "refused" || state === "returned");
    article.classList.toggle("is-waiting", state === "waiting");
    article.classList.toggle("is-failed", state === "failed");
    const mark = one(".state", article);
    if (!mark || mark.dataset.state === state) return;
    mark.dataset.state = state;
    mark.textContent = words[state];
    this.label(article);
  }

  setReaction(article: HTMLElement, emoji: string, count: number, mine: boolean): void {
    let place = one(".reactions", article);
    if (!place) {
      place = document.createElement("div");
      place.className = "reactions";
      one(".bubble-box", article)?.append(place);
    }
    let button = all<HTMLButtonElement>(".reaction", place).find((each) => each.value === emoji);
    if (count <= 0) {
      button?.remove();
      return;
    }
    if (!button) {
      button = clone("tpl-reaction") as HTMLButtonElement;
      button.value = emoji;
      setText(button, ".emoji", emoji);
      if (article.dataset.seq) button.formAction = `${this.page.urls.page}messages/${article.dataset.seq}/react/`;
      place.append(button);
    }
    setText(button, ".n", String(count));
    button.setAttribute("aria-pressed", String(mine));
  }

  /** Somebody put a reaction or took it back. */
  react(article: HTMLElement, emoji: string, on: boolean, mine: boolean): void {
    const button = all<HTMLButtonElement>(".reaction", article).find((each) => each.value === emoji);
    const count = Number(button?.querySelector(".n")?.textContent ?? 0) + (on ? 1 : -1);
    const pressed = mine ? on : button?.getAttribute("aria-pressed") === "true";
    this.setReaction(article, emoji, count, pressed);
  }

  edit(article: HTMLElement, body: string, mentions: string[]): void {
    if (article.classList.contains("is-deleted")) return;
    this.setWords(article, body, mentions);
    if (!one(".edited", article)) {
      const mark = document.createElement("span");
      mark.className = "edited";
      mark.textContent = t("modifié");
      one(".bubble-meta", article)?.prepend(mark, " ");
    }
    article.classList.add("is-edited");
    this.label(article);
  }

  /** Taken back: only the place remains. */
  bury(article: HTMLElement): void {
    article.classList.add("is-deleted");
    article.classList.remove("is-pinned", "is-mention");
    setText(article, ".bubble-text", t("Message retiré"));
    for (const part of all(".quote, .photo, .photo-tap, .reactions, .bubble-more, .edited, .state", article)) part.remove();
    this.label(article);
  }

  /** Its author is nobody any more. */
  unname(article: HTMLElement): void {
    article.dataset.author = "";
    article.dataset.name = t("Une personne partie");
    const name = one<HTMLAnchorElement>(".bubble-name", article);
    if (name) {
      name.textContent = t("Une personne partie");
      name.removeAttribute("href");
    }
    const avatar = one(".avatar", article);
    if (avatar) avatar.textContent = "";
    this.label(article);
  }

  pin(article: HTMLElement, on: boolean): void {
    article.classList.toggle("is-pinned", on);
    const meta = one(".bubble-meta", article);
    if (meta) {
      if (on) meta.dataset.pin = t("épinglé");
      else delete meta.dataset.pin;
    }
    this.label(article);
  }

  /** Name, time and state in words, for those who hear the page. */
  label(article: HTMLElement): void {
    const mine = article.classList.contains("mine");
    const name = mine ? t("Vous") : (one(".bubble-name", article)?.textContent ?? article.dataset.name ?? "");
    const parts = [name, one("time", article)?.textContent ?? ""];
    for (const part of [".edited", ".state"]) parts.push(one(part, article)?.textContent ?? "");
    if (article.classList.contains("is-pinned")) parts.push(t("épinglé"));
    article.setAttribute("aria-label", parts.filter(Boolean).join(", "));
    one(".bubble-more", article)?.setAttribute("aria-label", t("Actions : %(what)s", { what: parts.slice(0, 2).join(", ") }));
  }
}
