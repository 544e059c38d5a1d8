"""What Stripe's objects say, read from plain dictionaries. Where things lie is as in the version that we ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.enums import PaymentState, Provider
from billing.models import Payment, Refund
from billing.providers import states
from billing.providers.base import ProviderState
from core.http import BadAnswer
from core.money import Money

_NAME = Provider.STRIPE.value
Said = Mapping[str, Any]


class Unexpected(BadAnswer):
    """An object that is not as that version says: nothing may be concluded from it."""


@dataclass(frozen=True, slots=True)
class RenewingState:
    """A subscription. `payment_ref` is our reference of the payment by which it began."""

    ref: str
    customer_ref: str
    item_ref: str
    price_key: str
    status: str
    period_start: datetime
    period_end: datetime
    cancel_at_period_end: bool
    latest_invoice_ref: str
    schedule_ref: str
    payment_ref: str
    has_pending_change: bool


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An invoice of a subscription. `money` is what it asks, `paid` what was paid; `page` is where it can be paid."""

    ref: str
    subscription_ref: str
    payment_ref: str
    reason: str
    status: str
    money: Money
    paid: Money
    intent_ref: str
    page: str
    made_at: datetime
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True)
class DisputeState:
    """What a bank asks back. `withdrawn`: it has taken the money, even if it gave it back meanwhile."""

    ref: str
    intent_ref: str
    money: Money
    status: str
    reason: str
    evidence_due_at: datetime | None
    withdrawn: bool
    opened_at: datetime


def read_moment(seconds: object) -> datetime:
    """Seconds since 1970, as Stripe tells the time.

    Raises:
        Unexpected.
    """
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Unexpected("no moment")
    return datetime.fromtimestamp(seconds, UTC)


def read_money(minor: object, currency: object) -> Money:
    """An amount. Stripe counts the ariary and the Comorian franc as whole, as we do.

    Raises:
        Unexpected: a currency outside of our table, no whole number.
    """
    if not isinstance(minor, int) or isinstance(minor, bool) or not isinstance(currency, str):
        raise Unexpected("no amount")
    try:
        return Money(minor, currency.upper())
    except ValueError as error:
        raise Unexpected(f"currency {currency[:8]}") from error


def ref_of(value: Any) -> str:
    """The id of what may be expanded, or nothing."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def note_of(said: Said, name: str) -> str:
    """One of our own notes on an object (`metadata`)."""
    metadata = said.get("metadata")
    found = metadata.get(name) if isinstance(metadata, dict) else None
    return found[:80] if isinstance(found, str) else ""


# ---- Payments ------------------------------------------------------------------------------------------------------------------------
def judge_session(said: Said, payment: Payment) -> ProviderState:
    """How a payment stands by its Checkout session. Complete and unpaid waits, unless the intent says that it failed."""
    if note_of(said, "payment") != payment.our_reference:
        return states.unclear(_NAME, "OTHER_PAYMENT", ours=payment.our_reference, theirs=ref_of(said))
    word = f"{said.get('status')},{said.get('payment_status')}"
    state = states.read_state(states.STRIPE_SESSION, word)
    if state == PaymentState.UNKNOWN:
        return states.unclear(_NAME, "UNKNOWN_WORD", word=word)
    intent = said.get("payment_intent")
    if word == "complete,unpaid" and isinstance(intent, dict) and intent.get("status") in {"requires_payment_method", "canceled"}:
        return ProviderState(PaymentState.FAILED, ref_of(said), failure_code=_failure_of(intent))
    settle_ref = (ref_of(intent) or _intent_of(said.get("invoice"))) if state == PaymentState.SUCCEEDED else ""
    return ProviderState(state, ref_of(said), settle_ref, read_money(said.get("amount_total"), said.get("currency")))


def judge_invoice(found: InvoiceState, *, ref: str) -> ProviderState:
    """How a renewal stands by its invoice."""
    state = states.read_state(states.STRIPE_INVOICE, found.status)
    if state == PaymentState.UNKNOWN:
        return states.unclear(_NAME, "UNKNOWN_WORD", word=found.status)
    is_paid = state == PaymentState.SUCCEEDED
    return ProviderState(state, ref, found.intent_ref if is_paid else "", found.paid if is_paid else found.money)


def judge_refund(said: Said, refund: Refund) -> ProviderState:
    """How money that goes back stands."""
    if note_of(said, "refund") != refund.public_id:
        return states.unclear(_NAME, "OTHER_REFUND", ours=refund.public_id, theirs=ref_of(said))
    state = states.read_state(states.STRIPE_REFUND, said.get("status"))
    if state == PaymentState.UNKNOWN:
        return states.unclear(_NAME, "UNKNOWN_WORD", word=said.get("status"))
    why = str(said.get("failure_reason") or "FAILED")[:48] if state == PaymentState.FAILED else ""
    money = read_money(said.get("amount"), said.get("currency"))
    return ProviderState(state, ref_of(said), settle_ref=ref_of(said), money=money, failure_code=why)


def _failure_of(intent: Said) -> str:
    error = intent.get("last_payment_error")
    code = (error.get("decline_code") or error.get("code")) if isinstance(error, dict) else None
    return str(code or "NOT_PAID")[:48]


def _intent_of(invoice: Any) -> str:
    """The payment intent by which an invoice was paid (`payments` has to be expanded)."""
    rows = invoice["payments"]["data"] if isinstance(invoice, dict) and isinstance(invoice.get("payments"), dict) else []
    paid = [row for row in rows if row.get("status") == "paid"] or rows
    return ref_of(paid[0]["payment"].get("payment_intent")) if paid else ""


# ---- Subscriptions -------------------------------------------------------------------------------------------------------------------
def read_subscription(said: Said) -> RenewingState:
    """A subscription of exactly one item: its period stands on the item, none on the subscription.

    Raises:
        Unexpected.
    """
    items = said["items"]["data"] if isinstance(said.get("items"), dict) else []
    if len(items) != 1:
        raise Unexpected(f"{len(items)} items")
    item = items[0]
    return RenewingState(
        ref=ref_of(said),
        customer_ref=ref_of(said.get("customer")),
        item_ref=ref_of(item),
        price_key=str(item["price"].get("lookup_key") or ""),
        status=str(said.get("status")),
        period_start=read_moment(item.get("current_period_start")),
        period_end=read_moment(item.get("current_period_end")),
        cancel_at_period_end=said.get("cancel_at_period_end") is True,
        latest_invoice_ref=ref_of(said.get("latest_invoice")),
        schedule_ref=ref_of(said.get("schedule")),
        payment_ref=note_of(said, "payment"),
        has_pending_change=said.get("pending_update") is not None,
    )


def read_invoice(said: Said) -> InvoiceState:
    """An invoice. One that is of no subscription has no `subscription_ref`.

    Raises:
        Unexpected.
    """
    parent = said.get("parent")
    details = (parent.get("subscription_details") if isinstance(parent, dict) else None) or {}
    lines = said["lines"]["data"] if isinstance(said.get("lines"), dict) else []
    starts, ends = [line["period"]["start"] for line in lines], [line["period"]["end"] for line in lines]
    return InvoiceState(
        ref=ref_of(said),
        subscription_ref=ref_of(details.get("subscription")),
        payment_ref=note_of(details, "payment"),
        reason=str(said.get("billing_reason")),
        status=str(said.get("status")),
        money=read_money(said.get("amount_due"), said.get("currency")),
        paid=read_money(said.get("amount_paid"), said.get("currency")),
        intent_ref=_intent_of(said),
        page=str(said.get("hosted_invoice_url") or ""),
        made_at=read_moment(said.get("created")),
        period_start=read_moment(min(starts) if starts else said.get("period_start")),
        period_end=read_moment(max(ends) if ends else said.get("period_end")),
    )


def read_dispute(said: Said) -> DisputeState:
    """A dispute; its movements tell whether the money was ever taken.

    Raises:
        Unexpected.
    """
    details = said.get("evidence_details")
    due = details.get("due_by") if isinstance(details, dict) else None
    return DisputeState(
        ref=ref_of(said),
        intent_ref=ref_of(said.get("payment_intent")),
        money=read_money(said.get("amount"), said.get("currency")),
        status=str(said.get("status")),
        reason=str(said.get("reason"))[:40],
        evidence_due_at=read_moment(due) if due is not None else None,
        withdrawn=any(int(one["amount"]) < 0 for one in said.get("balance_transactions", [])),
        opened_at=read_moment(said.get("created")),
    )
