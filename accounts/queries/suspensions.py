"""Which measures are in force."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Suspension, User


def list_active_suspensions(*, user: User) -> list[Suspension]:
    """The measures in force against an account, the oldest first; at most one of each kind. One query.

    A measure whose end has come is in force until the job that ends it has run, within 60 s: everybody then sees the same.
    """
    return list(Suspension.objects.filter(user=user, open_key__isnull=False).order_by("starts_at", "pk"))


def find_open_measure(*, user_id: int, kind: str, decision_ref: str) -> Suspension | None:
    """The measure of this decision while it is in force."""
    rows = Suspension.objects.select_related("user").filter(user_id=user_id, kind=kind, decision_ref=decision_ref)
    return rows.filter(open_key__isnull=False).first()


def was_suspended_since(*, user: User, since: datetime) -> bool:
    """Whether a measure against an account was in force at any time since then; one that was lifted counts for nothing."""
    standing = Suspension.objects.filter(user=user, lifted_at__isnull=True)
    return standing.exclude(ends_at__lt=since).exists()
