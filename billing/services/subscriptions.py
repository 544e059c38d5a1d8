"""Subscriptions that are paid in advance: each settled payment moves the end by one interval, and nothing renews by itself.

Whoever locks takes the order first, then the subscription.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from billing.deadlines import add_interval, withdrawal_deadline
from billing.enums import OrderKind, OrderState, PaymentState, RefundReason, SubscriptionState
from billing.models import Payment, PlanOrder, Subscription
from billing.queries.orders import list_living_orders
from billing.services.alarms import Alarm, raise_alarm
from billing.services.coupons import reclaim
from billing.services.entitling import PREPAID_GRACE, end_at, end_subscription, give_order
from billing.services.proration import time_for
from billing.services.refunds import refund_whole
from billing.services.renewing import sync_provider_subscription
from billing.services.trials import find_trial_end
from billing.services.writing import write_order_letter

__all__ = ["NoSuchOrder", "extend_subscription", "lay_out", "not_before", "settle_order", "sync_provider_subscription"]


class NoSuchOrder(LookupError):
    """The payment names no order of a plan."""


@transaction.atomic
def extend_subscription(*, payment_id: int, now: datetime) -> Subscription | None:
    """Deliver what a payment paid for: its order becomes paid, and its period is added to the person's subscription.

    Told twice it does so once. An order that was given up is delivered all the same; one that another payment has paid, that was
    withdrawn from, or whose account is closed, is not: the money goes back, and None is returned. A payment that has not succeeded, or
    is not of the sum and the person of its order, delivers nothing and wakes the team.

    Raises:
        NoSuchOrder.
    """
    payment = Payment.objects.get(pk=payment_id)
    order = PlanOrder.objects.of_subject(payment.subject_key).select_for_update().first()
    if order is None:
        raise NoSuchOrder(payment.subject_key)
    if order.payment_id == payment.pk:
        return order.subscription
    if not _agrees(payment, order):
        raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, now=now)
        return None
    if order.state not in (OrderState.ORDERED, OrderState.EXPIRED) or not _has_owner(order):
        _give_back(payment, order, now)
        return None
    return settle_order(order=order, payment=payment, now=now)


def settle_order(*, order: PlanOrder, payment: Payment | None, now: datetime) -> Subscription:
    """Make an order paid, with its payment or for nothing, and lay its period behind what was paid before. In the caller's transaction,
    which holds the order."""
    assert order.user_id is not None
    if order.state == OrderState.EXPIRED and order.coupon is not None and order.user is not None:
        reclaim(coupon=order.coupon, user=order.user, now=now)
    subscription, is_new = _get_open(order, payment, now)
    replaced = _credited(order, subscription, now) if order.kind == OrderKind.UPGRADE else []
    order.period_start, order.period_end = _period(order, None if is_new else subscription, replaced, now)
    order.state, order.paid_at, order.payment, order.subscription = OrderState.PAID, now, payment, subscription
    order.save(update_fields=["state", "paid_at", "payment", "subscription", "period_start", "period_end"])
    give_order(order)
    for earlier in replaced:
        _replace(earlier, order, now)
    if is_new or not subscription.renews:  # one that its provider renews has its period from there
        lay_out(subscription=subscription, now=now)
    if not (order.renews and order.kind == OrderKind.RENEWAL):  # nobody has ordered anything: the receipt tells
        write_order_letter(order=order, now=now)
    return subscription


def lay_out(*, subscription: Subscription, now: datetime) -> None:
    """Put the paid periods of a subscription that is paid in advance one behind the other, after one came or went: what has begun stays,
    what has not moves up. The subscription then ends where they end; with none left it ends now."""
    living = list_living_orders(subscription=subscription, now=now)
    cursor = _after_trial(subscription.user_id, now)
    for order in living:
        assert order.period_start is not None
        assert order.period_end is not None
        if order.period_start > now:
            length = order.period_end - order.period_start
            start = max(cursor, not_before(order))
            if start != order.period_start:
                order.period_start, order.period_end = start, start + length
                order.save(update_fields=["period_start", "period_end"])
                give_order(order)
        cursor = max(cursor, order.period_end)
    _follow(subscription, living, now)


def not_before(order: PlanOrder) -> datetime:
    """The earliest moment at which an order may begin: at once if that was asked for, else when the days of withdrawal are over."""
    return order.ordered_at if order.immediate_at else withdrawal_deadline(order.ordered_at)


def _follow(subscription: Subscription, living: list[PlanOrder], now: datetime) -> None:
    if not living:
        end_subscription(subscription=subscription, now=now)
        return
    ends = [order.period_end for order in living if order.period_end]
    first, last = living[0], max(living, key=lambda order: order.period_end or now)
    subscription.state, subscription.due_since = SubscriptionState.ACTIVE, None
    subscription.period_start, subscription.period_end = first.period_start or now, max(ends)
    subscription.price = last.price
    fields = ["state", "due_since", "period_start", "period_end", "price"]
    subscription.save(update_fields=fields)


def _agrees(payment: Payment, order: PlanOrder) -> bool:
    same = (payment.amount_minor, payment.currency, payment.payer_id) == (order.amount_minor, order.currency, order.user_id)
    return payment.state == PaymentState.SUCCEEDED and same


def _has_owner(order: PlanOrder) -> bool:
    return order.user is not None and order.user.is_active


def _give_back(payment: Payment, order: PlanOrder, now: datetime) -> None:
    paid_twice = order.payment_id is not None
    reason = RefundReason.DUPLICATE if paid_twice else RefundReason.LATE_SUCCESS
    refund_whole(payment_id=payment.pk, reason=reason, now=now)
    raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, now=now)


def _get_open(order: PlanOrder, payment: Payment | None, now: datetime) -> tuple[Subscription, bool]:
    """The person's open subscription under a lock, and whether it was made now. Two first payments of the same moment make one."""
    key = str(order.user_id)
    found = Subscription.objects.select_for_update().filter(open_key=key).first()
    if found is not None:
        return _taken_up(found), False
    try:
        with transaction.atomic():
            made = Subscription.objects.create(
                reference=order.reference,
                user_id=order.user_id,
                price=order.price,
                provider=payment.provider if payment else "",
                renews=order.renews,
                state=SubscriptionState.ACTIVE,
                period_start=now,
                period_end=now,
                open_key=key,
                created_at=now,
            )
    except IntegrityError:
        return _taken_up(Subscription.objects.select_for_update().get(open_key=key)), False
    return made, True


def _taken_up(subscription: Subscription) -> Subscription:
    """Whoever pays again has changed their mind about leaving, and about another price."""
    if not subscription.renews and (subscription.cancel_at_period_end or subscription.next_price_id):
        subscription.cancel_at_period_end, subscription.canceled_at, subscription.next_price = False, None, None
        subscription.save(update_fields=["cancel_at_period_end", "canceled_at", "next_price"])
    return subscription


def _credited(order: PlanOrder, subscription: Subscription, now: datetime) -> list[PlanOrder]:
    """The orders whose unused time the upgrade was credited with: those that were paid when it was ordered, and still stand."""
    living = list_living_orders(subscription=subscription, now=now)
    before = [one for one in living if one.paid_at is not None and one.paid_at <= order.ordered_at]
    return [one for one in before if one.price.interval != order.price.interval]  # another upgrade is not what this one was credited with


def _period(order: PlanOrder, subscription: Subscription | None, replaced: list[PlanOrder], now: datetime) -> tuple[datetime, datetime]:
    """From when until when an order gives what it gives; `subscription` is what it follows, None for the first."""
    if order.renews:
        return _period_there(order, subscription, now)
    if order.kind == OrderKind.UPGRADE and replaced:
        return now, add_interval(now, order.price.interval)
    begin = max(_after_trial(order.user_id, now), not_before(order))
    if subscription is not None and subscription.period_end + PREPAID_GRACE > now:
        # days of grace were used, so they count
        begin = subscription.period_end if order.immediate_at else max(begin, subscription.period_end)
    end = add_interval(begin, order.price.interval)
    if order.credit_minor and not replaced:  # another order has used that credit meanwhile: time for what was paid, and no more
        end = begin + time_for(order, whole=end - begin)
    return begin, end


def _period_there(order: PlanOrder, subscription: Subscription | None, now: datetime) -> tuple[datetime, datetime]:
    """The time for which a provider took the money: of a renewal it stands in the order, of the first it may have been told before; else,
    and with another duration, it begins now, as it does there."""
    if order.period_start is not None and order.period_end is not None:
        return order.period_start, order.period_end
    if subscription is not None and subscription.renews and not order.changes_renewal:
        return subscription.period_start, subscription.period_end
    return now, add_interval(now, order.price.interval)


def _after_trial(user_id: int | None, now: datetime) -> datetime:
    """Now, or when the person's trial ends: nobody pays for days that they have anyhow."""
    return (find_trial_end(user_id=user_id, now=now) if user_id is not None else None) or now


def _replace(earlier: PlanOrder, by: PlanOrder, now: datetime) -> None:
    earlier.state, earlier.replaced_by = OrderState.REPLACED, by
    earlier.save(update_fields=["state", "replaced_by"])
    end_at(source_key=earlier.source_key, at=now)
