/** A page with a passkey: the browser's ceremony fills the hidden field of the form, which then goes its usual way. */
import { one, readJson } from "../../core/frontend/dom";

type Json = Record<string, unknown>;
interface Descriptor {
  id: string;
  type: "public-key";
}
interface Options extends Json {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
}
interface Page {
  creation_options?: { publicKey: Options };
  request_options?: { publicKey: Options };
}

/** Whether this browser knows passkeys at all; plain http from elsewhere does not. */
export function isAble(): boolean {
  return typeof window.PublicKeyCredential === "function" && !!navigator.credentials;
}

export function toBytes(text: string): ArrayBuffer {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

export function toText(bytes: ArrayBuffer): string {
  const raw = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decoded(options: Options): Json {
  const keys = (list?: Descriptor[]) => (list ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));
  return {
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user ? { user: { ...options.user, id: toBytes(options.user.id) } } : {}),
    excludeCredentials: keys(options.excludeCredentials),
    allowCredentials: keys(options.allowCredentials),
  };
}

/** The answer of the device as the server reads it: bytes as base64url. */
export function encoded(credential: PublicKeyCredential): Json {
  const answer = credential.response as AuthenticatorResponse & Partial<AuthenticatorAttestationResponse & AuthenticatorAssertionResponse>;
  const response: Json = { clientDataJSON: toText(answer.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"] as const) {
    const bytes = answer[part];
    if (bytes) response[part] = toText(bytes);
  }
  if (answer.getTransports) response.transports = answer.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function ask(page: Page): Promise<Credential | null> {
  if (page.creation_options) {
    const publicKey = decoded(page.creation_options.publicKey) as unknown as PublicKeyCredentialCreationOptions;
    return navigator.credentials.create({ publicKey });
  }
  if (!page.request_options) return null;
  const publicKey = decoded(page.request_options.publicKey) as unknown as PublicKeyCredentialRequestOptions;
  return navigator.credentials.get({ publicKey });
}

/** Show the form where passkeys work, and answer its button with the ceremony. */
export function wirePasskey(): void {
  const form = one<HTMLFormElement>("form[data-passkey]");
  const page = readJson<Page>("passkey-options");
  const field = form ? one<HTMLInputElement>("[name=credential]", form) : null;
  if (!form || !field || !page || !isAble()) return;
  const failed = one("[data-passkey-failed]");
  one("[data-passkey-unable]")?.setAttribute("hidden", "");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (failed) failed.hidden = true;
    ask(page)
      .then((credential) => {
        if (!credential) throw new Error("no credential");
        field.value = JSON.stringify(encoded(credential as PublicKeyCredential));
        form.dataset.sent = "yes"; // a form that is sent by script fires no event of its own
        form.submit();
      })
      .catch(() => {
        if (failed) failed.hidden = false;
      });
  });
}

wirePasskey();
