"""Refunds that no provider sends: one of the team sends the money by the operator's own tool and writes down its reference, a second one
looks it up there and confirms. Only then it counts as sent back."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from billing.enums import RefundChannel, RefundState
from billing.models import Refund
from billing.queries.ledger import is_money_stopped
from billing.services.refunds.approving import demand_staff, lock_refund
from billing.services.refunds.booking import succeed_refund
from billing.services.refunds.noting import note_refund
from billing.services.refunds.states import RefundsStopped, WrongRefundState, move_refund

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{3,63}\Z")


class ReferenceUnfit(ValueError):
    """No reference of an operator: 4 to 64 letters, digits, points and dashes."""


class ReferenceTaken(ValueError):
    """Another refund has this reference: the same payout cannot pay two."""


def record_manual_refund(*, refund_id: int, by: User, operator_reference: str, now: datetime) -> Refund:
    """Note that the money was sent by the operator's tool, under the reference that the tool gave. `by` sent it.

    Raises:
        NotYoursToDecide, WrongRefundState, ReferenceUnfit, ReferenceTaken, RefundsStopped.
    """
    if is_money_stopped():
        raise RefundsStopped(str(refund_id))
    reference = operator_reference.strip()
    if not _REFERENCE.match(reference):
        raise ReferenceUnfit(reference[:64])
    try:
        with transaction.atomic():
            refund = _lock_manual(refund_id, RefundState.APPROVED)
            demand_staff(refund, by, but_not=())
            move_refund(refund, RefundState.SUBMITTED, sent_by=by, operator_reference=reference, submitted_at=now, by=by, now=now)
            note_refund("refund.send", refund, by=by, reason=reference, now=now)
    except IntegrityError as error:
        raise ReferenceTaken(reference) from error
    return refund


def confirm_manual_refund(*, refund_id: int, by: User, now: datetime) -> Refund:
    """Confirm, as somebody else than who sent it, that the operator shows the payout; then it is booked.

    Raises:
        NotYoursToDecide, WrongRefundState.
    """
    with transaction.atomic():
        refund = _lock_manual(refund_id, RefundState.SUBMITTED)
        demand_staff(refund, by, but_not=(refund.sent_by_id,))
        succeed_refund(refund, by=by, now=now)
        note_refund("refund.confirm", refund, by=by, now=now)
    return refund


def take_back_reference(*, refund_id: int, by: User, reason: str, now: datetime) -> Refund:
    """Say, as somebody else than who sent it, that the operator shows no such payout: it waits to be sent again.

    Raises:
        NotYoursToDecide, WrongRefundState.
    """
    with transaction.atomic():
        refund = _lock_manual(refund_id, RefundState.SUBMITTED)
        demand_staff(refund, by, but_not=(refund.sent_by_id,))
        move_refund(refund, RefundState.APPROVED, sent_by=None, operator_reference=None, submitted_at=None, why=reason, by=by, now=now)
        note_refund("refund.deny", refund, by=by, reason=reason, now=now)
    return refund


def _lock_manual(refund_id: int, state: RefundState) -> Refund:
    refund = lock_refund(refund_id)
    if refund.channel != RefundChannel.MANUAL or refund.state != state:
        raise WrongRefundState(refund.public_id)
    return refund
