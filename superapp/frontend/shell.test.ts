// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link, LinkState } from "../../realtime/frontend/link";
import { showLink, wireForms } from "./shell";

let tell: (state: LinkState) => void;
const reload = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { reload });
  document.body.textContent = "";
  reload.mockClear();
  const link = { state: "open", onState: (told: typeof tell) => (tell = told), reconnect: () => undefined };
  showLink(link as unknown as Link);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page whose session was ended elsewhere is read anew at once", () => {
  tell("revoked");
  vi.advanceTimersByTime(0);
  expect(reload).toHaveBeenCalledOnce();
});

test("a form that is on its way, and may be what ended the session, is let arrive", () => {
  wireForms();
  const form = document.body.appendChild(document.createElement("form"));
  form.dataset.once = "";
  form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  expect(form.dataset.sent).toBe("yes");
  tell("revoked");
  vi.advanceTimersByTime(7999);
  expect(reload).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(reload).toHaveBeenCalledOnce();
});
