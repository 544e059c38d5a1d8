"""Changing the interval of a subscription that is paid in advance: what each change costs is shown before; a longer interval is ordered and
begins at once, a shorter one begins when the paid time is over and costs nothing before.

What a provider renews keeps its interval until it is stopped: whoever wants another one stops it and orders anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.models import Price, Subscription
from billing.queries.plans import get_price, list_prices
from billing.queries.subscriptions import find_subscription
from billing.services.quotes import NotNow, Quote, ShorterLater, make_quote


@dataclass(frozen=True, slots=True)
class Change:
    """One price that the subscription could go on at. `quote` is what ordering it now would cost; without one it begins at `begins_at`
    and is paid then."""

    price: Price
    begins_at: datetime
    quote: Quote | None = None
    chosen: bool = False


class NoChange(NotNow):
    """The subscription is not one whose next price is chosen here."""


def list_changes(*, user: User, country: str, now: datetime) -> list[Change]:
    """The changes that this person may make, each with its price. Nothing for what a provider renews."""
    subscription = find_subscription(user=user)
    if subscription is None or subscription.renews:
        return []
    others = [price for price in list_prices(currency=subscription.price.currency) if price.interval != subscription.price.interval]
    found = [_change(user, subscription, price, country, now) for price in others]
    return [change for change in found if change is not None]


def plan_change(*, user: User, price_id: str, now: datetime) -> datetime:
    """Go on at a price when the paid time is over; when that is. What is paid now is not touched.

    Raises:
        PriceNotFound; NoChange: the change is one that is ordered, or none that this person may make.
    """
    price = get_price(public_id=price_id)
    subscription = find_subscription(user=user)
    if subscription is None or subscription.renews:
        raise NoChange(now)
    try:
        make_quote(user=user, price=price, country="", now=now)
    except ShorterLater as later:
        with transaction.atomic():
            Subscription.objects.filter(pk=subscription.pk).update(next_price=price)
        return later.until
    raise NoChange(subscription.period_end)


def _change(user: User, subscription: Subscription, price: Price, country: str, now: datetime) -> Change | None:
    try:
        quote = make_quote(user=user, price=price, country=country, now=now)
    except ShorterLater as later:
        return Change(price, later.until, chosen=subscription.next_price_id == price.pk)
    except NotNow:
        return None
    return Change(price, quote.starts_at, quote)
