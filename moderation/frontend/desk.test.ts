import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renew, wireClaim } from "./claim";
import { fillTexts, showStatement } from "./decision";
import { wireKeys } from "./deskkeys";
import { hideOld, wireMedia } from "./media";
import { applyQueue, wireQueue } from "./queue";

function page(markup: string): void {
  document.body.innerHTML = markup; // eslint-disable-line no-restricted-syntax -- the page of a test
}

function key(name: string, target: Element = document.body, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

function answers(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

let pressed: string[] = [];
let stop = new AbortController();

beforeEach(() => {
  pressed = [];
  stop = new AbortController();
  const root = { addEventListener: (name: string, run: EventListener) => document.addEventListener(name, run, { signal: stop.signal }) };
  wireKeys(root as unknown as Document);
});
afterEach(() => {
  stop.abort();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function casePage(keys = "data-keys"): void {
  page(`<div data-desk ${keys}><a data-next href="#n"></a><a data-previous href="#p"></a>
    <form data-claim><button type="button" id="claim"></button></form>
    <form data-reveal><button type="button" id="reveal"></button></form><button type="button" data-grey id="grey"></button>
    <details data-escalate><input name="reason"></details>
    <form data-decide><input type="radio" name="action" value="NO_ACTION"><input type="radio" name="action" value="WARN">
    <input type="radio" name="action" value="REMOVE"><textarea name="facts"></textarea></form>
    <dialog id="desk-keys"></dialog></div>`);
  for (const id of ["claim", "reveal", "grey"]) document.getElementById(id)!.addEventListener("click", () => pressed.push(id));
  document.querySelector("[data-next]")!.addEventListener("click", () => pressed.push("next"));
  document.querySelector("[data-previous]")!.addEventListener("click", () => pressed.push("previous"));
}

test("each key presses its button", () => {
  casePage();
  for (const name of ["j", "k", "c", "b", "g", "J"]) expect(key(name)).toBe(true);
  expect(pressed).toEqual(["next", "previous", "claim", "reveal", "grey", "next"]);
});

test("a number chooses the measure and leaves the focus on it, so that Enter decides", () => {
  casePage();
  expect(key("3")).toBe(true);
  const choice = document.querySelector<HTMLInputElement>("input[name=action]:checked")!;
  expect(choice.value).toBe("REMOVE");
  expect(document.activeElement).toBe(choice);
  expect(key("9")).toBe(false);
  expect(key("1", choice)).toBe(true); // a chosen radio is no field to write in
  expect(document.querySelector<HTMLInputElement>("input[name=action]:checked")!.value).toBe("NO_ACTION");
});

test("E opens the box and waits for the reason", () => {
  casePage();
  expect(key("e")).toBe(true);
  expect(document.querySelector("details")!.open).toBe(true);
  expect((document.activeElement as HTMLInputElement).name).toBe("reason");
});

test("keys are silent in fields, with a modifier, and for whoever switched them off", () => {
  casePage();
  const field = document.querySelector("textarea")!;
  expect([key("c", field), key("3", field), key("c", document.body, { ctrlKey: true }), key("c", document.body, { metaKey: true })]).toEqual([false, false, false, false]);
  casePage("");
  expect([key("c"), key("1"), key("j")]).toEqual([false, false, false]);
  expect(pressed).toEqual([]);
  expect(document.querySelector("input:checked")).toBeNull();
});

test("a key without its button is left to the browser", () => {
  page('<div data-desk data-keys></div>');
  expect(["j", "k", "c", "e", "b", "g", "1", "x"].map((name) => key(name))).toEqual(Array(8).fill(false));
});

test("? opens and closes the help also with keys off, and while it is open nothing else happens", () => {
  casePage();
  const sheet = document.querySelector("dialog")!;
  expect(key("?")).toBe(true);
  expect(sheet.open).toBe(true);
  expect(key("c")).toBe(false);
  key("?");
  expect(sheet.open).toBe(false);
  casePage("");
  expect(key("?")).toBe(true);
});

const QUEUE = `<table id="desk-queue" data-state="/state/" data-new="news" data-gone="gone" data-by="by" data-free="free" data-late="late"><tbody>
  <tr data-case="a"><td><a href="#a">A</a><b data-late></b><span data-taken>free</span></td></tr>
  <tr data-case="b" data-taken="Mod-2"><td><a href="#b">B</a><b data-late></b><span data-taken>by Mod-2</span></td></tr></tbody></table><p id="desk-news"></p>`;

test("J and K walk through the rows of the queue and stay at its ends", () => {
  page(`<div data-keys>${QUEUE}</div>`);
  const focus = (name: string): string => {
    key(name);
    return document.activeElement!.textContent;
  };
  expect(["j", "j", "j", "k", "k"].map(focus)).toEqual(["A", "B", "B", "A", "A"]);
});

test("the queue changes in place: taken, freed, late, gone; only a new case is news", () => {
  page(QUEUE);
  const table = document.getElementById("desk-queue")!;
  const row = (id: string, taken = "", overdue = false) => ({ id, taken, overdue, reports: 1 });
  expect(applyQueue(table, [row("a", "Mod-1", true), row("b")])).toBe("");
  const texts = () => [...table.querySelectorAll("[data-taken]:not(tr)")].map((part) => part.textContent);
  expect(texts()).toEqual(["by Mod-1", "by Mod-2"]); // b: this page did not know yet that it was taken
  expect(table.querySelector("tr")!.className).toBe("late");
  expect(applyQueue(table, [row("a"), row("c")])).toBe("news");
  expect(texts()).toEqual(["free", "gone"]);
  expect([...table.querySelectorAll("tr")].map((line) => line.className)).toEqual(["", "gone"]);
});

test("the open queue asks every 15 seconds and a lost answer changes nothing", async () => {
  vi.useFakeTimers();
  page(QUEUE);
  const fetched = answers(200, { rows: [{ id: "b", taken: "", overdue: false, reports: 1 }] });
  wireQueue();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(fetched).toHaveBeenCalledTimes(1);
  const texts = () => [...document.querySelectorAll("[data-taken]:not(tr)")].map((part) => part.textContent);
  expect(texts()).toEqual(["gone", "free"]);
  vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("offline"))));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(texts()).toEqual(["gone", "free"]);
});

const CLAIMED = `<div data-renew="/renew/"><form data-decide><input name="csrfmiddlewaretoken" value="T"><input name="version" value="2"><button></button></form>
  <form><input name="version" value="2"></form></div><p id="desk-news"></p>`;
const versions = (): string[] => [...document.querySelectorAll<HTMLInputElement>("[name=version]")].map((field) => field.value);

test("a kept claim brings its new version into every form", async () => {
  page(CLAIMED);
  const fetched = answers(200, { version: 3 });
  expect(await renew("/renew/")).toBe(true);
  expect(versions()).toEqual(["3", "3"]);
  const [url, sent] = fetched.mock.calls[0]! as [string, RequestInit];
  expect([url, sent.method, (sent.body as URLSearchParams).get("version")]).toEqual(["/renew/", "POST", "2"]);
  expect((sent.headers as Record<string, string>)["X-CSRFToken"]).toBe("T");
});

test("a lost claim says so and decides nothing any more; a bad link is no loss", async () => {
  page(CLAIMED);
  vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("offline"))));
  expect(await renew("/renew/")).toBe(true);
  answers(503, {});
  expect(await renew("/renew/")).toBe(true);
  expect(document.querySelector("button")!.disabled).toBe(false);
  answers(409, { error: "Pris par Mod-3F." });
  expect(await renew("/renew/")).toBe(false);
  expect(document.getElementById("desk-news")!.textContent).toBe("Pris par Mod-3F.");
  expect([document.querySelector("button")!.disabled, versions()]).toEqual([true, ["2", "2"]]);
});

test("the page renews each minute until the claim is lost or a form leaves", async () => {
  vi.useFakeTimers();
  page(CLAIMED);
  const fetched = answers(200, { version: 3 });
  wireClaim();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(fetched).toHaveBeenCalledTimes(2);
  document.dispatchEvent(new Event("submit"));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(fetched).toHaveBeenCalledTimes(2);
});

test("G greys, and a picture leaves the page when its minute is over", () => {
  page('<div data-desk class="grey"><button type="button" data-grey></button><img data-until="100" src="/p/"></div>');
  wireMedia();
  const button = document.querySelector("button")!;
  button.click();
  expect([document.querySelector("div")!.className, button.getAttribute("aria-pressed")]).toEqual(["", "false"]);
  button.click();
  expect(button.getAttribute("aria-pressed")).toBe("true");
  hideOld(99_999);
  expect(document.querySelectorAll("img").length).toBe(1);
  hideOld(100_000);
  expect(document.querySelectorAll("img").length).toBe(0);
});

const TEXTS = { fr: { SCAM: { explanation: "arnaque", facts: "faits" } }, en: { SCAM: { explanation: "scam", facts: "facts" }, SPAM: { explanation: "spam", facts: "facts" } } };

test("ready-made texts never overwrite what somebody wrote", () => {
  page('<form><select name="text_language"><option>fr<option>en</select><select name="reason"><option>SCAM<option>SPAM</select><textarea name="explanation"></textarea><textarea name="facts">Mes mots.</textarea></form>');
  const form = document.querySelector("form")!;
  const [explanation, facts] = [...form.querySelectorAll("textarea")];
  fillTexts(form, TEXTS);
  expect([explanation!.value, facts!.value]).toEqual(["arnaque", "Mes mots."]);
  form.querySelector<HTMLSelectElement>("[name=text_language]")!.value = "en";
  fillTexts(form, TEXTS);
  expect([explanation!.value, facts!.value]).toEqual(["scam", "Mes mots."]);
  form.querySelector<HTMLSelectElement>("[name=text_language]")!.value = "fr";
  form.querySelector<HTMLSelectElement>("[name=reason]")!.value = "SPAM";
  fillTexts(form, TEXTS);
  expect(explanation!.value).toBe("scam"); // no text of that reason in French: what stands there stays
});

test("the statement is text, and each fault stands beside its field until it is mended", () => {
  page('<form><p data-fault="facts">old</p><p data-fault="explanation"></p></form><dl id="statement"><dt>old</dt></dl>');
  const form = document.querySelector("form")!;
  showStatement(form, { lines: [["Mesure", "<b>Retrait</b>"]], errors: { explanation: "Une adresse y figure." } });
  expect(document.getElementById("statement")!.textContent).toBe("Mesure<b>Retrait</b>");
  expect(document.querySelector("b")).toBeNull();
  expect([...form.querySelectorAll("p")].map((place) => place.textContent)).toEqual(["", "Une adresse y figure."]);
});
