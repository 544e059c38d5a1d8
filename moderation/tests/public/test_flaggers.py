"""Organisations whose notices come first: taken in by the right people, known by a number, watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.factories import NOON
from core import outbox
from core.models import AuditEntry
from core.relay import pump
from moderation.enums import Action, CaseState, Ground, Reason, ReportSource, ReportState, Severity, StaffRole, TargetKind
from moderation.models import Case, Decision, Report, StaffProfile, TrustedFlagger
from moderation.queries.flaggers import SPAN, get_record, list_flaggers
from moderation.services.flaggers import (
    Admitted,
    FlaggerIncomplete,
    NotYoursToAdmit,
    UnknownNumber,
    get_by_number,
    register_flagger,
    resume_flagger,
    suspend_flagger,
    warn_poor_flaggers,
)
from moderation.services.staff import discharge
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db


def admit(name: str = "Fanilo", by: StaffProfile | None = None) -> Admitted:
    return register_flagger(name=name, areas="haine", contact="tf@example.org", coordinator_ref="ARCOM 2026-4", by=by, now=NOON)


def answered(
    flagger: TrustedFlagger, *actions: Action, reversed_first: bool = False, state: str = ReportState.ANSWERED, days: int = 1
) -> Report:
    """A notice of the organisation that was answered by these decisions."""
    at = NOON - timedelta(days=days)
    case = Case.objects.create(
        target_kind=TargetKind.PROFILE,
        target_ref="x",
        state=CaseState.DECIDED,
        reason=Reason.SCAM,
        severity=Severity.S3,
        opened_at=at,
        due_at=at,
    )
    for number, action in enumerate(actions):
        Decision.objects.create(
            case=case,
            action=action,
            reason=Reason.SCAM,
            ground=Ground.TERMS,
            ground_ref="10",
            explanation="x",
            facts="x",
            starts_at=at,
            reversed_at=at if reversed_first and number == 0 else None,
        )
    return Report.objects.create(
        source=ReportSource.TRUSTED_FLAGGER,
        flagger=flagger,
        target_kind=TargetKind.PROFILE,
        target_ref="x",
        reason=Reason.SCAM,
        case=case,
        state=state,
        created_at=at,
        outcome_at=at,
    )


def test_the_number_is_shown_once_and_opens_however_it_is_typed() -> None:
    admitted = admit()
    assert get_by_number(number=admitted.number) == admitted.flagger
    assert get_by_number(number=f" {admitted.number.replace('-', '').upper()} ") == admitted.flagger
    bare = admitted.number.replace("-", "")
    assert len(bare) == 32
    row = TrustedFlagger.objects.values().get()
    assert not any(bare in str(value) or admitted.number in str(value) for value in row.values())
    assert not AuditEntry.objects.filter(reason__contains=bare).exists()


@pytest.mark.parametrize("number", ["", "x", "0" * 32, "0" * 31, "0" * 5000, "é" * 32, "0000-0000\u200b"])
def test_no_other_number_is_one(number: str) -> None:
    admit()
    with pytest.raises(UnknownNumber):
        get_by_number(number=number)


def test_a_suspended_one_is_anybody_and_may_come_back() -> None:
    senior = make_staff_member("Modo3", StaffRole.SENIOR)
    admitted = admit(by=senior)
    suspend_flagger(flagger=admitted.flagger, reason="notices sans suite", by=senior, now=NOON)
    suspend_flagger(flagger=admitted.flagger, reason="encore", by=senior, now=NOON)
    assert list_flaggers() == []
    with pytest.raises(UnknownNumber):
        get_by_number(number=admitted.number)
    resume_flagger(flagger=admitted.flagger, reason="réponse reçue", by=senior, now=NOON)
    assert get_by_number(number=admitted.number) == admitted.flagger
    noted = AuditEntry.objects.filter(object_kind="flagger").order_by("seq").values_list("action", "handle", "reason")
    assert list(noted) == [
        ("flagger.register", senior.handle, "ARCOM 2026-4"),
        ("flagger.suspend", senior.handle, "notices sans suite"),
        ("flagger.resume", senior.handle, "réponse reçue"),
    ]


def test_only_a_senior_in_service_admits_and_nothing_is_written_else(mod: StaffProfile) -> None:
    senior = make_staff_member("Modo3", StaffRole.SENIOR)
    discharge(profile=senior, reason="left", now=NOON)
    admitted = admit()
    for who in (mod, senior):
        for deed in (
            lambda who=who: admit("Autre", by=who),
            lambda who=who: suspend_flagger(flagger=admitted.flagger, reason="x", by=who, now=NOON),
        ):
            with pytest.raises(NotYoursToAdmit):
                deed()
    assert [flagger.name for flagger in list_flaggers()] == ["Fanilo"]


@pytest.mark.parametrize("missing", ["name", "areas", "coordinator_ref"])
def test_nobody_is_one_without_the_coordinators_act(missing: str) -> None:
    said: dict[str, Any] = {"name": "Fanilo", "areas": "haine", "coordinator_ref": "ARCOM"} | {missing: " \u200b"}
    with pytest.raises(FlaggerIncomplete):
        register_flagger(contact="tf@example.org", now=NOON, **said)
    with pytest.raises(FlaggerIncomplete):
        suspend_flagger(flagger=admit().flagger, reason="\u200b", now=NOON)


def test_what_counts_as_unfounded() -> None:
    flagger, other = admit().flagger, admit("Autre").flagger
    answered(flagger, Action.REMOVE)
    answered(flagger, Action.NO_ACTION)
    answered(flagger, Action.NO_ACTION, Action.REMOVE, reversed_first=True)  # an appeal turned it round
    answered(flagger, state=ReportState.REJECTED_FORMAL)
    answered(flagger, Action.NO_ACTION, days=SPAN.days + 1)  # too long ago
    answered(other, Action.NO_ACTION)
    record = get_record(flagger=flagger, now=NOON)
    assert (record.decided, record.unfounded, record.error_rate, record.is_poor) == (4, 2, 0.5, False)
    answered(flagger, Action.REMOVE)
    assert get_record(flagger=flagger, now=NOON).is_poor


def test_one_in_five_is_not_more_than_one_in_five() -> None:
    flagger = admit().flagger
    for action in (Action.NO_ACTION, *[Action.REMOVE] * 4):
        answered(flagger, action)
    assert (get_record(flagger=flagger, now=NOON).error_rate, warn_poor_flaggers(now=NOON)) == (0.2, 0)


def test_a_poor_one_is_warned_once_in_six_months_and_hears_of_it() -> None:
    flagger = admit().flagger
    for _ in range(5):
        answered(flagger, Action.NO_ACTION)
    assert [warn_poor_flaggers(now=NOON), warn_poor_flaggers(now=NOON)] == [1, 0]
    flagger.refresh_from_db()
    assert flagger.warned_at == NOON
    assert AuditEntry.objects.filter(action="flagger.warn", reason="5/5").count() == 1
    pump(outbox.deliver)
    assert [(letter.to, "article 22" in letter.body) for letter in mail.outbox] == [(["tf@example.org"], True)]
    later = NOON + SPAN + timedelta(days=1)
    assert warn_poor_flaggers(now=later) == 0, "what was unfounded then is forgotten by then"


def test_a_number_of_queries_that_the_list_does_not_change(django_assert_num_queries: DjangoAssertNumQueries, client: Client) -> None:
    for number in range(3):
        admit(f"Organisation {number}")
    with django_assert_num_queries(1):
        page = client.get("/trusted-flaggers/").content.decode()
    assert [page.count(f"Organisation {number}") for number in range(3)] == [1, 1, 1]
    assert "tf@example.org" not in page, "the address is for us"


def test_an_empty_list_says_so(client: Client, amina: User) -> None:
    assert "Aucune organisation" in client.get("/trusted-flaggers/").content.decode()
