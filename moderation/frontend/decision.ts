/** The form of the decision: ready-made texts by reason and language, the statement as it will be told, and faults beside their fields. */
import { all, one, post, readJson } from "../../core/frontend/dom";

type Texts = Record<string, Record<string, Record<string, string>>>;
interface Told {
  lines: [string, string][];
  errors: Record<string, string>;
}

const FIELDS = ["explanation", "facts"] as const;
const PATIENCE = 500;

function chosen(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}

/** Put the ready-made texts of the chosen reason and language where nobody has written anything else. */
export function fillTexts(form: HTMLFormElement, texts: Texts): void {
  const known = texts[chosen(form, "text_language")]?.[chosen(form, "reason")];
  if (!known) return;
  const everyText = new Set(Object.values(texts).flatMap((language) => Object.values(language).flatMap((one) => Object.values(one))));
  for (const name of FIELDS) {
    const field = one<HTMLTextAreaElement>(`[name=${name}]`, form);
    if (field && (!field.value.trim() || everyText.has(field.value))) field.value = known[name] ?? "";
  }
}

/** Show the statement and the faults that the server told. */
export function showStatement(form: HTMLFormElement, told: Told): void {
  const list = one("#statement");
  list?.replaceChildren(
    ...told.lines.flatMap(([name, words]) => {
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = name;
      text.textContent = words;
      return [term, text];
    }),
  );
  for (const place of all("[data-fault]", form)) place.textContent = told.errors[place.dataset.fault ?? ""] ?? "";
}

async function ask(form: HTMLFormElement): Promise<void> {
  if (!chosen(form, "action")) return;
  try {
    const answer = await post(form.dataset.statement ?? "", new FormData(form));
    if (answer.ok) showStatement(form, (await answer.json()) as Told);
  } catch {
    // a bad link: the server says the same when the decision is sent
  }
}

export function wireDecision(): void {
  const form = one<HTMLFormElement>("form[data-decide]");
  if (!form) return;
  const texts = readJson<Texts>("desk-texts") ?? {};
  let timer = 0;
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(form), PATIENCE);
  };
  form.addEventListener("change", (event) => {
    const name = (event.target as HTMLInputElement).name;
    if (name === "reason" || name === "text_language") fillTexts(form, texts);
    later();
  });
  form.addEventListener("input", later);
}
