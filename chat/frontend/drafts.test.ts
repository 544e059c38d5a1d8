import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase, forgetUser } from "../../core/frontend/db";
import { loadDraft, saveDraft } from "./drafts";

beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));

afterEach(async () => {
  await closeDatabase();
  vi.unstubAllGlobals();
});

test("a draft is there for the next page, letter for letter", async () => {
  await saveDraft("amina", "r", { body: "  Salama\n\n 👋🏽 ", reply: 7 });
  await closeDatabase();
  expect(await loadDraft("amina", "r")).toMatchObject({ body: "  Salama\n\n 👋🏽 ", reply: 7 });
});

test("each person and room has one draft, the last", async () => {
  await saveDraft("amina", "r", { body: "old", reply: 7 });
  await saveDraft("amina", "r", { body: "new" });
  await saveDraft("amina", "s", { body: "other room" });
  expect(await loadDraft("amina", "r")).toEqual({ key: "amina/r", body: "new" });
  expect((await loadDraft("amina", "s"))?.body).toBe("other room");
  expect(await loadDraft("ben", "r")).toBeNull();
});

test("an empty draft is none", async () => {
  await saveDraft("amina", "r", { body: "words" });
  await saveDraft("amina", "r", { body: " \n " });
  expect(await loadDraft("amina", "r")).toBeNull();
});

test("a draft goes with the person who leaves the device", async () => {
  await saveDraft("amina", "r", { body: "mine" });
  await saveDraft("ben", "r", { body: "his" });
  await forgetUser("amina");
  expect([await loadDraft("amina", "r"), (await loadDraft("ben", "r"))?.body]).toEqual([null, "his"]);
});
