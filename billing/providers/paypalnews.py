"""What PayPal sends by itself: events at our door, and the bookings of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from billing.enums import LineKind
from billing.providers.base import BadSignature, StatementRow
from billing.providers.paypalcalls import Said
from billing.providers.paypalreading import first_of, money_in, text_in
from core.http import OutboundError

HEADERS = ("paypal-transmission-id", "paypal-transmission-time", "paypal-transmission-sig", "paypal-cert-url", "paypal-auth-algo")
# An event is sent again for three days, with the time of its first sending; clocks may differ by some minutes.
_OLDEST, _NEWEST = timedelta(days=3, minutes=5), timedelta(minutes=5)


def check_headers(headers: Mapping[str, str], now: datetime) -> None:
    """Whether an event can be from PayPal at all.

    Raises:
        BadSignature.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    if not all(lower.get(name) for name in HEADERS):
        raise BadSignature("a header is missing")
    try:
        age = now - datetime.fromisoformat(lower["paypal-transmission-time"])
        theirs = _is_their_address(lower["paypal-cert-url"])
    except (ValueError, TypeError) as error:
        raise BadSignature("no time, or no address") from error
    if not -_NEWEST < age < _OLDEST:
        raise BadSignature("too old or too new")
    if not theirs:
        raise BadSignature("not PayPal's certificate")


def _is_their_address(url: str) -> bool:
    """The sender names the certificate, so it must lie at PayPal; that of the stand-in lies where the stand-in does."""
    host, own = urlsplit(url), urlsplit(settings.PAYPAL_URL)
    at_paypal = host.scheme == "https" and (host.hostname or "").endswith(".paypal.com") and host.port in (None, 443)
    return at_paypal or (host.scheme, host.netloc) == (own.scheme, own.netloc)


def reference_in(resource: Mapping[str, Any]) -> str:
    """Our reference, as far as an event names it."""
    return str(resource.get("custom_id") or first_of(resource.get("purchase_units")).get("custom_id") or "")[:20]


def order_in(resource: Mapping[str, Any], kind: str) -> str:
    """The order of which an event tells."""
    if kind.startswith("CHECKOUT.ORDER."):
        return str(resource.get("id") or "")
    return text_in(resource, "supplementary_data", "related_ids", "order_id")


# ---- Statements --------------------------------------------------------------------------------------------------------------
# By the beginning of its code: developer.paypal.com/docs/transaction-search/transaction-event-codes/
_KINDS = {
    "T00": LineKind.PAYMENT,
    "T11": LineKind.REFUND,
    "T12": LineKind.DISPUTE,
    "T01": LineKind.FEE,
    "T04": LineKind.PAYOUT,
    "T20": LineKind.PAYOUT,
}


def read_rows(said: Said) -> Iterable[StatementRow]:
    """The bookings in an answer; what changed nothing of our balance is left out."""
    for detail in said.body.get("transaction_details") or []:
        info = detail.get("transaction_info", {}) if isinstance(detail, dict) else {}
        kind, money = _KINDS.get(str(info.get("transaction_event_code") or "")[:3]), money_in(info.get("transaction_amount"))
        if kind is None or money is None or info.get("transaction_status") not in ("S", "V"):
            continue
        fee = money_in(info.get("fee_amount"))
        yield StatementRow(
            provider_ref=str(info.get("transaction_id") or ""),
            our_ref=str(info.get("custom_field") or info.get("invoice_id") or ""),
            money=money,
            fee=-fee if fee else None,  # PayPal says what it takes as a negative sum
            at=_time(str(info.get("transaction_initiation_date") or "")),
            kind=kind,
            raw=info,
        )


def _time(text: str) -> datetime:
    """2026-11-26T08:34:19+0000, whose offset has no colon."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError as error:
        raise OutboundError("PayPal: a booking without its time") from error
