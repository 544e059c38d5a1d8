import { afterEach, expect, test } from "vitest";
import { forgetWords, t, tn } from "./i18n";

function speak(language: string, words: Record<string, string>): void {
  document.documentElement.lang = language;
  const block = document.createElement("script");
  block.id = "i18n";
  block.type = "application/json";
  block.textContent = JSON.stringify(words);
  document.body.replaceChildren(block);
  forgetWords();
}

afterEach(() => {
  document.body.replaceChildren();
  forgetWords();
});

test("without a catalogue the French stands for itself", () => {
  forgetWords();
  expect(t("Envoyer")).toBe("Envoyer");
});

test("a word of the catalogue takes the place of the French, others stay French", () => {
  speak("en", { Envoyer: "Send" });
  expect([t("Envoyer"), t("Annuler")]).toEqual(["Send", "Annuler"]);
});

test("values fill their places, in any order, as often as they stand there", () => {
  speak("en", { "%(name)s a exclu %(who)s.": "%(who)s, %(who)s: by %(name)s" });
  expect(t("%(name)s a exclu %(who)s.", { name: "Amina", who: "Ben" })).toBe("Ben, Ben: by Amina");
});

test("a value that looks like a place is not filled again", () => {
  expect(t("%(name)s", { name: "%(who)s", who: "no" })).toBe("%(who)s");
});

test("a place without a value stays as it stands", () => {
  expect(t("%(name)s !")).toBe("%(name)s !");
});

test.each([
  ["fr", 0, "one"],
  ["fr", 1, "one"],
  ["fr", 2, "other"],
  ["mg", 0, "one"],
  ["mg", 1, "one"],
  ["mg", 12, "other"],
  ["en", 0, "other"],
  ["en", 1, "one"],
  ["en-GB", 0, "other"],
  ["en", 2, "other"],
])("in %s the number %i takes the form %s", (language, n, form) => {
  speak(language, { "%(n)s présent": "one %(n)s", "%(n)s présents": "other %(n)s" });
  expect(tn("%(n)s présent", "%(n)s présents", n)).toBe(`${form} ${n}`);
});
