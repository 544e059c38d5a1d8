/** The page that waits for the end of a payment: it looks every few seconds and is loaded anew when something has changed. Without this
 * script the page does so by itself. */
import { one } from "../../core/frontend/dom";

const FIRST = 2000;
const LONGEST = 30_000;

/** Watch the payment of this page, if it waits. */
export function watchPayment(): void {
  const place = one("[data-payment-status]");
  const address = place?.dataset.paymentStatus;
  if (!place || !address) return;
  const shown = place.dataset.state ?? "";
  let pause = FIRST;
  const look = async (): Promise<void> => {
    const state = await stateOf(address);
    if (state && state !== shown) {
      window.location.reload();
      return;
    }
    pause = Math.min(LONGEST, pause * 1.2);
    window.setTimeout(() => void look(), pause);
  };
  window.setTimeout(() => void look(), pause);
}

/** Empty while it cannot be asked. */
async function stateOf(address: string): Promise<string> {
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as { state: string }).state : "";
  } catch {
    return "";
  }
}
