"""Writing down what somebody may do, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing.enums import EntitlementSource, PlanCode, SubscriptionState
from billing.freemium import grants_of
from billing.models import Entitlement, PlanOrder, Subscription

# How long what was paid in advance still counts after its end: mobile money is not always at hand.
PREPAID_GRACE = timedelta(days=3)


def give_plan(
    *, user_id: int, plan: str, source: EntitlementSource, source_key: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    """Let somebody have all that a plan gives in a span of time. Given before under the same key, it only moves in time: the values stay
    those that were bought."""
    if Entitlement.objects.filter(source_key=source_key).update(starts_at=starts_at, ends_at=ends_at):
        return
    Entitlement.objects.bulk_create(
        Entitlement(user_id=user_id, code=code, value=value, source=source, source_key=source_key, starts_at=starts_at, ends_at=ends_at)
        for code, value in grants_of(plan).items()
    )


def give_order(order: PlanOrder) -> None:
    """Let the person of a paid order have its plan for its period, and the days of grace where nothing renews by itself."""
    assert order.user_id is not None
    assert order.period_start is not None
    assert order.period_end is not None
    give_plan(
        user_id=order.user_id,
        plan=PlanCode(order.price.plan.code),
        source=EntitlementSource.ORDER,
        source_key=order.source_key,
        starts_at=order.period_start,
        ends_at=order.period_end if order.renews else order.period_end + PREPAID_GRACE,
    )


def end_at(*, source_key: str, at: datetime) -> None:
    """What was given under this key ends at a moment, if it does not end sooner."""
    Entitlement.objects.filter(source_key=source_key).exclude(ends_at__lte=at).update(ends_at=at)


def end_subscription(*, subscription: Subscription, now: datetime) -> None:
    """The subscription is over: FREE from now on, and nothing is deleted."""
    subscription.state, subscription.ended_at, subscription.open_key = SubscriptionState.ENDED, now, None
    subscription.period_end = min(subscription.period_end, now)
    subscription.save(update_fields=["state", "ended_at", "open_key", "period_end"])
