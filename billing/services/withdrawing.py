"""Withdrawing from an order within fourteen days, with or without a log-in (L221-18, L221-21): a form, a button that confirms, and at once
a letter with content, day and hour. The money goes back the way it came, less the share of the time that was used if an immediate start
was expressly asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from billing.deadlines import last_day_of, withdrawal_deadline
from billing.enums import LetterKind, OrderState, RefundReason, RequestKind, RequestState
from billing.events import SubscriptionStopped
from billing.models import ContractRequest, PlanOrder, Subscription
from billing.services.contracts import Told, find_contract, find_request, limit, may_write_to, record
from billing.services.coupons import release
from billing.services.entitling import end_at, end_subscription, give_order
from billing.services.proration import refund_after_withdrawal
from billing.services.refunds import count_left, request_refund
from billing.services.subscriptions import lay_out
from billing.services.writing import address_of, write_letter
from core.money import Money
from core.outbox import publish

_OPEN = (OrderState.ORDERED, OrderState.PAID)


class WithdrawalTooLate(Exception):
    """The days of withdrawal of this order are over; `deadline` is when they ended."""

    def __init__(self, deadline: datetime) -> None:
        super().__init__(deadline.isoformat())
        self.deadline = deadline


class NotWithdrawable(Exception):
    """This order was withdrawn from before, was never paid, or its time was credited to a later one, from which one withdraws instead."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal would do: from which order (None: nobody knows), what goes back, and what of the price stays due."""

    order: PlanOrder | None
    refund: Money | None = None
    used: Money | None = None


def is_withdrawable(order: PlanOrder, *, now: datetime) -> bool:
    """Whether one may withdraw from an order at this moment."""
    return order.state in _OPEN and now < withdrawal_deadline(order.ordered_at)


def preview_withdrawal(*, told: Told, now: datetime) -> Withdrawal:
    """What the withdrawal of this form would do; nothing is written.

    Raises:
        RateLimited, WithdrawalTooLate, NotWithdrawable.
    """
    limit(told)
    order = _find_order(told, now)
    return _consequences(order, now)


def withdraw(*, told: Told, now: datetime) -> ContractRequest:
    """Take the withdrawal: it is kept with day and hour, the order ends, its money goes back, and a letter acknowledges it. What is not
    found is kept and acknowledged too, and a person looks for it. The same form again is the first request.

    Raises:
        WithdrawalTooLate, NotWithdrawable.
    """
    known = find_request(told)
    if known is not None:
        return known
    try:
        return _withdraw(told, now)
    except IntegrityError:
        known = find_request(told)
        if known is None:
            raise
        return known


@transaction.atomic
def _withdraw(told: Told, now: datetime) -> ContractRequest:
    found = _find_order(told, now)
    order = PlanOrder.objects.select_for_update().get(pk=found.pk) if found is not None else None
    if order is not None:
        _check(order, now)
    what = _consequences(order, now)
    if order is not None:
        _undo(order, what, now)
    request = record(
        kind=RequestKind.WITHDRAWAL,
        state=RequestState.DONE if order else RequestState.UNMATCHED,
        told=told,
        subscription=order.subscription if order else None,
        order=order,
        ends_at=now if order else None,
        refund_minor=what.refund.amount_minor if what.refund else 0,
        now=now,
    )
    _acknowledge(request, told, what, now)
    return request


def _find_order(told: Told, now: datetime) -> PlanOrder | None:
    """The order that is meant. A subscription's number alone means its last order that one may still withdraw from."""
    subscription, order = find_contract(told)
    if order is None and subscription is not None:
        order = subscription.orders.filter(state__in=_OPEN).order_by("-ordered_at").first()
    if order is not None and order.state != OrderState.PAID and subscription is not None:  # the first order gave the contract its number
        later = subscription.orders.filter(state=OrderState.PAID).order_by("-ordered_at").first()
        order = later or order
    if order is not None:
        _check(order, now)
    return order


def _check(order: PlanOrder, now: datetime) -> None:
    if order.state not in _OPEN:
        raise NotWithdrawable(order.reference)
    deadline = withdrawal_deadline(order.ordered_at)
    if now >= deadline:
        raise WithdrawalTooLate(deadline)


def _consequences(order: PlanOrder | None, now: datetime) -> Withdrawal:
    if order is None:
        return Withdrawal(None)
    if order.state != OrderState.PAID:
        nothing = Money(0, order.currency)
        return Withdrawal(order, nothing, nothing)
    refund = refund_after_withdrawal(order, now=now)
    used = order.money - refund
    if order.payment is not None:  # some of it may have gone back before
        refund = min(refund, count_left(order.payment))
    return Withdrawal(order, refund, used)


def _undo(order: PlanOrder, what: Withdrawal, now: datetime) -> None:
    """End an order: its rights, its time, its money; what it replaced stands again as it was."""
    was_paid = order.state == OrderState.PAID
    order.state, order.withdrawn_at = OrderState.WITHDRAWN, now
    order.save(update_fields=["state", "withdrawn_at"])
    if order.coupon is not None and order.user is not None and not was_paid:
        release(coupon=order.coupon, user=order.user)
    if not was_paid:
        return
    end_at(source_key=order.source_key, at=now)
    for earlier in order.replaces.select_for_update():
        earlier.state, earlier.replaced_by = OrderState.PAID, None
        earlier.save(update_fields=["state", "replaced_by"])
        give_order(earlier)
    if order.subscription_id is not None:
        _end_subscription(Subscription.objects.select_for_update().get(pk=order.subscription_id), order, now)
    if what.refund is not None and what.refund.amount_minor > 0 and order.payment_id is not None:
        request_refund(payment_id=order.payment_id, money=what.refund, reason=RefundReason.WITHDRAWAL, by=order.user, now=now)


def _end_subscription(subscription: Subscription, order: PlanOrder, now: datetime) -> None:
    if not subscription.renews:
        if subscription.is_open:
            lay_out(subscription=subscription, now=now)
        return
    end_at(source_key=subscription.source_key, at=now)
    publish(SubscriptionStopped(subscription_id=subscription.pk, at_once=True))
    if subscription.is_open:
        end_subscription(subscription=subscription, now=now)


def _acknowledge(request: ContractRequest, told: Told, what: Withdrawal, now: datetime) -> None:
    """To the address of the account where the contract was found; else to the one that was typed."""
    owner = what.order.user if what.order else None
    to = address_of(owner) if owner else told.contact.email
    if not to:
        return
    if owner is None and not may_write_to(told):
        return
    deadline = last_day_of(withdrawal_deadline(what.order.ordered_at)) if what.order else None
    write_letter(
        kind=LetterKind.WITHDRAWAL,
        key=f"request:{request.public_id}",
        to=to,
        language=request.language,
        context={"request": request, "contact": told.contact, "what": what, "last_day": deadline},
        subscription=request.subscription,
        now=now,
    )
