// @vitest-environment happy-dom
/** The page of an archive follows how far it is, and is loaded anew once, when its state is another. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchArchive } from "./archive";

let asked: string[];
let answers: (Response | Error)[];
let reloads: number;

const says = (state: string, percent: number): Response => new Response(JSON.stringify({ state, percent, words: `${percent} %` }));
const bar = (): number | undefined => document.querySelector("progress")?.value;
const words = (): string | null | undefined => document.querySelector("[data-words]")?.textContent;

function put(state: string): void {
  const [place, progress, text] = [document.createElement("div"), document.createElement("progress"), document.createElement("span")];
  place.dataset.archiveStatus = "/account/data/export/x/status/";
  place.dataset.state = state;
  progress.max = 100;
  progress.value = 0;
  text.dataset.words = "";
  place.append(progress, text);
  document.body.replaceChildren(place);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  reloads = 0;
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const answer = answers.shift() ?? says("BUILDING", 50);
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

test("a page on which nothing is made asks nothing", async () => {
  document.body.replaceChildren();
  watchArchive();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});

test("the bar and its words follow what the server says", async () => {
  put("BUILDING");
  answers = [says("BUILDING", 12), says("BUILDING", 47)];
  watchArchive();
  await vi.advanceTimersByTimeAsync(1500);
  expect([asked[0], bar(), words()]).toEqual(["/account/data/export/x/status/", 12, "12 %"]);
  await vi.advanceTimersByTimeAsync(1800);
  expect([bar(), words(), reloads]).toEqual([47, "47 %", 0]);
});

test("when it is ready the page is loaded anew, once", async () => {
  put("BUILDING");
  answers = [says("BUILDING", 99), says("READY", 100)];
  watchArchive();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.length, reloads]).toEqual([2, 1]);
});

test("no answer is no news, and it asks again", async () => {
  put("BUILDING");
  answers = [new TypeError("no network"), new Response("", { status: 503 }), says("BUILDING", 30)];
  watchArchive();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([bar(), reloads, asked.length >= 3]).toEqual([50, 0, true]);
});
