/** What the front end is written in, as text, by path from the root: for the tests that read it. */

declare global {
  interface ImportMeta {
    /** Vite's: the files that match, read when the module is made. */
    glob(patterns: string[], options: { query: "?raw"; import: "default"; eager: true }): Record<string, string>;
  }
}

function fromRoot(files: Record<string, string>): Map<string, string> {
  const paths = Object.entries(files).map(([path, text]): [string, string] => [path.replace(/^\//, ""), text]);
  return new Map(paths.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const scripts = fromRoot(import.meta.glob(["/*/frontend/**/*.ts"], { query: "?raw", import: "default", eager: true }));
export const sheets = fromRoot(import.meta.glob(["/*/frontend/**/*.css"], { query: "?raw", import: "default", eager: true }));
export const pages = fromRoot(import.meta.glob(["/templates/**/*.html"], { query: "?raw", import: "default", eager: true }));
