"""Reading a room through: no index of words exists, so the visible messages are opened, by whoever may read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from datetime import datetime

from chat.enums import EventKind, MemberState, Role
from chat.models import Membership, Room
from chat.queries.messages import Message, fold, visible_events
from core.replica import from_replica

SCANNED = 3000
FOUND = 50
SAID = 1000
_CHUNK = 500


@from_replica
def search_room(*, room: Room, membership: Membership, text: str, hidden: Set[int], now: datetime) -> list[Message]:
    """The newest 50 messages that contain all words of `text`, accents and case aside, among the last 3 000 messages."""
    words = [plain for word in text.split()[:5] if (plain := _plain(word))]
    if not words:
        return []
    found: list[Message] = []
    rows = visible_events(room, membership, hidden=hidden, now=now).filter(kind=EventKind.MESSAGE).order_by("-seq")
    for start in range(0, SCANNED, _CHUNK):
        chunk = list(rows[start : start + _CHUNK])
        messages = fold(room=room, rows=chunk, membership=membership, hidden=hidden, now=now)
        found += [message for message in messages if _matches(message, words)]
        if len(chunk) < _CHUNK or len(found) >= FOUND:
            break
    return found[:FOUND]


@from_replica
def list_said(*, room: Room, membership: Membership, hidden: Set[int], since: datetime, now: datetime) -> list[Message]:
    """What members without a role have said in a room since then and this reader can see, newest first; the newest 1,000 at most. Four
    queries, and one for each database key that this process does not hold yet."""
    moderation = Membership.objects.filter(room=room, state=MemberState.JOINED, role__in=[Role.OWNER, Role.MODERATOR]).values("user_id")
    rows = visible_events(room, membership, hidden=hidden, now=now).filter(kind=EventKind.MESSAGE, at__gte=since, actor_id__isnull=False)
    newest = list(rows.exclude(actor_id__in=moderation).order_by("-seq")[:SAID])
    said = fold(room=room, rows=newest, membership=membership, hidden=hidden, now=now)
    return [message for message in said if message.body and not message.deleted]


def _matches(message: Message, words: list[str]) -> bool:
    plain = _plain(message.body)
    return not message.deleted and all(word in plain for word in words)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
