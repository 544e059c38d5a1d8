"""PayPal, Orders v2: an order is made, the payer approves it there, and we capture it. Only the capture has moved money.

EUR and USD alone: PayPal has no ariary, and nothing is converted in silence. `custom_id` and `invoice_id` are our reference; PayPal refuses
to capture a second order with the same `invoice_id`. Contract: developer.paypal.com and the enums of paypal-server-sdk 2.4.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from billing.enums import PaymentState, Provider
from billing.models import Payment, Refund
from billing.providers.base import (
    Capabilities,
    Hint,
    Manual,
    ProviderState,
    Redirect,
    Refunded,
    RefundPending,
    Refused,
    StatementRow,
    Unclear,
    return_url_of,
)
from billing.providers.paypalcalls import read_json, speak
from billing.providers.paypalnews import HEADERS, check_headers, order_in, read_rows, reference_in
from billing.providers.paypalreading import (
    REFUND_WORDS,
    approval_link,
    find_refund,
    read_order,
    read_refund,
    say_not_captured,
    say_not_found,
)
from core.http import OutboundError
from core.money import Money

_ORDERS = "/v2/checkout/orders"
CURRENCIES = frozenset({"EUR", "USD"})
# Words of a refused capture after which the same order may still be paid.
_NOT_YET = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "ORDER_ALREADY_CAPTURED"})
_OPEN = (PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN)


class PayPal:
    """See the module."""

    name = Provider.PAYPAL.value

    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            currencies=CURRENCIES,
            refunds="PARTIAL",
            recurring=False,
            needs_msisdn=False,
            repeatable=True,
            finds_by_reference=False,
            payee=settings.PAYPAL_MERCHANT_ID,
        )

    def start(self, payment: Payment, *, now: datetime) -> Redirect | Refused | Unclear:
        """Make the order; sent twice it is made once (PayPal-Request-Id is the payment's submit key)."""
        if payment.currency not in CURRENCIES:
            return Refused("CURRENCY")
        try:
            said = speak("POST", _ORDERS, body=_order_of(payment), request_id=str(payment.submit_key))
        except OutboundError as error:
            return Unclear(f"{type(error).__name__}: {error}"[:120])
        if said.issue:
            return Refused(said.issue, alert=said.status in (400, 403))
        link, order = approval_link(said.body), str(said.body.get("id") or "")
        return Redirect(url=link, provider_ref=order) if link and order else Unclear("an order without its link")

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """How the order stands. One that the payer approved is captured here, unless the payment was given up: then it is left to lapse.

        Raises:
            OutboundError: PayPal did not answer; nothing is known that was not known before.
        """
        path = f"{_ORDERS}/{quote(payment.provider_ref or '', safe='')}"
        said = speak("GET", path)
        if said.status == 404:
            return say_not_found(payment, now)
        if said.body.get("status") == "APPROVED" and payment.state in _OPEN and payment.open_key:
            captured = speak("POST", f"{path}/capture", body={}, request_id=f"{payment.submit_key}-capture")
            if captured.issue and captured.issue not in _NOT_YET:
                return say_not_captured(payment, captured.issue)
            said = captured if not captured.issue else speak("GET", path)
        return read_order(payment, said.body)

    def refund(self, refund: Refund, *, now: datetime) -> Refunded | RefundPending | Refused | Unclear | Manual:
        """Send back all or part of the capture; sent twice it goes once (PayPal-Request-Id is the refund's own)."""
        capture = quote(refund.payment.settle_ref or "", safe="")
        body = {"amount": _amount(refund.money), "custom_id": refund.public_id, "note_to_payer": settings.SITE_NAME[:255]}
        try:
            said = speak("POST", f"/v2/payments/captures/{capture}/refund", body=body, request_id=refund.public_id)
        except OutboundError as error:
            return Unclear(f"{type(error).__name__}: {error}"[:120])
        state, ref = REFUND_WORDS.get(str(said.body.get("status"))), str(said.body.get("id") or "")
        if said.issue or state == PaymentState.FAILED:
            return Refused(said.issue or "REFUND_FAILED")
        if not ref or state is None:
            return Unclear("a refund without its state")
        return Refunded(ref) if state == PaymentState.SUCCEEDED else RefundPending(ref)

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        """How a refund stands; one whose answer was lost is sought among those of its order, by our name.

        Raises:
            OutboundError.
        """
        if not refund.provider_ref:
            order = speak("GET", f"{_ORDERS}/{quote(refund.payment.provider_ref or '', safe='')}")
            return read_refund(find_refund(order.body, refund.public_id))
        said = speak("GET", f"/v2/payments/refunds/{quote(refund.provider_ref, safe='')}")
        return read_refund({} if said.issue else said.body)

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """Where an event points. It is looked at without asking anybody, so that the door answers at once; whether PayPal sent it is asked
        by `is_from_paypal` before anything follows from it.

        Raises:
            BadSignature: a header of the signature is missing, its time is off, or its certificate is not PayPal's. ValueError.
        """
        check_headers(headers, now)
        event = read_json(raw)
        resource = event.get("resource")
        if not isinstance(resource, dict) or not isinstance(event.get("id"), str):
            raise ValueError("no event")
        return Hint(
            event_id=event["id"],
            kind=str(event.get("event_type") or ""),
            payment_ref=reference_in(resource),
            provider_ref=order_in(resource, str(event.get("event_type") or "")),
        )

    def statement(self, day: date) -> Iterable[StatementRow]:
        """What PayPal booked on a day (UTC), up to three hours after it did.

        Raises:
            OutboundError.
        """
        page, pages = 1, 1
        while page <= pages:
            query = {
                "start_date": f"{day}T00:00:00Z",
                "end_date": f"{day}T23:59:59Z",
                "fields": "transaction_info",
                "page_size": "500",
                "page": str(page),
            }
            said = speak("GET", f"/v1/reporting/transactions?{urlencode(query)}")
            if said.issue:
                raise OutboundError(f"PayPal: {said.issue}")
            yield from read_rows(said)
            page, pages = page + 1, int(said.body.get("total_pages") or 1)


def is_from_paypal(raw: bytes, headers: Mapping[str, str]) -> bool:
    """Whether PayPal says that it sent this event to us.

    Raises:
        OutboundError. ValueError.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    shown = {name.removeprefix("paypal-").replace("-", "_"): lower.get(name, "") for name in HEADERS}
    asked = {**shown, "webhook_id": settings.PAYPAL_WEBHOOK_ID, "webhook_event": read_json(raw)}
    said = speak("POST", "/v1/notifications/verify-webhook-signature", body=asked)
    return said.body.get("verification_status") == "SUCCESS"


def make_paypal() -> PayPal | None:
    """The provider, where this house has keys for it."""
    return PayPal() if settings.PAYPAL_CLIENT_ID else None


# ---- What we say -------------------------------------------------------------------------------------------------------------
def _order_of(payment: Payment) -> dict[str, Any]:
    back = return_url_of(payment)
    unit = {
        "reference_id": "default",
        "custom_id": payment.our_reference,
        "invoice_id": payment.our_reference,
        "description": f"{settings.SITE_NAME} {payment.our_reference}"[:127],
        "amount": _amount(payment.money),
        "payee": {"merchant_id": settings.PAYPAL_MERCHANT_ID},
    }
    context = {"return_url": back, "cancel_url": back, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING"}
    return {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {"experience_context": context}}}


def _amount(money: Money) -> dict[str, str]:
    return {"currency_code": money.currency, "value": money.plain}
