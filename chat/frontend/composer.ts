/** Where a message is written: grows, counts, keeps the draft, answers or corrects another message. */
import { one, setText } from "../../core/frontend/dom";
import { t, tn } from "../../core/frontend/i18n";
import { loadDraft, saveDraft } from "./drafts";
import type { OutFile } from "./outbox";
import type { RoomPage } from "./state";
import { Suggest, type Person } from "./suggest";
import { Tray } from "./uploads";

export interface Written {
  body: string;
  reply?: number;
  files: OutFile[];
}

export interface ComposerEvents {
  send(written: Written): void;
  edit(seq: number, body: string): void;
  typing(): void;
  editLast(): void;
  people(): Promise<Person[]>;
}

const COUNT_FROM = 200;
const TYPING_EVERY = 3000;
const DRAFT_AFTER = 300;

/** Code points, as the server counts them. */
export function lengthOf(text: string): number {
  return Array.from(text.normalize("NFC")).length;
}

export class Composer {
  readonly field: HTMLTextAreaElement;
  private readonly note: HTMLElement | null;
  private readonly tray: Tray;
  private readonly suggest: Suggest | null;
  private slowWords: string;
  private slowMode: number;
  private reply: number | null = null;
  private editing: number | null = null;
  private draftTimer = 0;
  private slowTimer = 0;
  private slowUntil = 0;
  private saidTyping = 0;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly page: RoomPage,
    private readonly events: ComposerEvents,
  ) {
    const field = one<HTMLTextAreaElement>("#composer-text", form);
    const list = one("#composer-files", form);
    if (!field || !list) throw new Error("no composer");
    this.field = field;
    this.note = one("#composer-note", form);
    this.slowWords = this.note?.textContent ?? "";
    this.slowMode = page.slowMode;
    this.tray = new Tray(list, page.urls.upload, page.imageBytes, () => this.refresh());
    const box = one("#suggest", form);
    this.suggest = box ? new Suggest(field, box, () => events.people()) : null;
    this.wire();
    const replied = Number(one<HTMLInputElement>("#composer-reply-seq", form)?.value ?? 0);
    if (replied) this.reply = replied;
    void this.restore();
  }

  private wire(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("paste", (event) => {
      const files = Array.from(event.clipboardData?.files ?? []);
      if (files.length) {
        event.preventDefault();
        this.tray.add(files);
      }
    });
    const input = one<HTMLInputElement>("#composer-file", this.form);
    input?.addEventListener("change", () => {
      this.tray.add(Array.from(input.files ?? []));
      input.value = "";
    });
    one("#composer-attach summary", this.form)?.addEventListener("click", (event) => {
      event.preventDefault();
      input?.click();
    });
    one("[data-context-cancel]", this.form)?.addEventListener("click", (event) => {
      event.preventDefault();
      this.clearContext();
    });
    window.addEventListener("pagehide", () => void this.keepDraft());
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || this.suggest?.key(event)) return;
    const sends = (document.body.dataset.enter === "line") === event.shiftKey;
    if (event.key === "Enter" && sends) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && (this.reply !== null || this.editing !== null)) {
      event.preventDefault();
      this.clearContext();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      this.events.editLast();
    }
  }

  private typed(): void {
    this.refresh();
    void this.suggest?.update();
    window.clearTimeout(this.draftTimer);
    this.draftTimer = window.setTimeout(() => void this.keepDraft(), DRAFT_AFTER);
    if (this.field.value.trim() && Date.now() - this.saidTyping > TYPING_EVERY) {
      this.saidTyping = Date.now();
      this.events.typing();
    }
  }

  private async restore(): Promise<void> {
    const draft = await loadDraft(this.page.me.id, this.page.room).catch(() => null);
    if (draft && !this.field.value) this.field.value = draft.body;
    this.refresh();
  }

  private async keepDraft(): Promise<void> {
    if (this.editing !== null) return;
    await saveDraft(this.page.me.id, this.page.room, { body: this.field.value, reply: this.reply ?? undefined }).catch(() => undefined);
  }

  private submit(): void {
    const body = this.field.value;
    if (lengthOf(body) > this.page.maxLength) return;
    if (this.editing !== null) {
      if (body.trim()) this.events.edit(this.editing, body);
      this.clearContext();
      return;
    }
    if (!body.trim() && !this.tray.count) {
      this.field.focus();
      return;
    }
    if (this.slowUntil > Date.now()) return;
    this.events.send({ body, files: this.tray.take(), ...(this.reply === null ? {} : { reply: this.reply }) });
    this.field.value = "";
    window.clearTimeout(this.draftTimer);
    this.clearContext();
    void this.keepDraft();
    this.slowDown(this.slowMode);
  }

  /** Answer a message. */
  answer(seq: number, name: string, text: string): void {
    this.editing = null;
    this.reply = seq;
    this.showContext("is-reply", name, text);
  }

  /** Correct one's own message. */
  correct(seq: number, text: string): void {
    void this.keepDraft();
    this.reply = null;
    this.editing = seq;
    this.field.value = text;
    this.showContext("is-edit", t("Modifier votre message"), "");
    this.field.setSelectionRange(text.length, text.length);
  }

  private showContext(kind: string, name: string, text: string): void {
    this.form.classList.remove("is-reply", "is-edit");
    this.form.classList.add(kind);
    const context = one("#composer-context", this.form);
    if (context) context.hidden = false;
    setText(this.form, "#context-name", name);
    setText(this.form, "#context-text", text);
    this.refresh();
    this.field.focus();
  }

  private clearContext(): void {
    const corrected = this.editing !== null;
    this.reply = this.editing = null;
    this.form.classList.remove("is-reply", "is-edit");
    const context = one("#composer-context", this.form);
    if (context) context.hidden = true;
    if (corrected) {
      this.field.value = "";
      void this.restore();
    }
    this.refresh();
    this.field.focus();
  }

  /** The moderation has changed the slow mode; 0 is off. */
  setSlow(seconds: number): void {
    if (seconds === this.slowMode) return;
    this.slowMode = seconds;
    this.slowWords = seconds
      ? tn("Mode lent : un message par seconde.", "Mode lent : un message toutes les %(n)s secondes.", seconds)
      : "";
    if (seconds === 0) this.slowUntil = 0;
    this.refresh();
  }

  /** Take a text back that was asked about; false when something else stands here. */
  takeBack(text: string): boolean {
    if (this.field.value.trim() || this.editing !== null) {
      this.field.focus();
      return false;
    }
    this.field.value = text;
    this.refresh();
    void this.keepDraft();
    this.field.focus();
    return true;
  }

  /** The seconds until the next message may leave. */
  slowDown(seconds: number): void {
    if (seconds <= 0) return;
    this.slowUntil = Date.now() + seconds * 1000;
    window.clearInterval(this.slowTimer);
    this.slowTimer = window.setInterval(() => this.refresh(), 1000);
    this.refresh();
  }

  private refresh(): void {
    this.grow();
    const length = lengthOf(this.field.value);
    const over = length > this.page.maxLength;
    this.form.classList.toggle("is-over", over);
    const left = Math.ceil((this.slowUntil - Date.now()) / 1000);
    if (left <= 0) window.clearInterval(this.slowTimer);
    this.say(this.words(length, over, left), over);
    const send = one<HTMLButtonElement>("#composer-send", this.form);
    send?.setAttribute("aria-disabled", String(over || left > 0));
  }

  private words(length: number, over: boolean, left: number): string {
    if (over) return tn("%(n)s caractère de trop", "%(n)s caractères de trop", length - this.page.maxLength);
    if (length > this.page.maxLength - COUNT_FROM) return `${length} / ${this.page.maxLength}`;
    if (left > 0) return tn("Mode lent : encore %(n)s seconde", "Mode lent : encore %(n)s secondes", left);
    return this.slowWords;
  }

  private say(words: string, over: boolean): void {
    if (!this.note) return;
    if (this.note.textContent !== words) this.note.textContent = words;
    this.note.classList.toggle("danger", over);
  }

  private grow(): void {
    this.field.style.height = "48px";
    if (this.field.scrollHeight > 52) this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 216)}px`;
  }
}
