// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { encoded, toBytes, toText, wirePasskey } from "./passkey";

const OPTIONS = {
  creation_options: {
    publicKey: {
      challenge: "_-8",
      user: { id: "MQ", name: "dina@example.org", displayName: "Dina" },
      excludeCredentials: [{ type: "public-key", id: "AQI" }],
    },
  },
};

function page(options: unknown): HTMLFormElement {
  const part = (name: string, of: Element, ...attributes: string[]): HTMLElement => {
    const made = of.appendChild(document.createElement(name));
    for (const attribute of attributes) made.setAttribute(attribute, "");
    return made;
  };
  document.body.textContent = "";
  part("div", document.body, "data-passkey-unable");
  part("div", document.body, "data-passkey-failed", "hidden");
  const form = part("form", document.body, "data-passkey", "hidden") as HTMLFormElement;
  part("input", form).setAttribute("name", "credential");
  const block = document.createElement("script");
  block.type = "application/json";
  block.id = "passkey-options";
  block.textContent = JSON.stringify(options);
  document.body.append(block);
  return form;
}

function withCredentials(methods: Partial<Record<"create" | "get", unknown>>): void {
  vi.stubGlobal("PublicKeyCredential", vi.fn());
  Object.defineProperty(navigator, "credentials", { configurable: true, value: methods });
}

function key(response: Record<string, unknown>): PublicKeyCredential {
  const made = { id: "AQI", rawId: toBytes("AQI"), type: "public-key", response, getClientExtensionResults: () => ({ credProps: { rk: true } }) };
  return made as unknown as PublicKeyCredential;
}

async function send(form: HTMLFormElement): Promise<void> {
  form.dispatchEvent(new Event("submit", { cancelable: true }));
  await new Promise((done) => setTimeout(done, 0));
}

beforeEach(() => {
  vi.unstubAllGlobals();
  Object.defineProperty(navigator, "credentials", { configurable: true, value: undefined });
});

test("bytes go to base64url and back, in every length", () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => 251 + i);
    const text = toText(bytes.buffer);
    expect(text).not.toMatch(/[+/=]/);
    expect(new Uint8Array(toBytes(text))).toEqual(bytes);
  }
});

test("without passkeys the page keeps its word of explanation and no form", () => {
  const form = page(OPTIONS);
  wirePasskey();
  expect(form.hidden).toBe(true);
  expect(document.querySelector("[data-passkey-unable]")?.hasAttribute("hidden")).toBe(false);
});

test("a new key is asked for with bytes, and posted as text by the form", async () => {
  const create = vi.fn().mockResolvedValue(key({ clientDataJSON: toBytes("e30"), attestationObject: toBytes("oA"), getTransports: () => ["internal"] }));
  withCredentials({ create });
  const form = page(OPTIONS);
  const submit = vi.spyOn(form, "submit").mockImplementation(() => undefined);
  wirePasskey();
  expect(form.hidden).toBe(false);
  await send(form);
  const asked = (create.mock.calls[0]?.[0] as { publicKey: Record<string, unknown> }).publicKey;
  expect(toText(asked.challenge as ArrayBuffer)).toBe("_-8");
  expect(toText((asked.user as { id: ArrayBuffer }).id)).toBe("MQ");
  expect(toText((asked.excludeCredentials as { id: ArrayBuffer }[])[0]?.id ?? new ArrayBuffer(0))).toBe("AQI");
  expect(submit).toHaveBeenCalledOnce();
  expect(form.dataset.sent).toBe("yes");
  expect(JSON.parse(form.querySelector("input")?.value ?? "")).toEqual({
    id: "AQI",
    rawId: "AQI",
    type: "public-key",
    response: { clientDataJSON: "e30", attestationObject: "oA", transports: ["internal"] },
    clientExtensionResults: { credProps: { rk: true } },
  });
});

test("an answer of a known key carries who it belongs to; an absent part stays absent", () => {
  const answer = { clientDataJSON: toBytes("e30"), authenticatorData: toBytes("AA"), signature: toBytes("AQ"), userHandle: null };
  expect(encoded(key(answer)).response).toEqual({ clientDataJSON: "e30", authenticatorData: "AA", signature: "AQ" });
});

test("a ceremony that was broken off is said, and can begin again", async () => {
  const get = vi.fn().mockRejectedValueOnce(new Error("NotAllowedError")).mockResolvedValue(null);
  withCredentials({ get });
  const form = page({ request_options: { publicKey: { challenge: "AA" } } });
  const submit = vi.spyOn(form, "submit").mockImplementation(() => undefined);
  wirePasskey();
  const failed = document.querySelector<HTMLElement>("[data-passkey-failed]");
  await send(form);
  expect(failed?.hidden).toBe(false);
  await send(form);
  expect([get.mock.calls.length, failed?.hidden, submit.mock.calls.length]).toEqual([2, false, 0]);
});
