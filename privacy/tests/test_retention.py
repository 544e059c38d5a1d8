"""The decision: a hold always wins, nothing goes early, nothing goes late."""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.enums import Jurisdiction
from privacy.enums import Clock, DataKind, Verdict
from privacy.matrix import MATRIX, Entry
from privacy.models import RetentionRule
from privacy.retention import Rule, Term, decide
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


# ---- Two hundred thousand cases, each run ---------------------------------------------------------------------------------------


class Chance:
    """The same cases on every machine: times in whole hours around NOW, so that bounds are met often and exactly."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._hours = [NOW + timedelta(hours=hour) for hour in range(-3000, 3001)]

    def moment(self) -> datetime:
        return self._random.choice(self._hours)

    def perhaps(self, share: float = 0.6) -> datetime | None:
        return self.moment() if self._random.random() < share else None

    def keep(self) -> timedelta:
        return timedelta(hours=self._random.randrange(4000))

    def holds(self) -> list[Hold]:
        return [Hold(self.moment(), self.perhaps()) for _number in range(self._random.choice((0, 0, 1, 2)))]

    def rule(self) -> Rule:
        """A rule as it may have become: changed up to twice, whatever it says now."""
        terms = tuple(
            Term(self.moment(), self.keep(), self._random.random() < 0.5) for _number in range(self._random.choice((0, 0, 0, 1, 2)))
        )
        return Rule("X", Clock.WRITTEN, self.keep(), self._random.random() < 0.5, terms)


def expected(rule: Rule, began: datetime | None, now: datetime, holds: list[Hold], asked: datetime | None) -> Verdict:
    """The design's own words (privacy.md, 1), written apart from the code: a second opinion."""
    for hold in holds:
        if hold.from_at <= now and (hold.until_at is None or now < hold.until_at):
            return Verdict.KEEP_HOLD
    said = [(rule.keep, rule.erasable)]
    if began is not None:
        said += [(term.keep, term.erasable) for term in rule.earlier if began < term.until]
    if asked is not None and asked <= now and any(erasable for _keep, erasable in said):
        return Verdict.DESTROY
    if began is None:
        return Verdict.KEEP
    if began + min(keep for keep, _erasable in said) <= now:
        return Verdict.DESTROY
    return Verdict.KEEP_RESTRICTED if asked is not None and asked <= now else Verdict.KEEP


def test_two_hundred_thousand_cases_without_a_violation() -> None:
    chance, seen = Chance(20261126), dict.fromkeys(Verdict, 0)
    for number in range(200_000):
        rule, began, now, holds, asked = chance.rule(), chance.perhaps(0.9), chance.moment(), chance.holds(), chance.perhaps(0.4)
        verdict = decide(rule, {} if began is None else {Clock.WRITTEN: began}, now, holds, asked)
        assert verdict == expected(rule, began, now, holds, asked), number
        # what the database is asked for is what the decision destroys without being asked
        if began is not None and asked is None and verdict is not Verdict.KEEP_HOLD:
            assert (began <= rule.due_before(now)) == (verdict is Verdict.DESTROY), number
        seen[verdict] += 1
    assert min(seen.values()) > 5_000  # each verdict was met often


def test_the_real_rules_hold_it_too() -> None:
    """Every row that ships, around the moment at which it ends: a second before, then, a second after, and far away; held and asked for."""
    cases = 0
    for entry in MATRIX:
        rule = entry.rule
        for off in (-9 * DAY, -SECOND, timedelta(0), SECOND, 9 * DAY):
            began = NOW - rule.keep - off
            for holds, asked in itertools.product(
                ([], [Hold(NOW)], [Hold(NOW - DAY, NOW)], [Hold(NOW + SECOND)]), (None, NOW, NOW + SECOND)
            ):
                verdict = decide(rule, {rule.clock: began}, NOW, holds, asked)
                held, wanted, over = holds == [Hold(NOW)], asked == NOW, off >= timedelta(0)
                assert (verdict == Verdict.KEEP_HOLD) == held, entry
                assert (verdict == Verdict.DESTROY) == (not held and (over or (wanted and rule.erasable))), entry
                assert (verdict == Verdict.KEEP_RESTRICTED) == (not held and not over and wanted and not rule.erasable), entry
                assert (began <= rule.due_before(NOW)) == over, entry
                cases += 1
    assert cases == len(MATRIX) * 60


@pytest.mark.parametrize("entry", MATRIX, ids=lambda entry: entry.rule.ref)
def test_a_clock_of_another_kind_is_none_for_any_rule(entry: Entry) -> None:
    other = next(clock for clock in Clock if clock != entry.rule.clock)
    assert decide(entry.rule, {other: NOW - 9000 * DAY}, NOW, [], None) == Verdict.KEEP


def test_every_row_names_its_ground_and_its_kind_in_words() -> None:
    assert all(entry.basis for entry in MATRIX)
    assert {entry.rule.code for entry in MATRIX} <= set(DataKind.values)
    assert len({entry.rule.ref for entry in MATRIX}) == len(MATRIX)
    laws = {entry.rule.jurisdiction for entry in MATRIX} - {""}
    assert laws <= set(Jurisdiction.values)
    for entry in MATRIX:  # a rule of one law stands beside a general one, with the same clock
        general = next(one.rule for one in MATRIX if one.rule.code == entry.rule.code and not one.rule.jurisdiction)
        assert general.clock == entry.rule.clock


@pytest.mark.django_db
@pytest.mark.usefixtures("rules")
def test_the_rows_are_those_that_ship_and_every_shelf_has_one() -> None:
    rows = {row.rule: row.basis for row in RetentionRule.objects.all()}
    assert rows == {entry.rule: entry.basis for entry in MATRIX}
    assert set(SHELVES) == {found.code for found in rows}
