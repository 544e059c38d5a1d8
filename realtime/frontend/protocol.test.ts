import { expect, test } from "vitest";
import samples from "../samples.json";
import { parsePush } from "./protocol";

const KNOWN = ["ack", "bye", "cur", "eph", "err", "ev", "held", "hello", "note", "ok", "pong", "reset"];

test("every push of the shared samples is read, as it is", () => {
  for (const push of samples.pushes) expect(parsePush(JSON.stringify(push))).toEqual(push);
});

test("the samples show every push that we know, and none that we do not", () => {
  expect(Array.from(new Set(samples.pushes.map(({ t }) => t))).sort()).toEqual(KNOWN);
});

test("commands are no pushes", () => {
  for (const command of samples.commands) expect(parsePush(JSON.stringify(command))).toBeNull();
});

/** What each push cannot be without. */
const needed: [string, string[]][] = [
  ["hello", ["now"]],
  ["ack", ["room", "seq"]],
  ["ev", ["room", "evs", "last"]],
  ["reset", ["room", "from"]],
  ["eph", ["room"]],
  ["cur", ["room", "read"]],
  ["err", ["code"]],
  ["note", ["n"]],
  ["bye", ["code", "in"]],
];

test.each(needed)("%s is dropped when a field that it needs is missing or of another kind", (name, fields) => {
  const whole = samples.pushes.find(({ t }) => t === name) as Record<string, unknown>;
  for (const field of fields) {
    expect(parsePush(JSON.stringify({ ...whole, [field]: undefined })), field).toBeNull();
    expect(parsePush(JSON.stringify({ ...whole, [field]: null })), field).toBeNull();
    expect(parsePush(JSON.stringify({ ...whole, [field]: true })), field).toBeNull();
  }
});

test("an event without a number or a kind spoils its push: its place in the log is unknown", () => {
  for (const event of [{ k: "message" }, { seq: 7 }, { seq: "7", k: "message" }, { seq: 7.5, k: "message" }, null, 7]) {
    expect(parsePush(JSON.stringify({ t: "ev", room: "r", evs: [{ seq: 6, k: "hole" }, event], last: 7 }))).toBeNull();
  }
});

test("an event of a kind that is not born yet is read: it moves the cursor", () => {
  const push = { t: "ev", room: "r", evs: [{ seq: 6, k: "poll", question: "?" }], last: 6 };
  expect(parsePush(JSON.stringify(push))).toEqual(push);
});

test.each(["", "{", "null", "7", "[]", '"ev"', "{}", '{"t":null}', '{"t":"fly"}', '{"t":"toString"}', '{"t":"__proto__"}'])("%s is nothing", (text) => {
  expect(parsePush(text)).toBeNull();
});

test("bytes are nothing", () => {
  expect(parsePush(new ArrayBuffer(4))).toBeNull();
});
