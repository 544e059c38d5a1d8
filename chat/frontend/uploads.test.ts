import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refused } from "../../realtime/frontend/link";
import type { OutFile } from "./outbox";
import { sendFile } from "./uploads";

/** A request whose other end is the test. */
class FakeRequest {
  static made: FakeRequest[] = [];
  readonly upload: { onprogress?: (event: object) => void } = {};
  readonly headers: Record<string, string> = {};
  opened: string[] = [];
  body: FormData | null = null;
  status = 0;
  response: unknown = null;
  onload: () => void = () => undefined;
  onerror: () => void = () => undefined;

  constructor() {
    FakeRequest.made.push(this);
  }

  open(...opened: string[]): void {
    this.opened = opened;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(body: FormData): void {
    this.body = body;
  }

  answer(status: number, response: unknown): void {
    [this.status, this.response] = [status, response];
    this.onload();
  }
}

const request = (): FakeRequest => FakeRequest.made[FakeRequest.made.length - 1]!;
const image = (): OutFile => ({ name: "a.png", size: 3, blob: new File(["abc"], "a.png", { type: "image/png" }) });
const fate = (sent: Promise<string>): Promise<unknown> => sent.catch((error: unknown) => (error instanceof Refused ? error.code : "again"));

beforeEach(() => {
  FakeRequest.made = [];
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  const token = document.createElement("input");
  token.name = "csrfmiddlewaretoken";
  token.value = "token";
  document.body.replaceChildren(token);
});

afterEach(() => vi.unstubAllGlobals());

test("an image goes as the field that the form has, with the page's token, and says how far it is", async () => {
  const progress: number[] = [];
  const sent = sendFile("/rooms/kitchen/attachments/", image(), (percent) => progress.push(percent));
  expect([request().opened, request().headers["X-CSRFToken"]]).toEqual([["POST", "/rooms/kitchen/attachments/"], "token"]);
  expect((request().body?.get("attachment") as File).name).toBe("a.png");
  request().upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 3 });
  request().answer(201, { id: "cccccccccccccccccccc" });
  expect([await sent, progress]).toEqual(["cccccccccccccccccccc", [33]]);
});

test("a message that leaves while its image is under way waits for it: the image goes once", async () => {
  const file = image();
  const [first, second] = [sendFile("/u/", file), sendFile("/u/", file)];
  expect(FakeRequest.made.length).toBe(1);
  request().answer(201, { id: "one" });
  expect(await Promise.all([first, second])).toEqual(["one", "one"]);
});

test("an image that did not get through may be sent again", async () => {
  const file = image();
  const first = fate(sendFile("/u/", file));
  request().onerror();
  expect(await first).toBe("again");
  const second = sendFile("/u/", file);
  request().answer(201, { id: "one" });
  expect([await second, FakeRequest.made.length]).toEqual(["one", 2]);
});

test.each([
  [400, { code: "not_an_image" }, "not_an_image"],
  [403, null, "bad_attachment"],
  [413, null, "bad_attachment"],
  [429, null, "again"],
  [500, null, "again"],
  [503, null, "again"],
  [200, null, "again"],
  [201, {}, "again"],
])("an answer %i %o means: %s", async (status, response, expected) => {
  const sent = fate(sendFile("/u/", image()));
  request().answer(status, response);
  expect(await sent).toBe(expected);
});

test("an image that the device could not keep is refused, not waited for without end", async () => {
  expect(await fate(sendFile("/u/", { name: "a.png", size: 3 }))).toBe("bad_attachment");
});
