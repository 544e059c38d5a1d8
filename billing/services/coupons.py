"""Coupons: looked at without being used, used once a person by a conditional UPDATE, and given back when nothing came of the order."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from billing.enums import CouponDuration, OrderState
from billing.models import Coupon, CouponRedemption, PlanOrder, Price
from core.money import Money
from core.ratelimit import hit

TRIES_PER_HOUR = 10
_LENGTH = 24


class Why(Enum):
    """Why a code makes nothing cheaper."""

    UNKNOWN = "UNKNOWN"
    NOT_NOW = "NOT_NOW"
    USED_UP = "USED_UP"
    USED = "USED"
    OTHER_PLAN = "OTHER_PLAN"
    OTHER_CURRENCY = "OTHER_CURRENCY"
    NOT_FIRST = "NOT_FIRST"


class CouponRefused(ValueError):
    """The code does not count for this person, this price, or now; `why` says which."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


def normalise(code: str) -> str:
    """A code as it is stored: capitals, without blanks; at most 24 characters."""
    return "".join(code.upper().split())[:_LENGTH]


def try_code(*, user: User, code: str, now: datetime) -> Coupon:
    """A code that somebody typed, if there is one that counts for this person now; at most ten tries an hour, so that nobody guesses.

    Raises:
        RateLimited, CouponRefused.
    """
    hit("coupon", user.public_id, limit=TRIES_PER_HOUR, seconds=3600)
    coupon = _find(code)
    _check(coupon, user, now)
    return coupon


def check_coupon(*, user: User, code: str, price: Price, now: datetime) -> Coupon:
    """The coupon of a code, if it makes this price cheaper for this person now; nothing is used.

    Raises:
        CouponRefused.
    """
    coupon = _find(code)
    _check(coupon, user, now)
    plans = set(coupon.plans.values_list("pk", flat=True))
    if plans and price.plan_id not in plans:
        raise CouponRefused(Why.OTHER_PLAN)
    if coupon.currency and coupon.currency != price.currency:
        raise CouponRefused(Why.OTHER_CURRENCY)
    return coupon


def find_running(*, user: User, price: Price) -> Coupon | None:
    """A coupon that this person used before and that counts for the next period as well, the one that takes off most."""
    used = CouponRedemption.objects.filter(user=user, coupon__active=True).filter(_is_left()).select_related("coupon")
    fitting = [row.coupon for row in used if row.coupon.currency in ("", price.currency)]
    return max(fitting, key=lambda coupon: discount_of(coupon, price.money).amount_minor, default=None)


def discount_of(coupon: Coupon, money: Money) -> Money:
    """What a coupon takes off a sum: its share rounded, a half up, or its amount; never more than the sum."""
    if coupon.percent is not None:
        return money.allocate([coupon.percent, 100 - coupon.percent])[0]
    return Money(min(coupon.amount_minor or 0, money.amount_minor), money.currency)


@transaction.atomic
def redeem(*, coupon: Coupon, user: User, now: datetime) -> None:
    """Use a coupon for one order, in the transaction of the order.

    Raises:
        CouponRefused: the last one went to somebody else meanwhile, or this person has used it.
    """
    _take_turns(coupon)
    again = CouponRedemption.objects.filter(_is_left(), coupon=coupon, user=user)
    if again.update(times=F("times") + 1):
        return
    try:
        with transaction.atomic():
            CouponRedemption.objects.create(coupon=coupon, user=user, redeemed_at=now)
    except IntegrityError as error:
        raise CouponRefused(Why.USED) from error
    if not Coupon.objects.filter(_has_room(), pk=coupon.pk, active=True).update(redeemed=F("redeemed") + 1):
        raise CouponRefused(Why.USED_UP)


@transaction.atomic
def reclaim(*, coupon: Coupon, user: User, now: datetime) -> None:
    """An order that was given up is paid after all, at the price that it had: its coupon is used again, even where it went to the last
    person meanwhile."""
    _take_turns(coupon)
    _row, is_new = CouponRedemption.objects.get_or_create(coupon=coupon, user=user, defaults={"redeemed_at": now})
    if is_new:
        room = Coupon.objects.filter(_has_room(), pk=coupon.pk)
        room.update(redeemed=F("redeemed") + 1)


@transaction.atomic
def release(*, coupon: Coupon, user: User) -> None:
    """Give back one use of a coupon, because nothing came of its order."""
    _take_turns(coupon)
    rows = CouponRedemption.objects.filter(coupon=coupon, user=user)
    if rows.filter(times__gt=1).update(times=F("times") - 1):
        return
    if rows.delete()[0]:
        Coupon.objects.filter(pk=coupon.pk, redeemed__gt=0).update(redeemed=F("redeemed") - 1)


def _take_turns(coupon: Coupon) -> None:
    """Wait for whoever uses this coupon. A new row locks it for reading alone, and two who then count block each other."""
    Coupon.objects.select_for_update().get(pk=coupon.pk)


def _find(code: str) -> Coupon:
    coupon = Coupon.objects.filter(code=normalise(code)).first()
    if coupon is None or not coupon.active:
        raise CouponRefused(Why.UNKNOWN)
    return coupon


def _check(coupon: Coupon, user: User, now: datetime) -> None:
    if now < coupon.starts_at or (coupon.ends_at is not None and now >= coupon.ends_at):
        raise CouponRefused(Why.NOT_NOW)
    mine = CouponRedemption.objects.filter(coupon=coupon, user=user)
    if mine.exists():
        if not mine.filter(_is_left()).exists():
            raise CouponRefused(Why.USED)
    elif coupon.max_redemptions is not None and coupon.redeemed >= coupon.max_redemptions:
        raise CouponRefused(Why.USED_UP)
    elif coupon.first_purchase_only and _has_bought(user):
        raise CouponRefused(Why.NOT_FIRST)


def _has_bought(user: User) -> bool:
    return PlanOrder.objects.filter(user=user, state__in=(OrderState.PAID, OrderState.REPLACED)).exists()


def _is_left() -> Q:
    """Redemptions that count for one order more."""
    forever, repeating = Q(coupon__duration=CouponDuration.FOREVER), Q(coupon__duration=CouponDuration.REPEATING)
    return forever | (repeating & Q(times__lt=F("coupon__periods")))


def _has_room() -> Q:
    return Q(max_redemptions__isnull=True) | Q(redeemed__lt=F("max_redemptions"))
