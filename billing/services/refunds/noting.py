"""Deeds of the team over refunds, in the audit chain."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from billing.models import Refund
from core import audit


def note_deed(action: str, refund: Refund, *, by: User, now: datetime, reason: str = "") -> None:
    """Append who did what to which refund, in the transaction that does it."""
    entry = audit.Entry(
        action=action,
        object_kind="refund",
        object_ref=refund.public_id,
        reason=reason or f"{refund.amount_minor} {refund.payment.currency} {refund.reason}",
        actor=by.public_id,
        handle=by.username[:40],
        role="billing",
    )
    audit.append(entry, now=now)
