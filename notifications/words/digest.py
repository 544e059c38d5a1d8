"""The digest: one mail for what waits unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.enums import NoticeKind
from notifications.words.base import Args, Words


def digest(args: Args) -> Words:
    """`args["rows"]` is a list of (kind, app of its place, outward id of its place, number of facts); the middle two may be empty."""
    rows: Sequence[Sequence[Any]] = args["rows"]
    total = sum(int(row[3]) for row in rows)
    title = ngettext("%(n)s nouveauté vous attend", "%(n)s nouveautés vous attendent", total) % {"n": total}
    text = _("Voici ce que vous n’avez pas encore lu dans Resaka. Les textes ne voyagent pas par courriel ; ils se lisent sur le site.")
    return Words(title, text, _("Tout voir"), tuple(line(str(kind), int(number)) for kind, _app, _place, number in rows))


def line(kind: str, number: int, room: str = "") -> str:
    """One line of the list; `room` names the place where the person wants to read that."""
    counted = {
        NoticeKind.MENTION.value: ngettext("%(n)s mention", "%(n)s mentions", number),
        NoticeKind.REPLY.value: ngettext("%(n)s réponse", "%(n)s réponses", number),
        NoticeKind.ROOM_MESSAGE.value: ngettext("%(n)s message dans un salon suivi", "%(n)s messages dans un salon suivi", number),
    }
    what = counted.get(kind, ngettext("%(n)s autre notification", "%(n)s autres notifications", number)) % {"n": number}
    return _("%(room)s : %(what)s") % {"room": room, "what": what} if room else what
