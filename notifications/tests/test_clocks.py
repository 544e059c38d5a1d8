"""Quiet hours and digests by the clock on the wall: both nights in which it is changed, any zone, any evening."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.enums import Pace
from notifications.services.clocks import SUNDAY, next_digest, quiet_until
from notifications.zones import ZONES, default_zone, zone_named


class Hours(TypedDict):
    """What somebody chose as their quiet hours."""

    start: time
    end: time
    days: frozenset[int]


PARIS, HOME = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Antananarivo")
EVERY_DAY = frozenset(range(7))
NIGHT: Hours = {"start": time(22), "end": time(7), "days": EVERY_DAY}
MINUTE = timedelta(minutes=1)
# The nights of 2026 in which clocks go on and back, in Paris and in New York, and one in which an island moves by half an hour.
CHANGES = [
    (PARIS, date(2026, 3, 29)),
    (PARIS, date(2026, 10, 25)),
    (ZoneInfo("America/New_York"), date(2026, 3, 8)),
    (ZoneInfo("America/New_York"), date(2026, 11, 1)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4)),
]
# Any second of sixteen years.
moments = st.integers(0, 16 * 365 * 86400).map(lambda seconds: datetime(2020, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---- An ordinary night --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-24T20:59:59", None),  # 21:59:59 in Paris
        ("2026-11-24T21:00:00", "2026-11-25T06:00:00"),
        ("2026-11-24T23:30:00", "2026-11-25T06:00:00"),  # after midnight of Paris
        ("2026-11-25T05:59:59", "2026-11-25T06:00:00"),
        ("2026-11-25T06:00:00", None),
        ("2026-11-25T12:00:00", None),
    ],
)
def test_a_night_in_paris(now: str, end: str | None) -> None:
    assert quiet_until(now=at(now), zone=PARIS, **NIGHT) == (at(end) if end else None)


def test_the_same_moment_is_night_here_and_evening_there() -> None:
    now = at("2026-11-24T19:30:00")
    assert quiet_until(now=now, zone=HOME, **NIGHT) == at("2026-11-25T04:00:00")  # three hours ahead of UTC, never changed
    assert quiet_until(now=now, zone=PARIS, **NIGHT) is None


def test_hours_within_one_day() -> None:
    noon: Hours = {"start": time(12), "end": time(14), "days": EVERY_DAY}
    assert quiet_until(now=at("2026-11-24T11:30:00"), zone=PARIS, **noon) == at("2026-11-24T13:00:00")
    assert quiet_until(now=at("2026-11-24T13:00:00"), zone=PARIS, **noon) is None


def test_chosen_evenings_alone_and_their_nights_to_the_end() -> None:
    """Friday's night ends on Saturday morning, though Saturday was not chosen."""
    friday: Hours = {"start": time(22), "end": time(9), "days": frozenset({4})}
    assert quiet_until(now=at("2026-11-27T22:00:00"), zone=PARIS, **friday) == at("2026-11-28T08:00:00")
    assert quiet_until(now=at("2026-11-28T07:00:00"), zone=PARIS, **friday) == at("2026-11-28T08:00:00")
    assert quiet_until(now=at("2026-11-28T22:00:00"), zone=PARIS, **friday) is None
    assert quiet_until(now=at("2026-11-27T03:00:00"), zone=PARIS, **friday) is None  # Thursday's night


def test_no_evening_is_no_silence() -> None:
    assert quiet_until(now=at("2026-11-24T23:00:00"), zone=PARIS, start=time(22), end=time(7), days=frozenset()) is None


# ---- The nights in which the clock is changed -----------------------------------------------------------------------------------


def test_the_night_that_loses_an_hour() -> None:
    """In Paris 02:00 becomes 03:00 on 29 March 2026: from 22:00 to 07:00 there are eight hours."""
    begins, ends = at("2026-03-28T21:00:00"), at("2026-03-29T05:00:00")
    assert quiet_until(now=begins, zone=PARIS, **NIGHT) == ends
    assert quiet_until(now=begins - MINUTE, zone=PARIS, **NIGHT) is None
    assert quiet_until(now=ends - MINUTE, zone=PARIS, **NIGHT) == ends
    assert quiet_until(now=ends, zone=PARIS, **NIGHT) is None
    assert ends - begins == timedelta(hours=8)


def test_the_night_that_has_an_hour_twice() -> None:
    """In Paris 03:00 becomes 02:00 on 25 October 2026: from 22:00 to 07:00 there are ten hours, and both 02:30 are quiet."""
    begins, ends = at("2026-10-24T20:00:00"), at("2026-10-25T06:00:00")
    for half_past_two in ("2026-10-25T00:30:00", "2026-10-25T01:30:00"):
        assert at(half_past_two).astimezone(PARIS).time() == time(2, 30)
        assert quiet_until(now=at(half_past_two), zone=PARIS, **NIGHT) == ends
    assert quiet_until(now=ends, zone=PARIS, **NIGHT) is None
    assert ends - begins == timedelta(hours=10)


def test_an_end_that_comes_twice_is_the_first_and_does_not_begin_again() -> None:
    until_half_past_two: Hours = {"start": time(22), "end": time(2, 30), "days": EVERY_DAY}
    first = at("2026-10-25T00:30:00")
    assert quiet_until(now=first - MINUTE, zone=PARIS, **until_half_past_two) == first
    for minutes in range(91):
        assert quiet_until(now=first + minutes * MINUTE, zone=PARIS, **until_half_past_two) is None


def test_hours_that_the_clock_jumps_over_are_where_it_lands() -> None:
    """There is no 02:30 on that night: what begins there begins at 03:30, half an hour after the jump."""
    early: Hours = {"start": time(2, 30), "end": time(5), "days": EVERY_DAY}
    begins, ends = at("2026-03-29T01:30:00"), at("2026-03-29T03:00:00")
    assert begins.astimezone(PARIS).time() == time(3, 30)
    assert quiet_until(now=begins - MINUTE, zone=PARIS, **early) is None
    assert quiet_until(now=begins, zone=PARIS, **early) == ends


@pytest.mark.parametrize(("zone", "night"), CHANGES, ids=lambda value: getattr(value, "key", str(value)))
def test_around_every_change_each_minute_knows_one_end(zone: ZoneInfo, night: date) -> None:
    """Minute by minute through three days: silence comes once an evening, without a hole, and its end is never in the past."""
    start = datetime.combine(night - timedelta(days=1), time(12), tzinfo=zone).astimezone(UTC)
    answers = [quiet_until(now=start + minute * MINUTE, zone=zone, **NIGHT) for minute in range(2 * 24 * 60)]
    turns = [number for number in range(1, len(answers)) if (answers[number] is None) != (answers[number - 1] is None)]
    assert len(turns) == 4
    for number, end in enumerate(answers):
        if end is not None:
            assert end > start + number * MINUTE
            assert end.astimezone(zone).time() == time(7)
    for begins in (turns[0], turns[2]):
        assert (start + begins * MINUTE).astimezone(zone).time() == time(22)


@given(
    name=st.sampled_from(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})),
    now=moments,
    start=st.times(),
    end=st.times(),
    days=st.frozensets(st.integers(0, 6)),
)
@settings(max_examples=3000, deadline=None)
def test_in_any_zone_an_end_lies_ahead_and_is_no_silence_of_the_same_evening(
    name: str, now: datetime, start: time, end: time, days: frozenset[int]
) -> None:
    zone = ZoneInfo(name)
    found = quiet_until(now=now, zone=zone, start=start, end=end, days=days)
    if found is None:
        return
    assert now < found <= now + timedelta(hours=26)
    evening = {(found.astimezone(zone) - timedelta(days=back)).weekday() for back in (0, 1, 2)}
    assert evening & days


# ---- The digest -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "pace", "found"),
    [
        ("2026-11-24T12:00:00", Pace.DAILY, "2026-11-24T17:00:00"),  # 18:00 in Paris
        ("2026-11-24T17:00:00", Pace.DAILY, "2026-11-25T17:00:00"),
        ("2026-11-24T12:00:00", Pace.WEEKLY, "2026-11-29T17:00:00"),
        ("2026-11-29T16:59:59", Pace.WEEKLY, "2026-11-29T17:00:00"),
        ("2026-11-29T17:00:00", Pace.WEEKLY, "2026-12-06T17:00:00"),
        ("2026-03-28T18:00:00", Pace.DAILY, "2026-03-29T16:00:00"),  # the clock is an hour ahead by then
        ("2026-10-24T17:00:00", Pace.DAILY, "2026-10-25T17:00:00"),
    ],
)
def test_the_next_digest_is_at_the_same_hour_of_the_wall(now: str, pace: Pace, found: str) -> None:
    answer = next_digest(now=at(now), zone=PARIS, hour=18, pace=pace)
    assert answer == at(found)
    assert answer.astimezone(PARIS).hour == 18


def test_never_is_never() -> None:
    assert next_digest(now=at("2026-11-24T12:00:00"), zone=PARIS, hour=18, pace=Pace.NEVER) is None


@given(
    name=st.sampled_from(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})),
    now=moments,
    hour=st.integers(0, 23),
    pace=st.sampled_from([Pace.DAILY, Pace.WEEKLY]),
)
@settings(max_examples=2000, deadline=None)
def test_a_digest_always_comes_and_not_twice_at_once(name: str, now: datetime, hour: int, pace: Pace) -> None:
    zone = ZoneInfo(name)
    found = next_digest(now=now, zone=zone, hour=hour, pace=pace)
    assert found is not None
    following = next_digest(now=found, zone=zone, hour=hour, pace=pace)
    assert following is not None
    period = timedelta(days=1 if pace == Pace.DAILY else 7)
    assert now < found <= now + period + timedelta(hours=26)
    assert timedelta(hours=20) <= following - found <= period + timedelta(hours=28)
    if pace == Pace.WEEKLY:
        assert {found.astimezone(zone).weekday(), (found - timedelta(hours=2)).astimezone(zone).weekday()} & {SUNDAY}


# ---- Zones ----------------------------------------------------------------------------------------------------------------------


def test_every_zone_of_the_list_is_known_to_the_machine() -> None:
    assert [name for name, _label in ZONES if name not in zoneinfo.available_timezones()] == []
    assert len({name for name, _label in ZONES}) == len(ZONES)


@pytest.mark.parametrize(("jurisdiction", "name"), [("MG", "Indian/Antananarivo"), ("FR", "Europe/Paris"), ("EU", "Europe/Paris")])
def test_who_chose_none_has_that_of_the_country_whose_law_is_theirs(jurisdiction: str, name: str) -> None:
    assert default_zone(jurisdiction) == name
    for unknown in ("", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 300):
        assert zone_named(unknown, jurisdiction=jurisdiction).key == name
    assert zone_named("Pacific/Tahiti", jurisdiction=jurisdiction).key == "Pacific/Tahiti"
