"""What follows from Stripe's events about subscriptions, invoices, disputes and warnings. An event tells where; then it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from billing.enums import DisputeStatus, PaymentState, Provider, SubscriptionState
from billing.models import Payment, Price, StripeSubscription
from billing.providers.base import Hint
from billing.providers.stripe import Denied
from billing.providers.stripe_changes import read_next_price
from billing.providers.stripe_objects import (
    DisputeState,
    InvoiceState,
    RenewingState,
    read_dispute,
    read_invoice,
    read_subscription,
    ref_of,
)
from billing.services.alarms import Alarm, raise_alarm
from billing.services.disputes import record_dispute
from billing.services.stripe_asking import ask_stripe
from billing.services.stripe_renewals import record_renewal
from billing.services.subscriptions import sync_provider_subscription
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify

logger = logging.getLogger("resaka.billing")

STATES = {
    "incomplete": SubscriptionState.INCOMPLETE,
    "trialing": SubscriptionState.TRIALING,
    "active": SubscriptionState.ACTIVE,
    "past_due": SubscriptionState.PAST_DUE,
    "unpaid": SubscriptionState.UNPAID,
    "paused": SubscriptionState.PAUSED,
    "canceled": SubscriptionState.ENDED,
    "incomplete_expired": SubscriptionState.ENDED,
}
_DISPUTES = {"won": DisputeStatus.WON, "warning_closed": DisputeStatus.WON, "prevented": DisputeStatus.WON, "lost": DisputeStatus.LOST}
_NAME = Provider.STRIPE.value


def follow_event(hint: Hint, now: datetime) -> bool:
    """Follow an event that is about no payment of ours, or about more than one; whether it was about something that we know.

    Raises:
        NotReached: Stripe could not be asked; the event is followed again later.
    """
    deed = next((deed for beginning, deed in _DEEDS.items() if hint.kind.startswith(beginning)), None)
    if deed is None or not hint.subject or hint.kind == "invoice.upcoming":  # which is of no invoice yet
        return False
    try:
        return deed(hint.subject, now)
    except Denied as denied:
        if denied.code != "resource_missing":
            raise
        logger.warning("event about nothing", extra={"fields": {"kind": hint.kind, "subject": hint.subject}})
        return False


# ---- Subscriptions -------------------------------------------------------------------------------------------------------------------
def sync_subscription(*, ref: str, now: datetime) -> StripeSubscription | None:
    """Ask how a subscription stands, keep it, and tell the house; None for one that nobody of ours began. `now` is when the asking begins:
    an answer that was asked for earlier changes nothing."""
    found = read_subscription(ask_stripe(lambda at: at.get_subscription(ref)))
    known = StripeSubscription.objects.filter(subscription_ref=ref).first()
    begun = Payment.objects.filter(provider=_NAME, our_reference=found.payment_ref).select_related("payer").first()
    if known is None and begun is None:
        logger.warning("subscription of nobody", extra={"fields": {"subscription": ref}})
        return None
    price = Price.objects.filter(lookup_key=found.price_key).first()
    if price is None or found.status not in STATES:
        raise_alarm(alarm=Alarm.UNKNOWN_RENEWAL, ref=ref[:60], now=now)
        return known
    following = _find_next_price(found)
    with transaction.atomic():
        user = known.user if known else begun.payer if begun else None
        row, is_newest = _keep(found, user_id=user.pk if user else None, now=now)
        if is_newest and row.user_id is not None:
            _tell_house(row, found, price, following, now)
    return row


def _find_next_price(found: RenewingState) -> Price | None:
    """The price of ours that the subscription goes over to at the end of its period."""
    if not found.schedule_ref:
        return None
    key = read_next_price(ask_stripe(lambda at: at.get_schedule(found.schedule_ref)))
    return Price.objects.filter(lookup_key=key).first() if key and key != found.price_key else None


def _keep(found: RenewingState, *, user_id: int | None, now: datetime) -> tuple[StripeSubscription, bool]:
    """The row, and whether it is as was found: not if something that was asked for later stands there."""
    fields: dict[str, Any] = {
        "customer_ref": found.customer_ref,
        "item_ref": found.item_ref,
        "latest_invoice_ref": found.latest_invoice_ref,
        "schedule_ref": found.schedule_ref,
        "price_key": found.price_key,
        "status": found.status,
        "period_end": found.period_end,
        "cancel_at_period_end": found.cancel_at_period_end,
        "asked_at": now,
    }
    if found.status == "active":
        fields["action_invoice_ref"] = ""
    row, made = StripeSubscription.objects.get_or_create(subscription_ref=found.ref, defaults={"user_id": user_id, **fields})
    if not made and not StripeSubscription.objects.filter(pk=row.pk, asked_at__lte=now).update(**fields):
        return row, False
    row.refresh_from_db()
    return row, True


def _tell_house(row: StripeSubscription, found: RenewingState, price: Price, following: Price | None, now: datetime) -> None:
    assert row.user_id is not None
    sync_provider_subscription(
        user_id=row.user_id,
        price_id=price.pk,
        next_price_id=following.pk if following else None,
        provider=_NAME,
        provider_ref=found.ref,
        state=STATES[found.status],
        period_end=found.period_end,
        cancel_at_period_end=found.cancel_at_period_end,
        now=now,
    )


def _follow_subscription(ref: str, now: datetime) -> bool:
    return sync_subscription(ref=ref, now=now) is not None


# ---- Invoices ------------------------------------------------------------------------------------------------------------------------
def _follow_invoice(ref: str, now: datetime) -> bool:
    """An invoice of a subscription: its renewal is recorded once it is paid, and the payer told when their bank asks."""
    found = read_invoice(ask_stripe(lambda at: at.get_invoice(ref)))
    if not found.subscription_ref:
        return False
    row = sync_subscription(ref=found.subscription_ref, now=now)
    if row is None:
        return False
    if found.status == "paid":
        record_renewal(row=row, found=found, now=now)
    _note_question(row, found, now)
    return True


def _note_question(row: StripeSubscription, found: InvoiceState, now: datetime) -> None:
    """Whether the payer's bank waits for them: the invoice is owed, and its intent asks. What somebody ordered (a first invoice, a change)
    is asked about on the page of its payment."""
    waits = found.status == "open" and bool(found.intent_ref) and found.reason == "subscription_cycle"
    asks = waits and ask_stripe(lambda at: at.get_intent(found.intent_ref)).get("status") == "requires_action"
    with transaction.atomic():
        if not asks:
            StripeSubscription.objects.filter(pk=row.pk, action_invoice_ref=found.ref).update(action_invoice_ref="")
        elif StripeSubscription.objects.filter(pk=row.pk).exclude(action_invoice_ref=found.ref).update(action_invoice_ref=found.ref):
            _tell_payer(row, found, now)


def _tell_payer(row: StripeSubscription, found: InvoiceState, now: datetime) -> None:
    if row.user_id is None:
        return
    notify(
        user_id=row.user_id,
        kind=NoticeKind.BANK_ASKS,
        subject=Subject("billing", "RENEWAL", str(row.pk)),
        dedupe_key=f"bank:{found.ref}"[:80],
        group_key=f"billing:renewal:{row.pk}",
        args={},
        path=reverse("billing:renewal"),
        now=now,
    )


# ---- Disputes and warnings -----------------------------------------------------------------------------------------------------------
def _follow_dispute(ref: str, now: datetime) -> bool:
    found = read_dispute(ask_stripe(lambda at: at.get_dispute(ref)))
    payment = _find_paid(found.intent_ref)
    if payment is None:
        return False
    _record_dispute(payment, found, now)
    return True


def _record_dispute(payment: Payment, found: DisputeState, now: datetime) -> None:
    record_dispute(
        payment_id=payment.pk,
        provider_ref=found.ref,
        money=found.money,
        status=_DISPUTES.get(found.status, DisputeStatus.OPEN),
        funds_withdrawn=found.withdrawn,
        evidence_due_at=found.evidence_due_at,
        now=now,
    )


def _follow_warning(ref: str, now: datetime) -> bool:
    """A bank takes a payment for fraud. A dispute with its fee mostly follows: somebody of the team may give the money back before."""
    said = ask_stripe(lambda at: at.get_warning(ref))
    payment = _find_paid(ref_of(said.get("payment_intent")))
    if payment is None:
        return False
    if said.get("actionable") is True:
        path = reverse("admin:billing_payment", args=[payment.public_id])
        raise_alarm(alarm=Alarm.FRAUD_WARNING, ref=payment.our_reference, once=ref, path=path, now=now)
    return True


def _find_paid(intent_ref: str) -> Payment | None:
    """The payment that an intent settled."""
    paid = Payment.objects.filter(provider=_NAME, settle_ref=intent_ref, state=PaymentState.SUCCEEDED)
    return paid.first() if intent_ref else None


_DEEDS: dict[str, Callable[[str, datetime], bool]] = {
    "customer.subscription.": _follow_subscription,
    "invoice.": _follow_invoice,
    "charge.dispute.": _follow_dispute,
    "radar.early_fraud_warning.": _follow_warning,
}
