"""Deeds of the team over refunds, in the audit chain."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from billing.models import Refund
from billing.services.deeds import note_deed


def note_refund(action: str, refund: Refund, *, by: User, now: datetime, reason: str = "") -> None:
    """Append who did what to which refund, in the transaction that does it."""
    words = reason or f"{refund.amount_minor} {refund.payment.currency} {refund.reason}"
    note_deed(action, kind="refund", ref=refund.public_id, reason=words, by=by, now=now)
