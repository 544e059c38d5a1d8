"""A second person agrees to a refund: one of the money team, never whoever asked. Any of them may refuse one; never whom it pays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.enums import RefundChannel, RefundState
from billing.events import RefundApproved
from billing.models import Refund
from billing.queries.staff import is_money_staff
from billing.services.payments.pace import LOST_AFTER
from billing.services.refunds.booking import fail_refund
from billing.services.refunds.noting import note_refund
from billing.services.refunds.states import WrongRefundState, move_refund
from core.outbox import publish


class NotYoursToDecide(PermissionError):
    """Not of the money team, or the matter is one's own, or one's own deed is to be judged."""


def approve_refund(*, refund_id: int, by: User, now: datetime) -> Refund:
    """Agree to a refund that waits; one by the provider is then sent by the outbox, one by hand waits for whoever sends it.

    Raises:
        NotYoursToDecide, WrongRefundState.
    """
    with transaction.atomic():
        refund = lock_refund(refund_id)
        demand_staff(refund, by, but_not=(refund.requested_by_id,))
        if refund.state != RefundState.REQUESTED:
            raise WrongRefundState(refund.public_id)
        goes_alone = refund.channel == RefundChannel.PROVIDER
        due = now + LOST_AFTER if goes_alone else None
        move_refund(refund, RefundState.APPROVED, approved_by=by, next_check_at=due, by=by, now=now)
        note_refund("refund.approve", refund, by=by, now=now)
        if goes_alone:
            publish(RefundApproved(refund.pk))
    return refund


def reject_refund(*, refund_id: int, by: User, reason: str, now: datetime) -> Refund:
    """Refuse a refund that waits, or take the agreement to one by hand back before it is sent; `reason` stands in the story.

    Raises:
        NotYoursToDecide, WrongRefundState.
    """
    with transaction.atomic():
        refund = lock_refund(refund_id)
        demand_staff(refund, by, but_not=())
        unsent = refund.state == RefundState.APPROVED and refund.channel == RefundChannel.MANUAL
        if refund.state != RefundState.REQUESTED and not unsent:
            raise WrongRefundState(refund.public_id)
        fail_refund(refund, code="REJECTED", why=reason, by=by, now=now)
        note_refund("refund.reject", refund, by=by, reason=reason, now=now)
    return refund


def lock_refund(refund_id: int) -> Refund:
    """A refund with its payment, both locked, the payment first."""
    found = Refund.objects.only("payment_id").get(pk=refund_id)
    payment = type(found.payment).objects.select_for_update().get(pk=found.payment_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.payment = payment
    return refund


def demand_staff(refund: Refund, by: User, *, but_not: tuple[int | None, ...]) -> None:
    """Whether this member of the team may decide.

    Raises:
        NotYoursToDecide.
    """
    if not is_money_staff(by) or by.pk == refund.payment.payer_id or by.pk in but_not:
        raise NotYoursToDecide(refund.public_id)
