/** Colours as promised: each pair that may meet is legible in both themes (WCAG 2.2 AA), and no other colour exists. */
import { expect, test } from "vitest";
import { pages, scripts, sheets } from "./sources";

const TOKENS = "superapp/frontend/styles/tokens.css";
const LOOKS = "superapp/frontend/styles/looks.css";
const tokens = (sheets.get(TOKENS) ?? "") + (sheets.get(LOOKS) ?? "");

type Colours = Map<string, string>;

function coloursOf(block: string): Colours {
  return new Map(Array.from(block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\s*;/gi), (match) => [match[1] ?? "", (match[2] ?? "").toUpperCase()]));
}

/** The block that follows a selector. */
function block(selector: string): Colours {
  const start = tokens.indexOf(selector);
  if (start < 0) throw new Error(`no ${selector}`);
  return coloursOf(tokens.slice(start, tokens.indexOf("}", start)));
}

const light = block(":root {");
const darkByChoice = block(':root[data-theme="dark"] {');
const darkBySystem = block(':root:not([data-theme="light"]) {');
const dark: Colours = new Map([...light, ...darkByChoice]);

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

function measure(theme: Colours, over: string, ground: string): number {
  const [a, b] = [theme.get(over), theme.get(ground)];
  if (!a || !b) throw new Error(`no ${over} or ${ground}`);
  return contrast(a, b);
}

const PLAIN = ["bg", "surface", "surface-2"];
const TEXT = 4.5;
const PART = 3;

/** What may lie on what, and how well it must be seen. */
const PAIRS: [string, string[], number][] = [
  ["text", PLAIN, TEXT],
  ["text-2", [...PLAIN, "mine"], TEXT],
  ["primary", [...PLAIN, "mine"], TEXT],
  ["accent", PLAIN, TEXT],
  ["danger", [...PLAIN, "mine"], TEXT],
  ["warn", [...PLAIN, "mine"], TEXT],
  ["ok", [...PLAIN, "mine"], TEXT],
  ["info", [...PLAIN, "mine"], TEXT],
  ["focus", [...PLAIN, "mine"], PART],
  ["edge", PLAIN, PART],
  ["on-primary", ["primary"], TEXT],
  ["on-primary-soft", ["primary-soft"], TEXT],
  ["on-mine", ["mine"], TEXT],
  ["on-accent", ["accent"], TEXT],
  ["on-accent-soft", ["accent-soft"], TEXT],
  ["on-danger", ["danger"], TEXT],
  ["on-danger-soft", ["danger-soft"], TEXT],
  ["on-warn-soft", ["warn-soft"], TEXT],
  ["on-ok-soft", ["ok-soft"], TEXT],
  ["on-info-soft", ["info-soft"], TEXT],
];
const pairs = PAIRS.flatMap(([over, grounds, least]) => grounds.map((ground): [string, string, number] => [over, ground, least]));

test("the measure is WCAG's", () => {
  expect([contrast("#000000", "#FFFFFF"), contrast("#777777", "#777777")]).toEqual([21, 1]);
  expect(contrast("#767676", "#FFFFFF").toFixed(2)).toBe("4.54");
});

test("47 pairs are promised", () => expect(pairs.length).toBe(47));

test.each(pairs)("%s on %s has at least %d in both themes", (over, ground, least) => {
  expect(measure(light, over, ground)).toBeGreaterThanOrEqual(least);
  expect(measure(dark, over, ground)).toBeGreaterThanOrEqual(least);
});

test("hovered buttons and links are as legible", () => {
  for (const theme of [light, dark]) {
    expect(measure(theme, "on-primary", "primary-hover")).toBeGreaterThanOrEqual(TEXT);
    for (const ground of PLAIN) expect(measure(theme, "primary-hover", ground)).toBeGreaterThanOrEqual(TEXT);
  }
});

test("the letter of an avatar is white on each of its grounds, in both themes", () => {
  const grounds = [...light.keys()].filter((name) => /^av-\d$/.test(name));
  expect(grounds).toEqual(Array.from({ length: 9 }, (_, n) => `av-${n}`));
  for (const ground of grounds) expect(measure(light, "on-av", ground), ground).toBeGreaterThanOrEqual(TEXT);
  expect([...darkByChoice.keys()].filter((name) => /^(on-)?av/.test(name))).toEqual([]);
});

test("dark is the same by choice and by system, and changes every colour but the avatars'", () => {
  expect([...darkBySystem]).toEqual([...darkByChoice]);
  const unchanged = [...light.keys()].filter((name) => !darkByChoice.has(name) && !/^(on-)?av/.test(name));
  expect(unchanged).toEqual([]);
  expect([...darkByChoice.keys()].filter((name) => !light.has(name))).toEqual([]);
});

const ACCENTS = ["ocean", "plum", "rose", "clay", "slate"];

/** A theme with a chosen colour over it, as the browser would compute it. */
function tinted(theme: Colours, selector: string): Colours {
  return new Map([...theme, ...block(selector)]);
}

test.each(ACCENTS)("the colour %s is as legible as the house's own, in both themes", (name) => {
  const onLight = tinted(light, `:root[data-accent="${name}"],`);
  const onDark = tinted(dark, `:root[data-theme="dark"][data-accent="${name}"],`);
  for (const [over, ground, least] of pairs) {
    expect(measure(onLight, over, ground), `${over} on ${ground}, light`).toBeGreaterThanOrEqual(least);
    expect(measure(onDark, over, ground), `${over} on ${ground}, dark`).toBeGreaterThanOrEqual(least);
  }
  for (const theme of [onLight, onDark]) expect(measure(theme, "on-primary", "primary-hover")).toBeGreaterThanOrEqual(TEXT);
  const bySystem = block(`:root[data-accent="${name}"]:not([data-theme="light"]),`);
  expect([...bySystem]).toEqual([...block(`:root[data-theme="dark"][data-accent="${name}"],`)]);
});

test("a chosen colour changes what acts and what is one's own, and nothing else", () => {
  const may = ["primary", "primary-hover", "on-primary", "primary-soft", "on-primary-soft", "mine", "on-mine"];
  for (const name of ACCENTS) expect([...block(`:root[data-accent="${name}"],`).keys()], name).toEqual(may);
});

test("high contrast has seven to one for every text, sets every colour, and is never softened", () => {
  const high = tinted(light, ':root:root:root[data-theme="high"] {');
  for (const [over, ground, least] of pairs) {
    expect(measure(high, over, ground), `${over} on ${ground}`).toBeGreaterThanOrEqual(least === TEXT ? 7 : 4.5);
  }
  const set = [...block(':root:root:root[data-theme="high"] {').keys()];
  expect(set).toEqual([...darkByChoice.keys()]);
});

test("no colour is written anywhere else", () => {
  const inSheets = /#[0-9a-f]{3,8}\b|\b(rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\(/i;
  const inText = /#[0-9a-f]{6}\b/i;
  const bad = [...sheets].filter(([path, text]) => path !== TOKENS && path !== LOOKS && inSheets.test(text.replace(/\/\*[^]*?\*\//g, "")));
  const others = [...scripts, ...pages].filter(([path, text]) => !path.endsWith(".test.ts") && inText.test(text));
  expect([...bad, ...others].map(([path]) => path)).toEqual([]);
});

test("every token that is used is defined", () => {
  const defined = new Set(Array.from(tokens.matchAll(/--([\w-]+)\s*:/g), (match) => match[1]));
  const lost: string[] = [];
  for (const [path, text] of sheets) {
    for (const [, name] of text.matchAll(/var\(--([\w-]+)/g)) if (!defined.has(name)) lost.push(`${path}: ${name ?? ""}`);
  }
  expect(lost).toEqual([]);
});

test("a rule that sets both text and ground sets a legible pair", () => {
  const dim: string[] = [];
  let seen = 0;
  for (const [path, text] of sheets) {
    for (const [, selector, body] of text.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      const over = /(?:^|[;\s])color:\s*var\(--([\w-]+)\)/.exec(body ?? "")?.[1];
      const ground = /(?:^|[;\s])background(?:-color)?:\s*var\(--([\w-]+)\)/.exec(body ?? "")?.[1];
      if (!over || !ground || !light.has(over) || !light.has(ground)) continue;
      seen += 1;
      const least = Math.min(measure(light, over, ground), measure(dark, over, ground));
      if (least < TEXT) dim.push(`${path} ${(selector ?? "").trim()}: ${least.toFixed(2)}`);
    }
  }
  expect(dim).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});
