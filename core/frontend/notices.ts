/** What the page says aloud: the announcer for screen readers, toasts, the strip under the bar. */
import { clone, one, setText } from "./dom";

const TOAST = 5000;
const HEARD = 10_000;
const fading = new Map<string, number>();

/** What was said does not stay: it may be the words of somebody who takes them back. */
function say(id: string, text: string): void {
  const region = document.getElementById(id);
  if (!region) return;
  region.textContent = "";
  window.setTimeout(() => (region.textContent = text), 30); // the same words twice are two announcements
  window.clearTimeout(fading.get(id));
  fading.set(
    id,
    window.setTimeout(() => (region.textContent = ""), HEARD),
  );
}

/** Politely, for screen readers. */
export function announce(text: string): void {
  say("announcer", text);
}

/** At once: only for a message that could not be sent. */
export function alarm(text: string): void {
  say("alerts", text);
}

/** A short word that goes by itself; it waits while the pointer or the focus is on it. */
export function toast(text: string): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const box = clone("tpl-toast");
  setText(box, ".toast-text", text);
  let timer = 0;
  const leave = (): void => box.remove();
  const start = (): void => void (timer = window.setTimeout(leave, TOAST));
  const hold = (): void => window.clearTimeout(timer);
  box.addEventListener("pointerenter", hold);
  box.addEventListener("focusin", hold);
  box.addEventListener("pointerleave", start);
  box.addEventListener("focusout", start);
  one("[data-close]", box)?.addEventListener("click", leave);
  place.append(box);
  start();
  announce(text);
}

/** The strip under the bar: the state of the link. Empty text takes it away. */
export function showStrip(text: string, action?: { label: string; run: () => void }): void {
  const strip = document.getElementById("strip");
  if (!strip || strip.dataset.said === text) return;
  strip.dataset.said = text;
  strip.textContent = text;
  strip.classList.toggle("warn", Boolean(text));
  if (!action) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button text";
  button.textContent = action.label;
  button.addEventListener("click", action.run);
  strip.append(" ", button);
}
