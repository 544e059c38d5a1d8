/** The service worker: registered quietly; a new one waits until the reader wants it. */
import { t } from "../../core/frontend/i18n";
import { showStrip } from "../../core/frontend/notices";
import { workerUrl } from "../../core/frontend/trusted";

function offer(waiting: ServiceWorker): void {
  showStrip(t("Une nouvelle version est prête."), {
    label: t("Actualiser"),
    run: () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => window.location.reload(), { once: true });
      waiting.postMessage({ type: "activate" });
    },
  });
}

export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(workerUrl()).catch(() => null);
  if (!registration) return;
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh?.addEventListener("statechange", () => {
      if (fresh.state === "installed" && navigator.serviceWorker.controller) offer(fresh);
    });
  });
}
