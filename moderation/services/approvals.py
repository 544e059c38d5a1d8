"""Two persons: one asks with a reason, another agrees with theirs, and the deed uses the agreement up.

Whoever asks cannot agree, and nobody agrees to what concerns themselves; both handles stand in the audit chain.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.services.approvals import Approval
from core.text import clean
from moderation.enums import ApprovalKind, StaffRole
from moderation.models import SecondApproval, StaffProfile
from moderation.services.noting import note

VALID = timedelta(hours=24)
REASON = 500

# Who may ask for a deed and agree to it.
ROLES: dict[ApprovalKind, tuple[StaffRole, ...]] = {
    ApprovalKind.TERMINATE_OLD_ACCOUNT: (StaffRole.MODERATOR, StaffRole.SENIOR),
    ApprovalKind.READ_PRIVATE: (StaffRole.SENIOR,),
    ApprovalKind.OPEN_IDENTITY: (StaffRole.LEGAL_DESK,),
    ApprovalKind.RELEASE_DATA: (StaffRole.LEGAL_DESK,),
    ApprovalKind.LIFT_HOLD: (StaffRole.LEGAL_DESK,),
    ApprovalKind.DELETE_EVIDENCE: (StaffRole.SENIOR, StaffRole.LEGAL_DESK),
    ApprovalKind.ACTIVATE_RULE: (StaffRole.RULE_EDITOR,),
    ApprovalKind.VIEW_CHILD_ABUSE: (StaffRole.CHILD_SAFETY,),
    ApprovalKind.TRANSMIT_CHILD_ABUSE: (StaffRole.CHILD_SAFETY,),
    ApprovalKind.CHANGE_RETENTION: (StaffRole.DATA_PROTECTION,),
    ApprovalKind.REFUSE_DATA_REQUEST: (StaffRole.DATA_PROTECTION,),
    ApprovalKind.CLOSE_BREACH: (StaffRole.DATA_PROTECTION,),
}


class NotApproved(PermissionError):
    """No second person has agreed to this deed in the last 24 hours, or their agreement was used already."""


class NotYoursToApprove(PermissionError):
    """The same person asked, the role is missing, or the matter is their own."""


class ApprovalReasonMissing(ValueError):
    """Asked or agreed to without saying why."""


def ask_approval(*, kind: ApprovalKind, object_ref: str, by: StaffProfile, reason: str, now: datetime) -> SecondApproval:
    """Ask a second person to agree to one deed on one object; valid for 24 hours from now.

    Raises:
        NotYoursToApprove, ApprovalReasonMissing.
    """
    _check_role(kind, by)
    with transaction.atomic():
        asked = SecondApproval.objects.create(
            kind=kind, object_ref=object_ref, asked_by=by, reason=_reason(reason), asked_at=now, expires_at=now + VALID
        )
        note(action="approval.ask", by=by, object_kind=kind.value, object_ref=object_ref, reason=asked.reason, now=now)
    return asked


def approve(*, approval: SecondApproval, by: StaffProfile, reason: str, concerns: User | None = None, now: datetime) -> SecondApproval:
    """Agree to what another person asked for. `concerns`: whom the deed is about, who may not agree to it.

    Raises:
        NotYoursToApprove, ApprovalReasonMissing; NotApproved: too late, or somebody agreed before.
    """
    _check_role(ApprovalKind(approval.kind), by)
    if by.pk == approval.asked_by_id or (concerns is not None and concerns.pk == by.user_id):
        raise NotYoursToApprove(approval.public_id)
    words = _reason(reason)
    with transaction.atomic():
        waiting = SecondApproval.objects.filter(pk=approval.pk, approved_at__isnull=True, expires_at__gt=now)
        if not waiting.update(approved_by=by, approval_reason=words, approved_at=now):
            raise NotApproved(approval.public_id)
        note(action="approval.agree", by=by, object_kind=approval.kind, object_ref=approval.object_ref, reason=words, now=now)
    approval.refresh_from_db()
    return approval


def use_approval(*, kind: ApprovalKind, object_ref: str, by: StaffProfile, now: datetime) -> SecondApproval:
    """Take the agreement for a deed that happens now; call it in the transaction of the deed. `by`, who does it, is one of the two.

    Raises:
        NotApproved.
    """
    agreed = SecondApproval.objects.filter(
        kind=kind, object_ref=object_ref, approved_at__isnull=False, used_at__isnull=True, expires_at__gt=now
    ).select_related("asked_by__user", "approved_by__user")
    for one in agreed.order_by("approved_at"):
        both = (one.asked_by, one.approved_by)
        if by not in both or not all(person is not None and person.active for person in both):
            continue
        if SecondApproval.objects.filter(pk=one.pk, used_at__isnull=True).update(used_at=now):  # nobody else was quicker
            one.used_at = now
            return one
    raise NotApproved(f"{kind} {object_ref}")


def as_pair(approval: SecondApproval) -> list[Approval]:
    """The two agreements in the form in which `accounts` asks for them."""
    if approval.approved_by is None or approval.approved_at is None:
        raise NotApproved(approval.public_id)
    first, second = approval.asked_by, approval.approved_by
    return [
        Approval(by=first.user, reason=approval.reason, given_at=approval.asked_at, handle=first.handle),
        Approval(by=second.user, reason=approval.approval_reason, given_at=approval.approved_at, handle=second.handle),
    ]


def _check_role(kind: ApprovalKind, by: StaffProfile) -> None:
    if not by.has_role(*ROLES[kind]):
        raise NotYoursToApprove(kind.value)


def _reason(words: str) -> str:
    cleaned = clean(words, lines=False)[:REASON]
    if not cleaned:
        raise ApprovalReasonMissing
    return cleaned
