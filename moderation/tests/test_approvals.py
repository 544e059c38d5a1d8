"""Two persons for what nobody does alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import ApprovalKind, StaffRole
from moderation.models import SecondApproval, StaffProfile
from moderation.services.approvals import (
    VALID,
    ApprovalReasonMissing,
    NotApproved,
    NotYoursToApprove,
    approve,
    as_pair,
    ask_approval,
    use_approval,
)
from moderation.services.staff import discharge
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
KIND = ApprovalKind.RELEASE_DATA


def desk(name: str) -> StaffProfile:
    return make_staff_member(name, StaffRole.LEGAL_DESK)


def ask(by: StaffProfile, ref: str = "LR-1") -> SecondApproval:
    return ask_approval(kind=KIND, object_ref=ref, by=by, reason="réquisition 12/2026", now=NOON)


def test_one_asks_another_agrees_and_it_is_used_once() -> None:
    first, second = desk("Modo1"), desk("Modo2")
    approve(approval=ask(first), by=second, reason="vérifié au greffe", now=NOON)
    used = use_approval(kind=KIND, object_ref="LR-1", by=first, now=NOON)
    assert [one.by for one in as_pair(used)] == [first.user, second.user]
    with pytest.raises(NotApproved):
        use_approval(kind=KIND, object_ref="LR-1", by=first, now=NOON)


def test_nobody_agrees_with_themselves() -> None:
    first = desk("Modo1")
    asked = ask(first)
    with pytest.raises(NotYoursToApprove):
        approve(approval=asked, by=first, reason="c’est bon", now=NOON)
    with pytest.raises(NotApproved):
        use_approval(kind=KIND, object_ref="LR-1", by=first, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondApproval.objects.filter(pk=asked.pk).update(approved_by=first, approved_at=NOON)


def test_nobody_agrees_to_what_concerns_themselves() -> None:
    first, second = desk("Modo1"), desk("Modo2")
    with pytest.raises(NotYoursToApprove):
        approve(approval=ask(first), by=second, reason="c’est bon", concerns=second.user, now=NOON)


def test_the_role_is_asked_of_both() -> None:
    first, other = desk("Modo1"), make_staff_member("Modo2")
    with pytest.raises(NotYoursToApprove):
        ask(other)
    with pytest.raises(NotYoursToApprove):
        approve(approval=ask(first), by=other, reason="c’est bon", now=NOON)


def test_it_is_over_after_a_day() -> None:
    first, second = desk("Modo1"), desk("Modo2")
    with pytest.raises(NotApproved):
        approve(approval=ask(first), by=second, reason="c’est bon", now=NOON + VALID)
    approve(approval=ask(first, "LR-2"), by=second, reason="c’est bon", now=NOON + VALID - timedelta(seconds=1))
    with pytest.raises(NotApproved):
        use_approval(kind=KIND, object_ref="LR-2", by=first, now=NOON + VALID)


def test_it_holds_for_its_object_its_kind_and_its_two_people_alone() -> None:
    first, second, third = desk("Modo1"), desk("Modo2"), desk("Modo3")
    approve(approval=ask(first), by=second, reason="c’est bon", now=NOON)
    for kind, ref, by in [
        (KIND, "LR-2", first),
        (ApprovalKind.LIFT_HOLD, "LR-1", first),
        (KIND, "LR-1", third),
    ]:
        with pytest.raises(NotApproved):
            use_approval(kind=kind, object_ref=ref, by=by, now=NOON)


def test_an_agreement_of_somebody_who_left_is_none() -> None:
    first, second = desk("Modo1"), desk("Modo2")
    approve(approval=ask(first), by=second, reason="c’est bon", now=NOON)
    discharge(profile=second, reason="left", now=NOON)
    with pytest.raises(NotApproved):
        use_approval(kind=KIND, object_ref="LR-1", by=first, now=NOON)


def test_both_say_why_and_both_stand_in_the_chain() -> None:
    first, second = desk("Modo1"), desk("Modo2")
    with pytest.raises(ApprovalReasonMissing):
        ask_approval(kind=KIND, object_ref="LR-1", by=first, reason=" \u200b ", now=NOON)
    asked = ask(first)
    with pytest.raises(ApprovalReasonMissing):
        approve(approval=asked, by=second, reason="", now=NOON)
    approve(approval=asked, by=second, reason="vérifié au greffe", now=NOON)
    noted = AuditEntry.objects.filter(object_ref="LR-1").order_by("seq").values_list("action", "handle", "reason")
    assert list(noted) == [
        ("approval.ask", first.handle, "réquisition 12/2026"),
        ("approval.agree", second.handle, "vérifié au greffe"),
    ]
