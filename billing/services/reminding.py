"""Telling people in time: that what they paid for in advance ends, that a renewal was not paid, that a trial is over soon, that it ended.

Each is told once for its day (`dedupe_key`). A job that was down for a while tells the last step alone, not all that it missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from billing.enums import EntitlementCode, EntitlementSource, LetterKind, SubscriptionState
from billing.models import Entitlement, Subscription
from billing.queries.subscriptions import has_notice_of_renewal, renewal_key
from billing.services.alarms import Alarm, raise_alarm
from billing.services.entitling import PREPAID_GRACE, end_subscription
from billing.services.renewing import RENEWING_GRACE
from billing.services.writing import address_of, write_letter
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify

# Days before the end of what was paid in advance, and days after a renewal was not paid.
BEFORE_END = (7, 3, 1, 0)
AFTER_DUE = (0, 3, 5, 7)
BEFORE_TRIAL_END = timedelta(days=3)
# The law wants the notice of a renewal between three months and one month before the last day to refuse it. It goes out early in that
# span, so that days remain to try again.
NOTICE_FROM, NOTICE_UNTIL = timedelta(days=75), timedelta(days=31)
_BATCH = 500


def remind_subscribers(*, now: datetime) -> int:
    """Tell whoever is due to be told; how many were."""
    return sum(_tell(subscription, kind, step, ends_at, now) for subscription, kind, step, ends_at in _due(now)) + _warn_trials(now)


def end_subscriptions(*, now: datetime) -> int:
    """Note that what was paid in advance is overdue, and end it when the days of grace are over; how many ended. Rights end by
    themselves: this is for the pages, and to tell people."""
    prepaid = Subscription.objects.filter(open_key__isnull=False, renews=False, period_end__lte=now)
    prepaid.filter(state=SubscriptionState.ACTIVE, cancel_at_period_end=False).update(state=SubscriptionState.PAST_DUE, due_since=now)
    over = prepaid.filter(period_end__lte=now - PREPAID_GRACE) | prepaid.filter(cancel_at_period_end=True)
    return sum(_end(pk, now) for pk in over.order_by("period_end").values_list("pk", flat=True)[:_BATCH])


def announce_renewals(*, now: datetime) -> int:
    """Write the notice of each yearly renewal that comes near, once, and wake the team about each that was not taken by any server when
    its last day comes near; how many letters were written."""
    coming = Subscription.objects.select_related("user", "price__plan", "next_price__plan").filter(
        open_key__isnull=False, renews=True, cancel_at_period_end=False, period_end__gt=now, period_end__lte=now + NOTICE_FROM
    )
    written = 0
    for subscription in coming.order_by("period_end")[:_BATCH]:
        if not subscription.is_yearly:
            continue
        if now < subscription.period_end - NOTICE_UNTIL:
            written += _announce(subscription, now)
        elif not has_notice_of_renewal(subscription=subscription, period_end=subscription.period_end):
            _alarm(subscription, now)
    return written


def _due(now: datetime) -> Iterator[tuple[Subscription, NoticeKind, int, datetime]]:
    """Each subscription with the step that it has come to, if it has come to one."""
    living = Subscription.objects.filter(open_key__isnull=False, user__isnull=False)
    ending = living.filter(renews=False, cancel_at_period_end=False, period_end__lte=now + timedelta(days=max(BEFORE_END)))
    for row in ending.filter(period_end__gt=now - PREPAID_GRACE).order_by("period_end")[:_BATCH]:
        left = (row.period_end - now) / timedelta(days=1)
        yield row, NoticeKind.SUBSCRIPTION_ENDING, min(step for step in BEFORE_END if left <= step), row.period_end
    for row in living.filter(renews=True, state=SubscriptionState.PAST_DUE, due_since__isnull=False).order_by("due_since")[:_BATCH]:
        assert row.due_since is not None
        since = (now - row.due_since) / timedelta(days=1)
        kind = NoticeKind.SUBSCRIPTION_ENDED if since >= max(AFTER_DUE) else NoticeKind.SUBSCRIPTION_LATE
        yield row, kind, max(step for step in AFTER_DUE if step <= since), row.due_since + RENEWING_GRACE


def _tell(subscription: Subscription, kind: NoticeKind, step: int, ends_at: datetime, now: datetime) -> bool:
    assert subscription.user_id is not None
    return _notify(subscription.user_id, kind, subscription.public_id, step, ends_at.date(), now)


def _notify(user_id: int, kind: NoticeKind, ref: str, step: int, ends_on: date, now: datetime) -> bool:
    return notify(
        user_id=user_id,
        kind=kind,
        subject=Subject("billing", "SUBSCRIPTION", ref),
        dedupe_key=f"{kind}:{ref}:{ends_on:%Y%m%d}:{step}",
        group_key=f"subscription:{ref}",
        args={"ends_on": ends_on.isoformat()},
        path=reverse("billing:subscription"),
        now=now,
    )


def _warn_trials(now: datetime) -> int:
    """One of the rights of a trial stands for all of them."""
    ending = Entitlement.objects.filter(source=EntitlementSource.TRIAL, code=EntitlementCode.THEMES)
    rows = ending.filter(ends_at__gt=now, ends_at__lte=now + BEFORE_TRIAL_END).select_related("user")[:_BATCH]
    return sum(_notify(row.user_id, NoticeKind.TRIAL_ENDING, row.user.public_id, 0, row.ends_at.date(), now) for row in rows if row.ends_at)


@transaction.atomic
def _end(subscription_id: int, now: datetime) -> bool:
    row = Subscription.objects.select_for_update().get(pk=subscription_id)
    grace = timedelta(0) if row.cancel_at_period_end else PREPAID_GRACE
    if not row.is_open or row.period_end + grace > now:  # paid meanwhile
        return False
    ended_on = row.period_end
    end_subscription(subscription=row, now=now)
    if row.user_id is not None:
        _tell(row, NoticeKind.SUBSCRIPTION_ENDED, 0, ended_on, now)
    return True


def _announce(subscription: Subscription, now: datetime) -> bool:
    user = subscription.user
    if user is None or not (to := address_of(user)):
        return False
    key = renewal_key(subscription, subscription.period_end)
    letter = write_letter(
        kind=LetterKind.RENEWAL,
        key=key,
        to=to,
        language=user.language,
        context={"subscription": subscription, "last_day": subscription.period_end - timedelta(days=1)},
        subscription=subscription,
        now=now,
    )
    return letter.created_at == now


@transaction.atomic
def _alarm(subscription: Subscription, now: datetime) -> None:
    once = f"{subscription.public_id}:{subscription.period_end:%Y%m%d}"
    raise_alarm(alarm=Alarm.RENEWAL_UNPROVEN, ref=subscription.reference, once=once, now=now)
