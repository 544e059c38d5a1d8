/** What calls for advice, and what does not: a tip that comes without reason is a tip nobody reads. */
// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { tipsFor, wireTips } from "./tips";

describe("what is typed", () => {
  it.each([
    ["regarde https://exemple.org/moi", ["LINK"]],
    ["www.exemple.org", ["LINK"]],
    ["appelle-moi au 034 12 345 67", ["PHONE"]],
    ["06.12.34.56.78", ["PHONE"]],
    ["+261 34 12 345 67", ["PHONE"]],
    ["je suis au 12 rue de la Paix", ["ADDRESS"]],
    ["12 bis, avenue Foch", ["ADDRESS"]],
    ["Lot II M 45 Andravoahangy", ["ADDRESS"]],
    ["lot 45 Analakely", ["ADDRESS"]],
    ["lot VT 29 Ambohimanarina", ["ADDRESS"]],
    ["un lot de 3 mangues", []],
    ["voahangy@exemple.org", ["ADDRESS"]],
    ["au 3 rue Basse, tel 0612345678, http://a.b", ["LINK", "PHONE", "ADDRESS"]],
    ["on était 1200 personnes en 2024", []],
    ["il coûte 25 000 Ar", []],
    ["rendez-vous à 18 h 30", []],
    ["appelez le 3919 ou le 112", []],
    ["Salama tompoko", []],
    ["", []],
  ])("%s", (text, tips) => expect(tipsFor(text)).toEqual(tips));
});

describe("the room", () => {
  const make = (name: string): HTMLElement => {
    const box = document.createElement("div");
    const form = document.createElement("form");
    box.dataset.tip = name;
    box.hidden = true;
    form.action = `/account/tips/${name.toLowerCase()}/hide/`;
    box.append(form);
    return box;
  };

  beforeEach(() => {
    const field = document.createElement("textarea");
    const file = document.createElement("input");
    field.id = "composer-text";
    file.id = "composer-file";
    document.body.replaceChildren(make("PHONE"), make("PHOTO"), field, file);
  });

  const tip = (name: string) => document.querySelector<HTMLElement>(`[data-tip="${name}"]`);
  const type = (text: string): void => {
    const field = document.querySelector("textarea");
    if (!field) throw new Error("no field");
    field.value = text;
    field.dispatchEvent(new Event("input"));
  };

  it("shows a tip once the text calls for it, and holds nothing back", () => {
    wireTips();
    type("bonjour");
    expect(tip("PHONE")?.hidden).toBe(true);
    type("034 12 345 67");
    expect([tip("PHONE")?.hidden, tip("PHOTO")?.hidden]).toEqual([false, true]);
  });

  it("shows the tip of photos when one is chosen", () => {
    wireTips();
    document.querySelector("#composer-file")?.dispatchEvent(new Event("change"));
    expect(tip("PHOTO")?.hidden).toBe(false);
  });

  it("puts a tip away for good, and never again on this page", () => {
    const sent = vi.fn(() => Promise.resolve(new Response(null, { status: 204 })));
    vi.stubGlobal("fetch", sent);
    wireTips();
    type("034 12 345 67");
    document.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true, bubbles: true }));
    expect(sent).toHaveBeenCalledWith(expect.stringContaining("/account/tips/phone/hide/"), expect.objectContaining({ method: "POST" }));
    expect(tip("PHONE")).toBeNull();
    type("034 12 345 68");
    expect(tip("PHONE")).toBeNull();
    vi.unstubAllGlobals();
  });

  it("does nothing on a page without composer", () => {
    document.body.replaceChildren();
    expect(() => {
      wireTips();
    }).not.toThrow();
  });
});
