"""What follows from what happened to money, later and at least once."""

from __future__ import annotations

from django.utils import timezone

from accounts.events import AccountClosed
from billing.enums import RefundReason
from billing.events import (
    EventReceived,
    PaymentCreated,
    PaymentDoubled,
    PaymentFailed,
    PaymentSucceeded,
    PaymentSucceededLate,
    PaymentUnknown,
    RefundApproved,
    RefundFailed,
    RefundSucceeded,
    SupportAnswered,
    SupportAsked,
)
from billing.services.giveback import give_back_all
from billing.services.inbox import process_event
from billing.services.payments import submit_payment
from billing.services.refunds import refund_whole, submit_refund
from billing.services.support.letters import send_letter
from billing.services.telling import tell_decided, tell_refund, tell_unknown


def on_support_asked(event: SupportAsked) -> None:
    """The receipt, to somebody without account."""
    send_letter(request_id=event.request_id, name="asked")


def on_support_answered(event: SupportAnswered) -> None:
    """That there is an answer, to somebody without account."""
    send_letter(request_id=event.request_id, name="answered")


def on_payment_created(event: PaymentCreated) -> None:
    """Tell the provider."""
    submit_payment(payment_id=event.payment_id, now=timezone.now())


def on_event_received(event: EventReceived) -> None:
    """Ask the provider about what it told us of."""
    process_event(event_id=event.event_id, now=timezone.now())


def on_refund_approved(event: RefundApproved) -> None:
    """Have the provider send the money back."""
    submit_refund(refund_id=event.refund_id, now=timezone.now())


def on_payment_doubled(event: PaymentDoubled) -> None:
    """What was paid twice goes back."""
    refund_whole(payment_id=event.payment_id, reason=RefundReason.DUPLICATE, now=timezone.now())


def on_payment_unknown(event: PaymentUnknown) -> None:
    """The payer must not pay again meanwhile."""
    tell_unknown(payment_id=event.payment_id, now=timezone.now())


def on_payment_decided(event: PaymentSucceeded | PaymentSucceededLate | PaymentDoubled | PaymentFailed) -> None:
    """The payer who was told that nobody knows is told the end."""
    tell_decided(payment_id=event.payment_id, now=timezone.now())


def on_refund_ended(event: RefundSucceeded | RefundFailed) -> None:
    """The payer is told what went back; the team, what did not."""
    tell_refund(refund_id=event.refund_id, now=timezone.now())


def on_account_closed_wallet(event: AccountClosed) -> None:
    """What nobody will spend any more goes back; what was given ends."""
    give_back_all(user_id=event.user_id, now=timezone.now())
