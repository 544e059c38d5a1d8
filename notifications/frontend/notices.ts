/** What the service worker does with a push, and with a tap on what it showed. Nothing is fetched here. */

const CENTRE = "/account/notifications/";
const TITLE = "Resaka";

/** The parts of a worker's scope that are used. */
export interface Scope {
  registration: Pick<ServiceWorkerRegistration, "showNotification" | "getNotifications">;
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
  };
  location: { origin: string };
  navigator?: { setAppBadge?: (count: number) => Promise<void> };
}
interface Tab {
  focused: boolean;
  visibilityState: string;
  focus(): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
}
/** What a notice carries to the tap on it. */
interface Kept {
  p: string;
  i: string;
  w: number;
}
type Options = NotificationOptions & { renotify?: boolean };
type Payload = Partial<Record<"i" | "w" | "g" | "n" | "l" | "p" | "t" | "b", unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A path of ours; anything else leads to the list of notices. */
export function pathOf(value: unknown, origin: string): string {
  if (typeof value !== "string" || !value.startsWith("/")) return CENTRE;
  try {
    const url = new URL(value, origin);
    return url.origin === origin && !url.pathname.startsWith("//") ? url.pathname + url.search + url.hash : CENTRE;
  } catch {
    return CENTRE;
  }
}

/** The path that a shown notice leads to. */
export function pathOfNotice(notice: Pick<Notification, "data">, origin: string): string {
  return pathOf((notice.data as Partial<Kept> | null)?.p, origin);
}

function read(raw: string): Payload {
  try {
    const found: unknown = JSON.parse(raw);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

function isSame(shown: Partial<Kept> | null, kept: Kept): boolean {
  return shown?.i === kept.i && shown.w === kept.w;
}

/** Always shows something, also when it cannot read what came: a browser takes the permission away from whoever does not. The same notice
 *  twice (a push service may repeat) takes its own place without a sound; another of its group, or the same told anew, takes it with one. */
export async function showPush(scope: Scope, raw: string, icon: string): Promise<void> {
  const said = read(raw);
  const kept: Kept = { p: pathOf(said.p, scope.location.origin), i: text(said.i), w: typeof said.w === "number" ? said.w : 0 };
  const tag = text(said.g) || "resaka";
  const shown = await scope.registration.getNotifications({ tag }).catch((): Notification[] => []);
  const again = kept.i !== "" && shown.some(({ data }) => isSame(data as Partial<Kept> | null, kept));
  const options: Options = { body: text(said.b), tag, data: kept, renotify: !again, silent: again };
  if (icon) options.icon = icon;
  if (text(said.l)) options.lang = text(said.l);
  await scope.registration.showNotification(text(said.t) || TITLE, options);
  if (typeof said.n === "number" && said.n >= 0) await scope.navigator?.setAppBadge?.(said.n).catch(() => undefined);
}

/** To the page that the notice is about: in a window that is open, the one in sight before others, else in a new one. */
export async function openNotice(scope: Scope, notice: Pick<Notification, "data" | "close">): Promise<void> {
  notice.close();
  const path = pathOfNotice(notice, scope.location.origin);
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((one) => one.focused) ?? windows.find((one) => one.visibilityState === "visible") ?? windows[0];
  if (open) {
    await open.focus().catch(() => undefined);
    if (await open.navigate(path).catch(() => null)) return;
  }
  await scope.clients.openWindow(path);
}
