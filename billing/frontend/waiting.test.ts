// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchPayment } from "./waiting";

let asked: string[];
let answers: (Response | Error)[];
let reloads: number;

function put(attributes: Record<string, string>): void {
  const place = document.createElement("p");
  for (const [name, value] of Object.entries(attributes)) place.setAttribute(name, value);
  document.body.replaceChildren(place);
}

const says = (state: string): Response => new Response(JSON.stringify({ state }));

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  reloads = 0;
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const answer = answers.shift() ?? says("PENDING");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  vi.spyOn(window.location, "reload").mockImplementation(() => {
    reloads += 1;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a page without a payment that waits asks nothing", async () => {
  put({});
  watchPayment();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});

test("it is loaded anew when the state has changed, and then asks no more", async () => {
  put({ "data-payment-status": "/money/payments/x/status/", "data-state": "PENDING" });
  answers = [says("PENDING"), says("SUCCEEDED")];
  watchPayment();
  await vi.advanceTimersByTimeAsync(2000);
  expect([asked.length, reloads]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.length, reloads]).toEqual([2, 1]);
  expect(asked[0]).toBe("/money/payments/x/status/");
});

test("no answer is no news", async () => {
  put({ "data-payment-status": "/money/payments/x/status/", "data-state": "PENDING" });
  answers = [new TypeError("no network"), new Response("", { status: 503 }), says("UNKNOWN")];
  watchPayment();
  await vi.advanceTimersByTimeAsync(30_000);
  expect([asked.length, reloads]).toEqual([3, 1]);
});

test("it asks ever less often", async () => {
  put({ "data-payment-status": "/money/payments/x/status/", "data-state": "PENDING" });
  watchPayment();
  await vi.advanceTimersByTimeAsync(60_000);
  const first = asked.length;
  await vi.advanceTimersByTimeAsync(600_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(first).toBeGreaterThan(8);
  expect(asked.length - first).toBeLessThan(30);
});
