"""Until when authorities wait, and when the desk is woken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.tests.factories import NOON
from moderation.courts.clocks import deadline_of, due_alarms, preserved_until
from moderation.courts.terms import RequestKind

H, D = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("kind", RequestKind)
def test_every_kind_has_a_deadline_and_an_emergency_is_never_slower(kind: RequestKind) -> None:
    plain = deadline_of(kind=kind, emergency=False, received_at=NOON)
    assert NOON < deadline_of(kind=kind, emergency=True, received_at=NOON) <= plain <= NOON + 10 * D


@pytest.mark.parametrize(
    ("kind", "emergency", "terrorist", "wait"),
    [
        (RequestKind.CPP_60_1, False, False, 72 * H),
        (RequestKind.CPP_99_4, True, False, H),
        (RequestKind.EPOC, False, False, 10 * D),
        (RequestKind.EPOC, True, False, 8 * H),
        (RequestKind.EPOC_PR, False, False, H),
        (RequestKind.DSA_9, False, False, 72 * H),
        (RequestKind.MG_JUDICIAL, False, False, 72 * H),
        (RequestKind.ADMIN_REMOVAL, False, False, 24 * H),
        (RequestKind.ADMIN_REMOVAL, False, True, H),
        (RequestKind.EMERGENCY_DISCLOSURE, True, False, H),
    ],
)
def test_deadlines(kind: RequestKind, emergency: bool, terrorist: bool, wait: timedelta) -> None:
    assert deadline_of(kind=kind, emergency=emergency, terrorist=terrorist, received_at=NOON) == NOON + wait


def test_what_is_preserved_stays_as_long_as_its_law_says() -> None:
    assert preserved_until(kind=RequestKind.EPOC_PR, at=NOON) == NOON + 60 * D
    assert preserved_until(kind=RequestKind.CPP_60_2, at=NOON) == NOON + 365 * D
    assert preserved_until(kind=RequestKind.CPP_60_1, at=NOON) is None


def test_alarms_come_seven_days_one_day_and_at_the_end() -> None:
    def due(now: timedelta, length: timedelta = 10 * D) -> list[timedelta]:
        return due_alarms(begun_at=NOON, ends_at=NOON + length, now=NOON + now)

    assert due(3 * D - timedelta(seconds=1)) == []
    assert due(3 * D) == [7 * D]
    assert due(9 * D) == [7 * D, D]
    assert due(10 * D) == [7 * D, D, timedelta(0)]
    assert due(timedelta(0), length=8 * H) == []  # shorter than a day: only its end is told
    assert due(8 * H, length=8 * H) == [timedelta(0)]
