"""What PayPal says, read: orders, captures, refunds and errors. What is in no table (provider_states.json) is UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import ProviderState
from core.money import Money, NotAnAmount, UnknownCurrency

# What stands in provider_states.json; any other word is UNKNOWN.
_ORDER = {
    "CREATED": PaymentState.PENDING,
    "SAVED": PaymentState.PENDING,
    "APPROVED": PaymentState.PENDING,
    "PAYER_ACTION_REQUIRED": PaymentState.PENDING,
    "VOIDED": PaymentState.FAILED,
}
_CAPTURE = {
    "COMPLETED": PaymentState.SUCCEEDED,
    "REFUNDED": PaymentState.SUCCEEDED,
    "PARTIALLY_REFUNDED": PaymentState.SUCCEEDED,
    "PENDING": PaymentState.PENDING,
    "DECLINED": PaymentState.FAILED,
    "FAILED": PaymentState.FAILED,
}
REFUND_WORDS = {
    "COMPLETED": PaymentState.SUCCEEDED,
    "PENDING": PaymentState.PENDING,
    "FAILED": PaymentState.FAILED,
    "CANCELLED": PaymentState.FAILED,
}
# Words of a refused capture after which the order is over. That our reference was captured before (DUPLICATE_INVOICE_ID) is none of them:
# then money has moved, and a person looks for it.
_OVER = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", "PAYER_ACCOUNT_RESTRICTED"})
# PayPal lets an order that nobody approved go after three hours.
_FORGOTTEN_AFTER = timedelta(hours=4)


def approval_link(order: Mapping[str, Any]) -> str:
    """Where the payer approves an order; empty where it has no such place."""
    links = {link.get("rel"): str(link.get("href") or "") for link in order.get("links", []) if isinstance(link, dict)}
    return links.get("payer-action") or links.get("approve") or ""


def say_not_found(payment: Payment, now: datetime) -> ProviderState:
    """An order that PayPal does not know: lapsed, if it is old enough for that."""
    began = payment.submitted_at or payment.created_at
    state = PaymentState.EXPIRED if now - began > _FORGOTTEN_AFTER else PaymentState.UNKNOWN
    return ProviderState(state, failure_code="ORDER_NOT_FOUND")


def say_not_captured(payment: Payment, issue: str) -> ProviderState:
    """A word that is in no table may mean anything, so nobody knows."""
    state = PaymentState.FAILED if issue in _OVER else PaymentState.UNKNOWN
    return ProviderState(state, provider_ref=payment.provider_ref or "", failure_code=issue)


def read_order(payment: Payment, order: Mapping[str, Any]) -> ProviderState:
    """How a payment stands by its order; a capture alone has moved money, and only one that carries our reference is ours."""
    status, ref = str(order.get("status") or ""), str(order.get("id") or "")
    unit = first_of(order.get("purchase_units"))
    capture = _best_of(dig(unit, "payments", "captures"))
    if not capture:
        state = PaymentState.UNKNOWN if status == "COMPLETED" else _ORDER.get(status, PaymentState.UNKNOWN)
        return ProviderState(state, provider_ref=ref, failure_code="" if status in _ORDER else status[:48])
    word = str(capture.get("status") or "")
    state = _CAPTURE.get(word, PaymentState.UNKNOWN)
    if _own_names(unit, capture) != {payment.our_reference}:
        return ProviderState(PaymentState.UNKNOWN, provider_ref=ref, failure_code="OTHER_REFERENCE")
    return ProviderState(
        state,
        provider_ref=ref,
        settle_ref=str(capture.get("id") or ""),
        money=money_in(capture.get("amount")),
        payee=text_in(unit, "payee", "merchant_id"),
        fee=money_in(dig(capture, "seller_receivable_breakdown", "paypal_fee")),
        failure_code="" if state in (PaymentState.SUCCEEDED, PaymentState.PENDING) else word[:48],
        raw={"payer_country": text_in(order, "payer", "address", "country_code")},
    )


def _best_of(captures: Any) -> dict[str, Any]:
    """The capture that moved money, if one did; a declined one may stand before it."""
    found = [one for one in captures if isinstance(one, dict)] if isinstance(captures, list) else []
    moved = [one for one in found if _CAPTURE.get(str(one.get("status"))) == PaymentState.SUCCEEDED]
    return first_of(moved or found)


def _own_names(unit: Mapping[str, Any], capture: Mapping[str, Any]) -> set[str]:
    given = (unit.get("custom_id"), capture.get("custom_id"), capture.get("invoice_id"))
    return {str(name) for name in given if name}


def find_refund(order: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A refund among those of an order, by the name that we gave it; empty when there is none."""
    refunds = dig(first_of(order.get("purchase_units")), "payments", "refunds")
    return next((one for one in refunds or [] if isinstance(one, dict) and one.get("custom_id") == name), {})


def read_refund(found: Mapping[str, Any]) -> ProviderState:
    """How a refund stands."""
    state = REFUND_WORDS.get(str(found.get("status") or ""), PaymentState.UNKNOWN)
    return ProviderState(state, provider_ref=str(found.get("id") or ""), money=money_in(found.get("amount")))


def dig(found: Any, *names: str) -> Any:
    """What lies under these names, one inside the other; None where one is missing."""
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def text_in(found: Mapping[str, Any], *names: str) -> str:
    """As `dig`, as text."""
    return str(dig(found, *names) or "")


def first_of(found: Any) -> dict[str, Any]:
    """The first object of a list; empty for everything else."""
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def money_in(found: Any) -> Money | None:
    """An amount as PayPal writes it; None for nothing and for what is none, which then differs from every sum of ours."""
    try:
        return Money.parse(str(found["value"]), str(found["currency_code"]))
    except (KeyError, TypeError, NotAnAmount, UnknownCurrency):
        return None
