/** Showing one's age: the browser's own wallets, the way back from a wallet, and the page that waits for another device. Each works as
 * a form first. */
import { one, post } from "../../core/frontend/dom";

const AGAIN = 2000;
const LONGEST = 10 * 60_000; // no attempt lives as long

interface Begun {
  options: CredentialRequestOptions;
  answer: string;
  page: string;
}

/** What a wallet gave: for `org-iso-mdoc` an object with the sealed answer, which older browsers hand over as text. */
interface DigitalAnswer {
  data: { response?: unknown } | string;
}

/** The attempt that waits, the return from a wallet, or the choice of a method: whichever is on the page. */
export function wireAge(): void {
  wireBrowserWallet();
  wireReturn();
  wireWaiting();
}

// ---- The browser's own wallets (Digital Credentials API) ----
function wireBrowserWallet(): void {
  const button = one<HTMLButtonElement>("button[data-browser-wallet]");
  const form = button?.form;
  if (!button || !form || !("DigitalCredential" in window) || !("credentials" in navigator)) return;
  for (const other of form.querySelectorAll("button.filled")) other.classList.remove("filled");
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    void ask(form).then((words) => {
      button.removeAttribute("aria-disabled");
      if (words !== null) say(form, words);
    });
  });
}

/** What the page has ready to be said; anything else is the server's own sentence. */
type Words = "none" | "offline" | { said: string };

/** Ask the wallets of this browser. Null when the page goes on, else why not, and then the other ways are still there. */
async function ask(form: HTMLFormElement): Promise<Words | null> {
  try {
    const fields = new FormData(form);
    fields.set("flow", "DC_API");
    const answer = await post(form.action, fields);
    if (!answer.ok) return await refusalOf(answer);
    const begun = (await answer.json()) as Begun;
    const given = await fromWallet(begun.options);
    if (given === null) return "none";
    const outcome = (await (await post(begun.answer, { data: given })).json()) as { page: string };
    window.location.assign(outcome.page); // where the person was going, or why it was refused
    return null;
  } catch {
    return "offline";
  }
}

async function refusalOf(answer: Response): Promise<Words> {
  const { message } = (await answer.json().catch(() => ({}))) as { message?: string };
  return message ? { said: message } : "offline";
}

async function fromWallet(options: CredentialRequestOptions): Promise<string | null> {
  const found = (await navigator.credentials.get({ ...options, mediation: "required" }).catch(() => null)) as DigitalAnswer | null;
  if (!found) return null;
  const data = typeof found.data === "string" ? (JSON.parse(found.data) as { response?: unknown }) : found.data;
  return typeof data.response === "string" ? data.response : null;
}

function say(form: HTMLFormElement, words: Words): void {
  const place = one("[data-said]", form);
  if (!place) return;
  place.textContent = typeof words === "string" ? (place.dataset[words] ?? "") : words.said;
  place.hidden = false;
}

// ---- Back from a wallet on this device ----
/** The code stands in the fragment, which no server sees: bring it to the form, out of the address, and go on. */
function wireReturn(): void {
  const form = one<HTMLFormElement>("form[data-response-code]");
  const field = form && one<HTMLInputElement>("input[name=response_code]", form);
  const code = new URLSearchParams(window.location.hash.slice(1)).get("response_code");
  if (!form || !field || !(code ?? field.value)) return; // a page of this site may have brought it already
  if (code) {
    field.value = code;
    window.history.replaceState(null, "", window.location.pathname);
  }
  form.requestSubmit();
}

// ---- Waiting ----
function wireWaiting(): void {
  const place = one("[data-age-status]");
  if (!place?.dataset.ageStatus) return;
  const address = place.dataset.ageStatus;
  const began = Date.now();
  const look = async (): Promise<void> => {
    const state = await stateOf(address);
    const home = one<HTMLFormElement>("form[data-bring-home]");
    if (state === "answered" && home) home.requestSubmit();
    else if (state === "passed" || state === "refused" || state === "expired") window.location.reload();
    else if (Date.now() - began < LONGEST) window.setTimeout(() => void look(), AGAIN);
  };
  window.setTimeout(() => void look(), AGAIN);
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
