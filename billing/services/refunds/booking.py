"""A refund that went through in the ledger, or that did not; both once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum

from accounts.models import User
from billing.enums import RefundState
from billing.events import RefundFailed, RefundSucceeded
from billing.ledger import post, void_hold
from billing.ledger.postings import Line, clearing_of, lines_of_refund
from billing.models import LedgerEntry, Payment, Refund
from billing.services.refunds.requesting import fills_wallet, hold_key_of
from billing.services.refunds.states import move_refund
from core.outbox import publish


def succeed_refund(refund: Refund, *, now: datetime, by: User | None = None, **changes: Any) -> None:
    """Book a refund and tell of it, in the caller's transaction, with the payment locked.

    Raises:
        WrongRefundState; billing.ledger errors: nothing is changed.
    """
    payment = refund.payment
    before = payment.refunds.filter(state=RefundState.SUCCEEDED).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    lines = lines_of_refund(_settled_lines(payment), before=before, amount=refund.amount_minor)
    move_refund(refund, RefundState.SUCCEEDED, by=by, now=now, **changes)
    if fills_wallet(payment):  # freed and taken under one lock of the account: nobody spends it in between
        void_hold(key=hold_key_of(refund), now=now)
    post(key=f"refund:{refund.pk}:settle", kind="REFUND", lines=lines, now=now)
    publish(RefundSucceeded(refund.pk, payment.pk))


def fail_refund(refund: Refund, *, code: str, now: datetime, why: str = "", by: User | None = None) -> None:
    """End a refund that sends nothing back; what was kept aside for it is free again."""
    move_refund(refund, RefundState.FAILED, failure_code=code[:48], why=why or code, by=by, now=now)
    if fills_wallet(refund.payment):
        void_hold(key=hold_key_of(refund), now=now)
    publish(RefundFailed(refund.pk, refund.payment_id))


def _settled_lines(payment: Payment) -> list[Line]:
    """The lines by which a payment was booked, the provider's first: what goes back is turned round from what came."""
    rows = LedgerEntry.objects.filter(transaction__key=f"payment:{payment.pk}:settle").order_by("pk")
    lines = list(rows.values_list("account__code", "amount"))
    clearing = clearing_of(payment.provider, payment.currency)
    return sorted(lines, key=lambda line: (line[0] != clearing, line[0].startswith("vat:")))
