/** IndexedDB "resaka" behind promises. Where it is missing or forbidden, memory takes its place and the page works on. */

export type Store = "outbox" | "drafts" | "meta";

export interface Table<V> {
  get(key: string): Promise<V | undefined>;
  all(): Promise<V[]>;
  put(key: string, value: V): Promise<void>;
  remove(key: string): Promise<void>;
}

const NAME = "resaka";
const VERSION = 1;
const STORES: Store[] = ["outbox", "drafts", "meta"];
let opening: Promise<IDBDatabase | null> | null = null;

function openDatabase(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        for (const store of STORES) if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
      };
      request.onsuccess = () => {
        const forget = (): void => void (opening = null);
        request.result.onversionchange = () => {
          forget();
          request.result.close();
        };
        request.result.onclose = forget; // a phone that needs memory may close it under us
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

function settle<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

function finish(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB"));
    transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB"));
  });
}

class Kept<V> implements Table<V> {
  constructor(private readonly store: Store) {}

  /** The transaction of one deed. A connection that was lost since the last one is opened again. */
  private async begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    for (let again = true; ; again = false) {
      const database = await openDatabase();
      if (!database) throw new Error("IndexedDB is gone");
      try {
        return database.transaction(this.store, mode, { durability: "strict" });
      } catch (error) {
        opening = null;
        if (!again) throw error;
      }
    }
  }

  private async read<T>(deed: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return settle(deed((await this.begin("readonly")).objectStore(this.store)));
  }

  private async write(deed: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = await this.begin("readwrite");
    const done = finish(transaction);
    deed(transaction.objectStore(this.store));
    await done;
  }

  get(key: string): Promise<V | undefined> {
    return this.read((store) => store.get(key) as IDBRequest<V | undefined>);
  }

  all(): Promise<V[]> {
    return this.read((store) => store.getAll() as IDBRequest<V[]>);
  }

  put(key: string, value: V): Promise<void> {
    return this.write((store) => store.put(value, key));
  }

  remove(key: string): Promise<void> {
    return this.write((store) => store.delete(key));
  }
}

class Remembered<V> implements Table<V> {
  private readonly values = new Map<string, V>();

  get(key: string): Promise<V | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  all(): Promise<V[]> {
    return Promise.resolve(Array.from(this.values.keys()).sort().map((key) => this.values.get(key) as V));
  }

  put(key: string, value: V): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }

  remove(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }
}

const inMemory = new Map<Store, Remembered<unknown>>();

/** A store of the database, or its stand-in in memory. */
export async function openTable<V>(store: Store): Promise<Table<V>> {
  const database = await openDatabase();
  if (database) return new Kept<V>(store);
  const table = inMemory.get(store) ?? new Remembered<unknown>();
  inMemory.set(store, table);
  return table as Table<V>;
}

/** Remove what a person left on this device: everything whose key begins with their id. */
export async function forgetUser(user: string): Promise<void> {
  for (const store of STORES) {
    const table = await openTable<{ key: string }>(store);
    for (const value of await table.all()) if (value.key.startsWith(`${user}/`)) await table.remove(value.key);
  }
}

/** Close the database and forget it; for tests. */
export async function closeDatabase(): Promise<void> {
  (await openDatabase())?.close();
  opening = null;
  inMemory.clear();
}
