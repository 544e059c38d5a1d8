/** Images on their way to the server, with progress. Offline they wait in the outbox with their message. */
import { clone, csrf, one, setText } from "../../core/frontend/dom";
import { t } from "../../core/frontend/i18n";
import { toast } from "../../core/frontend/notices";
import { Refused } from "../../realtime/frontend/link";
import type { OutFile } from "./outbox";

const MOST = 4;

interface Answer {
  id?: string;
  code?: string;
  message?: string;
}

/** Send one image; resolves with its id. Rejects with Refused (its reason is final) or any other error (try again). */
export function sendImage(url: string, file: Blob, name: string, progress: (percent: number) => void = () => undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(Math.round((event.loaded / event.total) * 100));
    };
    request.onerror = () => reject(new Error("network"));
    request.onload = () => {
      const answer = (request.response ?? {}) as Answer;
      if (request.status === 201 && answer.id) resolve(answer.id);
      else if (request.status >= 400 && request.status < 500 && request.status !== 429) {
        if (answer.message) toast(answer.message);
        reject(new Refused(answer.code ?? "bad_attachment", null));
      } else reject(new Error(`status ${request.status}`));
    };
    const form = new FormData();
    form.append("attachment", file, name);
    request.send(form);
  });
}

/** Images under way: a message that leaves meanwhile waits for them instead of sending them twice. */
const underWay = new WeakMap<OutFile, Promise<string>>();

/** Send the image of a message; asked for twice, it goes once. */
export function sendFile(url: string, file: OutFile, progress?: (percent: number) => void): Promise<string> {
  const already = underWay.get(file);
  if (already) return already;
  if (!file.blob) return Promise.reject(new Refused("bad_attachment", null)); // the device had no room to keep it
  const sending = sendImage(url, file.blob, file.name, progress).finally(() => underWay.delete(file));
  underWay.set(file, sending);
  return sending;
}

/** The images of the message that is being written. */
export class Tray {
  private files: { file: OutFile; line: HTMLElement }[] = [];

  constructor(
    private readonly list: HTMLElement,
    private readonly url: string,
    private readonly limit: number,
    private readonly changed: () => void,
  ) {}

  /** Take chosen or pasted files and begin to send them. */
  add(chosen: Iterable<File>): void {
    for (const blob of chosen) {
      if (!blob.type.startsWith("image/")) toast(t("Ce fichier n’est pas une image."));
      else if (blob.size > this.limit) toast(t("Cette image est trop grande."));
      else if (this.files.length >= MOST) toast(t("Quatre images au plus par message."));
      else this.begin(blob);
    }
    this.show();
  }

  private begin(blob: File): void {
    const line = clone("tpl-file");
    const file: OutFile = { name: blob.name, size: blob.size, blob };
    const entry = { file, line };
    this.files.push(entry);
    setText(line, ".file-name", blob.name);
    const picture = one<HTMLImageElement>("img", line);
    if (picture) picture.src = URL.createObjectURL(blob);
    one("[data-remove]", line)?.addEventListener("click", () => this.remove(entry));
    this.list.append(line);
    const bar = one<HTMLProgressElement>("progress", line);
    sendFile(this.url, file, (percent) => {
      if (bar) bar.value = percent;
    }).then(
      (id) => {
        file.id = id;
        delete file.blob;
        bar?.remove();
      },
      (error: unknown) => {
        bar?.remove();
        if (error instanceof Refused) this.remove(entry); // else it goes with the message, when the network is back
      },
    );
  }

  private remove(entry: { file: OutFile; line: HTMLElement }): void {
    const picture = one<HTMLImageElement>("img", entry.line);
    if (picture) URL.revokeObjectURL(picture.src);
    entry.line.remove();
    this.files = this.files.filter((each) => each !== entry);
    this.show();
  }

  private show(): void {
    this.list.hidden = this.files.length === 0;
    this.changed();
  }

  get count(): number {
    return this.files.length;
  }

  /** The images for the message that leaves now; the tray is empty afterwards. */
  take(): OutFile[] {
    const files = this.files.map(({ file }) => file);
    for (const entry of [...this.files]) this.remove(entry);
    return files;
  }
}
