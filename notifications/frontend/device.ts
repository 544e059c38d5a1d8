/** This browser as a device that is told of notices: its subscription at its push service, and the house that knows of it. For pages and the
 *  service worker. What is remembered here says who turned it on, in which log-in, and when the house was told last. */
import { openTable, type Table } from "../../core/frontend/db";

export const PAGE = "/account/notifications/push/";
const HOUR = 3_600_000;

/** What the house says to whoever is logged in: our key (empty where nothing is pushed), the token of a change, the log-in, the person. */
export interface House {
  key: string;
  token: string;
  login: string;
  user: string;
}

export interface Memory {
  key: string;
  endpoint: string;
  login: string;
  at: number;
}

/** `forgotten`: taken off the list from elsewhere. `service`: the house does not work with this browser's push service. */
export type Answer = "kept" | "forgotten" | "service" | "failed";

const table = (): Promise<Table<Memory>> => openTable<Memory>("meta");
const keyOf = (user: string): string => `${user}/push`;

/** What this device remembers of a person who turned it on. */
export async function recall(user: string): Promise<Memory | undefined> {
  return (await table()).get(keyOf(user));
}

async function remember(user: string, endpoint: string, login: string): Promise<void> {
  await (await table()).put(keyOf(user), { key: keyOf(user), endpoint, login, at: Date.now() });
}

/** Ask the house; null when it cannot be asked, or nobody is logged in. */
export async function askHouse(): Promise<House | null> {
  try {
    const answer = await fetch(PAGE, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    return answer.ok && !answer.redirected ? ((await answer.json()) as House) : null;
  } catch {
    return null;
  }
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = new Uint8Array(raw.length);
  for (let n = 0; n < raw.length; n++) bytes[n] = raw.charCodeAt(n);
  return bytes;
}

function toText(buffer: ArrayBuffer | null): string {
  const raw = Array.from(new Uint8Array(buffer ?? new ArrayBuffer(0)), (byte) => String.fromCharCode(byte)).join("");
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Whether a subscription was made for our key; a browser that does not say is believed. */
function isFor(subscription: PushSubscription, key: string): boolean {
  const theirs = subscription.options.applicationServerKey;
  return !theirs || toText(theirs) === key;
}

async function subscribe(registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const held = await registration.pushManager.getSubscription();
  if (held && isFor(held, key)) return held;
  await held?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: toBytes(key) });
}

function change(method: "PUT" | "DELETE", house: House, said: object, more: Record<string, string> = {}): Promise<Response> {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": house.token, ...more };
  return fetch(PAGE, { method, body: JSON.stringify(said), headers, credentials: "same-origin" });
}

async function offer(subscription: PushSubscription, house: House, known: boolean): Promise<Answer> {
  const said = {
    transport: "WEB_PUSH",
    endpoint: subscription.endpoint,
    p256dh: toText(subscription.getKey("p256dh")),
    auth: toText(subscription.getKey("auth")),
    key: house.key,
  };
  const answer = await change("PUT", house, said, known ? { "If-Match": "*" } : {});
  if (answer.status === 412) return "forgotten";
  if (answer.status === 400) return ((await answer.json()) as { code?: string }).code === "service" ? "service" : "failed";
  return answer.ok ? "kept" : "failed";
}

/** Have this device told. The permission was given before. Throws what the browser throws when its push service cannot be reached. */
export async function turnOn(registration: ServiceWorkerRegistration): Promise<Answer> {
  const house = await askHouse();
  if (!house?.key) return "failed";
  const subscription = await subscribe(registration, house.key);
  const answer = await offer(subscription, house, false);
  if (answer === "kept") await remember(house.user, subscription.endpoint, house.login);
  else await subscription.unsubscribe();
  return answer;
}

/** Have it told no more: here, at its push service and in the house, whichever of them can be reached. */
export async function turnOff(registration: ServiceWorkerRegistration, user: string): Promise<void> {
  await (await table()).remove(keyOf(user));
  const subscription = await registration.pushManager.getSubscription();
  if (!subscription) return;
  const house = await askHouse();
  if (house) await change("DELETE", house, { endpoint: subscription.endpoint }).catch(() => undefined);
  await subscription.unsubscribe();
}

/** At log-out: the house forgets the device with its log-in, so only the push service has to be told; not for longer than a moment. */
export async function letGo(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const gone = navigator.serviceWorker
    .getRegistration()
    .then(async (registration) => (await registration?.pushManager.getSubscription())?.unsubscribe())
    .catch(() => undefined);
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 1500))]);
}

/** With every page: a subscription that changed is told, one that nobody here turned on is given up; once an hour all is told anew. */
export async function keepDevice(registration: ServiceWorkerRegistration, user: string): Promise<void> {
  const subscription = await registration.pushManager.getSubscription();
  const memory = await recall(user);
  if (!memory) {
    await subscription?.unsubscribe(); // it tells somebody else's notices to whoever holds this browser now
    return;
  }
  if (memory.endpoint !== subscription?.endpoint || Date.now() - memory.at >= HOUR) await renewDevice(registration);
}

/** Tell the house what the subscription is now, made anew if need be. A device that was taken off the list stays off it. */
export async function renewDevice(registration: ServiceWorkerRegistration): Promise<void> {
  const house = await askHouse();
  const memory = house && (await recall(house.user));
  if (!house?.key || !memory || Notification.permission !== "granted") return;
  const subscription = await subscribe(registration, house.key);
  const same = memory.endpoint === subscription.endpoint;
  const answer = await offer(subscription, house, same && memory.login === house.login);
  if (answer === "kept") {
    await remember(house.user, subscription.endpoint, house.login);
    if (!same) await change("DELETE", house, { endpoint: memory.endpoint }).catch(() => undefined);
  } else if (answer !== "failed") {
    await subscription.unsubscribe();
    await (await table()).remove(keyOf(house.user));
  }
}
