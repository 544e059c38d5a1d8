"""The one place that speaks Stripe's own package: calls in, plain dictionaries or our errors out.

One version of the interface is said with every call, that of the document which the tests hold us against; the package would say another
one of itself. All goes out through core.http. Never run against the live service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from core.http import OutboundError, call

VERSION = "2026-08-26.dahlia"
SECONDS = 30.0
_MAX_BYTES = 8 * 1024 * 1024  # a hundred invoices with what they expand to
_PAGE = 100
# What is said to Stripe and no more: its package would add what it runs on.
_HEADERS = frozenset({"authorization", "content-type", "idempotency-key", "stripe-version"})
_KEYS = (stripe.AuthenticationError, stripe.PermissionError)

Said = dict[str, Any]

stripe.enable_telemetry = False


class Denied(OutboundError):
    """Stripe said no, and has done nothing."""

    def __init__(self, code: str, *, retry_later: bool = False, alert: bool = False) -> None:
        super().__init__(code)
        self.code, self.retry_later, self.alert = code[:48], retry_later, alert


class NoAnswer(OutboundError):
    """Stripe failed while it was at it, or said what cannot be read: nobody knows what it did."""


class _Transport(stripe.HTTPClient):
    """Stripe's package over core.http: one try, one host, an end to time and size."""

    name = "core.http"

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: list[str] | None = None
    ) -> tuple[str, int, Mapping[str, str]]:
        kept = {name: value for name, value in (headers or {}).items() if name.lower() in _HEADERS}
        content = post_data.encode() if isinstance(post_data, str) and post_data else None
        answer = call(method.upper(), url, headers=kept, content=content, max_bytes=_MAX_BYTES, seconds=SECONDS)
        return answer.body.decode("utf-8", "replace"), answer.status, {}

    def close(self) -> None:
        """Nothing is kept open."""


@contextmanager
def _asking() -> Iterator[None]:
    """Stripe's errors under our names. Those of core.http pass as they are."""
    try:
        yield
    except _KEYS as error:
        raise Denied("KEYS_REFUSED", retry_later=True, alert=True) from error
    except stripe.RateLimitError as error:
        raise Denied("RATE_LIMIT", retry_later=True) from error
    except stripe.CardError as error:
        raise Denied(str(error.code or "CARD_ERROR")) from error
    except stripe.InvalidRequestError as error:
        raise Denied(str(error.code or "INVALID_REQUEST"), alert=True) from error
    except stripe.StripeError as error:  # 5xx, 409, a key with other parameters, no JSON
        raise NoAnswer(f"{type(error).__name__} {error.http_status}") from error


class Gateway:
    """The calls that this house makes. Each may raise Denied, NoAnswer, or another OutboundError.

    A `key` is Stripe's Idempotency-Key: the first answer to it is given again for 24 hours, one that failed too.
    """

    def __init__(self, *, url: str, key: str) -> None:
        self._stripe = stripe.StripeClient(
            key, stripe_version=VERSION, base_addresses={"api": url}, max_network_retries=0, http_client=_Transport()
        ).v1

    # ---- Checkout ------------------------------------------------------------------------------------------------------------
    def create_session(self, params: Any, *, key: str) -> Said:
        """A page on which somebody pays."""
        with _asking():
            return self._stripe.checkout.sessions.create(params, {"idempotency_key": key}).to_dict()

    def get_session(self, ref: str) -> Said:
        """With its intent, and the payments of its first invoice."""
        with _asking():
            return self._stripe.checkout.sessions.retrieve(ref, {"expand": ["payment_intent", "invoice.payments"]}).to_dict()

    def list_sessions(self, *, since: int, until: int) -> Iterator[Said]:
        """Those made between two moments."""
        with _asking():
            found = self._stripe.checkout.sessions.list({"created": {"gte": since, "lte": until}, "limit": _PAGE})
            yield from (one.to_dict() for one in found.auto_paging_iter())

    def find_price(self, lookup_key: str) -> Said | None:
        """The price on offer of that name."""
        with _asking():
            found = self._stripe.prices.list({"lookup_keys": [lookup_key], "active": True, "limit": 1})
        return found.data[0].to_dict() if found.data else None

    def create_price(self, params: Any, *, key: str) -> Said:
        """A price, and the product that it is of."""
        with _asking():
            return self._stripe.prices.create(params, {"idempotency_key": key}).to_dict()

    def create_coupon(self, params: Any, *, key: str) -> Said:
        """What makes one order cheaper."""
        with _asking():
            return self._stripe.coupons.create(params, {"idempotency_key": key}).to_dict()

    # ---- Money back, disputes, warnings ------------------------------------------------------------------------------------------
    def create_refund(self, params: Any, *, key: str) -> Said:
        """Send money back."""
        with _asking():
            return self._stripe.refunds.create(params, {"idempotency_key": key}).to_dict()

    def get_refund(self, ref: str) -> Said:
        """How money that goes back stands."""
        with _asking():
            return self._stripe.refunds.retrieve(ref).to_dict()

    def list_refunds(self, *, intent: str) -> Iterator[Said]:
        """All that went back of one payment."""
        with _asking():
            found = self._stripe.refunds.list({"payment_intent": intent, "limit": _PAGE})
            yield from (one.to_dict() for one in found.auto_paging_iter())

    def get_dispute(self, ref: str) -> Said:
        """What a bank asks back."""
        with _asking():
            return self._stripe.disputes.retrieve(ref).to_dict()

    def get_warning(self, ref: str) -> Said:
        """What a bank takes for fraud."""
        with _asking():
            return self._stripe.radar.early_fraud_warnings.retrieve(ref).to_dict()

    def list_movements(self, *, since: int, before: int) -> Iterator[Said]:
        """What was booked between two moments, with what it was about."""
        with _asking():
            found = self._stripe.balance_transactions.list(
                {"created": {"gte": since, "lt": before}, "limit": _PAGE, "expand": ["data.source"]}
            )
            yield from (one.to_dict() for one in found.auto_paging_iter())

    # ---- Subscriptions -----------------------------------------------------------------------------------------------------------
    def get_subscription(self, ref: str) -> Said:
        """A subscription."""
        with _asking():
            return self._stripe.subscriptions.retrieve(ref).to_dict()

    def stop_renewing(self, ref: str) -> Said:
        """Let it end with its period. What only sets a flag needs no key."""
        with _asking():
            return self._stripe.subscriptions.update(ref, {"cancel_at_period_end": True}).to_dict()

    def cancel_subscription(self, ref: str) -> Said:
        """End it now. To end it twice is refused, so it needs no key."""
        with _asking():
            return self._stripe.subscriptions.cancel(ref).to_dict()

    def preview_invoice(self, params: Any) -> Said:
        """The invoice that a change would bring; nothing is made."""
        with _asking():
            return self._stripe.invoices.create_preview(params).to_dict()

    def change_subscription(self, ref: str, params: Any, *, key: str) -> Said:
        """Another price from now on. With the invoice that asks for it."""
        expanded: Any = {**params, "expand": ["latest_invoice"]}
        with _asking():
            return self._stripe.subscriptions.update(ref, expanded, {"idempotency_key": key}).to_dict()

    def create_schedule(self, subscription: str) -> Said:
        """The plan of a subscription, to write a change into. A subscription has one at most, so it needs no key."""
        with _asking():
            return self._stripe.subscription_schedules.create({"from_subscription": subscription}).to_dict()

    def update_schedule(self, ref: str, params: Any) -> Said:
        """What changes when. The same again changes nothing."""
        with _asking():
            return self._stripe.subscription_schedules.update(ref, params).to_dict()

    def get_schedule(self, ref: str) -> Said:
        """What changes when, with the prices that it leads to."""
        with _asking():
            return self._stripe.subscription_schedules.retrieve(ref, {"expand": ["phases.items.price"]}).to_dict()

    def release_schedule(self, ref: str) -> Said:
        """Nothing will change after all."""
        with _asking():
            return self._stripe.subscription_schedules.release(ref).to_dict()

    def get_invoice(self, ref: str) -> Said:
        """An invoice with its payments."""
        with _asking():
            return self._stripe.invoices.retrieve(ref, {"expand": ["payments"]}).to_dict()

    def get_intent(self, ref: str) -> Said:
        """How a payment stands."""
        with _asking():
            return self._stripe.payment_intents.retrieve(ref).to_dict()

    def delete_customer(self, ref: str) -> Said:
        """Forget somebody, their cards and what renews for them. To forget them twice is refused, so it needs no key."""
        with _asking():
            return self._stripe.customers.delete(ref).to_dict()

    def get_customer(self, ref: str) -> Said:
        """Somebody who pays; of one who was forgotten the id alone, and `deleted`."""
        with _asking():
            return self._stripe.customers.retrieve(ref).to_dict()

    def create_portal(self, params: Any) -> Said:
        """Stripe's own page about a subscription, for some minutes; a second one harms nobody."""
        with _asking():
            return self._stripe.billing_portal.sessions.create(params).to_dict()

    # ---- Where Stripe knocks -------------------------------------------------------------------------------------------------------
    def create_endpoint(self, *, url: str, events: Sequence[str], key: str) -> Said:
        """An address of ours for Stripe's events, in our version. The answer alone holds its secret."""
        params: Any = {"url": url, "enabled_events": list(events), "api_version": VERSION}
        with _asking():
            return self._stripe.webhook_endpoints.create(params, {"idempotency_key": key}).to_dict()


def is_signed(raw: bytes, header: str, secret: str) -> bool:
    """Whether the body was signed with the secret of our endpoint; says nothing about when."""
    try:
        return bool(stripe.WebhookSignature.verify_header(raw, header, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


@lru_cache(maxsize=2)
def _open(url: str, key: str) -> Gateway:
    return Gateway(url=url, key=key)


def open_gateway() -> Gateway:
    """The gateway of the settings."""
    return _open(settings.STRIPE_URL, settings.STRIPE_KEY)
