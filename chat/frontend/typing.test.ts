import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { showPresent, showRead } from "./rooms";
import { Typing } from "./typing";

beforeEach(() => {
  vi.useFakeTimers();
  document.documentElement.lang = "fr";
  const line = document.createElement("p");
  line.id = "typing";
  document.body.replaceChildren(line);
});
afterEach(() => void vi.useRealTimers());

const said = (): string => document.getElementById("typing")?.textContent ?? "";
const amina = { id: "a", name: "Amina" };
const ben = { id: "b", name: "Ben" };

test("names up to two people and forgets them after five seconds", () => {
  const typing = new Typing("me");
  typing.show([amina]);
  expect(said()).toBe("Amina écrit…");
  typing.show([ben, { id: "me", name: "Moi" }]);
  expect(said()).toBe("Amina, Ben écrivent…");
  typing.show([{ id: "c", name: "Carol" }]);
  expect(said()).toBe("Plusieurs personnes écrivent…");
  vi.advanceTimersByTime(6100);
  expect(said()).toBe("");
});

test("what has arrived is no longer being written", () => {
  const typing = new Typing("me");
  typing.show([amina, ben]);
  typing.arrived(["a", "x"]);
  expect(said()).toBe("Ben écrit…");
  typing.arrived(["b"]);
  expect(said()).toBe("");
});

test("a row says who is there, or what it said without people", () => {
  const row = document.createElement("a");
  row.dataset.room = "r";
  const sub = document.createElement("span");
  sub.dataset.quiet = "Cuisine";
  const badge = document.createElement("span");
  badge.dataset.unread = "3";
  row.append(sub, badge);
  document.body.append(row);
  showPresent("r", 2);
  expect(sub.textContent).toBe("2 personnes présentes");
  showPresent("r", 0);
  expect(sub.textContent).toBe("Cuisine");
  showRead("r");
  expect(badge.hidden).toBe(true);
  showPresent("other", 5);
  expect(sub.textContent).toBe("Cuisine");
});
