"""What follows from decisions: strikes, the weight of reports, what is late, evidence that outlives them, and races that end once."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core.audit import verify
from core.models import AuditEntry
from moderation.enums import Action, Reason, ReportSource, Severity, StaffRole, TargetKind
from moderation.models import Case, Decision, Evidence, StaffProfile
from moderation.queries.people import count_strikes, get_history, trust_of
from moderation.services.overdue import alarm_overdue
from moderation.services.unfounded import watch_reporters
from moderation.tests.deciding import WEEK, kinds_in_force, told
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import INSULT, case_of, decide, insult, report
from notifications.queries import list_notices
from notifications.tests.factories import deliver_all

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db


def test_the_ladder_counts_strikes_of_a_year_that_stand(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    for _again in range(2):
        decide(case_of(report(amina, insult(ben, room))), mod)
    later = NOON + timedelta(days=1)
    history = get_history(user=ben, severity=Severity.S2, now=later)
    assert (history.strikes, history.step.action, history.step.lasts) == (2, Action.SUSPEND_ACCOUNT, WEEK)
    Decision.objects.filter(pk=history.decisions[0].pk).update(reversed_at=NOON)
    assert count_strikes(user=ben, now=later) == 1
    assert count_strikes(user=ben, now=NOON + timedelta(days=365)) == 0


def test_reports_that_hold_weigh_more_and_those_that_do_not_less(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    assert trust_of(user=amina) == 1.0
    decide(case_of(report(amina, insult(ben, room))), mod)
    assert trust_of(user=amina) == pytest.approx(4 / 3)
    for n in range(12):
        decide(case_of(report(amina, insult(ben, room, f"n {n}", now=NOON + timedelta(minutes=n)))), mod, Action.NO_ACTION)
    assert trust_of(user=amina) == pytest.approx(4 / 15)
    assert trust_of(user=None) == 1.0


def test_who_keeps_reporting_nothing_is_looked_at_by_a_person(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    for n in range(10):
        last = decide(case_of(report(amina, insult(ben, room, f"n {n}", now=NOON + timedelta(minutes=n)))), mod, Action.NO_ACTION)
    deliver_all()
    (case,) = Case.objects.filter(target_kind=TargetKind.ACCOUNT)
    assert (case.subject, case.target_ref) == (amina, amina.public_id)
    assert case.reports.get().source == ReportSource.AUTOMATIC
    assert watch_reporters(decision_id=last.pk, now=NOON) == 0, "once in thirty days"
    decide(case, mod, Action.SUSPEND_REPORTING, ends_at=NOON + timedelta(days=30))
    assert kinds_in_force(amina) == [SuspensionKind.REPORTING_SUSPENDED]


def test_what_is_late_alarms_the_whole_team_once(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    outside = make_staff_member("Modo4", StaffRole.AUDITOR)
    case = case_of(report(amina, insult(ben, room), reason=Reason.IMMINENT_DANGER))
    due = NOON + timedelta(minutes=15)
    assert alarm_overdue(now=due - timedelta(seconds=1)) == 0
    assert alarm_overdue(now=due) == 1
    assert alarm_overdue(now=due + timedelta(minutes=1)) == 0
    assert told(mod.user) == told(sena.user) == ["CASE_OVERDUE"]
    assert told(outside.user) == []
    assert list_notices(user=mod.user).lines[0].path == f"/admin/moderation/cases/{case.public_id}/"
    assert Case.objects.get(pk=case.pk).overdue_told_at == due
    assert AuditEntry.objects.filter(action="case.overdue", object_ref=case.public_id).count() == 1


def test_a_late_case_of_child_safety_is_told_to_that_role(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    guardian = make_staff_member("Modo4", StaffRole.CHILD_SAFETY)
    report(amina, insult(ben, room), reason=Reason.CHILD_ABUSE_MATERIAL)
    alarm_overdue(now=NOON + timedelta(hours=1))
    assert (told(guardian.user), told(mod.user)) == (["CASE_OVERDUE"], [])


def test_what_was_decided_in_time_is_never_late(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod)
    assert alarm_overdue(now=NOON + timedelta(days=2)) == 0


def test_evidence_outlives_the_decision(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    case = case_of(report(amina, insult(ben, room)))
    decide(case, mod)
    assert Evidence.objects.filter(case=case).count() == 1


def test_a_new_report_after_a_decision_opens_a_new_case(amina: User, ben: User, mod: StaffProfile) -> None:
    first = case_of(report(amina, ben.public_id, TargetKind.ACCOUNT))
    decide(first, mod, Action.WARN)
    second = case_of(report(amina, ben.public_id, TargetKind.ACCOUNT, now=NOON + timedelta(days=1)))
    assert second != first


@pytest.mark.django_db(transaction=True)
@pytest.mark.servers
@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
def test_a_thousand_races_on_a_hundred_cases_decide_each_once() -> None:
    ben = make_user("Ben")
    team = [make_staff_member(f"Olona{n}") for n in range(10)]
    cases = [
        Case.objects.create(
            target_kind=TargetKind.ACCOUNT,
            target_ref=uuid.uuid4().hex[:20],
            open_key=f"race:{n}",
            subject=ben,
            reason=Reason.SPAM,
            severity=Severity.S3,
            opened_at=NOON,
            due_at=NOON + WEEK,
        )
        for n in range(100)
    ]
    won: list[tuple[int, int]] = []
    strange: list[BaseException] = []

    def work(member: StaffProfile) -> None:
        try:
            for case in cases:
                try:
                    decide(case, member, Action.NO_ACTION)
                    won.append((case.pk, member.pk))
                except Exception as error:
                    if type(error).__name__ not in {"ClaimTaken", "ClaimLost", "CaseOver"}:
                        strange.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[member]) for member in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(500)
    assert strange == []
    assert sorted(pk for pk, _member in won) == sorted(case.pk for case in cases), "each once, none twice"
    assert Decision.objects.count() == 100
    assert verify().holds


def test_hidden_message_page_shows_nothing_after_the_decision(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    browser = Client()
    browser.force_login(amina)
    assert INSULT in browser.get(f"/rooms/{room.slug}/").content.decode()
    decide(case_of(report(amina, ref)), mod)
    assert INSULT not in browser.get(f"/rooms/{room.slug}/").content.decode()
