"""What waits for a second person."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from accounts.models import User
from moderation.enums import ApprovalKind
from moderation.models import Case, SecondApproval

_MOST = 100


def list_waiting_approvals(*, kinds: list[ApprovalKind], now: datetime) -> list[SecondApproval]:
    """What was asked for and nobody has agreed to, of these kinds, the soonest to end first; at most 100."""
    waiting = SecondApproval.objects.filter(kind__in=kinds, approved_at__isnull=True, expires_at__gt=now)
    return list(waiting.select_related("asked_by").order_by("expires_at")[:_MOST])


def list_agreed_approvals(*, kinds: list[ApprovalKind], now: datetime) -> list[SecondApproval]:
    """What two persons agreed to and has not been done yet; at most 100."""
    agreed = SecondApproval.objects.filter(kind__in=kinds, approved_at__isnull=False, used_at__isnull=True, expires_at__gt=now)
    return list(agreed.select_related("asked_by", "approved_by").order_by("expires_at")[:_MOST])


def find_approval(*, public_id: str, kinds: list[ApprovalKind]) -> SecondApproval | None:
    """One of these kinds by the id in an address."""
    return SecondApproval.objects.select_related("asked_by__user").filter(public_id=public_id, kind__in=kinds).first()


def find_concerned(*, approval: SecondApproval) -> User | None:
    """Whom the deed is about, who may not agree to it: the account itself, or the person whom a case or its evidence is about."""
    found = User.objects.filter(public_id=approval.object_ref).first()
    if found is not None:
        return found
    ref = approval.object_ref
    case = Case.objects.select_related("subject").filter(Q(public_id=ref) | Q(evidence__public_id=ref)).first()
    return case.subject if case else None


def find_waiting_approval(*, kind: ApprovalKind, object_ref: str, now: datetime) -> SecondApproval | None:
    """What was asked of this object and nobody has agreed to, the newest."""
    waiting = SecondApproval.objects.filter(kind=kind, object_ref=object_ref, approved_at__isnull=True, expires_at__gt=now)
    return waiting.select_related("asked_by__user").order_by("-pk").first()
