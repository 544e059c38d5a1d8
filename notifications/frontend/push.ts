/** Pages and the device they are shown on: the block that turns it on, the offer to do so, and notices that were read meanwhile. */
import { openTable, type Table } from "../../core/frontend/db";
import { all, one } from "../../core/frontend/dom";
import { keepDevice, recall, turnOff, turnOn, type Answer } from "./device";
import { pathOfNotice } from "./notices";

const CENTRE = "/account/notifications/";
const REFUSED_FOR = 90 * 86_400_000;
const PATIENCE = 10_000;
const REFUSAL = "device/push-refused"; // of the device, so it stays when a person leaves

type State = "off" | "asking" | "on" | "refused" | "denied" | "ios" | "unsupported" | "service" | "failed";
interface Refusal {
  key: string;
  at: number;
}

const refusals = (): Promise<Table<Refusal>> => openTable<Refusal>("meta");

function isSupported(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** An iPhone or iPad whose page was not installed: there push exists on the home screen alone. */
function needsInstalling(): boolean {
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);
  return apple && !window.matchMedia("(display-mode: standalone)").matches;
}

async function registered(): Promise<ServiceWorkerRegistration | null> {
  const never = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE));
  return Promise.race([navigator.serviceWorker.ready, never]);
}

async function wasRefused(): Promise<boolean> {
  const refusal = await (await refusals()).get(REFUSAL);
  return refusal !== undefined && Date.now() - refusal.at < REFUSED_FOR;
}

async function refuse(): Promise<void> {
  await (await refusals()).put(REFUSAL, { key: REFUSAL, at: Date.now() });
}

async function stateOf(user: string): Promise<State> {
  if (!isSupported()) return needsInstalling() ? "ios" : "unsupported";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission === "granted" && (await recall(user))) return "on";
  return (await wasRefused()) ? "refused" : "off";
}

/** The block of the page about devices. */
async function wireBlock(block: HTMLElement, user: string): Promise<void> {
  const show = (state: State): void => all("[data-state]", block).forEach((part) => (part.hidden = part.dataset.state !== state));
  const results: Record<Exclude<Answer, "kept">, State> = { forgotten: "failed", service: "service", failed: "failed" };
  const ask = async (): Promise<void> => {
    show("asking");
    const permission = await Notification.requestPermission(); // inside a tap, as browsers demand
    if (permission !== "granted") {
      await refuse();
      show(permission === "denied" ? "denied" : "refused");
      return;
    }
    await (await refusals()).remove(REFUSAL);
    const registration = await registered();
    const answer = registration ? await turnOn(registration).catch((): Answer => "failed") : "failed";
    if (answer === "kept") window.location.reload();
    else show(results[answer]);
  };
  const stop = async (): Promise<void> => {
    const registration = await registered();
    if (registration) await turnOff(registration, user).catch(() => undefined);
    window.location.reload();
  };
  for (const name of ["on", "again", "retry"]) one(`#push-${name}`, block)?.addEventListener("click", () => void ask());
  one("#push-off", block)?.addEventListener("click", () => void stop());
  show(await stateOf(user));
}

/** The offer on the list of notices: only where it can be taken up, and not within 90 days of a no. */
async function wireHint(hint: HTMLElement, user: string): Promise<void> {
  if ((await stateOf(user)) !== "off") return;
  one("[data-later]", hint)?.addEventListener("click", () => {
    hint.hidden = true;
    void refuse();
  });
  hint.hidden = false;
}

/** Notices on the screen that lead to this page, or all of them when nothing waits any more. A room is named by its id in a notice, since its
 *  address may change. */
export async function closeRead(registration: Pick<ServiceWorkerRegistration, "getNotifications">, room: string): Promise<void> {
  const { origin, pathname } = window.location;
  const here = room ? [pathname, `/rooms/${room}/`] : [pathname];
  const everything = pathname === CENTRE || one("[data-bell]")?.hidden === true;
  for (const notice of await registration.getNotifications()) {
    if (everything || here.includes(new URL(pathOfNotice(notice, origin), origin).pathname)) notice.close();
  }
}

/** What every page of a member does about the device it is on; `room` is the id of the room that it shows, if it does. */
export async function wirePush(user: string, room: string): Promise<void> {
  const block = one("#push");
  const hint = one("#push-hint");
  if (block) void wireBlock(block, user);
  if (hint) void wireHint(hint, user);
  if (!isSupported() || Notification.permission !== "granted") return;
  const registration = await registered();
  if (!registration) return;
  await closeRead(registration, room).catch(() => undefined);
  await keepDevice(registration, user).catch(() => undefined);
}
