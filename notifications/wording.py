"""What a notice says on a road: no more than its person chose, in their language, whatever its app could tell.

A room that is nobody's business stays unnamed whatever was chosen, mail never holds a word of a message, and what lies in the log of a
mail server or on a locked screen is never more than this module lets out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.utils import translation

from notifications import subjects
from notifications.enums import Content, NoticeKind, Road
from notifications.kinds import Words, words_of
from notifications.models import Notification
from notifications.subjects import Standing
from notifications.words import digest, rooms

PREVIEW = 120
_LIKE_AN_ADDRESS = re.compile(r"[./:@\\]|www", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Saying:
    """How much may be said: what the person chose, how the subject stands (None: the notice is about their account), and how many facts
    the notice stands for by now."""

    road: Road | None
    content: Content
    standing: Standing | None = None
    count: int = 1


def say(notice: Notification, saying: Saying) -> Words:
    """The words of a notice for one road, in the language of `notice.user`. A digest asks for the names of its rooms: few queries."""
    with translation.override(notice.user.language):
        words = words_of(kind=notice.kind, args=notice.args)
        if notice.kind == NoticeKind.DIGEST:
            return _with_rooms(notice, words, saying.content)
        return words if saying.standing is None else _of_room(notice.kind, words, saying, saying.standing)


def _of_room(kind: str, words: Words, saying: Saying, standing: Standing) -> Words:
    if standing.discreet or saying.content == Content.HIDDEN:
        return rooms.hidden(words, count=saying.count)
    place, sender = standing.place, standing.sender
    if saying.road == Road.MAIL:
        place, sender = _unlinked(place), _unlinked(sender)
    said = rooms.named(kind, words, place=place, sender=sender, count=saying.count)
    if wants_preview(content=saying.content, road=saying.road) and standing.preview and saying.count == 1:
        return replace(said, text=standing.preview[:PREVIEW])
    return said


def wants_preview(*, content: Content, road: Road | None) -> bool:
    """Whether the beginning of a text is of any use: only where the person's own device is the other end."""
    return content == Content.PREVIEW and road == Road.PUSH


def _with_rooms(notice: Notification, words: Words, content: Content) -> Words:
    if content == Content.HIDDEN:
        return words
    names: dict[tuple[str, str], str] = {}
    for app in {str(app) for _kind, app, _place, _number in notice.args["rows"] if app}:
        ids = {str(place) for _kind, of, place, _number in notice.args["rows"] if of == app}
        found = subjects.name_places(app, user_id=notice.user_id, public_ids=ids, outside=True)
        names |= {(app, place): _unlinked(name) for place, name in found.items()}
    rows = notice.args["rows"]
    lines = [digest.line(str(kind), int(number), room=names.get((app, place), "")) for kind, app, place, number in rows]
    return replace(words, lines=tuple(lines))


def _unlinked(name: str) -> str:
    """A name that somebody chose, for a mail: programs make links of what looks like an address, so such a name is left out."""
    return "" if _LIKE_AN_ADDRESS.search(name) else name
