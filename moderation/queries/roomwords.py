"""The words that a room watches, and what they would have found in its last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import User
from accounts.queries import hidden_actor_ids
from chat.access import Seat
from chat.queries.messages import Message
from chat.queries.search import list_said
from moderation.enums import RuleOutcome, RuleState
from moderation.models import RuleVersion
from moderation.screening.normalize import normalize
from moderation.screening.terms import TermIndex

LOOKED_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RoomWord:
    """One watched word. `resting`: people let through too much of what its list held, so that it only counts until the list changes."""

    word: str
    outcome: RuleOutcome
    resting: bool


@dataclass(frozen=True, slots=True)
class LastDay:
    """What was read of a room's last day, newest first, and what of it each word is in."""

    read: int = 0
    found: dict[str, list[Message]] = field(default_factory=dict)


def list_room_words(*, room_id: int) -> list[RoomWord]:
    """The words of a room, those that ask first, each list in the order in which it grew. One query."""
    live = RuleVersion.objects.filter(rule__room_id=room_id, state__in=[RuleState.ACTIVE, RuleState.SHADOW]).order_by("-outcome", "pk")
    return [
        RoomWord(word, RuleOutcome(version.outcome), version.state == RuleState.SHADOW)
        for version in live
        for word in version.text.splitlines()
    ]


def find_in_last_day(*, user: User, seat: Seat, words: Sequence[str], now: datetime) -> LastDay:
    """In which messages of the last day, as far as this person can read them, each word would have been found. Those of the room's
    moderation are left out, as its words spare them. Five queries, and one for each database key not held yet; none without words."""
    if not words:
        return LastDay()
    hidden = hidden_actor_ids(user=user)
    said = list_said(room=seat.room, membership=seat.membership, hidden=hidden, since=now - LOOKED_BACK, now=now)
    index, found = TermIndex((word, number) for number, word in enumerate(words)), defaultdict(list)
    for message in said:
        for number in {owner for owner, _start, _end in index.find(normalize(message.body))}:
            found[words[number]].append(message)
    return LastDay(len(said), dict(found))
