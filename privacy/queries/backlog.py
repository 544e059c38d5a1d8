"""What is due and not yet destroyed, what of it a hold keeps, and what was destroyed lately: per rule, measured where the purge looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from core.purging import Owners, Shelf, Spared
from moderation.queries.holds import Held, list_held, list_holds
from privacy.models import DeletionRecord
from privacy.queries.reaches import list_reaches
from privacy.retention import Rule

# Counted so far and no further: a page that shows that something is wrong need not say how wrong.
MOST = 2000
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How a rule stands. `due` and `held` are at most MOST each; `lag` is how long the oldest row has been due that nothing holds."""

    rule: Rule
    due: int
    held: int
    lag: timedelta

    @property
    def is_full(self) -> bool:
        """Whether there are more than were counted."""
        return self.due >= MOST


@dataclass(frozen=True, slots=True)
class Done:
    """What was destroyed of a code in the last thirty days, and when last."""

    rows: int
    last_at: datetime | None


def measure_backlogs(*, shelves: dict[str, tuple[Shelf, ...]], now: datetime) -> list[Backlog]:
    """Every rule that has shelves, in the order of codes. One query a shelf (of the two chains two), two while
    anything at all is held, and three more."""
    anything_held = bool(list_holds(now=now))
    return [
        _measure(rule, owners, shelves[rule.code], anything_held=anything_held, now=now)
        for rule, owners in list_reaches()
        if rule.code in shelves
    ]


def count_done(*, now: datetime) -> dict[str, Done]:
    """By code; one query."""
    rows = DeletionRecord.objects.filter(at__gt=now - LATELY).values("code").annotate(sum=Sum("rows"), last=Max("at"))
    return {row["code"]: Done(row["sum"], row["last"]) for row in rows.order_by("code")}


def _measure(rule: Rule, owners: Owners, shelves: Iterable[Shelf], *, anything_held: bool, now: datetime) -> Backlog:
    held = list_held(code=rule.code, now=now) if anything_held else Held()
    due = kept = 0
    lag = timedelta(0)
    for shelf in shelves:
        clocks = _clocks(shelf, rule, owners, held.spared, now)
        due += len(clocks)
        if clocks:
            lag = max(lag, now - clocks[0] - rule.keep_for(clocks[0]))
        if anything_held:
            kept += len(_clocks(shelf, rule, owners, Spared(), now)) - len(clocks)
    return Backlog(rule, min(due, MOST), max(0, kept), lag)


def _clocks(shelf: Shelf, rule: Rule, owners: Owners, spared: Spared, now: datetime) -> list[datetime]:
    """When the clocks of the due rows began, the oldest first."""
    rows = shelf.due(before=rule.due_before(now), spared=spared, owners=owners, now=now)
    return list(rows.order_by(shelf.clock).values_list(shelf.clock, flat=True)[:MOST])
