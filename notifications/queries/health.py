"""How well each road carries, for the team: counts and times, and nothing of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from notifications.enums import DeliveryState, SuppressionReason, Transport
from notifications.models import Delivery, EmailSuppression

WINDOW = timedelta(hours=24)
# What waits longer than this past its hour is stuck: the job that wakes it looks every half minute.
STUCK = timedelta(minutes=15)
_REASONS = 3


@dataclass(frozen=True, slots=True)
class RoadHealth:
    """One road in the last 24 hours. `late`: deliveries that should have been tried a quarter of an hour ago; `troubles` are the reasons
    for which most failed or are tried again, with their numbers."""

    transport: Transport
    sent: int
    failed: int
    gone: int
    suppressed: int
    waiting: int
    late: int
    oldest_due: datetime | None
    last_sent_at: datetime | None
    troubles: tuple[tuple[str, int], ...]

    @property
    def well(self) -> bool:
        """Whether nothing is stuck and more arrives than fails."""
        return not self.late and self.failed <= self.sent


@dataclass(frozen=True, slots=True)
class Health:
    """All roads, and how many addresses get no mail, by the reason."""

    roads: tuple[RoadHealth, ...]
    bounced: int
    unsubscribed: int


def get_health(*, now: datetime) -> Health:
    """The roads as they stand. Six queries, over a week of deliveries, which is all that is kept of them."""
    states, troubles = _states(now), _troubles(now)
    waiting, late, last = _waiting(), _late(now), _last_sent()
    roads = tuple(_road(one, states, troubles, waiting, late, last) for one in Transport)
    stopped = dict(EmailSuppression.objects.values_list("reason").annotate(number=Count("pk")).order_by())
    return Health(roads, stopped.get(SuppressionReason.HARD_BOUNCE, 0), stopped.get(SuppressionReason.UNSUBSCRIBED, 0))


def _road(
    transport: Transport,
    states: Mapping[tuple[str, str], int],
    troubles: Mapping[str, Counter[str]],
    waiting: Mapping[str, int],
    late: Mapping[str, tuple[int, datetime]],
    last: Mapping[str, datetime],
) -> RoadHealth:
    stuck, oldest = late.get(transport, (0, None))
    return RoadHealth(
        transport=transport,
        sent=states.get((transport, DeliveryState.SENT), 0),
        failed=states.get((transport, DeliveryState.FAILED), 0),
        gone=states.get((transport, DeliveryState.GONE), 0),
        suppressed=states.get((transport, DeliveryState.SUPPRESSED), 0),
        waiting=waiting.get(transport, 0),
        late=stuck,
        oldest_due=oldest,
        last_sent_at=last.get(transport),
        troubles=tuple(troubles[transport].most_common(_REASONS)) if transport in troubles else (),
    )


def _states(now: datetime) -> Mapping[tuple[str, str], int]:
    rows = Delivery.objects.filter(ended_at__gt=now - WINDOW).values("transport", "state").annotate(number=Count("pk")).order_by()
    return {(row["transport"], row["state"]): row["number"] for row in rows}


def _troubles(now: datetime) -> Mapping[str, Counter[str]]:
    """Why deliveries failed, and why those that wait are tried again: a status code stands beside the reason where there was an answer."""
    rows = Delivery.objects.filter(created_at__gt=now - WINDOW, state__in=[DeliveryState.FAILED, DeliveryState.WAITING])
    counted = rows.exclude(reason="").values_list("transport", "reason", "status_code").annotate(number=Count("pk")).order_by()
    found: dict[str, Counter[str]] = {}
    for transport, reason, code, number in counted:
        found.setdefault(transport, Counter())[f"{reason} {code}" if code else reason] += number
    return found


def _waiting() -> Mapping[str, int]:
    rows = Delivery.objects.filter(state=DeliveryState.WAITING).values("transport").annotate(number=Count("pk")).order_by()
    return {row["transport"]: row["number"] for row in rows}


def _late(now: datetime) -> Mapping[str, tuple[int, datetime]]:
    rows = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now - STUCK).values("transport")
    return {row["transport"]: (row["number"], row["oldest"]) for row in rows.annotate(number=Count("pk"), oldest=Min("next_at")).order_by()}


def _last_sent() -> Mapping[str, datetime]:
    rows = Delivery.objects.filter(state=DeliveryState.SENT).values("transport").annotate(last=Max("ended_at")).order_by()
    return {row["transport"]: row["last"] for row in rows if row["last"]}
