"""A refund is asked for: never more than was paid, whatever was asked before."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from billing.enums import AccountKind, PaymentState, Purpose, RefundChannel, RefundReason, RefundState
from billing.events import RefundApproved
from billing.ledger import place_hold
from billing.ledger.postings import wallet_of
from billing.models import LedgerEntry, Payment, PaymentStep, Refund
from billing.providers.base import Capabilities
from billing.providers.table import NotConfigured, get_provider
from billing.services.payments.pace import LOST_AFTER
from core.money import Money
from core.outbox import publish
from core.text import clean

# From these sums on a second person agrees, in minor units: 50 € and about as much elsewhere. A currency that is not here always asks.
SECOND_PERSON_ABOVE = {"EUR": 50_00, "USD": 50_00, "MGA": 250_000, "KMF": 24_600, "MUR": 2_600_00, "SCR": 750_00}
# How long a wallet's money is kept aside for its way back: longer than any provider takes.
_HELD_FOR = timedelta(days=365)
_NOTE = 300


class NotRefundable(Exception):
    """The payment was not paid."""


class RefundTooLarge(ValueError):
    """Nothing, another currency, or more than is left; `left` may go back."""

    def __init__(self, left: Money) -> None:
        super().__init__(str(left))
        self.left = left


class ChannelNotOffered(ValueError):
    """The provider does not send such a sum back by itself."""


def request_refund(
    *,
    payment_id: int,
    money: Money,
    reason: str,
    by: User | None,
    now: datetime,
    channel: str | None = None,
    note: str = "",
) -> Refund:
    """Ask that money goes back, by the provider where it can (`channel` None), else by hand. `by` None: the house itself.

    What goes by the provider and is no more than 50 € (or as much) is approved by this and sent by the outbox; the rest waits for a
    second person. Of a filled wallet the sum is kept aside at once, so that it cannot be spent on its way back.

    Raises:
        NotRefundable, RefundTooLarge, ChannelNotOffered; billing.ledger.InsufficientFunds: the wallet has spent it.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        if payment.state != PaymentState.SUCCEEDED:
            raise NotRefundable(payment.our_reference)
        _demand_within(payment, money)
        way = _choose_channel(payment, money, channel)
        alone = not needs_second_person(money=money, channel=way)
        refund = Refund.objects.create(
            payment=payment,
            amount_minor=money.amount_minor,
            reason=RefundReason(reason),
            channel=way,
            state=RefundState.APPROVED if alone else RefundState.REQUESTED,
            requested_by=by,
            note=clean(note, lines=False)[:_NOTE],
            next_check_at=now + LOST_AFTER if alone else None,
            created_at=now,
        )
        PaymentStep.objects.create(payment=payment, refund=refund, to_state=refund.state, why=refund.reason, by=by, at=now)
        if fills_wallet(payment):
            place_hold(key=hold_key_of(refund), code=wallet_of(payment), money=money, expires_at=now + _HELD_FOR, now=now)
        if alone:
            publish(RefundApproved(refund.pk))
    return refund


def needs_second_person(*, money: Money, channel: str) -> bool:
    """Whether one person is not enough: by hand always, else above the sum of the currency."""
    return channel == RefundChannel.MANUAL or money.amount_minor > SECOND_PERSON_ABOVE.get(money.currency, 0)


def hold_key_of(refund: Refund) -> str:
    """The key of what is kept aside in a wallet for a refund."""
    return f"refund:{refund.pk}:hold"


def fills_wallet(payment: Payment) -> bool:
    """Whether what was paid lies in a wallet, and goes back from there. What was paid twice never came into it."""
    if payment.purpose != Purpose.WALLET_TOPUP:
        return False
    settled = LedgerEntry.objects.filter(transaction__key=f"payment:{payment.pk}:settle")
    return settled.filter(account__kind=AccountKind.WALLET).exists()


def count_left(payment: Payment) -> Money:
    """What of a payment may still go back: what was paid, less every refund that has not failed."""
    asked = payment.refunds.exclude(state=RefundState.FAILED).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(payment.amount_minor - asked, payment.currency)


def _demand_within(payment: Payment, money: Money) -> None:
    left = count_left(payment)
    if money.currency != left.currency or not 0 < money.amount_minor <= left.amount_minor:
        raise RefundTooLarge(left)


def _choose_channel(payment: Payment, money: Money, wanted: str | None) -> RefundChannel:
    can = _capabilities_of(payment)
    is_whole = money.amount_minor == payment.amount_minor
    possible = can is not None and (can.refunds == "PARTIAL" or (can.refunds == "FULL" and is_whole))
    if wanted == RefundChannel.PROVIDER and not possible:
        raise ChannelNotOffered(payment.provider)
    return RefundChannel(wanted) if wanted else RefundChannel.PROVIDER if possible else RefundChannel.MANUAL


def _capabilities_of(payment: Payment) -> Capabilities | None:
    try:
        return get_provider(payment.provider).capabilities()
    except NotConfigured:
        return None


def refund_whole(*, payment_id: int, reason: str, now: datetime) -> Refund | None:
    """The house itself gives back all that is left of a payment; None when nothing is, so that it may be told twice."""
    with transaction.atomic():
        left = count_left(Payment.objects.select_for_update().get(pk=payment_id))
        if left.amount_minor == 0:
            return None
        return request_refund(payment_id=payment_id, money=left, reason=reason, by=None, now=now)
