"""Stripe's events: whether one is Stripe's, and where it points. What it tells is asked for again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.providers.base import BadSignature, Hint
from billing.providers.stripe import is_signed
from billing.providers.stripe_objects import note_of, ref_of

# Younger and older ones are refused: the package of Stripe looks at the past alone.
TOLERANCE = 300
# What we ask to be told.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.upcoming",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
    "payout.paid",
    "payout.failed",
)


def read_event(raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
    """See `PaymentProvider.parse_event`."""
    given = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    if not is_signed(raw, given, settings.STRIPE_WEBHOOK_SECRET):
        raise BadSignature("not signed by Stripe")
    if abs(now.timestamp() - _read_moment(given)) > TOLERANCE:
        raise BadSignature("signed at another time")
    return _read_hint(raw)


def _read_moment(header: str) -> int:
    """The moment of a signature that is right."""
    return next(int(part.partition("=")[2]) for part in header.split(",") if part.strip().startswith("t="))


def _read_hint(raw: bytes) -> Hint:
    try:
        said = json.loads(raw)
        about = said["data"]["object"]
        event_id, kind = str(said["id"]), str(said["type"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("not an event of Stripe") from error
    if not isinstance(about, dict) or not event_id.startswith("evt_"):
        raise ValueError("not an event of Stripe")
    is_session = about.get("object") == "checkout.session"
    return Hint(
        event_id=event_id[:255],
        kind=kind[:80],
        payment_ref=_payment_of(about),
        provider_ref=ref_of(about) if is_session else "",
        api_version=str(said.get("api_version"))[:40],
        subject="" if is_session else ref_of(about),
    )


def _payment_of(about: Mapping[str, Any]) -> str:
    """Our reference of the payment that an object belongs to, where it has a note of it. An invoice has that of its subscription, and
    belongs to the first payment only if it is the first."""
    if about.get("object") != "invoice":
        return note_of(about, "payment")
    parent = about.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    is_first = about.get("billing_reason") == "subscription_create"
    return note_of(details, "payment") if is_first and isinstance(details, dict) else ""
