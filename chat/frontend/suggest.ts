/** Names offered while somebody types `@`. */

export interface Person {
  id: string;
  name: string;
}

const MOST = 6;

/** The name that is being typed before the caret, null when none is. */
export function mentionBefore(text: string, caret: number): string | null {
  const found = /(?:^|[\s(«])@([\p{L}\p{N}_.-]{0,24})$/u.exec(text.slice(0, caret));
  return found?.[1] ?? null;
}

export function matching(people: Person[], typed: string): Person[] {
  const start = typed.toLocaleLowerCase();
  return people.filter((person) => person.name.toLocaleLowerCase().startsWith(start)).slice(0, MOST);
}

export class Suggest {
  private people: Person[] | null = null;
  private shown: Person[] = [];
  private current = 0;

  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly box: HTMLElement,
    private readonly load: () => Promise<Person[]>,
  ) {
    field.setAttribute("aria-controls", box.id);
    box.addEventListener("pointerdown", (event) => {
      const item = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (!item) return;
      event.preventDefault();
      this.choose(Number(item.dataset.index));
    });
  }

  get open(): boolean {
    return !this.box.hidden;
  }

  async update(): Promise<void> {
    const typed = mentionBefore(this.field.value, this.field.selectionStart);
    if (typed === null) { this.close(); return; }
    this.people ??= await this.load().catch(() => []);
    this.shown = matching(this.people, typed);
    if (!this.shown.length) { this.close(); return; }
    this.current = 0;
    this.draw();
  }

  close(): void {
    this.box.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  /** Whether the key was for the list. */
  key(event: KeyboardEvent): boolean {
    if (!this.open) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.current = (this.current + (event.key === "ArrowDown" ? 1 : this.shown.length - 1)) % this.shown.length;
      this.draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.choose(this.current);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  private draw(): void {
    this.box.textContent = "";
    this.shown.forEach((person, index) => {
      const item = document.createElement("div");
      item.className = "suggest-item";
      item.id = `suggest-${index}`;
      item.dataset.index = String(index);
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === this.current));
      item.textContent = person.name;
      this.box.append(item);
    });
    this.box.hidden = false;
    this.field.setAttribute("aria-activedescendant", `suggest-${this.current}`);
  }

  private choose(index: number): void {
    const person = this.shown[index];
    if (!person) return;
    const caret = this.field.selectionStart;
    const start = this.field.value.slice(0, caret).lastIndexOf("@");
    this.field.setRangeText(`@${person.name} `, start, caret, "end");
    this.close();
    this.field.focus();
  }
}
