"""How much work there is: exact figures from a known week."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import NOON
from core.charts import Piece, draw_bars, draw_columns
from moderation.enums import Action, AppealState, AppellantKind, Ground, Severity
from moderation.models import Appeal, Decision, StaffProfile
from moderation.queries.workload import Quality, Share, Waiting, get_quality, list_days, list_shares, list_speeds, list_waiting
from moderation.tests.desk import close_case, make_case
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def decide(mod: StaffProfile, ago: timedelta, **fields: object) -> Decision:
    case = make_case()
    close_case(case)
    fields = {"action": Action.REMOVE, "reason": case.reason, "ground": Ground.TERMS, "ground_ref": "règles"} | fields
    return Decision.objects.create(case=case, moderator=mod, starts_at=NOON - ago, explanation="x", facts="x", **fields)


def answer(decision: Decision, by: StaffProfile, state: AppealState, ago: timedelta) -> None:
    Appeal.objects.create(
        decision=decision,
        side=AppellantKind.RESTRICTED,
        text="non",
        state=state,
        reviewer=by,
        created_at=NOON - 200 * DAY,
        due_at=NOON,
        decided_at=NOON - ago,
        once_key=f"{decision.pk}:x",
    )


def test_what_waits_by_severity_and_language() -> None:
    make_case(severity=Severity.S1)
    make_case(severity=Severity.S2, age=5 * HOUR)
    make_case(severity=Severity.S2)
    make_case(severity=Severity.S2, language="mg", child_safety=True)
    close_case(make_case(severity=Severity.S0))
    assert list_waiting(now=NOON) == [
        Waiting(Severity.S1, "fr", 1, 0),
        Waiting(Severity.S2, "fr", 2, 1),
        Waiting(Severity.S2, "mg", 1, 0),
    ]


def test_the_median_is_the_middle_and_lateness_is_counted_by_the_clock() -> None:
    for minutes in (10, 30, 300):
        make_case(severity=Severity.S2, age=6 * HOUR, first_action_at=NOON - 6 * HOUR + timedelta(minutes=minutes))
    make_case(severity=Severity.S2, age=40 * DAY, first_action_at=NOON - 40 * DAY)
    make_case(severity=Severity.S3)
    speeds = list_speeds(now=NOON)
    assert [(speed.severity, speed.cases, speed.median, speed.in_time, speed.words) for speed in speeds] == [
        (Severity.S2, 3, timedelta(minutes=30), 2, "0 h 30")
    ]


def test_shares_count_the_hours_in_which_somebody_decided_and_rank_nobody() -> None:
    busy, calm = make_staff_member("Modo1"), make_staff_member("Modo2")
    for minutes in (5, 10, 15, 65):
        decide(busy, timedelta(minutes=minutes))
    decide(calm, DAY)
    decide(busy, 8 * DAY)
    expected = [Share(busy.handle, 4, 2.0, 0), Share(calm.handle, 1, 1.0, 0)]
    assert list_shares(now=NOON) == sorted(expected, key=lambda share: share.handle)


def test_quality_is_what_another_person_saw_otherwise() -> None:
    mod, sena = make_staff_member("Modo1"), make_staff_member("Sena")
    for number in range(3):
        answer(decide(mod, DAY), sena, AppealState.OVERTURNED if number == 0 else AppealState.UPHELD, HOUR)
    answer(decide(mod, 100 * DAY), sena, AppealState.OVERTURNED, 99 * DAY)
    quality = get_quality(now=NOON)
    assert (quality, quality.overturned_percent) == (Quality(decisions=3, appeals=3, overturned=1), 33)
    assert Quality(0, 0, 0).overturned_percent == 0


def test_fourteen_days_with_those_on_which_nothing_was() -> None:
    mod = make_staff_member("Modo1")
    decide(mod, 2 * DAY)
    make_case(age=13 * DAY)
    make_case(age=14 * DAY)
    days = list_days(now=NOON)
    assert len(days) == 14
    assert days[-1] == (NOON.date(), 1, 0)
    assert days[-3] == ((NOON - 2 * DAY).date(), 0, 1)
    assert days[0] == ((NOON - 13 * DAY).date(), 1, 0)
    assert sum(opened + decided for _day, opened, decided in days) == 3


def test_the_figures_cost_the_same_for_few_and_many() -> None:
    mod, asked = make_staff_member("Modo1"), []
    for _ in range(2):
        for _more in range(5):
            decide(mod, HOUR)
        with CaptureQueriesContext(connection) as queries:
            for figure in (list_waiting, list_speeds, list_shares, get_quality, list_days):
                figure(now=NOON)
        asked.append(len(queries))
    assert asked == [8, 8]


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = draw_bars([("S0", [("late", 1), ("open", 3)]), ("S1", [("late", 0), ("open", 2)])])
    full = 320 - 88 - 40
    assert [(piece.width, piece.kind) for piece in chart.pieces] == [
        (full / 4, "late"),
        (full * 0.75, "open"),
        (0.0, "late"),
        (full / 2, "open"),
    ]
    assert [text.words for text in chart.texts] == ["S0", "4", "S1", "2"]
    assert draw_bars([]).pieces == ()
    assert {piece.width for piece in draw_bars([("S0", [("open", 0)])]).pieces} == {0.0}


def test_columns_stand_on_one_line() -> None:
    chart = draw_columns([("1 nov.", [("opened", 4), ("decided", 2)]), ("2 nov.", [("opened", 0), ("decided", 1)])])
    assert {round(piece.y + piece.height, 1) for piece in chart.pieces} == {96.0}
    assert [piece.height for piece in chart.pieces] == [96.0, 48.0, 0.0, 24.0]
    assert chart.pieces[0] == Piece(2.0, 0.0, 78.0, 96.0, "opened")
    assert [text.words for text in chart.texts] == ["1 nov.", "2 nov."]
