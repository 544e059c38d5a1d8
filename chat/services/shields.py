"""What the tools of a room stop or keep back: the shield, and reading before publication. Judged from what was read anyway."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from chat.enums import HeldWhy
from chat.services.errors import ChatError

KNOWN = 3  # messages that a room has shown of somebody who is no stranger there
NEW_ACCOUNT = timedelta(days=7)
# An address, with or without its `https://`: what the shield stops need not be a link that we would draw.
_ENDINGS = "com|net|org|info|io|me|fr|mg|ru|xyz|top|link"
_LINK = re.compile(rf"://|\bwww\.|\b[a-z0-9-]+\.[a-z]{{2,24}}/|\b[a-z0-9-]+\.(?:{_ENDINGS})\b", re.IGNORECASE)


class LinksOff(ChatError):
    code, words = "no_links", _("Le bouclier de ce salon est levé : les liens sont refusés pour le moment.")


class MediaOff(ChatError):
    code, words = "no_media", _("Le bouclier de ce salon est levé : les photos sont refusées pour le moment.")


class Tools(Protocol):
    """A room as far as its tools go."""

    hold_first: bool
    hold_links: bool
    hold_media: bool

    def is_shielded(self, now: datetime) -> bool: ...


def find_hold(*, room: Tools, sent_n: int, since: datetime | None, text: str, media: bool, now: datetime) -> HeldWhy | None:
    """Why the room keeps back what a member without a role writes; None when it does not.

    `sent_n` messages of theirs have been shown in this room, `since` their account exists.

    Raises:
        LinksOff, MediaOff.
    """
    shielded = room.is_shielded(now)
    if not (shielded or room.hold_first or room.hold_links or room.hold_media):
        return None
    linked = has_link(text)
    if shielded:
        _check_shield(linked=linked, media=media)
        if sent_n < KNOWN or since is None or now - since < NEW_ACCOUNT:
            return HeldWhy.SHIELD
    if room.hold_first and sent_n < KNOWN:
        return HeldWhy.FIRST
    if room.hold_links and linked:
        return HeldWhy.LINK
    return HeldWhy.MEDIA if room.hold_media and media else None


def _check_shield(*, linked: bool, media: bool) -> None:
    if linked:
        raise LinksOff
    if media:
        raise MediaOff


def has_link(text: str) -> bool:
    """Whether a text names an address of the web."""
    return _LINK.search(text) is not None
