"""What follows from what happened to money, later and at least once."""

from __future__ import annotations

from django.utils import timezone

from accounts.events import AccountClosed, AccountDeactivated
from billing.enums import Purpose, RefundReason
from billing.events import (
    EventReceived,
    InvoiceIssued,
    LetterWritten,
    PaymentCreated,
    PaymentDoubled,
    PaymentFailed,
    PaymentSucceeded,
    PaymentSucceededLate,
    PaymentUnknown,
    RefundApproved,
    RefundFailed,
    RefundSucceeded,
    StatementReady,
    SubscriptionStopped,
    SupportAnswered,
    SupportAsked,
)
from billing.queries.orders import find_order_of
from billing.services import writing
from billing.services.buyers import erase_person
from billing.services.giveback import give_back_all
from billing.services.inbox import process_event
from billing.services.invoices import issue_credit_note, issue_invoice
from billing.services.leaving import stop_of_account
from billing.services.payments import submit_payment
from billing.services.receipts import send_receipt
from billing.services.reconciliation.comparing import reconcile_statement
from billing.services.refunds import refund_whole, submit_refund
from billing.services.stopping import stop_at_provider
from billing.services.subscriptions import extend_subscription
from billing.services.support.letters import send_letter
from billing.services.telling import tell_decided, tell_refund, tell_unknown


def on_statement_ready(event: StatementReady) -> None:
    """Compare the statement with our books."""
    reconcile_statement(statement_id=event.statement_id, now=timezone.now())


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


def on_plan_paid(event: PaymentSucceeded | PaymentSucceededLate) -> None:
    """Deliver a plan that was ordered here, also one that had been given up; what a provider renews has no order."""
    if event.purpose == Purpose.SUBSCRIPTION and find_order_of(subject_key=event.subject_key) is not None:
        extend_subscription(payment_id=event.payment_id, now=timezone.now())


def on_letter_written(event: LetterWritten) -> None:
    """Hand a letter about a contract to the mail server."""
    writing.send_letter(letter_id=event.letter_id, now=timezone.now())


def on_subscription_stopped(event: SubscriptionStopped) -> None:
    """Have the provider renew no more."""
    stop_at_provider(subscription_id=event.subscription_id, at_once=event.at_once, now=timezone.now())


def on_account_deactivated(event: AccountDeactivated) -> None:
    """An account that closes is charged no more; one that pauses goes on."""
    stop_of_account(user_id=event.user_id, now=timezone.now())


def on_payment_succeeded_invoice(event: PaymentSucceeded | PaymentSucceededLate) -> None:
    """What the house sold has its invoice."""
    issue_invoice(payment_id=event.payment_id, now=timezone.now())


def on_refund_succeeded_invoice(event: RefundSucceeded) -> None:
    """What went back has its credit note."""
    issue_credit_note(refund_id=event.refund_id, now=timezone.now())


def on_invoice_issued(event: InvoiceIssued) -> None:
    """The file is made, and its payer told."""
    send_receipt(invoice_id=event.invoice_id, now=timezone.now())


def on_account_closed_invoices(event: AccountClosed) -> None:
    """Whoever left is replaced by a number."""
    erase_person(user_id=event.user_id, now=timezone.now())
