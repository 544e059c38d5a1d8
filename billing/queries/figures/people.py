"""How many subscribe and how many leave: in months and in whole groups of people, never of one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import User
from billing.enums import PlanCode, SubscriptionState
from billing.models import Subscription

MONTHS = 6
_NEVER_BEGAN = SubscriptionState.INCOMPLETE


@dataclass(frozen=True, slots=True)
class PlanCount:
    """How many subscriptions of a plan, currency and interval there are in a state."""

    plan: str
    currency: str
    interval: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Month:
    """Who registered in a month and how many of them ever subscribed; who subscribed when it began and how many of those left in it."""

    first: datetime
    joined: int
    converted: int
    subscribed: int
    left: int

    @property
    def converted_percent(self) -> float:
        """Of those who registered, in percent with one decimal; 0 of none."""
        return round(100 * self.converted / self.joined, 1) if self.joined else 0.0

    @property
    def churn_percent(self) -> float:
        """Of those who were subscribed, in percent with one decimal; 0 of none."""
        return round(100 * self.left / self.subscribed, 1) if self.subscribed else 0.0


def list_plan_counts() -> list[PlanCount]:
    """Subscriptions that are not over, by plan, currency, interval and state."""
    rows = Subscription.objects.exclude(state=SubscriptionState.ENDED)
    grouped = rows.values("price__plan__code", "price__currency", "price__interval", "state").annotate(count=Count("pk"))
    return [
        PlanCount(
            plan=str(PlanCode(row["price__plan__code"]).label),
            currency=row["price__currency"],
            interval=row["price__interval"],
            state=str(SubscriptionState(row["state"]).label),
            count=row["count"],
        )
        for row in grouped.order_by("price__plan__code", "price__currency", "price__interval", "state")
    ]


def list_months(*, now: datetime) -> list[Month]:
    """The last six months, this one included, the oldest first; two queries a month."""
    firsts = [_month_start(now, back) for back in range(MONTHS - 1, -1, -1)]
    ends = [*firsts[1:], _month_start(now, -1)]
    return [_month(first, end) for first, end in zip(firsts, ends, strict=True)]


def _month(first: datetime, end: datetime) -> Month:
    paid = Exists(Subscription.objects.filter(user=OuterRef("pk")).exclude(state=_NEVER_BEGAN))
    cohort = User.objects.filter(created_at__gte=first, created_at__lt=end)
    people = cohort.aggregate(joined=Count("pk"), converted=Count("pk", filter=paid))
    began = Q(created_at__lt=first) & (Q(ended_at__isnull=True) | Q(ended_at__gte=first)) & ~Q(state=_NEVER_BEGAN)
    over = began & Q(ended_at__gte=first, ended_at__lt=end)
    subscriptions = Subscription.objects.aggregate(subscribed=Count("pk", filter=began), left=Count("pk", filter=over))
    return Month(first, people["joined"], people["converted"], subscriptions["subscribed"], subscriptions["left"])


def _month_start(now: datetime, back: int) -> datetime:
    months = now.year * 12 + now.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
