/** Pictures that were revealed: grey or in colour by one's own choice, and gone from the page when their minute is over. */
import { all, one } from "../../core/frontend/dom";

/** Take away what may no longer be seen; the picture's address answers nothing any more either. */
export function hideOld(now: number): void {
  for (const picture of all<HTMLImageElement>("img[data-until]")) {
    if (Number(picture.dataset.until) * 1000 <= now) picture.remove();
  }
}

export function wireMedia(): void {
  const button = one<HTMLButtonElement>("button[data-grey]");
  button?.addEventListener("click", () => {
    const grey = one("[data-desk]")?.classList.toggle("grey") ?? false;
    button.setAttribute("aria-pressed", String(grey));
  });
  if (one("img[data-until]")) window.setInterval(() => hideOld(Date.now()), 1000);
}
