/** The bell: how many notices wait. The number comes from the server, with the page and with every change. */
import { all, one } from "../../core/frontend/dom";
import type { Link } from "../../realtime/frontend/link";

/** Where the page is installed as an app, its icon can carry the number. */
interface Badged {
  setAppBadge?: (count: number) => Promise<void>;
}

/** The number alone changes: the words for those who hear the page stay behind it. */
function show(badge: HTMLElement, count: number): void {
  const shown = count > 99 ? "99+" : String(count);
  if (badge.firstChild instanceof Text) badge.firstChild.data = shown;
  else badge.prepend(shown);
  badge.hidden = count === 0;
}

/** Keep the bell true; the open list of notices offers to show the new ones. */
export function watchNotices(link: Pick<Link, "onNote">): void {
  link.onNote(({ n, id }) => {
    for (const badge of all("[data-bell]")) show(badge, n);
    void (navigator as Badged).setAppBadge?.(n).catch(() => undefined);
    const fresh = one("#fresh");
    if (fresh && id) fresh.hidden = false;
  });
}
