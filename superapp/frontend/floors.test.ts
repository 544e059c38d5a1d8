/** The house is built in floors: what lies lower never reaches up. */
import { expect, test } from "vitest";
import { pages, scripts } from "./sources";

const FLOORS = ["core", "realtime", "accounts", "notifications", "billing", "chat", "moderation", "privacy", "superapp"];
const floorOf = (path: string): number => FLOORS.indexOf(path.split("/")[0] ?? "");
const isTest = (path: string): boolean => /\.test\.ts$|\/(fakes|sources)\.ts$/.test(path);
const shipped = [...scripts].filter(([path]) => !isTest(path));

/** The path from the root that an import leads to. */
function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

const IMPORT = /(?:^|\n)(?:import|export)(?:\s+type)?\s*(?:[\w*{][^"';]*?\sfrom\s*)?"([^"]+)"|\bimport\("([^"]+)"\)/g;

function importsOf(text: string): string[] {
  return Array.from(text.matchAll(IMPORT), (match) => match[1] ?? match[2] ?? "");
}

test("the walk sees the files and their imports", () => {
  expect([scripts.size > 30, pages.size > 20]).toEqual([true, true]);
  const text = 'import { a } from "./a";\nimport type {\n  B,\n} from "../b";\nexport * from "./c";\nimport "./d";\nconst e = await import("./e");';
  expect(importsOf(text)).toEqual(["./a", "../b", "./c", "./d", "./e"]);
  expect(resolve("chat/frontend/log.ts", "../../core/frontend/dom")).toBe("core/frontend/dom");
});

test("every file lies on a floor", () => {
  expect([...scripts.keys()].filter((path) => floorOf(path) < 0)).toEqual([]);
});

test("no file reaches up", () => {
  const up: string[] = [];
  for (const [path, text] of scripts) {
    for (const specifier of importsOf(text).filter((each) => each.startsWith("."))) {
      if (floorOf(resolve(path, specifier)) > floorOf(path)) up.push(`${path} -> ${specifier}`);
    }
  }
  expect(up).toEqual([]);
});

test("every import leads to a file, and what is shipped needs no package", () => {
  const lost: string[] = [];
  for (const [path, text] of shipped) {
    for (const specifier of importsOf(text)) {
      const target = specifier.startsWith(".") ? `${resolve(path, specifier)}.ts` : specifier;
      if (!scripts.has(target)) lost.push(`${path} -> ${specifier}`);
    }
  }
  expect(lost).toEqual([]);
});

test("what is shipped imports no stand-in of the tests", () => {
  const bad = shipped.filter(([, text]) => importsOf(text).some((specifier) => /(fakes|sources|\.test)$/.test(specifier)));
  expect(bad.map(([path]) => path)).toEqual([]);
});

test("no circle of imports", () => {
  const edges = new Map(shipped.map(([path, text]) => [path, importsOf(text).map((each) => `${resolve(path, each)}.ts`)]));
  const types = (path: string): string[] => Array.from((scripts.get(path) ?? "").matchAll(/import type[^;]*from "([^"]+)"/g), (m) => `${resolve(path, m[1] ?? "")}.ts`);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, way: string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" -> "));
    else if (!done.has(path)) {
      const erased = types(path);
      for (const next of edges.get(path) ?? []) if (!erased.includes(next)) walk(next, [...way, path]);
      done.add(path);
    }
  };
  for (const path of edges.keys()) walk(path, []);
  expect(circles).toEqual([]);
});

test("text never becomes markup, and no text becomes code", () => {
  const banned = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|srcdoc|\beval\(|new Function|setAttribute\(\s*["'](style|on)/;
  expect(shipped.filter(([, text]) => banned.test(text)).map(([path]) => path)).toEqual([]);
});

test("nothing is ordered, and nobody is known, by what lies on the device: stores are opened in one place", () => {
  const opening = shipped.filter(([, text]) => /\bindexedDB\b/.test(text)).map(([path]) => path);
  expect(opening).toEqual(["core/frontend/db.ts"]);
});

test("no page carries a style, a script or a handler of its own: the policy would refuse it", () => {
  const banned = /\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|<style\b|javascript:|<script(?![^>]*\ssrc=)(?![^>]*type="application\/json")[^>]*>/i;
  // One page is served to nobody: it lies in the archive of an export and is read without network, so its sheet has to be in it, and no more.
  const sheet = '<style>{% inline_sheet "archive" %}</style>';
  const kept = (path: string, text: string) => (path === "templates/privacy/export_index.html" ? text.replace(sheet, "") : text);
  expect([...pages].filter(([path, text]) => banned.test(kept(path, text))).map(([path]) => path)).toEqual([]);
});
