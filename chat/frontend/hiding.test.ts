/** What a decision takes away goes from the open page at once, and comes back when it is reversed. */
import { beforeEach, expect, test } from "vitest";
import type { WireEvent } from "../../realtime/frontend/protocol";
import { Painter } from "./bubble";
import { Log, systemSentence } from "./log";
import type { RoomPage } from "./state";

function el(name: string, className = "", ...children: HTMLElement[]): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** The templates of a room's page, as far as a log needs them. */
const templates = (): Record<string, HTMLElement> => ({
  "tpl-message": el(
    "article",
    "bubble",
    el("span", "avatar av-0"),
    el(
      "div",
      "bubble-box",
      el("a", "bubble-name"),
      el("a", "quote", el("b", "quote-name"), el("span", "quote-text")),
      el("p", "bubble-text"),
      el("p", "bubble-meta", el("span", "edited"), el("time"), el("span", "state")),
      el("div", "reactions"),
    ),
    el("a", "bubble-more"),
  ),
  "tpl-photo": el("a", "photo", el("img")),
  "tpl-day": el("p", "day", el("span")),
  "tpl-system": el("p", "system", el("span", "system-text"), el("time")),
});
const ben = { id: "b", name: "Ben", av: 2 };
const page = { me: { id: "a", name: "Amina", av: 1 }, urls: { page: "/rooms/x/", upload: "", people: "/people/" } } as unknown as RoomPage;
const image = (id: string) => ({ id, kind: "image", w: 4, h: 3, size: 9, url: `/media/${id}/full/`, thumb: `/media/${id}/thumb/` });

let log: Log;
let restored: number[];

function message(seq: number, body: string, more: Partial<WireEvent> = {}): WireEvent {
  return { seq, k: "message", by: ben, at: "2026-11-23T12:00:00.000Z", n: seq, cid: `c${seq}`, body, ...more };
}

beforeEach(() => {
  const parts = Object.entries(templates()).map(([id, node]) => {
    const template = document.createElement("template");
    template.id = id;
    template.content.append(node);
    return template;
  });
  const scroller = document.createElement("div");
  const items = document.createElement("div");
  items.id = "log-items";
  scroller.append(items);
  document.body.replaceChildren(...parts, scroller);
  restored = [];
  const nothing = (): undefined => undefined;
  log = new Log(scroller, new Painter(page, false), {
    heard: nothing,
    landed: nothing,
    quoteWanted: nothing,
    restored: (seq) => restored.push(seq),
  });
});

const shown = (): string => document.getElementById("log-items")?.textContent ?? "";

test("a hidden message leaves the page, and the quotes of it", () => {
  log.apply([message(1, "zanahary"), message(2, "Quoi ?", { reply: { seq: 1 } })]);
  expect(shown()).toContain("zanahary");
  log.apply([{ seq: 3, k: "hide", target: 1 }]);
  expect(shown()).not.toContain("zanahary");
  expect(log.find(1)?.classList.contains("is-deleted")).toBe(true);
  expect(shown()).toContain("Quoi ?");
});

test("who erased their account leaves the page with their words, their name and the quotes of them", () => {
  const carol = { id: "c", name: "Carol", av: 3 };
  log.apply([message(1, "zanahary"), message(2, "encore"), message(3, "Quoi ?", { by: carol, reply: { seq: 1 } })]);
  log.apply([{ seq: 4, k: "forget", gone: "b" }]);
  expect(shown()).not.toContain("zanahary");
  expect(shown()).not.toContain("encore");
  expect(shown()).not.toContain("Ben");
  expect(shown()).toContain("Quoi ?");
  expect(shown()).toContain("Carol");
  expect([1, 2, 3].map((seq) => log.find(seq)?.classList.contains("is-deleted"))).toEqual([true, true, false]);
  expect(document.querySelectorAll('[data-author="b"]')).toHaveLength(0);
  expect(Array.from(document.querySelectorAll<HTMLAnchorElement>(".bubble-name")).some((each) => each.href.includes("/people/b"))).toBe(false);
});

test("lines that tell of who erased their account go, those of others stay", () => {
  const carol = { id: "c", name: "Carol", av: 3 };
  log.apply([
    { seq: 1, k: "member", act: "join", by: ben, who: ben, at: "2026-11-23T12:00:00.000Z" },
    { seq: 2, k: "member", act: "kick", by: carol, who: ben, at: "2026-11-23T12:01:00.000Z" },
    { seq: 3, k: "member", act: "join", by: carol, who: carol, at: "2026-11-23T12:02:00.000Z" },
  ]);
  log.apply([{ seq: 4, k: "forget", gone: "b" }]);
  expect(shown()).not.toContain("Ben");
  expect(document.querySelectorAll(".system")).toHaveLength(1);
  expect(shown()).toContain("Carol");
});

test("nobody is forgotten by an event that names nobody", () => {
  log.apply([message(1, "zanahary"), { seq: 2, k: "forget" }, { seq: 3, k: "forget", gone: "" }]);
  expect(shown()).toContain("zanahary");
});

test("one hidden image leaves its message, the others stay", () => {
  log.apply([message(1, "deux photos", { att: [image("aaa"), image("bbb")] })]);
  log.apply([{ seq: 2, k: "hide", target: 1, image: "aaa" }]);
  const left = Array.from(document.querySelectorAll<HTMLAnchorElement>(".photo")).map((each) => each.pathname);
  expect(left).toEqual(["/media/bbb/full/"]);
  expect(shown()).toContain("deux photos");
});

test("what comes back is asked for, and drawn in its place", () => {
  log.apply([message(1, "zanahary"), message(2, "après")]);
  log.apply([{ seq: 3, k: "hide", target: 1 }, { seq: 4, k: "restore", target: 1 }, { seq: 5, k: "restore", target: 99 }]);
  expect(restored).toEqual([1]);
  log.redraw(1, { seq: 1, author: ben, at: new Date("2026-11-23T12:00:00Z"), body: "zanahary" });
  expect(Array.from(document.querySelectorAll(".bubble-text")).map((each) => each.textContent)).toEqual(["zanahary", "après"]);
  expect(log.find(1)?.classList.contains("is-deleted")).toBe(false);
});

test("the house is named where nobody of the room did it", () => {
  expect(systemSentence({ seq: 1, k: "room" })).toBe("L’équipe de Resaka a modifié les réglages du salon.");
  expect(systemSentence({ seq: 1, k: "room", by: null })).toBe("Une personne partie a modifié les réglages du salon.");
  expect(systemSentence({ seq: 1, k: "room", by: ben })).toBe("Ben a modifié les réglages du salon.");
});
