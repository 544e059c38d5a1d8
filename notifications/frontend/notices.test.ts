/** The worker always shows something, shows one thing once, and leads nowhere but to pages of ours. */
import { beforeEach, expect, test, vi } from "vitest";
import { openNotice, pathOf, showPush, type Scope } from "./notices";

const ORIGIN = "https://resaka.test";
const ICON = "/static/icons/icon-192.1a2b.png";

interface Shown {
  title: string;
  options: NotificationOptions & { renotify?: boolean };
}
interface Tab {
  url: string;
  focused: boolean;
  visibilityState: string;
  focus: () => Promise<void>;
  navigate: (url: string) => Promise<object | null>;
}

let shown: Shown[];
let onScreen: { data: unknown }[];
let tabs: Tab[];
let opened: string[];
let badge: number[];
let scope: Scope;

const tab = (more: Partial<Tab> = {}): Tab => {
  const made: Tab = {
    url: "",
    focused: false,
    visibilityState: "hidden",
    focus: () => Promise.resolve(),
    navigate: (url) => {
      made.url = url;
      return Promise.resolve({});
    },
    ...more,
  };
  return made;
};

beforeEach(() => {
  [shown, onScreen, tabs, opened, badge] = [[], [], [], [], []];
  scope = {
    location: { origin: ORIGIN },
    registration: {
      showNotification: (title: string, options?: NotificationOptions) => {
        shown.push({ title, options: options ?? {} });
        return Promise.resolve();
      },
      getNotifications: () => Promise.resolve(onScreen as unknown as Notification[]),
    },
    clients: {
      matchAll: () => Promise.resolve(tabs),
      openWindow: (url) => Promise.resolve(opened.push(url)),
    },
    navigator: { setAppBadge: (count) => Promise.resolve(void badge.push(count)) },
  };
});

const said = (more: object = {}): string =>
  JSON.stringify({ v: 1, i: "n1", w: 7, k: "MENTION", g: "tag-of-a-room", n: 3, l: "fr", p: "/rooms/abc/?around=5#m5", t: "Miora", b: "vous a mentionné", ...more });

test("what is said is shown, with the tag of its group and where it leads", async () => {
  await showPush(scope, said(), ICON);
  expect(shown).toEqual([
    {
      title: "Miora",
      options: {
        body: "vous a mentionné",
        tag: "tag-of-a-room",
        data: { p: "/rooms/abc/?around=5#m5", i: "n1", w: 7 },
        renotify: true,
        silent: false,
        icon: ICON,
        lang: "fr",
      },
    },
  ]);
  expect(badge).toEqual([3]);
});

test.each(["", "{", "null", "7", '"x"', "[]", "{}", '{"t": 7, "b": null, "p": {}, "n": "many"}', "\u0000"])(
  "a push that cannot be read (%j) is shown all the same",
  async (raw) => {
    await showPush(scope, raw, "");
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({ title: "Resaka", options: { body: "", tag: "resaka", data: { p: "/account/notifications/", i: "", w: 0 } } });
    expect(badge).toEqual([]);
  },
);

test("a browser that does not say what is on its screen shows it", async () => {
  scope.registration.getNotifications = () => Promise.reject(new Error("no"));
  await showPush(scope, said(), "");
  expect(shown).toHaveLength(1);
});

test("the same notice twice takes its own place without a sound", async () => {
  onScreen = [{ data: { p: "/", i: "n1", w: 7 } }];
  await showPush(scope, said(), "");
  expect([shown[0]!.options.renotify, shown[0]!.options.silent]).toEqual([false, true]);
});

test("another of its group is heard, and the same when it is told anew", async () => {
  onScreen = [{ data: { p: "/", i: "n0", w: 7 } }, { data: { p: "/", i: "n1", w: 6 } }, { data: null }];
  await showPush(scope, said(), "");
  expect([shown[0]!.options.renotify, shown[0]!.options.silent]).toEqual([true, false]);
});

test("an icon that cannot carry a number keeps nothing from being shown", async () => {
  scope.navigator = { setAppBadge: () => Promise.reject(new Error("no")) };
  await showPush(scope, said(), "");
  delete scope.navigator;
  await showPush(scope, said(), "");
  expect(shown).toHaveLength(2);
});

test.each([
  ["/rooms/abc/?around=5#m5", "/rooms/abc/?around=5#m5"],
  ["/", "/"],
  ["https://evil.example/", "/account/notifications/"],
  ["//evil.example/", "/account/notifications/"],
  ["/\\evil.example/", "/account/notifications/"],
  ["\\\\evil.example", "/account/notifications/"],
  ["javascript:alert(1)", "/account/notifications/"],
  ["rooms/abc/", "/account/notifications/"],
  ["/\t/evil.example", "/account/notifications/"],
  ["/..//evil.example/", "//evil.example/"],
  ["", "/account/notifications/"],
  [7, "/account/notifications/"],
  [null, "/account/notifications/"],
])("the path %j leads to %j", (given, path) => {
  const found = pathOf(given, ORIGIN);
  expect(found).toBe(path.startsWith("//") ? "/account/notifications/" : path);
  expect(new URL(found, ORIGIN).origin).toBe(ORIGIN);
});

const notice = (path: unknown): { data: unknown; close: () => void } => ({ data: { p: path, i: "n1" }, close: vi.fn() });

test("a tap leads to the message in the window that is in sight", async () => {
  tabs = [tab(), tab({ visibilityState: "visible" }), tab({ focused: true, visibilityState: "visible" })];
  const tapped = notice("/rooms/abc/?around=5#m5");
  await openNotice(scope, tapped);
  expect(tabs.map(({ url }) => url)).toEqual(["", "", "/rooms/abc/?around=5#m5"]);
  expect(opened).toEqual([]);
  expect(tapped.close).toHaveBeenCalledOnce();
});

test("a window in sight comes before one that is not, and any before a new one", async () => {
  tabs = [tab(), tab({ visibilityState: "visible" })];
  await openNotice(scope, notice("/a/"));
  tabs.pop();
  await openNotice(scope, notice("/b/"));
  expect([tabs[0]!.url, opened]).toEqual(["/b/", []]);
});

test("without a window one is opened", async () => {
  await openNotice(scope, notice("/rooms/abc/?around=5#m5"));
  expect(opened).toEqual(["/rooms/abc/?around=5#m5"]);
});

test("a window that may not be focused is led all the same, and one that cannot be led is left", async () => {
  tabs = [tab({ focus: () => Promise.reject(new Error("not allowed")) })];
  await openNotice(scope, notice("/a/"));
  expect([tabs[0]!.url, opened]).toEqual(["/a/", []]);
  for (const navigate of [() => Promise.reject(new Error("not ours")), () => Promise.resolve(null)]) {
    tabs = [tab({ navigate })];
    await openNotice(scope, notice("/a/"));
  }
  expect(opened).toEqual(["/a/", "/a/"]);
});

test.each(["https://evil.example/", undefined])("a tap on a notice that leads to %j opens the list", async (path) => {
  await openNotice(scope, notice(path));
  await openNotice(scope, { data: null, close: () => undefined });
  expect(opened).toEqual(["/account/notifications/", "/account/notifications/"]);
});
