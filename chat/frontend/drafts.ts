/** What somebody was writing, kept on this device by room until it is sent. */
import { openTable } from "../../core/frontend/db";

export interface Draft {
  key: string;
  body: string;
  reply?: number;
}

const keyOf = (user: string, room: string): string => `${user}/${room}`;

export async function loadDraft(user: string, room: string): Promise<Draft | null> {
  return (await (await openTable<Draft>("drafts")).get(keyOf(user, room))) ?? null;
}

/** Keep the draft; an empty one is removed. */
export async function saveDraft(user: string, room: string, draft: { body: string; reply?: number | undefined }): Promise<void> {
  const drafts = await openTable<Draft>("drafts");
  const key = keyOf(user, room);
  if (!draft.body.trim()) return drafts.remove(key);
  return drafts.put(key, { key, body: draft.body, ...(draft.reply === undefined ? {} : { reply: draft.reply }) });
}
