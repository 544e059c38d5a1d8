/** The bell follows what the server says, and says it to nobody twice. */
import { beforeEach, expect, test } from "vitest";
import type { Note } from "../../realtime/frontend/protocol";
import { watchNotices } from "./bell";

let tell: (note: Omit<Note, "t">) => void;

const badges = (): [boolean, string][] =>
  Array.from(document.querySelectorAll<HTMLElement>("[data-bell]")).map((badge) => [badge.hidden, badge.textContent]);

beforeEach(() => {
  const [counted, empty, fresh] = ["span", "span", "p"].map((name) => document.createElement(name));
  for (const badge of [counted!, empty!]) {
    badge.dataset.bell = "";
    badge.append(Object.assign(document.createElement("i"), { textContent: " new" }));
  }
  counted!.prepend("0");
  fresh!.id = "fresh";
  for (const part of [counted!, empty!, fresh!]) part.hidden = true;
  document.body.replaceChildren(counted!, empty!, fresh!);
  watchNotices({ onNote: (watcher) => (tell = (note) => watcher({ t: "note", ...note })) });
});

test("every bell of the page shows the number and keeps its words", () => {
  tell({ n: 3, id: "a" });
  expect(badges()).toEqual([[false, "3 new"], [false, "3 new"]]);
});

test("nothing new hides the number, many are cut short", () => {
  tell({ n: 100, id: "a" });
  expect(badges()[0]).toEqual([false, "99+ new"]);
  tell({ n: 0 });
  expect(badges().map(([hidden]) => hidden)).toEqual([true, true]);
});

test("the open list offers what is new, and not what was read elsewhere", () => {
  const fresh = document.getElementById("fresh");
  tell({ n: 0 });
  expect(fresh?.hidden).toBe(true);
  tell({ n: 1, id: "a" });
  expect(fresh?.hidden).toBe(false);
});

test("a page without a bell hears it and breaks nothing", () => {
  document.body.replaceChildren();
  expect(() => tell({ n: 2, id: "a" })).not.toThrow();
});
