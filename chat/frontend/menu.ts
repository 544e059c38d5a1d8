/** What can be done with one message, in a sheet. Each deed has a page of its own where there is no script. */
import { icon, one, post } from "../../core/frontend/dom";
import { t } from "../../core/frontend/i18n";
import { toast } from "../../core/frontend/notices";
import { confirmDeed, openSheet } from "../../core/frontend/sheet";
import { Lost, Refused, type Link } from "../../realtime/frontend/link";
import type { Composer } from "./composer";
import { refusalWords } from "./refusals";
import type { RoomPage } from "./state";

interface Deed {
  icon: string;
  label: string;
  danger?: boolean;
  run: () => void;
}

export class Menu {
  constructor(
    private readonly page: RoomPage,
    private readonly link: Link,
    private readonly composer: () => Composer | null,
  ) {}

  open(article: HTMLElement): void {
    const seq = Number(article.dataset.seq);
    if (!seq || article.classList.contains("is-deleted")) return;
    const body: Node[] = [this.palette(article, seq)];
    const close = openSheet({ title: article.getAttribute("aria-label") ?? t("Message"), body });
    const list = document.querySelector(".sheet-body");
    for (const deed of this.deeds(article, seq)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `menu-item${deed.danger ? " danger" : ""}`;
      button.append(icon(deed.icon), deed.label);
      button.addEventListener("click", () => {
        close();
        deed.run();
      });
      list?.append(button);
    }
  }

  private palette(article: HTMLElement, seq: number): HTMLElement {
    const palette = document.createElement("div");
    palette.className = "palette";
    for (const emoji of this.page.reactions) {
      const button = document.createElement("button");
      const mine = Array.from(article.querySelectorAll<HTMLButtonElement>(".reaction[aria-pressed=true]")).some((each) => each.value === emoji);
      button.type = "button";
      button.className = "palette-item";
      button.textContent = emoji;
      button.setAttribute("aria-pressed", String(mine));
      button.setAttribute("data-close", "");
      button.addEventListener("click", () => this.react(seq, emoji, !mine));
      palette.append(button);
    }
    return palette;
  }

  private deeds(article: HTMLElement, seq: number): Deed[] {
    const mine = article.classList.contains("mine");
    const text = one(".bubble-text", article)?.textContent ?? "";
    const deeds: Deed[] = [];
    if (this.composer()) deeds.push({ icon: "reply", label: t("Répondre"), run: () => this.reply(article) });
    if (text) deeds.push({ icon: "copy", label: t("Copier le texte"), run: () => void this.copy(text) });
    if (mine && this.composer()) deeds.push({ icon: "edit", label: t("Modifier"), run: () => this.composer()?.correct(seq, text) });
    if (this.page.role === "OWNER" || this.page.role === "MODERATOR") {
      const pinned = article.classList.contains("is-pinned");
      deeds.push({ icon: "pin", label: pinned ? t("Désépingler") : t("Épingler"), run: () => this.ask({ t: "pin", seq, on: !pinned }) });
    }
    if (mine) deeds.push({ icon: "trash", label: t("Retirer"), danger: true, run: () => void this.remove(seq) });
    else {
      deeds.push({ icon: "flag", label: t("Signaler"), run: () => this.report(seq) });
      if (article.dataset.author) deeds.push(...this.personDeeds(article.dataset.author));
    }
    return deeds;
  }

  private personDeeds(person: string): Deed[] {
    const url = `${this.page.urls.people}${person}/`;
    return [
      { icon: "me", label: t("Voir le profil"), run: () => window.location.assign(url) },
      { icon: "mute", label: t("Masquer cette personne"), run: () => void this.part(`${url}mute/`, t("Vous ne verrez plus ses messages.")) },
      { icon: "block", label: t("Bloquer cette personne"), danger: true, run: () => void this.block(url) },
    ];
  }

  /** A page of its own: whoever reports should see what is sent, and the numbers that help. */
  report(seq: number): void {
    window.location.assign(`${this.page.urls.report}${seq}/`);
  }

  reply(article: HTMLElement): void {
    const name = article.classList.contains("mine") ? t("Vous") : (article.dataset.name ?? one(".bubble-name", article)?.textContent ?? "");
    this.composer()?.answer(Number(article.dataset.seq), name, (one(".bubble-text", article)?.textContent ?? "").slice(0, 120));
  }

  react(seq: number, emoji: string, on: boolean): void {
    this.ask({ t: "react", seq, emoji, on });
  }

  /** Correct a message; what is asked about or refused stays where it was typed. */
  edit(seq: number, body: string, sure = false): void {
    this.link.request({ t: "edit", room: this.page.room, seq, body, ...(sure ? { sure } : {}) }).catch(async (error: unknown) => {
      if (error instanceof Refused && error.code === "nudge") {
        const yes = await confirmDeed(error.words || refusalWords("nudge"), t("Enregistrer quand même"));
        if (yes) this.edit(seq, body, true);
        else this.composer()?.correct(seq, body);
        return;
      }
      this.stumbled(error);
      if (error instanceof Refused && error.code !== "held") this.composer()?.correct(seq, body);
    });
  }

  private async remove(seq: number): Promise<void> {
    const question = t("Le texte disparaît pour tout le monde. Une ligne dit qu’un message a été retiré.");
    if (await confirmDeed(question, t("Retirer ce message"))) this.ask({ t: "del", seq });
  }

  private async block(url: string): Promise<void> {
    const question = t("Vous ne vous verrez plus l’un l’autre, nulle part. La personne n’en est pas informée.");
    if (await confirmDeed(question, t("Bloquer"))) await this.part(`${url}block/`, t("Personne bloquée."));
  }

  private async part(url: string, done: string): Promise<void> {
    const answer = await post(url).catch(() => null);
    if (answer?.ok) {
      toast(done);
      window.setTimeout(() => window.location.reload(), 600); // what they wrote before leaves the page too
    } else toast(t("Impossible pour le moment. Réessayez quand le réseau est revenu."));
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("Texte copié"));
    } catch {
      toast(t("Ce navigateur ne permet pas de copier."));
    }
  }

  private ask(command: { t: string; [field: string]: unknown }): void {
    this.link.request({ ...command, room: this.page.room }).catch((error: unknown) => this.stumbled(error));
  }

  private stumbled(error: unknown): void {
    if (error instanceof Refused) toast(error.words || refusalWords(error.code));
    else if (error instanceof Lost) toast(t("Hors ligne. Réessayez quand le réseau est revenu."));
    else throw error;
  }
}
