// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wireOnce } from "./once";

wireOnce();

beforeEach(() => {
  vi.useFakeTimers();
  document.body.textContent = "";
});

afterEach(() => vi.useRealTimers());

function makeForm(once: boolean): HTMLFormElement {
  const form = document.body.appendChild(document.createElement("form"));
  if (once) form.dataset.once = "";
  return form;
}

/** Whether a form that is submitted now goes out. */
function goes(form: HTMLFormElement): boolean {
  return form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

test("it goes once, and again after a while", () => {
  const form = makeForm(true);
  expect([goes(form), goes(form)]).toEqual([true, false]);
  vi.advanceTimersByTime(8000);
  expect(goes(form)).toBe(true);
});

test("a page that comes back may send it again", () => {
  const form = makeForm(true);
  goes(form);
  window.dispatchEvent(new Event("pageshow"));
  expect(goes(form)).toBe(true);
});

test("other forms go as often as they are sent", () => {
  const form = makeForm(false);
  expect([goes(form), goes(form)]).toEqual([true, true]);
  expect(form.dataset.sent).toBeUndefined();
});

test("one that something else stopped has not been sent", () => {
  const form = makeForm(true);
  form.addEventListener("submit", (event) => event.preventDefault(), { once: true });
  expect([goes(form), form.dataset.sent]).toEqual([false, undefined]);
  expect(goes(form)).toBe(true);
});
