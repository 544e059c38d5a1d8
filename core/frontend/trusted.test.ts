import { afterEach, expect, test, vi } from "vitest";
import { workerUrl } from "./trusted";

afterEach(() => Reflect.deleteProperty(window, "trustedTypes"));

test("a browser without Trusted Types gets the plain address", () => expect(workerUrl()).toBe("/sw.js"));

test("the policy is named resaka and lets through the worker's address alone", () => {
  const createPolicy = vi.fn((_name: string, rules: { createScriptURL(url: string): string }) => ({
    createScriptURL: (url: string) => `trusted ${rules.createScriptURL(url)}`,
  }));
  Object.defineProperty(window, "trustedTypes", { value: { createPolicy }, configurable: true });
  expect(workerUrl()).toBe("trusted /sw.js");
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(["resaka"]);
  const rules = createPolicy.mock.calls[0]?.[1];
  for (const url of ["/sw.js?x", "//evil.test/sw.js", "https://evil.test/sw.js", "/media/sw.js", ""]) {
    expect(() => rules?.createScriptURL(url), url).toThrow(TypeError);
  }
});
