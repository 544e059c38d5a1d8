/** A message's text cut into text, links and mentions. Only web addresses become links; everything is set as text. */

export interface Segment {
  kind: "text" | "link" | "mention";
  text: string;
  href?: string;
}

const LINK = /(https?:\/\/|www\.)[^\s<>"'«»]+/gi;
const TAIL = /[.,;:!?)\]}…]+$/;

/** The address behind a piece of text, null when it is none that we would follow. */
function addressOf(text: string): string | null {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function splitMentions(text: string, people: ReadonlyMap<string, string>): Segment[] {
  const pieces: Segment[] = [];
  let from = 0;
  for (const found of text.matchAll(/@[\p{L}\p{N}_.-]+/gu)) {
    const name = found[0].slice(1).replace(/[.-]+$/, "");
    const href = people.get(name.toLocaleLowerCase());
    if (!href) continue;
    if (found.index > from) pieces.push({ kind: "text", text: text.slice(from, found.index) });
    pieces.push({ kind: "mention", text: `@${name}`, href });
    from = found.index + name.length + 1;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

/** The pieces in order; joined again they are the text. `people`: folded name to address. */
export function splitText(text: string, people: ReadonlyMap<string, string> = new Map()): Segment[] {
  const pieces: Segment[] = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const shown = found[0].replace(TAIL, "");
    const href = addressOf(shown);
    if (!href) continue;
    pieces.push(...splitMentions(text.slice(from, found.index), people), { kind: "link", text: shown, href });
    from = found.index + shown.length;
  }
  return [...pieces, ...splitMentions(text.slice(from), people)];
}

/** Fill a paragraph with the pieces. */
export function fillText(paragraph: Element, pieces: Segment[], me = ""): void {
  paragraph.textContent = "";
  for (const piece of pieces) {
    if (piece.kind === "text") {
      paragraph.append(piece.text);
      continue;
    }
    const link = document.createElement("a");
    link.textContent = piece.text;
    link.href = piece.href ?? "";
    if (piece.kind === "link") {
      link.target = "_blank";
      link.rel = "nofollow noopener noreferrer ugc";
    } else link.className = piece.href === me ? "mention me" : "mention";
    paragraph.append(link);
  }
}
