/** Entry of the pages of members: every page works without it. */
import { localiseTimes } from "../../core/frontend/time";
import { wireKeys } from "../../core/frontend/keys";
import { openLink } from "../../realtime/frontend/link";
import { watchNotices } from "../../notifications/frontend/bell";
import { wirePush } from "../../notifications/frontend/push";
import { Outbox } from "../../chat/frontend/outbox";
import { Room } from "../../chat/frontend/room";
import { watchRooms } from "../../chat/frontend/rooms";
import { readRoomPage } from "../../chat/frontend/state";
import { sendFile } from "../../chat/frontend/uploads";
import { wireExit } from "./exit";
import { showLink, wireForms, wireLogout, wireViewport } from "./shell";
import { registerWorker } from "./worker";

async function start(): Promise<void> {
  wireExit();
  wireForms();
  wireKeys();
  wireViewport();
  localiseTimes(document);
  void registerWorker();
  const user = document.body.dataset.user;
  if (!user) return;
  const link = openLink({ url: `${window.location.origin.replace(/^http/, "ws")}/ws/`, user });
  showLink(link);
  watchNotices(link);
  const outbox = await Outbox.open({
    link,
    user,
    upload: (slug, file) => sendFile(`/rooms/${slug}/attachments/`, file),
  });
  wireLogout(outbox, user);
  const page = readRoomPage();
  void wirePush(user, page?.room ?? "");
  if (page) link.show(page.room);
  if (page?.live) new Room(page, link, outbox);
  else if (link.state === "open") outbox.flush();
  await watchRooms(link, page?.live ? page.room : "");
}

void start();
