"""Time and money: which part of what was paid is not used yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing.models import PlanOrder
from core.money import Money

_TICK = timedelta(microseconds=1)


def share_of(money: Money, *, part: timedelta, whole: timedelta) -> Money:
    """The share of a sum that `part` of `whole` makes, rounded to the minor unit, a half up; at least nothing, at most all of it."""
    length, share = whole // _TICK, min(max(part, timedelta(0)), whole) // _TICK
    return money.allocate([share, length - share])[0] if length > 0 else Money(0, money.currency)


def unused_value(order: PlanOrder, *, now: datetime) -> Money:
    """What the time that an order still has is worth: of what was paid for it in money and in credit of an earlier one."""
    worth = Money(order.amount_minor + order.credit_minor, order.currency)
    return _unused(order, worth, now)


def time_for(order: PlanOrder, *, whole: timedelta) -> timedelta:
    """The part of an interval that the money of an order pays for, without the credit that it was made with."""
    return whole * order.amount_minor // (order.amount_minor + order.credit_minor)


def refund_after_withdrawal(order: PlanOrder, *, now: datetime) -> Money:
    """What goes back when somebody withdraws from a paid order: all of it, less the share of the time that they used, and that only
    if they asked for it expressly to begin before the fourteen days were over (L221-25; else nothing is owed)."""
    if order.immediate_at is None:
        return order.money
    return _unused(order, order.money, now)


def _unused(order: PlanOrder, worth: Money, now: datetime) -> Money:
    if order.period_start is None or order.period_end is None:
        return worth
    whole = order.period_end - order.period_start
    return share_of(worth, part=order.period_end - max(now, order.period_start), whole=whole)
