/** What every page has: forms that ask and are sent once, the strip of the link, times, the keyboard's room on a phone. */
import { one } from "../../core/frontend/dom";
import { forgetUser } from "../../core/frontend/db";
import { t } from "../../core/frontend/i18n";
import { showStrip } from "../../core/frontend/notices";
import { confirmDeed } from "../../core/frontend/sheet";
import { isLeaving } from "./exit";
import { SENT_FOR, wireOnce } from "./once";
import { letGo } from "../../notifications/frontend/device";
import type { Outbox } from "../../chat/frontend/outbox";
import type { Link, LinkState } from "../../realtime/frontend/link";

const STRIP_AFTER = 2500;

/** `data-confirm` asks first; `data-once` is sent a single time. */
export function wireForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    const question = form.dataset.confirm;
    if (!question || form.dataset.confirmed === "yes") return;
    event.preventDefault();
    void confirmDeed(question, form.dataset.confirmOk ?? t("Continuer")).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit();
    });
  });
  wireOnce();
}

/** Log-out on a shared phone: nothing of the person stays, and nothing unsent goes unnoticed. */
export function wireLogout(outbox: Outbox, user: string): void {
  const form = one<HTMLFormElement>('form[action$="/logout/"]');
  form?.addEventListener("submit", (event) => {
    if (form.dataset.forgotten) return;
    event.preventDefault();
    void (async () => {
      const unsent = outbox.count();
      if (unsent && !(await confirmDeed(t("Des messages ne sont pas encore partis. Ils seront perdus."), t("Se déconnecter")))) return;
      await letGo();
      await forgetUser(user);
      if ("serviceWorker" in navigator) navigator.serviceWorker.controller?.postMessage({ type: "forget" });
      form.dataset.forgotten = "yes";
      form.requestSubmit();
    })();
  });
}

/** The state of the link in words. A short loss is not worth a word. */
export function showLink(link: Link): void {
  let timer = 0;
  const words: Partial<Record<LinkState, () => void>> = {
    connecting: () => showStrip(t("Connexion…")),
    waiting: () => showStrip(t("Connexion perdue. Nouvel essai dans un instant."), { label: t("Réessayer"), run: () => link.reconnect() }),
    offline: () => showStrip(t("Hors ligne. Vos messages partiront au retour du réseau.")),
    superseded: () =>
      showStrip(t("Resaka est ouvert ailleurs, sur trop d’appareils à la fois."), { label: t("Revenir ici"), run: () => link.reconnect() }),
    // A form that ends sessions ends this page's socket before its answer is here: the answer, with the new cookie, is waited for.
    revoked: () =>
      window.setTimeout(
        () => {
          if (!isLeaving()) window.location.reload();
        },
        one("form[data-sent]") ? SENT_FOR : 0,
      ),
  };
  const show = (state: LinkState): void => {
    if (state === "open") {
      window.clearTimeout(timer);
      timer = 0;
      showStrip("");
    } else if (state === "superseded" || state === "revoked" || state === "offline") words[state]?.();
    else timer ||= window.setTimeout(() => {
      timer = 0;
      words[link.state]?.();
    }, STRIP_AFTER);
  };
  link.onState(show);
  show(link.state);
}

/** The composer stays above the keyboard of a phone. */
export function wireViewport(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = (): void => {
    const covered = Math.max(0, window.innerHeight - viewport.height - viewport.offsetTop);
    document.documentElement.style.setProperty("--kb", `${Math.round(covered)}px`);
  };
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
}
