/** `data-once`: a form that is on its way is not sent again for some seconds, unless its page comes back. */
import { all } from "../../core/frontend/dom";

/** Milliseconds. */
export const SENT_FOR = 8000;

export function wireOnce(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.dataset.once === undefined) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, SENT_FOR);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
}
