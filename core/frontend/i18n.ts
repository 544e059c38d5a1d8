/** Words of the interface. French is the source; the server sends the others as a map from the French. */
import { readJson } from "./dom";

type Values = Record<string, string | number>;
let words: Record<string, string> | null = null;

function find(msgid: string): string {
  words ??= readJson<Record<string, string>>("i18n") ?? {};
  return words[msgid] ?? msgid;
}

function fill(text: string, values: Values): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words for a French msgid, with `%(name)s` filled in. */
export function t(msgid: string, values: Values = {}): string {
  return fill(find(msgid), values);
}

/** One or other by number, with `%(n)s`. French and Malagasy count 0 as one; English does not. */
export function tn(one: string, other: string, n: number, values: Values = {}): string {
  const single = document.documentElement.lang.slice(0, 2) === "en" ? n === 1 : n < 2;
  return fill(find(single ? one : other), { n, ...values });
}

/** Forget the words of the last page; for tests. */
export function forgetWords(): void {
  words = null;
}
