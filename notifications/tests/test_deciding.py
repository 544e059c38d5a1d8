"""The decision: every mixture of kind, level, silence, quiet hours, open page and content, and each rule by itself."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.enums import Content, Level, NoticeKind, Quiet, Road
from notifications.kinds import HABITS, KINDS
from notifications.queries.choices import may_choose
from notifications.services.deciding import (
    GAPS,
    PUSHES_AN_HOUR,
    WAITS,
    Decision,
    Drop,
    Leave,
    Matter,
    Wait,
    decide,
    gap_after,
)

TOLD = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
NOW = TOLD + timedelta(minutes=10)  # later than every first wait
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def matter(kind: str = NoticeKind.MENTION, road: Road = Road.PUSH, **changes: Any) -> Matter:
    """A notice of a kind with nothing in its way."""
    row = KINDS[kind]
    plain = Matter(
        road=road,
        level=Level.NOW,
        quiet=row.quiet,
        owed=row.owed,
        of_subject=row.of_subject,
        told_to_barred=row.told_to_barred,
        told_at=TOLD,
        now=NOW,
    )
    return replace(plain, **changes)


def expected(kind: str, road: Road, level: Level, hushed: bool, quiet: bool, watched: bool) -> Decision:
    """The same said once more, as the page of settings says it to people."""
    row = KINDS[kind]
    owed_mail = row.owed and road == Road.MAIL
    if level != Level.NOW and not owed_mail:
        return Drop(level.value)  # what I do not want now does not come now, but what the law owes me by mail does
    if hushed:
        return Drop("HUSHED")
    if watched and not row.owed:
        return Drop("SEEN")
    if quiet and row.quiet == Quiet.DROPPED:
        return Drop("QUIET")
    if quiet and row.quiet == Quiet.HELD and not owed_mail:
        return Wait(MORNING, "QUIET")
    return Leave()


MIXTURES = list(itertools.product(KINDS, Road, Level, (False, True), (False, True), (False, True)))


def test_every_mixture_is_decided_as_people_are_told() -> None:
    for kind, road, level, hushed, quiet, watched in MIXTURES:
        asked = matter(kind, road, level=level, hushed=hushed, watched=watched, quiet_until=MORNING if quiet else None)
        assert decide(asked) == expected(kind, road, level, hushed, quiet, watched), (kind, road, level, hushed, quiet, watched)
    assert len(MIXTURES) == len(KINDS) * 2 * 3 * 8
    assert {type(decide(matter(kind, road, level=level))) for kind, road, level, *_rest in MIXTURES} == {Leave, Drop}


def test_content_has_no_part_in_it() -> None:
    """How much is said is no reason to say it at another time: the decision does not even know."""
    assert not {"content", "preview", "place"} & set(Matter.__slots__)
    assert len(Content) == 3


# ---- Never --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("road", list(Road))
def test_a_barred_account_hears_of_decisions_its_security_and_its_data(kind: str, road: Road) -> None:
    found = decide(matter(kind, road, barred=True))
    assert (found == Drop("SUSPENDED")) == (not KINDS[kind].told_to_barred)


def test_whom_a_bar_still_lets_hear() -> None:
    assert {kind for kind, row in KINDS.items() if row.told_to_barred} >= {
        NoticeKind.DECISION,
        NoticeKind.APPEAL_ANSWERED,
        NoticeKind.NEW_LOGIN,
        NoticeKind.EXPORT_READY,
        NoticeKind.DATA_RELEASED,
    }
    talk = (NoticeKind.MENTION, NoticeKind.REPLY, NoticeKind.ROOM_MESSAGE, NoticeKind.DIGEST, NoticeKind.TERMS_CHANGED)
    assert not any(KINDS[kind].told_to_barred for kind in talk)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"gone": True}, "GONE"), ({"read": True}, "READ"), ({"hushed": True}, "HUSHED"), ({"watched": True}, "SEEN")],
)
def test_what_forbids_a_mention(change: dict[str, Any], reason: str) -> None:
    assert decide(matter(**change)) == Drop(reason)


def test_what_is_gone_is_not_announced_though_it_is_owed() -> None:
    assert decide(matter(NoticeKind.NEW_LOGIN, Road.MAIL, gone=True)) == Drop("GONE")


def test_what_is_owed_goes_by_mail_whatever_was_read_or_chosen() -> None:
    asked = matter(NoticeKind.NEW_LOGIN, Road.MAIL, read=True, watched=True, level=Level.OFF, quiet_until=MORNING)
    assert decide(asked) == Leave()


def test_on_devices_what_is_owed_goes_as_its_person_wishes() -> None:
    receipt = matter(NoticeKind.RECEIPT, Road.PUSH, level=Level.OFF)
    assert decide(receipt) == Drop("OFF")
    assert decide(replace(receipt, level=Level.NOW, quiet_until=MORNING)) == Wait(MORNING, "QUIET")
    assert decide(matter(NoticeKind.RECEIPT, Road.MAIL, level=Level.OFF, quiet_until=MORNING)) == Leave()


# ---- Not yet ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("road", list(Road))
def test_a_mention_waits_a_moment_in_which_it_may_be_read(road: Road) -> None:
    due = TOLD + WAITS[road]
    assert decide(matter(road=road, now=due - SECOND)) == Wait(due, "LOOKING")
    assert decide(matter(road=road, now=due)) == Leave()


def test_a_notice_about_the_account_waits_for_nobody() -> None:
    assert decide(matter(NoticeKind.AGE_PROOF_EXPIRING, now=TOLD)) == Leave()


@pytest.mark.parametrize(("left", "gap"), [(1, 60), (2, 300), (3, 900), (4, 900), (1000, 900)])
def test_gaps_of_a_group_grow_and_then_stay(left: int, gap: int) -> None:
    assert gap_after(left) == timedelta(seconds=gap)
    last = NOW - timedelta(seconds=gap) + SECOND
    assert decide(matter(left=left, left_at=last)) == Wait(last + gap_after(left), "GROUP")
    assert decide(matter(left=left, left_at=last - SECOND)) == Leave()


def test_the_first_of_a_group_waits_for_no_other() -> None:
    assert decide(matter(left=0, left_at=NOW)) == Leave()  # what was tried and did not leave is no departure


def test_groups_are_a_matter_of_rooms() -> None:
    assert decide(matter(NoticeKind.RECEIPT, left=3, left_at=NOW)) == Leave()


def test_thirty_pushes_an_hour_are_enough() -> None:
    assert decide(matter(pushed=PUSHES_AN_HOUR - 1)) == Leave()
    found = decide(matter(pushed=PUSHES_AN_HOUR))
    assert isinstance(found, Wait)
    assert (found.reason, found.until > NOW) == ("CAP", True)
    assert decide(matter(road=Road.MAIL, pushed=PUSHES_AN_HOUR)) == Leave()
    assert decide(matter(NoticeKind.NEW_LOGIN, pushed=10 * PUSHES_AN_HOUR)) == Leave()


def test_of_two_waits_the_longer_counts() -> None:
    found = decide(matter(pushed=PUSHES_AN_HOUR, left=3, left_at=NOW))
    assert found == Wait(NOW + GAPS[2], "GROUP")
    assert decide(matter(left=3, left_at=NOW, quiet_until=MORNING)) == Wait(MORNING, "QUIET")


# ---- Always -------------------------------------------------------------------------------------------------------------------

moments = st.integers(-3600, 36_000).map(lambda seconds: TOLD + timedelta(seconds=seconds))
matters = st.builds(
    Matter,
    road=st.sampled_from(Road),
    level=st.sampled_from(Level),
    quiet=st.sampled_from(Quiet),
    owed=st.booleans(),
    of_subject=st.booleans(),
    told_at=st.just(TOLD),
    now=moments,
    barred=st.booleans(),
    told_to_barred=st.booleans(),
    gone=st.booleans(),
    read=st.booleans(),
    hushed=st.booleans(),
    watched=st.booleans(),
    quiet_until=st.none() | st.integers(1, 36_000).map(lambda seconds: TOLD + timedelta(seconds=seconds)),
    left=st.integers(0, 9),
    left_at=st.none() | moments,
    pushed=st.integers(0, 60),
)


@given(asked=matters)
@settings(max_examples=2000, deadline=None)
def test_a_wait_ends_later_and_nothing_waits_for_ever(asked: Matter) -> None:
    """Whatever waits is decided anew at the end of its wait, and with everything else unchanged it leaves, waits for another reason that
    is no longer than the first, or is dropped: no two waits hold each other up."""
    quiet_until = asked.quiet_until if asked.quiet_until and asked.quiet_until > asked.now else None
    asked, seen = replace(asked, quiet_until=quiet_until), 0
    while isinstance(found := decide(asked), Wait):
        assert found.until > asked.now
        ended = asked.quiet_until is not None and found.until >= asked.quiet_until
        asked = replace(asked, now=found.until, pushed=0, quiet_until=None if ended else asked.quiet_until)
        seen += 1
        assert seen <= 4
    assert found == Leave() or isinstance(found, Drop)


@given(asked=matters)
@settings(max_examples=2000, deadline=None)
def test_nothing_leaves_that_is_forbidden(asked: Matter) -> None:
    if decide(asked) == Leave():
        assert not asked.gone
        assert not (asked.barred and not asked.told_to_barred)
        assert not asked.hushed
        assert asked.owed or not (asked.read or asked.watched)
        assert asked.level == Level.NOW or (asked.owed and asked.road == Road.MAIL)


def test_only_what_is_free_can_be_chosen_and_what_is_owed_cannot_be_refused() -> None:
    assert not any(may_choose(category=KINDS[kind].category, road=Road.MAIL) for kind in (NoticeKind.NEW_LOGIN, NoticeKind.DECISION))
    assert may_choose(category=KINDS[NoticeKind.MENTION].category, road=Road.PUSH)
    assert set(HABITS) == {row.category for row in KINDS.values()}
