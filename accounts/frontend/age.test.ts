// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wireAge } from "./age";

interface Sent {
  url: string;
  fields: Record<string, string>;
}
let sent: Sent[];
let answers: Record<string, () => Response>;
let gone: string[];
let submitted: string[];

function make(name: string, attributes: Record<string, string> = {}, ...inner: HTMLElement[]): HTMLElement {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inner);
  return node;
}

const home = (): HTMLElement[] => [
  make(
    "form",
    { action: "/age/start", method: "post" },
    make("input", { type: "hidden", name: "csrfmiddlewaretoken", value: "token" }),
    make("input", { type: "hidden", name: "method", value: "EU_AV_MDOC" }),
    make("button", { "data-browser-wallet": "", class: "button filled", name: "flow", value: "DC_API", hidden: "" }),
    make("button", { class: "button filled", name: "flow", value: "SAME_DEVICE" }),
    make("p", { "data-said": "", hidden: "", "data-none": "Aucun portefeuille.", "data-offline": "Pas de réseau." }),
  ),
];
const status = (): HTMLElement => make("p", { "data-age-status": "/age/status/x" });
const waiting = (): HTMLElement[] => [status(), make("form", { "data-bring-home": "", action: "/age/complete" })];
const comeBack = (): HTMLElement[] => [
  make("form", { "data-response-code": "", action: "/age/complete" }, make("input", { name: "response_code", value: "" })),
];

function json(data: unknown, status = 200): () => Response {
  return () => new Response(JSON.stringify(data), { status });
}

function fieldsOf(body: unknown): Record<string, string> {
  return Object.fromEntries(body instanceof FormData || body instanceof URLSearchParams ? [...body.entries()].filter((pair): pair is [string, string] => typeof pair[1] === "string") : []);
}

beforeEach(() => {
  sent = [];
  gone = [];
  submitted = [];
  answers = { "/age/start": json({ options: { digital: { requests: [1] } }, answer: "/age/browser/x/", page: "/age/check/x/" }) };
  vi.stubGlobal("fetch", (url: string, init?: RequestInit) => {
    const path = new URL(url, "http://localhost").pathname;
    sent.push({ url: path, fields: fieldsOf(init?.body) });
    const answer = answers[path];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("no network"));
  });
  vi.spyOn(window.location, "assign").mockImplementation((to) => void gone.push(String(to)));
  vi.spyOn(window.location, "reload").mockImplementation(() => void gone.push("reload"));
  HTMLFormElement.prototype.requestSubmit = function (): void {
    submitted.push(this.getAttribute("action") ?? "");
  };
  window.location.hash = "";
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
  Reflect.deleteProperty(window, "DigitalCredential");
});

function wallet(get: (options: unknown) => Promise<unknown>): void {
  Reflect.set(window, "DigitalCredential", function DigitalCredential() {});
  Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
}

function draw(nodes: HTMLElement[]): void {
  document.body.replaceChildren(...nodes);
  wireAge();
}

const button = (): HTMLButtonElement => document.querySelector<HTMLButtonElement>("[data-browser-wallet]") as HTMLButtonElement;
const said = (): string => document.querySelector("[data-said]")?.textContent ?? "";

async function press(): Promise<boolean> {
  const event = new SubmitEvent("submit", { cancelable: true, bubbles: true, submitter: button() });
  button().form?.dispatchEvent(event);
  await vi.waitFor(() => expect(button().getAttribute("aria-disabled")).toBeNull());
  return event.defaultPrevented;
}

test("without a browser that knows wallets the page stays as it is", () => {
  draw(home());
  expect([button().hidden, document.querySelectorAll("button.filled").length]).toEqual([true, 2]);
});

test("what the wallet gives is sent to the attempt, and the page of the outcome follows", async () => {
  const asked: unknown[] = [];
  wallet((options) => {
    asked.push(options);
    return Promise.resolve({ protocol: "org-iso-mdoc", data: { response: "c2VhbGVk" } });
  });
  answers["/age/browser/x/"] = json({ page: "/rooms/cuisine/about/" });
  draw(home());
  expect([button().hidden, document.querySelectorAll("button.filled").length]).toEqual([false, 0]);
  expect(await press()).toBe(true);
  expect(asked).toEqual([{ digital: { requests: [1] }, mediation: "required" }]);
  expect(sent.map(({ url }) => url)).toEqual(["/age/start", "/age/browser/x/"]);
  expect(sent[0]?.fields).toMatchObject({ method: "EU_AV_MDOC", flow: "DC_API", csrfmiddlewaretoken: "token" });
  expect(sent[1]?.fields).toEqual({ data: "c2VhbGVk" });
  expect([gone, said()]).toEqual([["/rooms/cuisine/about/"], ""]);
});

test("an answer that is text is read too", async () => {
  wallet(() => Promise.resolve({ data: '{"response":"dGV4dA"}' }));
  answers["/age/browser/x/"] = json({ page: "/age/check/x/", message: "Refusée." }, 422);
  draw(home());
  await press();
  expect([sent[1]?.fields, gone]).toEqual([{ data: "dGV4dA" }, ["/age/check/x/"]]);
});

test.each([
  ["nobody chose", (): Promise<unknown> => Promise.reject(new DOMException("no", "NotAllowedError"))],
  ["nothing came", (): Promise<unknown> => Promise.resolve(null)],
  ["something else came", (): Promise<unknown> => Promise.resolve({ data: { response: 1 } })],
])("%s: the other ways are named and stay", async (_name, get) => {
  wallet(get);
  draw(home());
  await press();
  expect([gone, sent.length]).toEqual([[], 1]);
  expect(said()).toBe("Aucun portefeuille.");
});

test("a refusal to begin is told in the server's words", async () => {
  wallet(() => Promise.reject(new Error("never asked")));
  answers["/age/start"] = json({ message: "Trop d’essais." }, 429);
  draw(home());
  await press();
  expect([said(), gone]).toEqual(["Trop d’essais.", []]);
});

test("without network it says so", async () => {
  wallet(() => Promise.resolve(null));
  answers = {};
  draw(home());
  await press();
  expect(said()).toBe("Pas de réseau.");
});

test("the code leaves the address and goes on in the form", () => {
  window.location.hash = "#response_code=a-b_c";
  draw(comeBack());
  expect([document.querySelector("input")?.value, submitted, window.location.hash]).toEqual(["a-b_c", ["/age/complete"], ""]);
});

test("a code that the page brought goes on too", () => {
  const [form] = comeBack();
  form?.querySelector("input")?.setAttribute("value", "brought");
  draw(form ? [form] : []);
  expect([document.querySelector("input")?.value, submitted]).toEqual(["brought", ["/age/complete"]]);
});

test("without a code nothing is sent by itself", () => {
  draw(comeBack());
  expect(submitted).toEqual([]);
});

test("the page that waits goes on by itself when the other device has answered", async () => {
  vi.useFakeTimers();
  const states = ["waiting", "", "answered"];
  answers["/age/status/x"] = () => (states[0] === "" ? new Response("", { status: 503 }) : new Response(JSON.stringify({ state: states[0] })));
  draw(waiting());
  expect(sent).toEqual([]);
  while (states.length) {
    await vi.advanceTimersByTimeAsync(2000);
    states.shift();
  }
  await vi.advanceTimersByTimeAsync(20_000);
  expect([sent.length, submitted]).toEqual([3, ["/age/complete"]]);
});

test.each(["passed", "refused", "expired"])("%s is shown by the page itself", async (state) => {
  vi.useFakeTimers();
  answers["/age/status/x"] = json({ state });
  draw(waiting());
  await vi.advanceTimersByTimeAsync(10_000);
  expect([sent.length, gone, submitted]).toEqual([1, ["reload"], []]);
});

test("on the same device the wallet brings the person back, not the page that waits", async () => {
  vi.useFakeTimers();
  answers["/age/status/x"] = json({ state: "answered" });
  draw([status()]);
  await vi.advanceTimersByTimeAsync(7000);
  expect([sent.length, gone, submitted]).toEqual([3, [], []]);
});

test("after ten minutes it asks no more", async () => {
  vi.useFakeTimers();
  answers = {};
  draw(waiting());
  await vi.advanceTimersByTimeAsync(11 * 60_000);
  const asked = sent.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked > 200, sent.length - asked]).toEqual([true, 0]);
});
