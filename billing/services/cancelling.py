"""Ending a subscription, by whoever has it, with or without a log-in (L215-1-1): three clicks, no offer in between, a letter as proof.

It ends when what is paid is over; a renewal that was not announced as the law wants can be left at any time, and what is paid and not used
of it goes back (L215-1). Nothing that is paid in advance would renew: there, it ends the reminders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing.deadlines import last_day_of
from billing.enums import LetterKind, OrderKind, OrderState, PaymentState, Purpose, RefundReason, RequestKind, RequestState
from billing.events import SubscriptionStopped
from billing.models import ContractRequest, Payment, Subscription
from billing.queries.subscriptions import has_notice_of_renewal
from billing.services.contracts import Told, find_contract, find_request, limit, may_write_to, record
from billing.services.entitling import end_at, end_subscription
from billing.services.proration import share_of
from billing.services.refunds import count_left, request_refund
from billing.services.writing import address_of, write_letter
from core.money import Money
from core.outbox import publish

_BATCH = 200
# A provider's period and our knowledge of it begin within so much of each other.
_NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a cancellation would do: when the contract ends (None: nobody knows which contract), and what goes back."""

    subscription: Subscription | None
    ends_at: datetime | None
    refund: Money | None = None
    scheduled: bool = False


def preview_cancellation(*, told: Told, now: datetime) -> Ending:
    """What the cancellation of this form would do; nothing is written.

    Raises:
        RateLimited.
    """
    limit(told)
    return _ending(told, now)


def cancel_contract(*, told: Told, now: datetime) -> ContractRequest:
    """Take the cancellation: it is kept with day and hour, done where the contract is found, and confirmed by a letter. The same form
    again is the first request."""
    known = find_request(told)
    if known is not None:
        return known
    try:
        return _cancel(told, now)
    except IntegrityError:
        known = find_request(told)
        if known is None:
            raise
        return known


@transaction.atomic
def _cancel(told: Told, now: datetime) -> ContractRequest:
    ending = _ending(told, now)
    subscription = ending.subscription
    if subscription is None:
        state = RequestState.UNMATCHED
    else:
        state = RequestState.SCHEDULED if ending.scheduled else RequestState.DONE
        _apply(Subscription.objects.select_for_update().get(pk=subscription.pk), ending, told, now)
    request = record(
        kind=RequestKind.CANCELLATION,
        state=state,
        told=told,
        subscription=subscription,
        ends_at=ending.ends_at,
        refund_minor=ending.refund.amount_minor if ending.refund else 0,
        now=now,
    )
    _confirm(request, told, ending, now)
    return request


def apply_cancellations(*, now: datetime) -> int:
    """Stop what was cancelled for a later day, once its last period has begun; how many."""
    wished = Subscription.objects.filter(open_key__isnull=False, cancel_at_period_end=False, cancel_on__isnull=False)
    return sum(_apply_wish(pk, now) for pk in wished.values_list("pk", flat=True)[:_BATCH])


@transaction.atomic
def _apply_wish(subscription_id: int, now: datetime) -> bool:
    row = Subscription.objects.select_for_update().get(pk=subscription_id)
    if row.cancel_at_period_end or row.cancel_on is None or row.period_end.date() < row.cancel_on:
        return False
    _stop(row, now)
    return True


def stop_renewing(*, subscription: Subscription, now: datetime) -> None:
    """Let a subscription end with its period, because its account closes. In the caller's transaction."""
    if subscription.is_open and not subscription.cancel_at_period_end:
        _stop(subscription, now)


def _ending(told: Told, now: datetime) -> Ending:
    subscription, _order = find_contract(told)
    if subscription is None:
        return Ending(None, None)
    if not subscription.is_open:
        return Ending(subscription, subscription.ended_at)
    refund = _owed_for_missing_notice(subscription, now)
    if refund is not None:
        return Ending(subscription, now, refund)
    if told.wished_on is not None and subscription.renews and told.wished_on > last_day_of(subscription.period_end):
        return Ending(subscription, None, scheduled=True)
    return Ending(subscription, max(subscription.period_end, now))


def _apply(subscription: Subscription, ending: Ending, told: Told, now: datetime) -> None:
    if ending.refund is not None:
        _end_now(subscription, ending.refund, now)
    elif ending.scheduled:
        subscription.cancel_on = told.wished_on
        subscription.save(update_fields=["cancel_on"])
    elif subscription.is_open and not subscription.cancel_at_period_end:
        _stop(subscription, now)


def _stop(subscription: Subscription, now: datetime) -> None:
    subscription.cancel_at_period_end, subscription.canceled_at = True, now
    subscription.save(update_fields=["cancel_at_period_end", "canceled_at"])
    if subscription.renews:
        publish(SubscriptionStopped(subscription_id=subscription.pk, at_once=False))


def _end_now(subscription: Subscription, refund: Money, now: datetime) -> None:
    payment = _last_payment(subscription)
    if payment is not None and refund.amount_minor > 0:
        request_refund(payment_id=payment.pk, money=refund, reason=RefundReason.CANCELLATION, by=None, now=now)
    end_at(source_key=subscription.source_key, at=now)
    publish(SubscriptionStopped(subscription_id=subscription.pk, at_once=True))
    end_subscription(subscription=subscription, now=now)


def _owed_for_missing_notice(subscription: Subscription, now: datetime) -> Money | None:
    """What goes back when a yearly renewal was not announced: what was paid for the time that is left. None: it was announced, or this is
    no renewal, and then the contract runs to the end of what is paid."""
    began_before = subscription.created_at < subscription.period_start - _NEAR
    if not (subscription.renews and subscription.is_yearly and began_before) or _was_ordered(subscription):
        return None
    if has_notice_of_renewal(subscription=subscription, period_end=subscription.period_start):
        return None
    payment = _last_payment(subscription)
    paid = payment.money if payment is not None else Money(0, subscription.price.currency)
    whole = subscription.period_end - subscription.period_start
    owed = share_of(paid, part=subscription.period_end - now, whole=whole)
    return min(owed, count_left(payment)) if payment is not None else owed


def _was_ordered(subscription: Subscription) -> bool:
    """Whether the period that runs was ordered as another duration: then nothing has renewed itself."""
    changes = subscription.orders.filter(kind=OrderKind.UPGRADE, state=OrderState.PAID)
    return changes.filter(period_start__gte=subscription.period_start - _NEAR).exists()


def _last_payment(subscription: Subscription) -> Payment | None:
    """The payment of the period that runs: of this person, to this provider, for a subscription."""
    paid = Payment.objects.filter(payer_id=subscription.user_id, purpose=Purpose.SUBSCRIPTION, provider=subscription.provider)
    recent = paid.filter(state=PaymentState.SUCCEEDED, settled_at__gte=subscription.period_start - _NEAR)
    return recent.order_by("-settled_at").first()


def _confirm(request: ContractRequest, told: Told, ending: Ending, now: datetime) -> None:
    """To the address of the account where the contract was found; else to the one that was typed. By post, the team writes."""
    owner = ending.subscription.user if ending.subscription else None
    to = address_of(owner) if owner else told.contact.email
    if not to:
        return
    if owner is None and not may_write_to(told):
        return
    write_letter(
        kind=LetterKind.CANCELLATION,
        key=f"request:{request.public_id}",
        to=to,
        language=request.language,
        context={"request": request, "contact": told.contact, "ending": ending},
        subscription=ending.subscription,
        now=now,
    )
