"""What an order of a plan would cost and change, before anything is promised: every line of it is shown, and what is ordered is what was
shown."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from billing.deadlines import add_interval, withdrawal_deadline
from billing.enums import Interval, OrderKind, SubscriptionState
from billing.models import Coupon, PlanOrder, Price, Subscription
from billing.queries.orders import list_living_orders, list_renewing
from billing.queries.subscriptions import find_subscription
from billing.queries.taxpayers import is_company_known
from billing.queries.vat import VatSplit
from billing.services.coupons import CouponRefused, Why, check_coupon, discount_of, find_running
from billing.services.entitling import PREPAID_GRACE
from billing.services.proration import unused_value
from billing.services.stripe_changes import ChangeRefused, ask_cost
from billing.services.trials import find_trial_end
from billing.services.vat import split_vat
from core.money import Money

# Nobody needs to pay for more than about a year ahead; whoever does has pressed a button once too often.
FAR_AHEAD = timedelta(days=366)


class NotNow(Exception):
    """This order makes no sense as the subscription stands; `until` is when that is over."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class RenewsAlready(NotNow):
    """The subscription is renewed by its provider: nothing is to be ordered beside it."""


class PaidFarAhead(NotNow):
    """More than a year is paid already."""


class OtherCurrency(NotNow):
    """What is left of the subscription was paid in another currency."""


class ShorterLater(NotNow):
    """A shorter interval begins when the paid one is over: nothing is to be paid now."""


class ChangeBarred(NotNow):
    """The subscription that a provider renews takes no change as it stands: it is cancelled, or its last renewal is not paid."""


class CannotRenew(Exception):
    """No provider of this house renews a subscription in that currency."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole of an order before it is one. `starts_at` and `ends_at` hold when it is paid at once and begins at once; without the
    express request it begins at `deadline`, when the days of withdrawal are over."""

    price: Price
    kind: OrderKind
    renews: bool
    credit: Money
    discount: Money
    due: Money
    vat: VatSplit
    coupon: Coupon | None
    credited: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    deadline: datetime
    changes: Subscription | None = None  # what a provider renews already, and would renew at this price

    @property
    def begins_at_once(self) -> bool:
        """Whether it cannot wait for the days of withdrawal, so that it needs the express request."""
        return self.renews or self.kind == OrderKind.UPGRADE

    @property
    def digest(self) -> str:
        """What the form sends back, so that nobody orders at another price than the one they read."""
        sums = (self.credit, self.discount, self.due, self.vat.net)
        shown = [self.price.public_id, self.kind, self.renews, *(money.amount_minor for money in sums)]
        shown += [self.coupon.code if self.coupon else "", self.vat.rate_bp, self.vat.country, self.vat.treatment]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def make_quote(*, user: User, price: Price, coupon_code: str = "", renews: bool = False, country: str, now: datetime) -> Quote:
    """What this person would pay for `price` now, and what it would do; nothing is written. `renews`: by a provider that renews it. For
    whom one does so already that is another duration, whose cost the provider is asked for.

    Raises:
        RenewsAlready, PaidFarAhead, OtherCurrency, ShorterLater, ChangeBarred, CannotRenew, CouponRefused, NoVatRule.
        NotReached: the provider could not be asked.
    """
    subscription = find_subscription(user=user)
    if renews and subscription is not None and subscription.renews:
        return _quote_change(user, subscription, price, country, now)
    if renews:
        _check_renewing(subscription, price)
    living = _living_orders(subscription, price, now)
    kind = _kind_of(subscription, living, price)
    credited = living if kind == OrderKind.UPGRADE else []
    base = price.money
    credit = sum((unused_value(order, now=now) for order in credited), Money(0, price.currency))
    if subscription is not None and base < credit:
        raise PaidFarAhead(subscription.period_end)
    rest = base - credit
    coupon = _coupon_for(user, price, coupon_code, rest if renews else None, now)
    discount = discount_of(coupon, rest) if coupon else Money(0, price.currency)
    due = rest - discount
    starts_at = _start(user, subscription, kind, now)
    return Quote(
        price=price,
        kind=kind,
        renews=renews,
        credit=credit,
        discount=discount,
        due=due,
        vat=_vat_of(due, user, price, country, now),
        coupon=coupon,
        credited=tuple(order.pk for order in credited),
        starts_at=starts_at,
        ends_at=add_interval(starts_at, price.interval),
        deadline=withdrawal_deadline(now),
    )


def _quote_change(user: User, subscription: Subscription, price: Price, country: str, now: datetime) -> Quote:
    """A longer duration for what a provider renews, from the second of now on: the credit is what the provider counts, coupons that run
    there included."""
    _check_change(subscription, price)
    at = now.replace(microsecond=0)
    try:
        cost = ask_cost(subscription=subscription, price=price, at=at)
    except ChangeRefused as refused:
        raise ChangeBarred(subscription.period_end) from refused
    credit = price.money - cost.discount - cost.due
    if cost.due.amount_minor <= 0 or credit.amount_minor < 0:  # money moves there that no order of ours explains
        raise ChangeBarred(subscription.period_end)
    return Quote(
        price=price,
        kind=OrderKind.UPGRADE,
        renews=True,
        credit=credit,
        discount=cost.discount,
        due=cost.due,
        vat=_vat_of(cost.due, user, price, country, now),
        coupon=None,
        credited=(),
        starts_at=at,
        ends_at=add_interval(at, price.interval),
        deadline=withdrawal_deadline(now),
        changes=subscription,
    )


def _check_change(subscription: Subscription, price: Price) -> None:
    if subscription.price.interval == price.interval:
        raise RenewsAlready(subscription.period_end)
    if subscription.price.currency != price.currency:
        raise OtherCurrency(subscription.period_end)
    if subscription.state != SubscriptionState.ACTIVE or subscription.cancel_at_period_end:
        raise ChangeBarred(subscription.period_end)
    if price.interval == Interval.MONTH:
        raise ShorterLater(subscription.period_end)


def _vat_of(due: Money, user: User, price: Price, country: str, now: datetime) -> VatSplit:
    return split_vat(due, country=country, kind=price.tax, on=now.date(), reverse_charge=is_company_known(user=user, now=now))


def _check_renewing(subscription: Subscription | None, price: Price) -> None:
    if not list_renewing(currency=price.currency):
        raise CannotRenew(price.currency)
    if subscription is not None:
        raise PaidFarAhead(subscription.period_end)


def _living_orders(subscription: Subscription | None, price: Price, now: datetime) -> list[PlanOrder]:
    """What is paid in advance and not used up, when an order of `price` may follow it."""
    if subscription is None:
        return []
    if subscription.renews:
        raise RenewsAlready(subscription.period_end)
    living = list_living_orders(subscription=subscription, now=now)
    if any(order.currency != price.currency for order in living):
        raise OtherCurrency(subscription.period_end)
    if subscription.period_end - now > FAR_AHEAD:
        raise PaidFarAhead(subscription.period_end)
    return living


def _kind_of(subscription: Subscription | None, living: list[PlanOrder], price: Price) -> OrderKind:
    lengths = {order.price.interval for order in living}
    if subscription is not None and price.interval == Interval.MONTH and Interval.YEAR in lengths:
        raise ShorterLater(subscription.period_end)
    if price.interval == Interval.YEAR and lengths == {Interval.MONTH}:
        return OrderKind.UPGRADE
    return OrderKind.NEW if subscription is None else OrderKind.RENEWAL


def _coupon_for(user: User, price: Price, code: str, renewing: Money | None, now: datetime) -> Coupon | None:
    """The coupon that was typed, or one that still runs. Of what a provider renews (`renewing`: its first sum) something has to be left
    by which it can begin."""
    coupon = check_coupon(user=user, code=code, price=price, now=now) if code else find_running(user=user, price=price)
    if coupon is None or renewing is None or discount_of(coupon, renewing) < renewing:
        return coupon
    if code:
        raise CouponRefused(Why.OTHER_PLAN)
    return None


def _start(user: User, subscription: Subscription | None, kind: OrderKind, now: datetime) -> datetime:
    """An upgrade begins now, a prolongation where the paid time ends (days of grace were used, so they count), anything else after a
    trial."""
    if kind == OrderKind.UPGRADE:
        return now
    if subscription is not None and subscription.period_end + PREPAID_GRACE > now:
        return subscription.period_end
    return max(now, find_trial_end(user_id=user.pk, now=now) or now)
