"""Changing the interval of a subscription: what each change costs is shown before; a longer interval is ordered and begins at once, a
shorter one begins when the paid time is over and costs nothing before.

What a provider renews is changed there: it is asked what a change costs, and it keeps the change that waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from billing.models import Price, Subscription
from billing.queries.plans import get_price, list_prices
from billing.queries.subscriptions import find_subscription
from billing.services.quotes import NotNow, Quote, ShorterLater, make_quote
from billing.services.stripe_changes import ChangeRefused, can_change, change_later, change_nothing


@dataclass(frozen=True, slots=True)
class Change:
    """One price that the subscription could go on at. `quote` is what ordering it now would cost; without one it begins at `begins_at`
    and is paid then."""

    price: Price
    begins_at: datetime
    quote: Quote | None = None
    chosen: bool = False


class NoChange(NotNow):
    """The subscription is not one whose next price is chosen so."""


def list_changes(*, user: User, country: str, now: datetime) -> list[Change]:
    """The changes that this person may make, each with its price.

    Raises:
        NotReached: what a change costs is for the provider to say, and it does not answer.
    """
    subscription = find_subscription(user=user)
    if subscription is None or (subscription.renews and not can_change(subscription)):
        return []
    others = [price for price in list_prices(currency=subscription.price.currency) if price.interval != subscription.price.interval]
    found = [_change(user, subscription, price, country, now) for price in others]
    return [change for change in found if change is not None]


def plan_change(*, user: User, price_id: str, now: datetime) -> datetime:
    """Go on at a price when the paid time is over; when that is. What is paid now is not touched.

    Raises:
        PriceNotFound; NoChange: the change is one that is ordered, or none that this person may make.
        NotReached: the provider that renews it does not answer.
    """
    price = get_price(public_id=price_id)
    subscription = _demand(user, now)
    try:
        make_quote(user=user, price=price, renews=subscription.renews, country="", now=now)
    except ShorterLater as later:
        _keep(subscription, price, now)
        return later.until
    except NotNow as reason:
        raise NoChange(reason.until) from reason
    raise NoChange(subscription.period_end)


def drop_change(*, user: User, now: datetime) -> None:
    """Go on at the price of today after all. Done twice, it is once.

    Raises:
        NoChange: there is no subscription to go on with. NotReached.
    """
    _keep(_demand(user, now), None, now)


def _demand(user: User, now: datetime) -> Subscription:
    subscription = find_subscription(user=user)
    if subscription is None:
        raise NoChange(now)
    return subscription


def _keep(subscription: Subscription, price: Price | None, now: datetime) -> None:
    if not subscription.renews:
        Subscription.objects.filter(pk=subscription.pk).update(next_price=price)
        return
    try:
        if price is not None:
            change_later(subscription=subscription, price=price, now=now)
        else:
            change_nothing(subscription=subscription, now=now)
    except ChangeRefused as refused:
        raise NoChange(subscription.period_end) from refused


def _change(user: User, subscription: Subscription, price: Price, country: str, now: datetime) -> Change | None:
    try:
        quote = make_quote(user=user, price=price, renews=subscription.renews, country=country, now=now)
    except ShorterLater as later:
        return Change(price, later.until, chosen=subscription.next_price_id == price.pk)
    except NotNow:
        return None
    return Change(price, quote.starts_at, quote)
