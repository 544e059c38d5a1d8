"""The decision: a hold always wins, nothing goes early, nothing goes late."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.enums import Clock, Verdict
from privacy.matrix import MATRIX
from privacy.models import RetentionRule
from privacy.retention import Rule, decide
from privacy.services.shelves import SHELVES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EXAMPLES = 200_000 if os.environ.get("RESAKA_LONG") else 500
MOMENTS = st.integers(-2000, 2000).map(lambda hours: NOW + timedelta(hours=hours))


@dataclass(frozen=True)
class Hold:
    from_at: datetime
    until_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


def rule(*, erasable: bool = True, keep: timedelta = DAY) -> Rule:
    return Rule("X", Clock.WRITTEN, keep, erasable)


@pytest.mark.parametrize(
    ("clock", "held", "asked", "erasable", "verdict"),
    [
        (-DAY, True, True, True, Verdict.KEEP_HOLD),
        (-DAY, False, False, True, Verdict.DESTROY),
        (-DAY + SECOND, False, False, True, Verdict.KEEP),
        (-DAY + SECOND, False, True, True, Verdict.DESTROY),
        (-DAY + SECOND, False, True, False, Verdict.KEEP_RESTRICTED),
        (-DAY, False, True, False, Verdict.DESTROY),
        (None, False, False, True, Verdict.KEEP),
        (None, False, True, False, Verdict.KEEP),
        (None, False, True, True, Verdict.DESTROY),
        (None, True, False, True, Verdict.KEEP_HOLD),
    ],
)
def test_case_by_case(clock: timedelta | None, held: bool, asked: bool, erasable: bool, verdict: Verdict) -> None:
    clocks = {} if clock is None else {Clock.WRITTEN: NOW + clock}
    holds = [Hold(NOW)] if held else []
    assert decide(rule(erasable=erasable), clocks, NOW, holds, NOW if asked else None) == verdict


def test_a_hold_begins_and_ends_to_the_second_and_another_clock_is_none() -> None:
    past = {Clock.WRITTEN: NOW - 9 * DAY}
    assert decide(rule(), past, NOW, [Hold(NOW + SECOND)], None) == Verdict.DESTROY
    assert decide(rule(), past, NOW, [Hold(NOW, NOW + SECOND)], None) == Verdict.KEEP_HOLD
    assert decide(rule(), past, NOW, [Hold(NOW - DAY, NOW)], None) == Verdict.DESTROY
    assert decide(rule(), {Clock.CLOSED: NOW - 9 * DAY}, NOW, [], None) == Verdict.KEEP
    assert decide(rule(), past, NOW, [], NOW + SECOND) == Verdict.DESTROY
    assert decide(rule(keep=30 * DAY), past, NOW, [], NOW + SECOND) == Verdict.KEEP  # not asked yet


@settings(max_examples=EXAMPLES)
@given(
    keep=st.integers(0, 4000).map(lambda hours: timedelta(hours=hours)),
    erasable=st.booleans(),
    clock=st.none() | MOMENTS,
    now=MOMENTS,
    holds=st.lists(st.builds(Hold, MOMENTS, st.none() | MOMENTS), max_size=4),
    asked=st.none() | MOMENTS,
)
def test_in_every_case(
    keep: timedelta, erasable: bool, clock: datetime | None, now: datetime, holds: list[Hold], asked: datetime | None
) -> None:
    verdict = decide(Rule("X", Clock.WRITTEN, keep, erasable), {} if clock is None else {Clock.WRITTEN: clock}, now, holds, asked)
    held = any(one.holds(now) for one in holds)
    due = clock is not None and clock + keep <= now
    wanted = asked is not None and asked <= now
    assert (verdict == Verdict.KEEP_HOLD) == held  # a hold always wins
    assert (verdict == Verdict.DESTROY) == (not held and (due or (wanted and erasable)))  # never early, never late
    assert (verdict == Verdict.KEEP_RESTRICTED) == (not held and not due and wanted and not erasable and clock is not None)


@pytest.mark.django_db
@settings(max_examples=100)
@given(entry=st.sampled_from(MATRIX), age=st.integers(-100, 3000), held=st.booleans())
def test_the_real_rules_hold_it_too(entry: object, age: int, held: bool) -> None:
    found = next(one for one in MATRIX if one is entry).rule
    verdict = decide(found, {found.clock: NOW - age * DAY}, NOW, [Hold(NOW)] if held else [], None)
    assert verdict == (Verdict.KEEP_HOLD if held else Verdict.DESTROY if age * DAY >= found.keep else Verdict.KEEP)


@pytest.mark.django_db
@pytest.mark.usefixtures("rules")
def test_the_rows_are_those_that_ship_and_every_shelf_has_one() -> None:
    rows = {row.rule: row.basis for row in RetentionRule.objects.all()}
    assert rows == {entry.rule: entry.basis for entry in MATRIX}
    assert set(SHELVES) == {found.code for found in rows}
