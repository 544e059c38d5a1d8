import { beforeEach, expect, test } from "vitest";
import type { WireEvent } from "../../realtime/frontend/protocol";
import { Intake } from "./intake";

let shown: number[];
let intake: Intake;
const events = (...seqs: number[]): WireEvent[] => seqs.map((seq) => ({ seq, k: "message" }));

/** A snapshot that arrives when the test says so. */
function snapshot(): { draw: () => Promise<number>; arrive: (...seqs: number[]) => void; fail: () => void } {
  const asked: { resolve: (last: number) => void; reject: (error: Error) => void }[] = [];
  return {
    draw: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
    arrive: (...seqs) => {
      shown = seqs;
      asked.shift()?.resolve(Math.max(...seqs));
    },
    fail: () => asked.shift()?.reject(new Error("no network")),
  };
}

beforeEach(() => {
  shown = [];
  intake = new Intake((fresh) => shown.push(...fresh.map(({ seq }) => seq)));
});

test("events pass at once", () => {
  intake.take(events(1, 2));
  intake.take(events(3));
  expect(shown).toEqual([1, 2, 3]);
});

test("what comes while the snapshot is under way is neither wiped out by it nor applied twice", async () => {
  intake.take(events(1));
  const { draw, arrive } = snapshot();
  const drawn = intake.redraw(draw);
  intake.take(events(601, 602));
  intake.take(events(603));
  arrive(599, 600, 601, 602);
  await drawn;
  expect(shown).toEqual([599, 600, 601, 602, 603]);
  intake.take(events(602, 604));
  expect(shown).toEqual([599, 600, 601, 602, 603, 604]);
});

test("a second reset during the first draws once more", async () => {
  const { draw, arrive } = snapshot();
  const drawn = intake.redraw(draw);
  await intake.redraw(draw);
  arrive(600);
  await Promise.resolve();
  intake.take(events(1201));
  arrive(1199, 1200);
  await drawn;
  expect(shown).toEqual([1199, 1200, 1201]);
});

test("a snapshot that does not come holds nothing back", async () => {
  const { draw, fail } = snapshot();
  const drawn = intake.redraw(draw);
  intake.take(events(601));
  fail();
  await expect(drawn).rejects.toThrow("no network");
  expect(shown).toEqual([601]);
});

test("a log that was restored from an older copy is drawn from there", async () => {
  const { draw, arrive } = snapshot();
  const first = intake.redraw(draw);
  arrive(50);
  await first;
  const second = intake.redraw(draw);
  arrive(39, 40);
  await second;
  intake.take(events(41));
  expect(shown).toEqual([39, 40, 41]);
});
