"""Two persons for what one must not do alone: opening what the law alone may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from core import audit

VALID = timedelta(hours=24)


class NotApproved(PermissionError):
    """Fewer than two different members of staff agreed with a reason within the last 24 hours, or one of them is the person concerned."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One member of staff who agreed, and why; `handle` is the name they work under, if they have one."""

    by: User
    reason: str
    given_at: datetime
    handle: str = ""


def note_opening(*, action: str, user_id: int, request_ref: str, approvals: Sequence[Approval], now: datetime) -> None:
    """Append to the audit chain that two persons had something of a third opened, one entry each; called in the transaction that must
    commit before anything is handed out.

    Raises:
        NotApproved: and nothing is noted.
    """
    agreed = check_two(user_id=user_id, request_ref=request_ref, approvals=approvals, now=now)
    subject = User.objects.filter(pk=user_id).values_list("public_id", flat=True).first() or ""
    for approval in agreed:
        entry = audit.Entry(
            action=action,
            object_kind="account",
            object_ref=subject,
            reason=f"{request_ref}: {approval.reason}",
            actor=approval.by.public_id,
            handle=approval.handle or approval.by.username[:40],
            role="staff",
        )
        audit.append(entry, now=now)


def check_two(*, user_id: int, request_ref: str, approvals: Sequence[Approval], now: datetime) -> list[Approval]:
    """The first approval of each of at least two members of staff, as their accounts stand now.

    Raises:
        NotApproved.
    """
    fresh: dict[int, Approval] = {}
    for one in approvals:
        if one.reason.strip() and timedelta(0) <= now - one.given_at <= VALID and one.by.pk != user_id:
            fresh.setdefault(one.by.pk, one)
    staff = set(User.objects.present().filter(pk__in=fresh, is_staff=True).values_list("pk", flat=True))
    agreed = [one for pk, one in fresh.items() if pk in staff]
    if len(agreed) < 2 or not request_ref.strip():
        raise NotApproved(request_ref)
    return agreed
