/** What the page says to screen readers is heard, and gone soon after. */
import { beforeEach, expect, test, vi } from "vitest";
import { announce } from "./notices";

const heard = (): string | null => document.getElementById("announcer")?.textContent ?? null;

beforeEach(() => {
  vi.useFakeTimers();
  const announcer = document.createElement("div");
  announcer.id = "announcer";
  document.body.replaceChildren(announcer);
});

test("words of somebody do not stay in the page", () => {
  announce("Ben : zanahary");
  vi.advanceTimersByTime(30);
  expect(heard()).toBe("Ben : zanahary");
  vi.advanceTimersByTime(9_000);
  expect(heard()).toBe("Ben : zanahary");
  vi.advanceTimersByTime(1_000);
  expect(heard()).toBe("");
});

test("what is said later has its own time", () => {
  announce("un");
  vi.advanceTimersByTime(8_000);
  announce("deux");
  vi.advanceTimersByTime(9_000);
  expect(heard()).toBe("deux");
  vi.advanceTimersByTime(1_000);
  expect(heard()).toBe("");
});
