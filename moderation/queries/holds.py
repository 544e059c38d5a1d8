"""What is frozen now. `privacy` asks before it destroys anything; nobody else destroys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from core.purging import Spared
from moderation.courts.terms import HoldScope
from moderation.models import Case, HoldSubject, LegalHold, LegalRequest


@dataclass(frozen=True, slots=True)
class HoldSpan:
    """From when until when a hold lasts; without an end until it is lifted."""

    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that is held of one kind of data at one time: inward ids with the span of the hold that lasts longest."""

    users: dict[int, HoldSpan] = field(default_factory=dict)
    rooms: dict[int, HoldSpan] = field(default_factory=dict)
    cases: dict[int, HoldSpan] = field(default_factory=dict)
    lines: dict[tuple[int, int], HoldSpan] = field(default_factory=dict)

    def spans_of(
        self, *, user_id: int | None = None, room_id: int | None = None, case_id: int | None = None, number: int | None = None
    ) -> list[HoldSpan]:
        """The holds on one row, by whose and where it is and to which message of the room it belongs."""
        asked = ((self.users, user_id), (self.rooms, room_id), (self.cases, case_id))
        found = [table[key] for table, key in asked if key is not None and key in table]
        line = None if room_id is None or number is None else self.lines.get((room_id, number))
        return [*found, line] if line else found

    @property
    def spared(self) -> Spared:
        """All of it as shelves ask for it."""
        return Spared(self.users, self.rooms, self.cases, self.lines)


def list_held(*, code: str, now: datetime) -> Held:
    """All subjects whose rows of this code are held now; one query."""
    held = Held()
    tables: dict[str, dict[Any, HoldSpan]] = {
        HoldScope.USER: held.users,
        HoldScope.ROOM: held.rooms,
        HoldScope.CASE: held.cases,
        HoldScope.ROWS: held.lines,
    }
    rows = HoldSubject.objects.filter(hold__in=_in_force(now)).select_related("hold")
    for row in rows:
        if not row.hold.code_set or code in row.hold.code_set:
            table = tables[row.hold.scope]
            key = (row.subject_id, row.number) if row.hold.scope == HoldScope.ROWS else row.subject_id
            table[key] = _longer(table.get(key), HoldSpan(row.hold.from_at, row.hold.until_at))
    return held


def is_held(*, scope: HoldScope, subject_id: int, code: str, now: datetime) -> bool:
    """Whether rows of this code about one account, room or case must not be destroyed now."""
    holds = _in_force(now).filter(scope=scope, subjects__subject_id=subject_id)
    return any(not hold.code_set or code in hold.code_set for hold in holds)


def is_person_held(*, user_id: int, now: datetime) -> bool:
    """Whether a hold in force names this account, whatever data it names, a message that they wrote, or a case about them. Of held rooms
    `list_held_rooms` knows. Two queries."""
    subjects = HoldSubject.objects.filter(hold__in=_in_force(now))
    if subjects.filter(Q(hold__scope=HoldScope.USER, subject_id=user_id) | Q(owner_id=user_id)).exists():
        return True
    cases = Case.objects.filter(subject_id=user_id).values("pk")
    return subjects.filter(hold__scope=HoldScope.CASE, subject_id__in=cases).exists()


def list_held_rooms(*, now: datetime) -> set[int]:
    """The rooms that holds in force name, by inward id; usually none."""
    rows = HoldSubject.objects.filter(hold__in=_in_force(now), hold__scope=HoldScope.ROOM)
    return set(rows.values_list("subject_id", flat=True))


def list_holds(*, hidden_from: int | None = None, now: datetime) -> list[LegalHold]:
    """The holds in force, those that end first at the top; at most 500. `hidden_from`: whom those do not show that are about them."""
    rows = _in_force(now).select_related("request", "placed_by").prefetch_related("subjects")
    if hidden_from is not None:
        rows = rows.exclude(pk__in=HoldSubject.objects.filter(owner_id=hidden_from).values("hold_id"))
    return sorted(rows[:500], key=lambda hold: (hold.until_at is None, hold.until_at or hold.from_at))


def _in_force(now: datetime) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=now), from_at__lte=now, lifted_at__isnull=True)


def _longer(one: HoldSpan | None, other: HoldSpan) -> HoldSpan:
    if one is None or other.until_at is None:
        return other
    return one if one.until_at is None or one.until_at >= other.until_at else other


def is_request_held(*, request: LegalRequest, now: datetime) -> bool:
    """Whether a hold of this request is in force."""
    return _in_force(now).filter(request=request).exists()
