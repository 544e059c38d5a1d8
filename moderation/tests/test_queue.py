"""The order of the work, and who sees which part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import NOON, make_user
from moderation.enums import CaseState, Reason, ReportSource, Severity, StaffRole
from moderation.models import Case, StaffProfile
from moderation.queries.queue import BadPlace, Lane, QueuePage, Wanted, count_queue, find_next, find_previous, list_queue
from moderation.services.claims import CLAIM, claim_case, escalate_case
from moderation.tests.desk import close_case, make_case, make_report
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def mod() -> StaffProfile:
    return make_staff_member("Modo1")


def queue(mod: StaffProfile, after: str = "", limit: int = 50, **wanted: str) -> QueuePage:
    lane = Lane(wanted.pop("lane", "all"))
    return list_queue(staff=mod, wanted=Wanted(lane=lane, **wanted), after=after, limit=limit, now=NOON)


def refs(page: QueuePage) -> list[int]:
    return [row.case.pk for row in page.rows]


def test_severity_then_lateness_then_score_then_age(mod: StaffProfile) -> None:
    calm = make_case(severity=Severity.S3, score=99.0)
    late_low = make_case(severity=Severity.S2, age=5 * HOUR, score=1.0)
    late_high = make_case(severity=Severity.S2, age=5 * HOUR, score=2.0)
    urgent = make_case(severity=Severity.S1, score=0.5)
    first_of_two, second_of_two = make_case(score=7.5), make_case(score=7.5)
    page = queue(mod)
    assert refs(page) == [case.pk for case in (urgent, late_high, late_low, first_of_two, second_of_two, calm)]
    assert [row.overdue for row in page.rows] == [False, True, True, False, False, False]


def test_a_case_that_had_its_first_action_is_late_no_more(mod: StaffProfile) -> None:
    make_case(age=5 * HOUR, first_action_at=NOON - HOUR)
    assert [row.overdue for row in queue(mod).rows] == [False]
    assert refs(queue(mod, lane="overdue")) == []


def test_pages_join_without_gap_or_repeat_though_cases_come_and_go(mod: StaffProfile) -> None:
    cases = [make_case(severity=severity, score=score) for severity in (Severity.S1, Severity.S2) for score in (0.1, 1 / 3, 1 / 3, 2.0)]
    whole = refs(queue(mod))
    first = queue(mod, limit=3)
    make_case(severity=Severity.S0)
    close_case(next(case for case in cases if case.pk == whole[1]))
    second = queue(mod, after=first.following, limit=3)
    third = queue(mod, after=second.following, limit=3)
    assert refs(first) + refs(second) + refs(third) == whole
    assert third.following == ""


@pytest.mark.parametrize("place", ["1", "[0,0,0,0]", "[0,0,0,0]:AAAA", "x:y:z"])
def test_a_place_that_was_not_given_out_is_refused(mod: StaffProfile, place: str) -> None:
    with pytest.raises(BadPlace):
        queue(mod, after=place)


def test_each_lane_holds_its_own(mod: StaffProfile) -> None:
    other = make_staff_member("Modo2")
    free, mine, theirs, handed = make_case(), make_case(), make_case(), make_case()
    overdue, flagged, over = make_case(age=5 * HOUR), make_case(), make_case()
    claim_case(case_id=mine.pk, version=1, by=mod, now=NOON)
    claim_case(case_id=theirs.pk, version=1, by=other, now=NOON)
    held = claim_case(case_id=handed.pk, version=1, by=other, now=NOON)
    escalate_case(case_id=handed.pk, version=held.version, by=other, reason="menace", now=NOON)
    make_report(flagged, source=ReportSource.TRUSTED_FLAGGER)
    close_case(over)
    expected = {
        "all": {free, mine, theirs, handed, overdue, flagged},
        "mine": {mine},
        "free": {free, overdue, flagged},
        "escalated": {handed},
        "overdue": {overdue},
        "flaggers": {flagged},
    }
    assert {lane: set(refs(queue(mod, lane=lane))) for lane in expected} == {
        lane: {case.pk for case in cases} for lane, cases in expected.items()
    }
    counts = count_queue(staff=mod, wanted=Wanted(), now=NOON)
    assert {lane.value: number for lane, number in counts.lanes.items()} == {lane: len(cases) for lane, cases in expected.items()}
    taken = {row.case.pk: row.taken_by for row in queue(mod).rows}
    assert (taken[mine.pk], taken[theirs.pk], taken[free.pk]) == (mod.handle, other.handle, "")


def test_a_claim_that_ran_out_is_free_again(mod: StaffProfile) -> None:
    case = make_case()
    claim_case(case_id=case.pk, version=1, by=make_staff_member("Modo2"), now=NOON - CLAIM)
    row = queue(mod, lane="free").rows[0]
    assert (row.case, row.taken_by) == (case, "")


def test_language_and_reason(mod: StaffProfile) -> None:
    malagasy, scam = make_case(language="mg"), make_case(reason=Reason.SCAM)
    assert refs(queue(mod, language="mg")) == [malagasy.pk]
    assert refs(queue(mod, reason="SCAM")) == [scam.pk]
    assert len(refs(queue(mod, reason="NO_SUCH_REASON"))) == 2


def test_reasons_that_somebody_does_not_take_are_left_to_others(mod: StaffProfile) -> None:
    mod.reasons_not_taken = "SUICIDE_SELF_HARM,SCAM"
    mod.save(update_fields=["reasons_not_taken"])
    make_case(reason=Reason.SUICIDE_SELF_HARM)
    kept = make_case()
    assert refs(queue(mod)) == [kept.pk]
    assert len(refs(queue(make_staff_member("Modo2")))) == 2


def test_children_are_a_number_for_everybody_else(mod: StaffProfile) -> None:
    warden = make_staff_member("Gara", StaffRole.CHILD_SAFETY, StaffRole.MODERATOR)
    child, plain = make_case(severity=Severity.S1, child_safety=True), make_case()
    assert refs(queue(mod)) == [plain.pk]
    assert count_queue(staff=mod, wanted=Wanted(), now=NOON).hidden_child_safety == 1
    assert refs(queue(warden)) == [child.pk, plain.pk]
    assert count_queue(staff=warden, wanted=Wanted(), now=NOON).hidden_child_safety == 0


def test_ones_own_matters_stand_in_nobody_s_own_queue(mod: StaffProfile) -> None:
    make_case(subject=mod.user)
    reported = make_case()
    make_report(reported, reporter=mod.user)
    left = make_case(subject=None)
    make_report(left)
    others = make_case(subject=make_user("Ben"))
    assert refs(queue(mod)) == [left.pk, others.pk]
    assert count_queue(staff=mod, wanted=Wanted(), now=NOON).lanes[Lane.ALL] == 2


def test_the_neighbours_are_those_one_could_take(mod: StaffProfile) -> None:
    a, b, c, d = (make_case(score=score) for score in (9.0, 8.0, 7.0, 6.0))
    claim_case(case_id=b.pk, version=1, by=make_staff_member("Modo2"), now=NOON)

    def around(case: Case) -> tuple[Case | None, Case | None]:
        same: dict[str, Any] = {"staff": mod, "wanted": Wanted(), "case": case, "now": NOON}
        return find_previous(**same), find_next(**same)

    assert around(a) == (None, c)
    assert around(c) == (a, d)
    assert around(d) == (c, a), "after the last one the queue begins anew"
    close_case(c)
    assert around(c) == (a, d), "from a case just decided as well"


def test_the_last_one_has_no_neighbour(mod: StaffProfile) -> None:
    case = make_case()
    assert find_next(staff=mod, wanted=Wanted(), case=case, now=NOON) is None


def test_a_long_queue_asks_no_more_than_a_short_one(mod: StaffProfile) -> None:
    asked = []
    for _ in range(2):
        for _more in range(10):
            make_report(make_case())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = queue(mod)
            count_queue(staff=mod, wanted=Wanted(), now=NOON)
        asked.append(len(queries))
    assert asked == [4, 4]
    assert [row.reports for row in page.rows] == [1] * 20
    assert Case.objects.filter(state=CaseState.OPEN).count() == 20
