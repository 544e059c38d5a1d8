"""Until when an authority must have its answer, and until when what it had preserved stays.

Regulation (EU) 2023/1543, articles 10 and 11: EPOC ten days, eight hours in emergencies; EPOC-PR sixty days, thirty more on demand.
Regulation (EU) 2021/784, article 3: terrorist content, one hour. LCEN, article 6-1: twenty-four hours. The French code says "as soon as
possible" and the DSA "without undue delay": there the goal of the house stands, three days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.courts.terms import RequestKind

GOAL = timedelta(hours=72)
EMERGENCY = timedelta(hours=1)
_LAW: dict[RequestKind, timedelta] = {
    RequestKind.EPOC: timedelta(days=10),
    RequestKind.EPOC_PR: timedelta(hours=1),  # "without undue delay": to freeze is one click
    RequestKind.ADMIN_REMOVAL: timedelta(hours=24),
    RequestKind.EMERGENCY_DISCLOSURE: EMERGENCY,
}
_URGENT: dict[RequestKind, timedelta] = {RequestKind.EPOC: timedelta(hours=8), RequestKind.EPOC_PR: timedelta(hours=1)}
_TERRORIST = timedelta(hours=1)
PRESERVED = timedelta(days=60)
PRESERVED_LONGER = timedelta(days=30)
# CPP 60-2, second paragraph: preservation on the order of a judge, up to one year.
PRESERVED_FRENCH = timedelta(days=365)
# How long before the end the desk is told, the longest first; zero is overdue.
ALARMS = (timedelta(days=7), timedelta(days=1), timedelta(0))


def deadline_of(*, kind: RequestKind, emergency: bool, terrorist: bool = False, received_at: datetime) -> datetime:
    """Until when the answer is owed."""
    if kind == RequestKind.ADMIN_REMOVAL and terrorist:
        return received_at + _TERRORIST
    if emergency:
        return received_at + _URGENT.get(kind, EMERGENCY)
    return received_at + _LAW.get(kind, GOAL)


def preserved_until(*, kind: RequestKind, at: datetime) -> datetime | None:
    """Until when a hold of a request of this kind lasts, None: until it is lifted."""
    if kind == RequestKind.EPOC_PR:
        return at + PRESERVED
    return at + PRESERVED_FRENCH if kind == RequestKind.CPP_60_2 else None


def due_alarms(*, begun_at: datetime, ends_at: datetime, now: datetime) -> list[timedelta]:
    """The alarms that are due before the end of something that began at `begun_at`; one that lies before its beginning never is."""
    return [ahead for ahead in ALARMS if now >= ends_at - ahead and ends_at - ahead > begun_at]
