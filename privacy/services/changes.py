"""Changing how long something is kept: one person of data protection asks, another agrees, and with the agreement it is in force.

What it then means for what is there already is said by `privacy.retention.Rule`: a longer time holds for new clocks alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from core.ids import new_public_id
from core.text import clean
from moderation.enums import ApprovalKind
from moderation.services.approvals import approve, ask_approval, use_approval
from moderation.services.noting import note
from privacy.models import RetentionChange, RetentionRule

if TYPE_CHECKING:
    from moderation.models import StaffProfile

# As long as the longest duration of the matrix that is asked of anybody: accounts of a business.
LONGEST = timedelta(days=3653)
_BASIS = 200
_KIND = ApprovalKind.CHANGE_RETENTION


class RuleFixed(PermissionError):
    """Each row of this kind says itself when it ends; nothing can be changed here."""


class ChangeInvalid(ValueError):
    """A duration that cannot be, no basis, or nothing that would change. `field` says which, "" for the last."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ChangeStale(LookupError):
    """The rule is not what it was when this was asked for, or the change was made before."""


def propose_change(
    *, rule: RetentionRule, keep: timedelta, erasable: bool, basis: str, by: StaffProfile, reason: str, now: datetime
) -> RetentionChange:
    """Ask a second person of data protection to change a rule; waits 24 hours for them.

    Raises:
        RuleFixed, ChangeInvalid; moderation.services.approvals.NotYoursToApprove, ApprovalReasonMissing.
    """
    words = clean(basis, lines=False)[:_BASIS]
    _check(rule, keep, erasable, words)
    ref = new_public_id()
    with transaction.atomic():
        asked = ask_approval(kind=_KIND, object_ref=ref, by=by, reason=reason, now=now)
        return RetentionChange.objects.create(
            public_id=ref,
            rule=rule,
            approval_id=asked.pk,
            keep=keep,
            erasable=erasable,
            basis=words,
            before_keep=rule.keep,
            before_erasable=rule.erasable,
            before_basis=rule.basis,
        )


def agree_to_change(*, change: RetentionChange, by: StaffProfile, reason: str, now: datetime) -> None:
    """Agree, and put the change in force in the same deed, with its entry in the audit chain.

    Raises:
        ChangeStale; moderation.services.approvals.NotYoursToApprove: whoever asked, or another role; NotApproved: too late;
        ApprovalReasonMissing.
    """
    with transaction.atomic():
        approve(approval=change.approval, by=by, reason=reason, now=now)
        agreed = use_approval(kind=_KIND, object_ref=change.public_id, by=by, now=now)
        before = {"keep": change.before_keep, "erasable": change.before_erasable, "basis": change.before_basis}
        after = {"keep": change.keep, "erasable": change.erasable, "basis": change.basis}
        if not RetentionRule.objects.filter(pk=change.rule_id, **before).update(**after):
            raise ChangeStale(change.public_id)
        RetentionChange.objects.filter(pk=change.pk).update(applied_at=now)
        note(
            action="retention.change",
            by=by,
            object_kind="retention_rule",
            object_ref=change.rule.ref,
            reason=agreed.approval_reason,
            before=_plain(before),
            after=_plain(after),
            role="data_protection",
            now=now,
        )


def _check(rule: RetentionRule, keep: timedelta, erasable: bool, basis: str) -> None:
    if rule.is_fixed:
        raise RuleFixed(rule.ref)
    if not timedelta(0) <= keep <= LONGEST:
        raise ChangeInvalid("keep")
    if not basis:
        raise ChangeInvalid("basis")
    if (keep, erasable, basis) == (rule.keep, rule.erasable, rule.basis):
        raise ChangeInvalid("")


def _plain(state: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in state.items()}
