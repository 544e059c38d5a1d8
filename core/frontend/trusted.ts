/** The one Trusted Types policy of the site: it knows a single script address. */

interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

const WORKER = "/sw.js";

function check(url: string): string {
  if (url !== WORKER) throw new TypeError(`not a script of ours: ${url}`);
  return url;
}

/** The service worker's address, in the form that this browser demands. */
export function workerUrl(): string {
  const factory = (window as unknown as { trustedTypes?: Factory }).trustedTypes;
  return (factory ? factory.createPolicy("resaka", { createScriptURL: check }).createScriptURL(WORKER) : WORKER) as string;
}
