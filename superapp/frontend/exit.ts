/** Leaving in haste: the page goes blank, the session is locked, and another site stands where this page stood. */

const PRESSES = 3;
const WITHIN = 1500; // ms from the first to the last
const LEFT = "resaka.left";
const opened = Date.now();
let leaving = false;

function mark(): void {
  // should the beacon be lost, the next request to the server locks because of this cookie
  document.cookie = `away=1;path=/;max-age=86400;samesite=lax${window.location.protocol === "https:" ? ";secure" : ""}`;
  try {
    localStorage.setItem(LEFT, String(Date.now()));
  } catch {
    // where storage is forbidden, a page that the browser kept alive asks nobody
  }
}

/** Whether the page is being left: nothing may call the browser back now, not even the socket that the lock closes. */
export function isLeaving(): boolean {
  return leaving;
}

function leave(form: HTMLFormElement): void {
  leaving = true;
  document.title = "\u200b";
  document.body.textContent = "";
  mark();
  navigator.sendBeacon(form.action);
  if ("serviceWorker" in navigator) navigator.serviceWorker.controller?.postMessage({ type: "forget" });
  window.location.replace(form.dataset.exit ?? "about:blank");
}

/** The button, the Escape key pressed three times, and pages that the browser kept alive for its back button. */
export function wireExit(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-exit]");
  if (!form) return;
  let presses: number[] = [];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    leave(form);
  });
  // heard before anything else on the page, which closes a sheet or cancels an answer by the same key
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat) return;
      presses = event.key === "Escape" ? [...presses, event.timeStamp].filter((at) => event.timeStamp - at <= WITHIN) : [];
      if (presses.length >= PRESSES) leave(form);
    },
    true,
  );
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && Number(localStorage.getItem(LEFT)) > opened) window.location.reload();
  });
}
