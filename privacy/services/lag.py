"""Watching that what is due goes: the lag of the purge as a figure, and an alarm when it stays above a quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from privacy.metrics import PURGE_LAG
from privacy.models import RetentionRule
from privacy.queries.backlog import Backlog, Done, count_done, measure_backlogs
from privacy.services.alarms import Alarm, raise_alarm
from privacy.services.shelves import SHELVES

# The promise of the house (docs/privacy-rights.md): gone a quarter of an hour after it was due.
LIMIT = timedelta(minutes=15)
_REMEMBERED = 24 * 3600
_SLOT = "privacy:late:"


def watch_purge(*, now: datetime) -> list[str]:
    """Measure, and wake data protection once a day for every rule of which something has been overdue for longer than `LIMIT`; which.

    A row may turn up with a clock that began long ago (its hold ended, its rule was shortened): it is late only once it has been seen
    overdue for as long.
    """
    late = [one for one in measure_backlogs(shelves=SHELVES, now=now) if _is_late(one, now)]
    for one in late:
        with transaction.atomic():
            path = reverse("admin:privacy_retention_state")
            raise_alarm(alarm=Alarm.PURGE_LATE, ref=one.rule.ref, once=f"{one.rule.ref}:{now:%Y%m%d}", path=path, now=now)
    return [one.rule.ref for one in late]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the team's page."""

    backlog: Backlog
    label: str
    done: Done

    @property
    def minutes(self) -> int:
        """How long the oldest row has been due."""
        return int(self.backlog.lag.total_seconds() // 60)

    @property
    def is_late(self) -> bool:
        """Whether that is longer than promised."""
        return self.backlog.lag > LIMIT


def list_state(*, now: datetime) -> list[Line]:
    """How every rule stands, the latest first, then by code; the queries of `measure_backlogs`, and two."""
    done, labels = count_done(now=now), {row.ref: row.label for row in RetentionRule.objects.all()}
    found = [Line(one, labels[one.rule.ref], done.get(one.rule.code, Done(0, None))) for one in measure_backlogs(shelves=SHELVES, now=now)]
    return sorted(found, key=lambda line: (-line.minutes, line.backlog.rule.ref))


def _is_late(one: Backlog, now: datetime) -> bool:
    PURGE_LAG.labels(one.rule.ref).set(one.lag.total_seconds())
    slot = _SLOT + one.rule.ref
    if one.lag <= LIMIT:
        cache.delete(slot)
        return False
    since = float(cache.get_or_set(slot, now.timestamp(), _REMEMBERED) or now.timestamp())  # a number: the shared cache keeps JSON
    return now.timestamp() - since >= LIMIT.total_seconds()
