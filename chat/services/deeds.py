"""Writing the journal of a room, in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.access import Seat
from chat.enums import RoomAct
from chat.models import Room, RoomDeed
from chat.services.errors import ChatError
from core.text import clean

REASON = 300


class ReasonMissing(ChatError):
    code, words = "bad_reason", _("Dites pourquoi en quelques mots : la raison est montrée à qui elle concerne.")


def checked_reason(words: str) -> str:
    """A reason as it is shown, at most 300 signs.

    Raises:
        ReasonMissing.
    """
    reason = clean(words, lines=False)[:REASON]
    if not reason:
        raise ReasonMissing
    return reason


def note_deed(
    *,
    room: Room,
    act: RoomAct,
    now: datetime,
    by: Seat | None = None,
    who: User | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> RoomDeed:
    """Tell the members of a room what was done; `by` None: the team of the house did it, and stands there as the team."""
    return RoomDeed.objects.create(
        room=room,
        actor_id=by.membership.user_id if by else None,
        role=by.membership.role if by else "",
        act=act,
        who=who,
        reason=clean(reason, lines=False)[:REASON],
        before=dict(before or {}),
        after=dict(after or {}),
        at=now,
    )
