import { IDBDatabase, IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase, forgetUser, openTable, type Table } from "./db";

interface Note {
  key: string;
  body: string;
}

const note = (key: string): Note => ({ key, body: `words of ${key}` });

beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));

afterEach(async () => {
  await closeDatabase();
  vi.unstubAllGlobals();
});

async function fill(table: Table<Note>, ...keys: string[]): Promise<void> {
  for (const key of keys) await table.put(key, note(key));
}

async function behaveAsATable(): Promise<void> {
  const table = await openTable<Note>("drafts");
  expect(await table.get("a")).toBeUndefined();
  await fill(table, "b", "a", "c");
  expect(await table.get("a")).toEqual(note("a"));
  expect(await table.all()).toEqual([note("a"), note("b"), note("c")]);
  await table.put("a", { key: "a", body: "new" });
  await table.remove("b");
  await table.remove("never there");
  expect(await table.all()).toEqual([{ key: "a", body: "new" }, note("c")]);
}

test("a table keeps, replaces, lists by key and removes", behaveAsATable);

test("memory does the same where there is no IndexedDB", async () => {
  vi.stubGlobal("indexedDB", undefined);
  await behaveAsATable();
});

test("memory does the same where the browser forbids IndexedDB", async () => {
  const factory = new IDBFactory();
  factory.open = () => {
    const request: { onerror?: () => void } = {};
    queueMicrotask(() => request.onerror?.());
    return request as never;
  };
  vi.stubGlobal("indexedDB", factory);
  await behaveAsATable();
});

test("what is kept is there for the next page", async () => {
  await fill(await openTable<Note>("outbox"), "a");
  await closeDatabase();
  expect(await (await openTable<Note>("outbox")).all()).toEqual([note("a")]);
});

test("a connection that the browser closes is opened again for the next deed", async () => {
  const table = await openTable<Note>("drafts");
  await fill(table, "a");
  const opened = vi.spyOn(indexedDB, "open");
  const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
  transaction.mockImplementationOnce(() => {
    throw new DOMException("The database connection is closing.", "InvalidStateError");
  });
  await fill(table, "b");
  expect(opened).toHaveBeenCalledTimes(1);
  expect(await table.all()).toEqual([note("a"), note("b")]);
});

test("a refused write rejects: nobody may believe that it was kept", async () => {
  const table = await openTable<Note>("drafts");
  await expect(table.put("a", (() => undefined) as unknown as Note)).rejects.toMatchObject({ name: "DataCloneError" });
  expect(await table.all()).toEqual([]);
});

test("forgetting a person takes all that is theirs in every store, and nothing of others", async () => {
  for (const store of ["outbox", "drafts", "meta"] as const) {
    await fill(await openTable<Note>(store), "amina/1", "amina/2", "ben/1", "aminata/1");
  }
  await forgetUser("amina");
  for (const store of ["outbox", "drafts", "meta"] as const) {
    expect((await (await openTable<Note>(store)).all()).map(({ key }) => key)).toEqual(["aminata/1", "ben/1"]);
  }
});
