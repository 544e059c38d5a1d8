"""The log of breaches: what goes in, the authority, and the end that two people agree to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.tests.factories import NOON
from core import audit
from core.models import AuditEntry
from moderation.enums import StaffRole
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from moderation.tests.factories import make_staff_member
from privacy.enums import BreachRisk, SilenceGround
from privacy.models import Breach
from privacy.services.breaches import (
    BreachClosed,
    BreachInvalid,
    DoneBefore,
    NotYourDesk,
    StillOwed,
    agree_close,
    amend_breach,
    ask_close,
    log_breach,
    tell_authority,
)
from privacy.services.breachletters import stay_silent, tell_people
from privacy.services.purge import purge_due
from privacy.tests.breaches.facts import facts, make_breach, with_letters

pytestmark = pytest.mark.django_db
SecondApproval = apps.get_model("moderation", "SecondApproval")
HOUR = timedelta(hours=1)


def told(breach: Breach, by: Any, *, hours: int = 30, reference: str = "CNIL-2026-1", late_reason: str = "") -> None:
    at = NOON + hours * HOUR
    tell_authority(breach=breach, told_at=at, reference=reference, late_reason=late_reason, by=by, now=at)


def closed(breach: Breach, first: Any, second: Any, *, now: datetime = NOON + 40 * HOUR) -> None:
    asked = ask_close(breach=breach, reason="tout est fait", by=first, now=now)
    agree_close(breach=breach, approval=asked, reason="relu", by=second, now=now)


# ---- Writing one in ----------------------------------------------------------------------------------------------------------------
def test_what_is_found_is_written_in_with_its_clock(dora: Any) -> None:
    breach = Breach.objects.get(pk=make_breach(dora, now=NOON + 2 * HOUR).pk)
    assert breach.authority_due_at == NOON + timedelta(hours=72), "the clock runs from the discovery, not from the form"
    assert (breach.harms, breach.data_codes) == ("CONFIDENTIALITY,AVAILABILITY", "MESSAGE_BODY,PROFILE"), "in the order of their enums"
    assert (breach.logged_by_id, breach.logged_at) == (dora.pk, NOON + 2 * HOUR)
    assert (breach.owes_authority, breach.owes_persons) == (True, True)


def test_a_harmless_one_is_written_in_too_and_owes_nobody(dora: Any, dino: Any) -> None:
    breach = make_breach(dora, risk=BreachRisk.NONE)
    assert (breach.owes_authority, breach.owes_persons) == (False, False)
    closed(breach, dora, dino)
    assert Breach.objects.get().closed_at == NOON + 40 * HOUR


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"found_at": NOON + HOUR, "started_at": None}, "found_at"),
        ({"started_at": NOON + timedelta(seconds=1)}, "started_at"),
        ({"nature": " \u200b "}, "nature"),
        ({"effects": ""}, "effects"),
        ({"measures": ""}, "measures"),
        ({"harms": []}, "harms"),
        ({"harms": ["NOTHING"]}, "harms"),
        ({"codes": ["NOTHING"]}, "codes"),
        ({"persons": -1}, "persons"),
        ({"records": -1}, "records"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(dora: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BreachInvalid) as refused:
        make_breach(dora, **change)
    assert refused.value.field == field
    assert (Breach.objects.count(), AuditEntry.objects.filter(action="breach.log").count()) == (0, 0)


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.DATA_PROTECTION])
def test_no_other_role_works_on_breaches(dora: Any, role: StaffRole) -> None:
    breach, other = make_breach(dora), make_staff_member("Elsa", role)
    deeds = (
        lambda: log_breach(facts=facts(), by=other, now=NOON),
        lambda: amend_breach(breach=breach, facts=facts(persons=1), reason="x", by=other, now=NOON),
        lambda: told(breach, other),
        lambda: ask_close(breach=breach, reason="x", by=other, now=NOON),
        lambda: tell_people(breach=breach, by=other, now=NOON),
    )
    for deed in deeds:
        with pytest.raises(NotYourDesk):
            deed()
    breach.refresh_from_db()
    assert (Breach.objects.count(), breach.persons, breach.authority_told_at) == (1, 200, None)


# ---- In phases ---------------------------------------------------------------------------------------------------------------------
def test_what_is_learnt_later_is_added_and_no_clock_is_set_back(dora: Any) -> None:
    breach, now = make_breach(dora), NOON + 3 * HOUR
    amend_breach(breach=breach, facts=facts(persons=12_000, risk=BreachRisk.RISK), reason="journaux lus", by=dora, now=now)
    breach.refresh_from_db()
    assert (breach.persons, breach.risk, breach.authority_due_at) == (12_000, "RISK", NOON + 72 * HOUR)
    with pytest.raises(BreachInvalid) as refused:
        amend_breach(breach=breach, facts=facts(found_at=NOON + HOUR), reason="plus tard", by=dora, now=now)
    assert refused.value.field == "found_at"
    amend_breach(breach=breach, facts=facts(found_at=NOON - 2 * HOUR), reason="un courriel d’avant", by=dora, now=now)
    breach.refresh_from_db()
    assert breach.authority_due_at == NOON + 70 * HOUR, "found earlier than thought: due earlier"


def test_changing_without_a_word_of_why_changes_nothing(dora: Any) -> None:
    breach = make_breach(dora)
    with pytest.raises(BreachInvalid, match="reason"):
        amend_breach(breach=breach, facts=facts(persons=1), reason=" ", by=dora, now=NOON)
    assert Breach.objects.get().persons == 200


# ---- The authority -----------------------------------------------------------------------------------------------------------------
def test_the_authority_is_told_once_with_its_number(dora: Any, dino: Any) -> None:
    breach = make_breach(dora)
    told(breach, dora)
    breach.refresh_from_db()
    assert (breach.authority_told_at, breach.authority_ref, breach.owes_authority) == (NOON + 30 * HOUR, "CNIL-2026-1", False)
    with pytest.raises(DoneBefore):
        told(breach, dino, reference="autre")
    assert Breach.objects.get().authority_ref == "CNIL-2026-1"


@pytest.mark.parametrize(
    ("hours", "reference", "late_reason", "field"),
    [(-1, "N1", "", "told_at"), (30, " ", "", "reference"), (73, "N1", " ", "late_reason")],
)
def test_a_filing_that_cannot_be_is_refused(dora: Any, hours: int, reference: str, late_reason: str, field: str) -> None:
    breach = make_breach(dora)
    with pytest.raises(BreachInvalid) as refused:
        told(breach, dora, hours=hours, reference=reference, late_reason=late_reason)
    assert refused.value.field == field
    assert Breach.objects.get().authority_told_at is None


def test_it_cannot_be_told_in_the_future_and_after_72_hours_the_reason_stands_there(dora: Any) -> None:
    breach = make_breach(dora)
    with pytest.raises(BreachInvalid):
        tell_authority(breach=breach, told_at=NOON + 2 * HOUR, reference="N1", late_reason="", by=dora, now=NOON + HOUR)
    told(breach, dora, hours=72)
    assert Breach.objects.get().late_reason == "", "at the last second it is in time"
    other = make_breach(dora)
    told(other, dora, hours=80, late_reason="week-end")
    assert Breach.objects.get(pk=other.pk).late_reason == "week-end"


# ---- Two people close it -----------------------------------------------------------------------------------------------------------
def test_nobody_closes_what_is_owed_and_nobody_alone(dora: Any, dino: Any) -> None:
    breach = make_breach(dora)
    with pytest.raises(StillOwed):
        ask_close(breach=breach, reason="vite", by=dora, now=NOON)
    told(breach, dora)
    with pytest.raises(StillOwed):
        ask_close(breach=breach, reason="vite", by=dora, now=NOON + 31 * HOUR)
    stay_silent(breach=breach, ground=SilenceGround.UNREADABLE, reason="chiffrée", by=dora, now=NOON + 31 * HOUR)
    with pytest.raises(ApprovalReasonMissing):
        ask_close(breach=breach, reason=" ", by=dora, now=NOON + 32 * HOUR)
    asked = ask_close(breach=breach, reason="fini", by=dora, now=NOON + 32 * HOUR)
    with pytest.raises(NotYoursToApprove):
        agree_close(breach=breach, approval=asked, reason="moi aussi", by=dora, now=NOON + 33 * HOUR)
    with pytest.raises(NotApproved):
        agree_close(breach=breach, approval=asked, reason="tard", by=dino, now=NOON + 57 * HOUR)
    assert Breach.objects.get().closed_at is None
    agree_close(breach=breach, approval=asked, reason="relu", by=dino, now=NOON + 34 * HOUR)
    assert Breach.objects.get().closed_at == NOON + 34 * HOUR
    assert SecondApproval.objects.get(pk=asked.pk).used_at == NOON + 34 * HOUR


def test_a_risk_that_grew_after_the_asking_keeps_it_open(dora: Any, dino: Any) -> None:
    breach = make_breach(dora, risk=BreachRisk.NONE)
    asked = ask_close(breach=breach, reason="rien", by=dora, now=NOON)
    amend_breach(breach=breach, facts=facts(), reason="si, quelque chose", by=dora, now=NOON + HOUR)
    with pytest.raises(StillOwed):
        agree_close(breach=breach, approval=asked, reason="relu", by=dino, now=NOON + 2 * HOUR)
    assert Breach.objects.get().closed_at is None
    assert SecondApproval.objects.get(pk=asked.pk).approved_at is None, "the agreement went back with the rest"


def test_what_is_closed_changes_no_more(dora: Any, dino: Any) -> None:
    breach = with_letters(make_breach(dora, risk=BreachRisk.NONE), dora)
    closed(breach, dora, dino)
    now = NOON + 50 * HOUR
    deeds = (
        lambda: amend_breach(breach=breach, facts=facts(persons=1), reason="x", by=dora, now=now),
        lambda: told(breach, dora, hours=50),
        lambda: tell_people(breach=breach, by=dora, now=now),
        lambda: ask_close(breach=breach, reason="x", by=dora, now=now),
    )
    for deed in deeds:
        with pytest.raises(BreachClosed):
            deed()


def test_the_database_itself_holds_what_matters(dora: Any) -> None:
    breach = make_breach(dora)
    for change in ({"closed_at": NOON}, {"started_at": NOON + HOUR}, {"silence": "AVERTED", "reason_not_told": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Breach.objects.filter(pk=breach.pk).update(**change)


# ---- What stays ----------------------------------------------------------------------------------------------------------------------
def test_every_deed_stands_in_the_chain_under_a_handle(dora: Any, dino: Any) -> None:
    breach = make_breach(dora)
    amend_breach(breach=breach, facts=facts(risk=BreachRisk.RISK), reason="relu", by=dino, now=NOON)
    told(breach, dora)
    closed(breach, dora, dino)
    noted = AuditEntry.objects.filter(object_ref=breach.public_id).order_by("seq").values_list("action", "handle")
    assert list(noted) == [
        ("breach.log", dora.handle),
        ("breach.amend", dino.handle),
        ("breach.authority", dora.handle),
        ("approval.ask", dora.handle),
        ("approval.agree", dino.handle),
        ("breach.close", dino.handle),
    ]
    assert audit.verify().holds


def test_a_closed_one_goes_after_five_years_and_an_open_one_never(rules: None, dora: Any, dino: Any) -> None:
    closed(make_breach(dora, risk=BreachRisk.NONE), dora, dino)
    still_open = make_breach(dora)
    end = NOON + 40 * HOUR + timedelta(days=1826)
    assert "BREACH" not in purge_due(now=end - timedelta(seconds=1))
    assert purge_due(now=end)["BREACH"] == 1
    assert list(Breach.objects.values_list("pk", flat=True)) == [still_open.pk]
