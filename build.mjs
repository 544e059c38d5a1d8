// Builds static/dist: one script, the small one of passkeys, one style sheet, the service worker, the admin's colours. Prints compressed sizes and fails above the budgets.
import { build } from "esbuild";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const OUT = "static/dist";
const TARGET = ["chrome80", "firefox78", "safari13"];
const BUDGETS = { "app.js": 40, "plain.js": 1, "agepages.js": 2, "moneypages.js": 1, "datapages.js": 1, "app.css": 12, "sw.js": 4, "passkey.js": 1.5, "admin.css": 4, "desk.js": 3 };

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
// esbuild calls destructuring unsupported before Safari 14.1 for a bug in nested defaults, which this code does not use
const supported = { destructuring: true };
// Django's admin has variables of the same names as ours, written for html[data-theme="light"]: in its sheet our tokens weigh more.
const heavyTokens = {
  name: "heavy-tokens",
  setup: (made) =>
    made.onLoad({ filter: /styles\/tokens\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(":root", ":root:root"),
      loader: "css",
    })),
};
const common = { bundle: true, minify: true, target: TARGET, supported, legalComments: "none", charset: "utf8", logLevel: "warning" };
await Promise.all([
  build({ ...common, entryPoints: ["superapp/frontend/app.ts"], outfile: `${OUT}/app.js`, format: "esm" }),
  build({ ...common, entryPoints: ["superapp/frontend/plain.ts"], outfile: `${OUT}/plain.js`, format: "esm" }),
  build({ ...common, entryPoints: ["accounts/frontend/passkey.ts"], outfile: `${OUT}/passkey.js`, format: "iife" }),
  build({ ...common, entryPoints: ["superapp/frontend/agepages.ts"], outfile: `${OUT}/agepages.js`, format: "esm" }),
  build({ ...common, entryPoints: ["superapp/frontend/moneypages.ts"], outfile: `${OUT}/moneypages.js`, format: "esm" }),
  build({ ...common, entryPoints: ["superapp/frontend/datapages.ts"], outfile: `${OUT}/datapages.js`, format: "esm" }),
  build({ ...common, entryPoints: ["moderation/frontend/desk.ts"], outfile: `${OUT}/desk.js`, format: "esm" }),
  build({ ...common, entryPoints: ["superapp/frontend/styles/app.css"], outfile: `${OUT}/app.css` }),
  build({ ...common, entryPoints: ["superapp/frontend/styles/admin.css"], outfile: `${OUT}/admin.css`, plugins: [heavyTokens] }),
  build({ ...common, entryPoints: ["superapp/frontend/sw.ts"], outfile: `${OUT}/sw.js`, format: "iife" }),
]);
for (const [name, budget] of Object.entries(BUDGETS)) {
  const size = gzipSync(readFileSync(`${OUT}/${name}`), { level: 9 }).length / 1024;
  console.log(`${name.padEnd(10)} ${size.toFixed(1)} KB of ${budget} KB`);
  if (size > budget) process.exitCode = 1;
}
