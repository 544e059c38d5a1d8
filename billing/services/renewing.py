"""Subscriptions that a provider renews: ours follow what it says when it is asked, in any order and however often."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing.enums import EntitlementSource, Interval, SubscriptionState
from billing.events import SubscriptionStopped
from billing.models import Price, Subscription
from billing.services.alarms import Alarm, raise_alarm
from billing.services.entitling import end_at, end_subscription, give_plan
from core.outbox import publish

# How long an overdue subscription still gives everything: seven days in which it is asked for.
RENEWING_GRACE = timedelta(days=7)
# A provider draws up the invoice of a renewal and takes the money some time after the period has ended; nobody loses a thing meanwhile.
_SLACK = timedelta(days=1)
_LENGTH = {Interval.MONTH: timedelta(days=31), Interval.YEAR: timedelta(days=366)}

# The words of the provider -> ours. Both spellings of the end are in use.
_STATES = {
    "INCOMPLETE": SubscriptionState.INCOMPLETE,
    "INCOMPLETE_EXPIRED": SubscriptionState.ENDED,
    "TRIALING": SubscriptionState.TRIALING,
    "ACTIVE": SubscriptionState.ACTIVE,
    "PAST_DUE": SubscriptionState.PAST_DUE,
    "UNPAID": SubscriptionState.UNPAID,
    "PAUSED": SubscriptionState.PAUSED,
    "CANCELED": SubscriptionState.ENDED,
    "ENDED": SubscriptionState.ENDED,
}
_PAID = (SubscriptionState.ACTIVE, SubscriptionState.TRIALING)


class UnknownState(ValueError):
    """The provider used a word that nobody here knows; nothing is changed."""


@transaction.atomic
def sync_provider_subscription(
    *,
    user_id: int,
    price_id: int,
    provider: str,
    provider_ref: str,
    state: str,
    period_end: datetime,
    cancel_at_period_end: bool,
    now: datetime,
    next_price_id: int | None = None,
) -> Subscription:
    """Bring ours to what the provider says now of its subscription `provider_ref`, and with it what the person may do; make it if it is
    new. `state` is the provider's word, in any case; `price_id` ours, `next_price_id` the one that follows with the next period. Told
    twice, or late, it ends where the provider stands.

    Raises:
        UnknownState.
    """
    if state.upper() not in _STATES:
        raise UnknownState(state)
    row = _get(user_id, price_id, provider, provider_ref, period_end, now)
    if row.ended_at is not None:
        return _stay_ended(row, state)
    if period_end != row.period_end or price_id != row.price_id:
        row.price = Price.objects.select_related("plan").get(pk=price_id)
        row.period_start = min(now, max(row.period_end, period_end - _LENGTH[Interval(row.price.interval)]))
    row.state, row.period_end, row.next_price_id = _STATES[state.upper()], period_end, next_price_id
    row.cancel_at_period_end = cancel_at_period_end
    row.canceled_at = (row.canceled_at or now) if cancel_at_period_end else None
    row.due_since = (row.due_since or now) if row.state == SubscriptionState.PAST_DUE else None
    row.save()
    _give(row, now)
    if row.state == SubscriptionState.ENDED and row.is_open:
        end_subscription(subscription=row, now=now)
    return row


def _stay_ended(row: Subscription, state: str) -> Subscription:
    """What ended here stays so. Whoever withdrew before the provider had told its name of it must not be charged again."""
    row.save(update_fields=["provider_ref"])
    if _STATES[state.upper()] != SubscriptionState.ENDED:
        publish(SubscriptionStopped(subscription_id=row.pk, at_once=True))
    return row


def _get(user_id: int, price_id: int, provider: str, provider_ref: str, period_end: datetime, now: datetime) -> Subscription:
    """Ours of that name under a lock; else the one that the person's order began and that has no name yet; else a new one."""
    rows = Subscription.objects.select_for_update().select_related("price__plan")
    found = rows.filter(provider=provider, provider_ref=provider_ref).first()
    if found is not None:
        return found
    begun = rows.filter(user_id=user_id, provider=provider, renews=True, provider_ref=None).order_by("-pk").first()
    if begun is not None:
        begun.provider_ref = provider_ref
        return begun
    price = Price.objects.select_related("plan").get(pk=price_id)
    made = Subscription(
        user_id=user_id,
        price=price,
        provider=provider,
        provider_ref=provider_ref,
        renews=True,
        state=SubscriptionState.INCOMPLETE,
        period_start=max(now, period_end - _LENGTH[Interval(price.interval)]),
        period_end=period_end,
        created_at=now,
    )
    return _insert(made, user_id, now)


def _insert(made: Subscription, user_id: int, now: datetime) -> Subscription:
    """A person who has an open one already pays twice for the same: both count, and somebody of the team is told."""
    for key in (str(user_id), f"{user_id}:{made.public_id[:8]}"):
        try:
            with transaction.atomic():
                made.pk, made.open_key = None, key
                made.save(force_insert=True)
        except IntegrityError:
            continue
        if key != str(user_id):
            raise_alarm(alarm=Alarm.SUBSCRIBED_TWICE, ref=made.reference, now=now)
        return made
    raise IntegrityError(made.provider_ref)  # the same name of the provider, at once, in another process: the outbox asks again


def _give(row: Subscription, now: datetime) -> None:
    if row.user_id is None:
        return
    if row.state in _PAID:
        until = row.period_end if row.cancel_at_period_end else row.period_end + _SLACK
    elif row.state == SubscriptionState.PAST_DUE and row.due_since is not None:
        until = row.due_since + RENEWING_GRACE
    else:
        end_at(source_key=row.source_key, at=now)
        return
    give_plan(
        user_id=row.user_id,
        plan=row.price.plan.code,
        source=EntitlementSource.SUBSCRIPTION,
        source_key=row.source_key,
        starts_at=row.period_start,
        ends_at=until,
    )
