"""Another duration for what Stripe renews: what it would cost, and one that waits for the end of the period. Asked of Stripe each time;
nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from billing.enums import Provider
from billing.models import Price, Subscription
from billing.providers.stripe import Denied, Gateway
from billing.providers.stripe_changes import ChangeCost, change_at_end, keep_price, preview_change
from billing.providers.stripe_payments import open_stripe
from billing.services.stripe_asking import ask_stripe
from billing.services.stripe_sync import sync_subscription


class ChangeRefused(Exception):
    """Stripe takes no such change of this subscription as it stands."""


def can_change(subscription: Subscription) -> bool:
    """Whether Stripe can be asked at all: it renews this under a name that we know, and this house has keys for it."""
    return subscription.provider == Provider.STRIPE and subscription.provider_ref is not None and open_stripe() is not None


def ask_cost(*, subscription: Subscription, price: Price, at: datetime) -> ChangeCost:
    """What going over to `price` would cost now, with unused time credited up to `at`.

    Raises:
        ChangeRefused, NotReached.
    """
    ref = _ref_of(subscription)
    try:
        return ask_stripe(lambda gateway: preview_change(gateway, ref=ref, price=price, at=at))
    except Denied as denied:
        raise ChangeRefused(denied.code) from denied


def change_later(*, subscription: Subscription, price: Price, now: datetime) -> None:
    """Have Stripe go over to `price` when the paid period is over; nothing is asked for before.

    Raises:
        ChangeRefused, NotReached.
    """
    _write(subscription, lambda gateway, ref: change_at_end(gateway, ref=ref, price=price), now)


def change_nothing(*, subscription: Subscription, now: datetime) -> None:
    """Have Stripe go on at the price of today after all.

    Raises:
        ChangeRefused, NotReached.
    """
    _write(subscription, lambda gateway, ref: keep_price(gateway, ref=ref), now)


def _write(subscription: Subscription, deed: Callable[[Gateway, str], None], now: datetime) -> None:
    """Do it there, and take over how it stands there then."""
    ref = _ref_of(subscription)
    try:
        ask_stripe(lambda gateway: deed(gateway, ref))
    except Denied as denied:
        raise ChangeRefused(denied.code) from denied
    sync_subscription(ref=ref, now=now)


def _ref_of(subscription: Subscription) -> str:
    if subscription.provider_ref is None or not can_change(subscription):
        raise ChangeRefused(subscription.reference)
    return subscription.provider_ref
