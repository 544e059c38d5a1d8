"""Every published figure, counted from rows whose number is known; and none counted that is not of the period."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Jurisdiction
from accounts.models import User
from accounts.tests.factories import make_user
from moderation.courts.terms import Channel, RequestKind, RequestState
from moderation.dsa.figures import Period, Row, Unit
from moderation.enums import (
    Action,
    AppealState,
    AppellantKind,
    Ground,
    Reason,
    ReportSource,
    ReportState,
    RuleKind,
    RuleOutcome,
    ScreenedFate,
    Severity,
)
from moderation.models import Appeal, HoldsOfDay, LegalRequest, MonthlyRecipients, Rule, RuleHit, RuleVersion, TrustedFlagger
from moderation.queries.transparency.asking import ask
from moderation.queries.transparency.report import FIRST_YEAR, QUESTIONS, NoSuchYear, build_report, get_shown_report, list_years
from moderation.services.holdings import count_holds
from moderation.services.recipients import count_recipients
from moderation.tests.factories import make_staff_member
from moderation.tests.statements import make_case, make_decision, make_report

pytestmark = pytest.mark.django_db

YEAR = 2026
DAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVE, AFTER = datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
BY_CODE = {question.code: question for question in QUESTIONS}


def rows(code: str, *, at: datetime = NOW) -> list[Row]:
    return list(ask(BY_CODE[code], Period.of_year(YEAR, at=at)).rows)


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


# ---- Every question --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", BY_CODE)
def test_a_question_is_one_query_whose_hash_stands_beside_it(code: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        table = ask(BY_CODE[code], Period.of_year(YEAR, at=NOW))
    assert len(asked) == 1
    said = table.sql
    for value in table.params:  # the driver's log has the values in place
        said = said.replace("%s", value, 1)
    assert _letters(said) == _letters(asked[0]["sql"])
    assert table.sql_sha256 == hashlib.sha256(table.sql.encode()).hexdigest()


def _letters(sql: str) -> str:
    """The log writes values with their marks of quotation, MariaDB's without the zone."""
    return sql.replace("'", "").replace("+00:00", "").replace("True", "1").replace("False", "0")


@pytest.mark.parametrize("code", BY_CODE)
def test_nothing_there_is_an_empty_answer(code: str) -> None:
    assert rows(code) == []


def test_the_hash_of_a_question_is_the_same_in_every_year() -> None:
    first = build_report(year=2026, now=datetime(2027, 2, 1, tzinfo=UTC))
    second = build_report(year=2027, now=datetime(2027, 2, 1, tzinfo=UTC))
    assert [table.sql_sha256 for table in first.tables] == [table.sql_sha256 for table in second.tables]
    assert len({table.sql_sha256 for table in first.tables}) == len(QUESTIONS)


def test_codes_and_columns_are_named_once() -> None:
    assert len(BY_CODE) == len(QUESTIONS)
    for question in QUESTIONS:
        names = [column.name for column in question.columns]
        assert len(set(names)) == len(names)
        assert question.columns[0].unit is Unit.WORD


# ---- Notices ---------------------------------------------------------------------------------------------------------------------
def test_notices_by_source_and_category(ben: User) -> None:
    case = make_case(ben, now=DAY)
    make_report(case, now=DAY)
    make_report(case, now=DAY, reason=Reason.STALKING)  # the same category as an insult
    make_report(case, ReportSource.NOTICE_16, now=DAY, reason=Reason.SCAM)
    for outside in (EVE, AFTER):
        make_report(case, now=outside)
    assert rows("notices") == [
        ("MEMBER", "STATEMENT_CATEGORY_CYBER_VIOLENCE", 2),
        ("NOTICE_16", "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", 1),
    ]
    assert rows("notices_state") == [("MEMBER", "RECEIVED", 2), ("NOTICE_16", "RECEIVED", 1)]


def test_the_first_second_counts_and_the_last_one_does_not(ben: User) -> None:
    case = make_case(ben, now=DAY)
    make_report(case, now=datetime(2026, 1, 1, tzinfo=UTC))
    make_report(case, now=AFTER)
    assert rows("notices_state") == [("MEMBER", "RECEIVED", 1)]


@pytest.mark.parametrize(("minutes", "median"), [([7], 420.0), ([1, 3], 120.0), ([1, 60, 2], 120.0), ([5, 1, 3, 100], 240.0)])
def test_a_median_is_the_middle_or_between_the_two(minutes: list[int], median: float, ben: User) -> None:
    case = make_case(ben, now=DAY)
    for number in minutes:
        make_report(case, now=DAY, outcome_at=DAY + timedelta(minutes=number), state=ReportState.ANSWERED)
    make_report(case, ReportSource.NOTICE_16, now=DAY, outcome_at=DAY + timedelta(days=1))
    make_report(case, now=DAY)
    assert rows("notices_time") == [("MEMBER", len(minutes), median), ("NOTICE_16", 1, 86400.0)]


def test_trusted_flaggers_by_name_and_by_what_came_of_it(ben: User) -> None:
    flagger = TrustedFlagger.objects.create(
        name="Point de Contact", areas="x", contact="a@example.org", coordinator_ref="1", token_sha256="0" * 64, created_at=DAY
    )
    acted, refused = make_case(ben, now=DAY), make_case(ben, now=DAY)
    for case in (acted, refused):
        make_report(case, ReportSource.TRUSTED_FLAGGER, now=DAY, flagger=flagger)
    make_decision(acted, now=DAY)
    make_decision(refused, now=DAY, action=Action.NO_ACTION)
    assert rows("trusted_flaggers") == [("Point de Contact", 2, 1)]


def test_people_whose_reports_were_unfounded(ben: User) -> None:
    amina, carol = make_user("Amina"), make_user("Carol")
    for person, count in ((amina, 2), (carol, 1)):
        for _ in range(count):
            case = make_case(ben, now=DAY)
            make_report(case, now=DAY, reporter=person, state=ReportState.ANSWERED)
            make_decision(case, now=DAY, action=Action.NO_ACTION)
    founded = make_case(ben, now=DAY)
    make_report(founded, now=DAY, reporter=carol, state=ReportState.ANSWERED)
    make_decision(founded, now=DAY)
    assert rows("unfounded_reporters") == [("1", 1), ("2-4", 1)]


# ---- Decisions -------------------------------------------------------------------------------------------------------------------
def test_decisions_by_category_measure_and_origin(ben: User) -> None:
    told, own, machine = (make_case(ben, now=DAY) for _ in range(3))
    make_report(told, now=DAY)
    make_report(machine, ReportSource.AUTOMATIC, now=DAY)
    for case in (told, own, machine):
        make_decision(case, now=DAY)
    make_decision(told, now=DAY, action=Action.SUSPEND_ACCOUNT, ground=Ground.LAW, ends_at=DAY + timedelta(days=1))
    make_decision(told, now=EVE)
    violence = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    assert rows("decisions") == [
        (violence, "REMOVE", "NOTICE", 1),
        (violence, "REMOVE", "OWN", 2),
        (violence, "SUSPEND_ACCOUNT", "NOTICE", 1),
    ]
    assert rows("grounds") == [("LAW", 1), ("TERMS", 3)]
    assert rows("languages") == [("fr", 4)]


def test_how_soon_the_team_acts_and_what_is_late(ben: User) -> None:
    for minutes in (10, 20, 60):
        make_case(ben, now=DAY, severity=Severity.S0, due_at=DAY + timedelta(minutes=15), first_action_at=DAY + timedelta(minutes=minutes))
    make_case(ben, now=DAY, severity=Severity.S1, due_at=DAY + timedelta(hours=1))
    make_case(ben, now=DAY, severity=Severity.S3, due_at=NOW + timedelta(hours=1))
    assert rows("first_action") == [(0, 3, 1200.0)]
    assert rows("on_time") == [(0, 3, 2, 0), (1, 1, 0, 1), (3, 1, 0, 0)]


def test_suspensions_count_measures_and_people(ben: User) -> None:
    carol, case = make_user("Carol"), make_case(ben, now=DAY)
    other = make_case(carol, now=DAY)
    for one in (case, case, other):
        make_decision(one, now=DAY, action=Action.SUSPEND_ACCOUNT)
    make_decision(other, now=DAY, action=Action.SUSPEND_REPORTING)
    make_decision(case, now=DAY, action=Action.WARN)
    assert rows("suspensions") == [("SUSPEND_ACCOUNT", 3, 2), ("SUSPEND_REPORTING", 1, 1)]


def test_repeat_offenders_by_measures_that_stand(ben: User) -> None:
    people = {ben: 4, make_user("Carol"): 2, make_user("Amina"): 1}
    for person, count in people.items():
        case = make_case(person, now=DAY)
        for _ in range(count):
            make_decision(case, now=DAY)
        make_decision(case, now=DAY, action=Action.WARN)
        make_decision(case, now=DAY, reversed_at=DAY)
    assert rows("repeat_offenders") == [("1", 1), ("2", 1), ("3+", 1)]


def test_the_share_of_machines_and_their_errors(ben: User) -> None:
    case = make_case(ben, now=DAY)
    for wrong in (DAY, None, None, None):
        make_decision(case, now=DAY, automated_detection=True, reversed_at=wrong)
    make_decision(case, now=DAY)
    assert rows("automation") == [("False", "False", 1, 0, 0.0), ("True", "False", 4, 1, 0.25)]


def hit(ref: str, *, at: datetime = DAY, **fields: Any) -> None:
    rule, _made = Rule.objects.get_or_create(key=fields.pop("rule", "one"), defaults={"kind": RuleKind.TERMS, "created_at": DAY})
    version, _made = RuleVersion.objects.get_or_create(rule=rule, number=1, defaults={"outcome": RuleOutcome.HOLD, "made_at": DAY})
    RuleHit.objects.create(
        **{"version": version, "room_id": 1, "ref": ref, "start": 0, "end": 1, "shadow": False, "held": True, "at": at} | fields
    )


def test_what_rules_held_is_counted_before_it_is_forgotten() -> None:
    hit("a", fate=ScreenedFate.RELEASED)
    hit("a", fate=ScreenedFate.RELEASED, rule="two")  # one text, two rules
    hit("b", fate=ScreenedFate.REFUSED)
    hit("c", fate=ScreenedFate.REFUSED, at=DAY + timedelta(days=1))
    hit("d")
    hit("e", held=False)
    hit("f", at=DAY - timedelta(days=61))
    assert count_holds(now=DAY + timedelta(days=2)) == 2
    assert list(HoldsOfDay.objects.order_by("day").values_list("day", "held", "released", "refused")) == [
        (date(2026, 3, 10), 3, 1, 1),
        (date(2026, 3, 11), 1, 0, 1),
    ]
    assert rows("holds") == [("03", 4, 1, 2, 1 / 3)]
    RuleHit.objects.filter(ref="d").update(fate=ScreenedFate.RELEASED)
    count_holds(now=DAY + timedelta(days=3))
    assert rows("holds") == [("03", 4, 2, 2, 0.5)]
    RuleHit.objects.all().delete()
    assert count_holds(now=DAY + timedelta(days=4)) == 0
    assert rows("holds") == [("03", 4, 2, 2, 0.5)]


def test_what_nobody_has_looked_at_is_neither_right_nor_wrong() -> None:
    HoldsOfDay.objects.create(day=date(2026, 3, 10), held=5, released=0, refused=0, counted_at=DAY)
    assert rows("holds") == [("03", 5, 0, 0, None)]


# ---- Appeals ---------------------------------------------------------------------------------------------------------------------
def appeal(ben: User, number: int, state: AppealState, **fields: Any) -> None:
    decision = make_decision(make_case(ben, now=DAY), now=DAY)
    fields = {"created_at": DAY, "due_at": DAY + timedelta(days=7), "side": AppellantKind.RESTRICTED} | fields
    Appeal.objects.create(decision=decision, appellant=ben, text="x", state=state, once_key=str(number), **fields)


def test_appeals_received_decided_and_overturned(ben: User) -> None:
    mod = make_staff_member()
    for number, (state, days) in enumerate([(AppealState.UPHELD, 1), (AppealState.OVERTURNED, 2), (AppealState.UPHELD, 6)]):
        appeal(ben, number, state, reviewer=mod, decided_at=DAY + timedelta(days=days))
    appeal(ben, 8, AppealState.PENDING)
    appeal(ben, 9, AppealState.PENDING, side=AppellantKind.REPORTER, due_at=NOW + timedelta(days=1))
    assert rows("appeals") == [("REPORTER", 1, 0), ("RESTRICTED", 4, 1)]
    assert rows("appeals_overturned") == [("RESTRICTED", 3, 1, 1 / 3)]
    assert rows("appeals_time") == [("RESTRICTED", 3, 2 * 86400.0)]


# ---- Authorities -----------------------------------------------------------------------------------------------------------------
def order(kind: RequestKind, state: RequestState, *, received: datetime = DAY, **fields: Any) -> None:
    by = fields.pop("by")
    LegalRequest.objects.create(
        kind=kind,
        state=state,
        authority="TJ Paris",
        agent="x",
        file_numbers="1",
        channel=Channel.EMAIL,
        legal_basis="CPP",
        received_at=received,
        registered_by=by,
        **{"deadline_at": received + timedelta(days=3)} | fields,
    )


def test_what_authorities_ask_is_counted_and_what_is_late_stands_first() -> None:
    mod, epoc = make_staff_member(), RequestKind.EPOC
    order(epoc, RequestState.CLOSED, by=mod, answered_at=DAY + timedelta(days=1))
    order(epoc, RequestState.REFUSED_FORMAL, by=mod, answered_at=DAY + timedelta(days=3))
    order(epoc, RequestState.RECEIVED, by=mod)
    order(RequestKind.CPP_60_1, RequestState.SCOPED, received=EVE, by=mod, deadline_at=NOW + timedelta(days=1))
    assert rows("orders") == [("EPOC", 3, 1, 1)]
    assert rows("orders_open") == [("CPP_60_1", 1, 0), ("EPOC", 1, 1)], "an open one of last year is still open"
    assert rows("orders_time") == [("EPOC", 2, 2 * 86400.0)]
    assert QUESTIONS[0].code == "orders_open"


# ---- Recipients ------------------------------------------------------------------------------------------------------------------
def test_members_of_a_month_are_counted_while_it_runs_and_never_lowered() -> None:
    amina, ben, carol = (make_user(name) for name in ("Amina", "Ben", "Carol"))
    for person, day in ((amina, date(2026, 11, 1)), (ben, date(2026, 11, 23)), (carol, date(2026, 10, 31))):
        User.objects.filter(pk=person.pk).update(last_active_date=day)
    User.objects.filter(pk=ben.pk).update(jurisdiction=Jurisdiction.MG)
    assert count_recipients(now=NOW) == 2
    row = MonthlyRecipients.objects.get()
    assert (row.month, row.recipients, row.in_union) == (date(2026, 11, 1), 2, 1)
    User.objects.filter(pk=amina.pk).update(last_active_date=None)  # closed since
    count_recipients(now=NOW)
    row.refresh_from_db()
    assert (row.recipients, row.in_union) == (2, 1)
    count_recipients(now=datetime(2026, 12, 1, tzinfo=UTC))
    assert MonthlyRecipients.objects.count() == 2


def test_the_average_is_of_the_six_months_that_ended_last() -> None:
    for month, union in [(4, 1000), (5, 1), (6, 2), (7, 3), (8, 4), (9, 5), (10, 6), (11, 1000)]:
        MonthlyRecipients.objects.create(month=date(2026, month, 1), recipients=2000, in_union=union, counted_at=NOW)
    assert rows("recipients_average") == [("6", 4)]
    assert [month for month, _union, _all in rows("recipients")] == ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    assert rows("recipients", at=datetime(2027, 6, 1, tzinfo=UTC))[-1] == ("2026-11", 1000, 2000), "of a year that is over, its last ones"


# ---- The report ------------------------------------------------------------------------------------------------------------------
def test_a_report_costs_one_query_a_question_and_nothing_when_it_is_kept(ben: User) -> None:
    make_report(make_case(ben, now=DAY), now=DAY)
    with CaptureQueriesContext(connection) as asked:
        first = get_shown_report(year=YEAR, now=NOW)
    assert len(asked) == len(QUESTIONS)
    make_report(make_case(ben, now=DAY), now=DAY)
    with CaptureQueriesContext(connection) as asked:
        kept = get_shown_report(year=YEAR, now=NOW + timedelta(minutes=4))
    assert len(asked) == 0
    assert kept == first


def test_a_year_that_has_not_begun_is_none(ben: User) -> None:
    for year in (FIRST_YEAR - 1, 2027, 10**6, -1):
        with pytest.raises(NoSuchYear):
            build_report(year=year, now=NOW)
    make_report(make_case(ben, now=DAY), now=DAY)
    assert list_years(now=NOW) == [2026]
    assert list_years(now=datetime(2028, 1, 1, tzinfo=UTC)) == [2028, 2027, 2026]
