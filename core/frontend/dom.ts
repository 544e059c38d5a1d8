/** Small helpers over the page. Text never becomes markup: nodes come from templates of the server. */

export function one<T extends HTMLElement>(selector: string, root: ParentNode = document): T | null {
  return root.querySelector<T>(selector);
}

export function all<T extends HTMLElement>(selector: string, root: ParentNode = document): T[] {
  return Array.from(root.querySelectorAll<T>(selector));
}

/** The first element of `<template id>`, copied. */
export function clone(id: string): HTMLElement {
  const template = document.getElementById(id);
  const first = template instanceof HTMLTemplateElement ? template.content.firstElementChild : null;
  if (!first) throw new Error(`no template ${id}`);
  return first.cloneNode(true) as HTMLElement;
}

/** An icon of the sprite. */
export function icon(name: string): SVGElement {
  const svg = clone("tpl-icon") as unknown as SVGElement;
  svg.querySelector("use")?.setAttribute("href", `#i-${name}`);
  return svg;
}

/** Set the text of a part of an element; the part may be absent. */
export function setText(root: ParentNode, selector: string, text: string): void {
  const part = root.querySelector(selector);
  if (part && part.textContent !== text) part.textContent = text;
}

/** Data that the server put into the page by `json_script`. */
export function readJson<T>(id: string): T | null {
  const block = document.getElementById(id);
  return block?.textContent ? (JSON.parse(block.textContent) as T) : null;
}

/** The CSRF token of the page's forms; its cookie is not for scripts. */
export function csrf(): string {
  return one<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** Post a form's fields as a script: the answer is JSON where the view knows how. */
export function post(url: string, fields: Record<string, string> | FormData = {}): Promise<Response> {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  return fetch(url, { method: "POST", body, headers, credentials: "same-origin" });
}
