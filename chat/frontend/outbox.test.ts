import { IDBFactory, IDBObjectStore } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeDatabase, openTable } from "../../core/frontend/db";
import { FakeLocks } from "../../realtime/frontend/fakes";
import { Lost, Refused, type LinkState } from "../../realtime/frontend/link";
import type { Answer, Command } from "../../realtime/frontend/protocol";
import { Outbox, type Change, type Queued, type Upload } from "./outbox";

interface Asked {
  command: Command;
  answer: (seq: number) => void;
  refuse: (code: string, retry?: number) => void;
  lose: () => void;
}

/** A link whose other end is the test. */
class FakeLink {
  state: LinkState = "open";
  asked: Asked[] = [];
  private readonly watchers: ((state: LinkState) => void)[] = [];

  onState(watcher: (state: LinkState) => void): void {
    this.watchers.push(watcher);
  }

  become(state: LinkState): void {
    this.state = state;
    for (const watcher of this.watchers) watcher(state);
  }

  request(command: Command): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        command,
        answer: (seq) => resolve({ t: "ack", room: String(command.room), seq, at: `2026-11-24T10:00:0${seq}.000Z` }),
        refuse: (code, retry) => reject(new Refused(code, retry ?? null)),
        lose: () => reject(new Lost("the link broke")),
      });
    });
  }

  /** The one question that waits. */
  get only(): Asked {
    const [first, ...others] = this.asked.splice(0);
    if (!first || others.length) throw new Error(`${others.length + (first ? 1 : 0)} questions`);
    return first;
  }
}

let link: FakeLink;
let changes: string[];

const noUpload: Upload = () => Promise.reject(new Error("no upload was expected"));

async function open(upload: Upload = noUpload, user = "amina", on: FakeLink = link): Promise<Outbox> {
  const outbox = await Outbox.open({ link: on, user, upload });
  outbox.on(({ kind, item, seq }: Change) => changes.push(`${kind} ${item.body}${seq === undefined ? "" : ` ${seq}`}`));
  return outbox;
}

function write(outbox: Outbox, body: string, more: { room?: string; reply?: number; files?: Queued["files"] } = {}): Promise<Queued> {
  return outbox.add({ room: "r", slug: "kitchen", body, ...more });
}

/** Let promises and the device's database go on; `time` is that of timers. */
async function settle(time = 0): Promise<void> {
  for (let i = 0; i < 24; i++) {
    await vi.advanceTimersByTimeAsync(i ? 0 : time);
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    port1.close();
  }
}

const kept = async (): Promise<Queued[]> => (await openTable<Queued>("outbox")).all();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: new Date("2026-11-24T10:00:00Z") });
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.spyOn(Math, "random").mockReturnValue(0);
  [link, changes] = [new FakeLink(), []];
});

afterEach(async () => {
  Reflect.deleteProperty(navigator, "locks");
  await closeDatabase();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a message is kept, sent under its id, and forgotten once the server has it", async () => {
  const outbox = await open();
  const item = await write(outbox, "Salama", { reply: 3 });
  await settle();
  expect(await kept()).toMatchObject([{ cid: item.cid, body: "Salama", reply: 3 }]);
  const { command, answer } = link.only;
  expect(command).toEqual({ t: "send", room: "r", cid: item.cid, body: "Salama", reply: 3 });
  answer(8);
  await settle();
  expect([await kept(), outbox.list("r"), outbox.count(), changes]).toEqual([[], [], 0, ["added Salama", "sending Salama", "sent Salama 8"]]);
});

test("the next message of a room leaves after the answer to the last; rooms do not wait for each other", async () => {
  const outbox = await open();
  void write(outbox, "1");
  void write(outbox, "2");
  void write(outbox, "other", { room: "s" });
  await settle();
  expect(link.asked.map(({ command }) => command.body)).toEqual(["1", "other"]);
  link.asked.splice(0)[0]?.answer(1);
  await settle();
  expect(link.only.command.body).toBe("2");
});

test("without a link messages wait, and leave in order when it is back", async () => {
  link.state = "offline";
  const outbox = await open();
  for (const body of ["1", "2", "3"]) void write(outbox, body);
  await settle();
  expect([link.asked.length, outbox.count()]).toEqual([0, 3]);
  link.become("open");
  for (const [index, body] of ["1", "2", "3"].entries()) {
    await settle();
    const { command, answer } = link.only;
    expect(command.body).toBe(body);
    answer(index + 1);
  }
});

test("what was lost is sent again under the same id: first soon, then ever later", async () => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  for (const pause of [1, 2, 5, 10, 30, 30]) {
    await settle();
    const { command, lose } = link.only;
    expect(command.cid).toBe(cid);
    lose();
    await settle();
    await settle(pause * 1000 - 1);
    expect(link.asked.length).toBe(0);
    await settle(1);
  }
  expect(link.only.command.cid).toBe(cid);
});

test("the return of the link sends at once what waits for its time", async () => {
  const outbox = await open();
  void write(outbox, "1");
  await settle();
  link.only.lose();
  link.state = "waiting";
  await settle();
  link.become("open");
  await settle();
  expect(link.only.command.body).toBe("1");
  await settle(60_000);
  expect([link.asked.length, outbox.count()]).toEqual([0, 1]);
});

test.each(["rate", "slow_mode", "unavailable"])("%s keeps the message and waits as long as the server says", async (code) => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  void write(outbox, "2");
  await settle();
  link.only.refuse(code, 12.5);
  await settle(12_499);
  expect(link.asked.length).toBe(0);
  await settle(1);
  expect(link.only.command.cid).toBe(cid);
});

test("a fault of the server is no refusal: the same id is sent again", async () => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  await settle();
  link.only.refuse("internal");
  await settle(1000);
  expect([link.only.command.cid, outbox.list("r")[0]?.state]).toEqual([cid, "sending"]);
});

test("a refused message stays with its reason, and does not hold up the next", async () => {
  const outbox = await open();
  void write(outbox, "bad");
  void write(outbox, "good");
  await settle();
  link.only.refuse("too_long");
  await settle();
  expect(link.only.command.body).toBe("good");
  expect(outbox.list("r").map(({ body, state, why }) => [body, state, why])).toEqual([
    ["bad", "failed", "too_long"],
    ["good", "sending", undefined],
  ]);
  expect(changes).toContain("failed bad");
});

test("a refused message is not sent by itself, not even by a new page", async () => {
  void write(await open(), "bad");
  await settle();
  link.only.refuse("too_long");
  await settle();
  const next = await open();
  next.flush();
  link.become("open");
  await settle(60_000);
  expect([link.asked.length, next.list("r").map(({ state, why }) => [state, why])]).toEqual([0, [["failed", "too_long"]]]);
});

test("to try again makes a new message, also after a restart: a refused id stays refused", async () => {
  const { cid } = await write(await open(), "bad", { reply: 4 });
  await settle();
  link.only.refuse("frozen");
  await settle();
  const next = await open();
  await next.retry(cid);
  await settle();
  const { command } = link.only;
  expect([command.cid === cid, command.body, command.reply]).toEqual([false, "bad", 4]);
  expect((await kept()).map((item) => item.cid)).toEqual([command.cid]);
});

test("only a refused message can be tried again", async () => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  await settle();
  await outbox.retry(cid);
  await settle();
  expect([link.asked.length, outbox.count()]).toEqual([1, 1]);
});

test("a message that is taken back does not leave, and does not come back", async () => {
  link.state = "offline";
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  void write(outbox, "2");
  await outbox.cancel(cid);
  link.become("open");
  await settle();
  expect([link.only.command.body, (await kept()).map(({ body }) => body)]).toEqual(["2", ["2"]]);
});

test("its echo in the log settles a message whose answer is still under way, and the answer changes nothing more", async () => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  void write(outbox, "2");
  await settle();
  const { answer } = link.only;
  await outbox.settle(cid, 5, "2026-11-24T10:00:05.000Z");
  expect(changes).toContain("sent 1 5");
  answer(5);
  await settle();
  expect([link.only.command.body, changes.filter((change) => change.startsWith("sent 1"))]).toEqual(["2", ["sent 1 5"]]);
});

test("its echo settles a message whose answer was lost: it is not sent again", async () => {
  const outbox = await open();
  const { cid } = await write(outbox, "1");
  await settle();
  const { lose } = link.only;
  await outbox.settle(cid, 5, "2026-11-24T10:00:05.000Z");
  lose();
  await settle(60_000);
  expect([link.asked.length, await kept(), outbox.count()]).toEqual([0, [], 0]);
});

test("a new page sends what the last one left, in its order, under the same ids", async () => {
  link.state = "offline";
  const outbox = await open();
  const cids: string[] = [];
  for (let n = 0; n < 20; n++) cids.push((await write(outbox, `${n}`)).cid); // all within one millisecond
  link = new FakeLink();
  const next = await open();
  expect(next.list("r").map(({ cid }) => cid)).toEqual(cids);
  next.flush();
  await settle();
  expect(link.only.command.cid).toBe(cids[0]);
});

test("a message that was under way when the page ended is sent again under its id", async () => {
  const { cid } = await write(await open(), "1");
  await settle();
  link = new FakeLink();
  const next = await open();
  expect(next.list("r")[0]?.state).toBe("queued");
  next.flush();
  await settle();
  expect(link.only.command.cid).toBe(cid);
});

test("a new message comes after those of earlier pages, even when the clock went back", async () => {
  link.state = "offline";
  void write(await open(), "old");
  await settle();
  vi.setSystemTime(new Date("2020-01-01T00:00:00Z"));
  const next = await open();
  void write(next, "new");
  await settle();
  expect((await open()).list("r").map(({ body }) => body)).toEqual(["old", "new"]);
});

test("two people on one device do not send each other's messages", async () => {
  link.state = "offline";
  void write(await open(), "of Amina");
  await settle();
  link = new FakeLink();
  const ben = await open(noUpload, "ben");
  ben.flush();
  await settle();
  expect([ben.count(), link.asked.length]).toEqual([0, 0]);
});

// ---- Images ----
const image = (name: string): { name: string; size: number; blob: Blob } => ({ name, size: 3, blob: new Blob(["abc"], { type: "image/png" }) });

test("images go first, each once; the message carries their ids", async () => {
  const sent: string[] = [];
  const outbox = await open((slug, file) => {
    sent.push(`${slug} ${file.name}`);
    return Promise.resolve(`id-${file.name}`);
  });
  void write(outbox, "look", { files: [image("a"), { name: "b", size: 3, id: "id-b" }, image("c")] });
  await settle();
  const first = link.only;
  expect([sent, first.command.attachments]).toEqual([["kitchen a", "kitchen c"], ["id-a", "id-b", "id-c"]]);
  first.lose();
  await settle(1000);
  expect([sent.length, link.only.command.attachments]).toEqual([2, ["id-a", "id-b", "id-c"]]);
});

test("a page that ends between the image and its message leaves a message that waits, with the image's id", async () => {
  const { cid } = await write(await open(() => Promise.resolve("id-a")), "look", { files: [image("a")] });
  await settle();
  link = new FakeLink();
  const next = await open();
  expect(next.list("r")[0]?.state).toBe("queued");
  next.flush();
  await settle();
  expect(link.only.command).toMatchObject({ cid, attachments: ["id-a"] });
});

test("an image that did not get through is tried again with its message; one that is refused fails it", async () => {
  const fates: (() => Promise<string>)[] = [
    () => Promise.reject(new Error("network")),
    () => Promise.reject(new Refused("not_an_image", null)),
  ];
  const outbox = await open(() => fates.shift()?.() ?? Promise.resolve("never"));
  void write(outbox, "look", { files: [image("a")] });
  await settle();
  expect(outbox.list("r")[0]?.state).toBe("queued");
  await settle(1000);
  expect([link.asked.length, outbox.list("r")[0]?.state, outbox.list("r")[0]?.why]).toEqual([0, "failed", "not_an_image"]);
});

test("a message that is taken back while its image is under way does not leave, and is not there for the next page", async () => {
  const uploads: ((id: string) => void)[] = [];
  const outbox = await open(() => new Promise((resolve) => uploads.push(resolve)));
  const { cid } = await write(outbox, "look", { files: [image("a")] });
  await settle();
  await outbox.cancel(cid);
  uploads[0]?.("id-a");
  await settle();
  expect([link.asked.length, await kept()]).toEqual([0, []]);
});

// ---- A device that is full or forgets ----
test("no room for the images: the words are kept, and the page at hand sends all of it", async () => {
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementationOnce(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  link.state = "offline";
  const outbox = await open(() => Promise.resolve("id-a"));
  void write(outbox, "words", { files: [image("a")] });
  await settle();
  expect((await kept()).map(({ body, files }) => [body, files])).toEqual([["words", []]]);
  link.become("open");
  await settle();
  expect(link.only.command).toMatchObject({ body: "words", attachments: ["id-a"] });
});

test("no room at all: the page at hand sends it all the same", async () => {
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const outbox = await open();
  void write(outbox, "words");
  await settle();
  const { command, lose } = link.only;
  expect(command.body).toBe("words");
  lose();
  await settle(1000);
  expect([link.only.command.cid, outbox.count()]).toEqual([command.cid, 1]);
});

test("a store that cannot be read keeps nobody from writing", async () => {
  vi.spyOn(IDBObjectStore.prototype, "getAll").mockImplementation(() => {
    throw new DOMException("broken", "UnknownError");
  });
  void write(await open(), "words");
  await settle();
  expect(link.only.command.body).toBe("words");
});

// ---- Several tabs ----
async function twoTabs(): Promise<[Outbox, Outbox, FakeLink, FakeLink]> {
  Object.defineProperty(navigator, "locks", { value: new FakeLocks(), configurable: true });
  const [one, two] = [new FakeLink(), new FakeLink()];
  one.state = two.state = "offline";
  const first = await open(noUpload, "amina", one);
  void write(first, "1");
  void write(first, "2");
  await settle();
  const second = await open(noUpload, "amina", two);
  return [first, second, one, two];
}

test("of two tabs that hold the same messages one sends them, and the other lets go of them", async () => {
  const [first, second, one, two] = await twoTabs();
  one.become("open");
  two.become("open");
  await settle();
  one.only.answer(1);
  await settle();
  one.only.answer(2);
  await settle();
  await settle(2000);
  expect([two.asked.length, first.count(), second.count()]).toEqual([0, 0, 0]);
  expect(changes.slice(-2)).toEqual(["cancelled 1", "cancelled 2"]);
});

test("what one tab takes back the other does not send", async () => {
  const [first, , , two] = await twoTabs();
  await first.cancel(first.list("r")[0]?.cid ?? "");
  two.become("open");
  await settle();
  expect(two.only.command.body).toBe("2");
});

test("a tab that sleeps in the middle of sending is not waited for without end", async () => {
  const [, , one, two] = await twoTabs();
  one.become("open");
  await settle();
  const { command } = one.only; // and no answer, ever
  two.become("open");
  await settle(5_999);
  expect(two.asked.length).toBe(0);
  await settle(1);
  expect(two.only.command.cid).toBe(command.cid);
});

test("what a person reads first leaves the device, and is neither failed nor sent", async () => {
  const outbox = await open();
  await write(outbox, "hello");
  await settle();
  link.only.refuse("held");
  await settle();
  expect(changes.slice(-1)).toEqual(["held hello"]);
  expect(outbox.list("r")).toEqual([]);
  expect(await kept()).toEqual([]);
});

test("what is asked about stays until its author has said yes, and goes out once more with that", async () => {
  const outbox = await open();
  const item = await write(outbox, "fool");
  await settle();
  const first = link.only;
  expect(first.command.sure).toBeUndefined();
  first.refuse("nudge");
  await settle();
  expect(outbox.list("r").map((each) => [each.state, each.why])).toEqual([["failed", "nudge"]]);
  expect((await kept()).map((each) => each.body)).toEqual(["fool"]);
  await outbox.retry(item.cid, true);
  await settle();
  const second = link.only;
  expect([second.command.body, second.command.sure]).toEqual(["fool", true]);
  expect(second.command.cid).not.toBe(item.cid);
  second.answer(1);
  await settle();
  expect(outbox.list("r")).toEqual([]);
});
