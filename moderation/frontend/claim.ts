/** The open page keeps its claim: every 60 seconds five more minutes, and the new version goes into every form of the page. */
import { all, one, post, setText } from "../../core/frontend/dom";

const EVERY = 60_000;

/** One sign of life; whether the case is still in our hands. A bad link is no answer: the claim lasts five minutes. */
export async function renew(url: string): Promise<boolean> {
  const version = one<HTMLInputElement>("input[name=version]")?.value ?? "";
  let answer: Response;
  try {
    answer = await post(url, { version });
  } catch {
    return true;
  }
  if (answer.ok) {
    const told = (await answer.json()) as { version: number };
    for (const field of all<HTMLInputElement>("input[name=version]")) field.value = String(told.version);
    return true;
  }
  if (answer.status !== 409) return true;
  const told = (await answer.json()) as { error: string };
  setText(document, "#desk-news", told.error);
  for (const button of all<HTMLButtonElement>("form[data-decide] button")) button.disabled = true;
  return false;
}

export function wireClaim(): void {
  const url = one("[data-renew]")?.dataset.renew;
  if (!url) return;
  let busy = false; // a form on its way out carries the version that it was sent with
  document.addEventListener("submit", () => (busy = true));
  const timer = window.setInterval(() => {
    if (busy) return;
    void renew(url).then((held) => {
      if (!held) window.clearInterval(timer);
    });
  }, EVERY);
}
