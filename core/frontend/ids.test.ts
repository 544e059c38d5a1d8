import { expect, test } from "vitest";
import { uuid7 } from "./ids";

test("an id is a UUIDv7 as RFC 9562 draws it", () => {
  for (let i = 0; i < 200; i++) expect(uuid7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("its first 48 bits are the time", () => {
  expect(uuid7(0x017f22e279b0).slice(0, 13)).toBe("017f22e2-79b0"); // the example of RFC 9562, appendix A.6
});

test("ids of later moments sort later", () => {
  const moments = [0, 1, 255, 256, 65_536, 4_294_967_295, 4_294_967_296, 1_900_000_000_000];
  const ids = moments.map((at) => uuid7(at));
  expect([...ids].sort()).toEqual(ids);
});

test("a thousand ids of one moment are a thousand ids", () => {
  expect(new Set(Array.from({ length: 1000 }, () => uuid7(7))).size).toBe(1000);
});
