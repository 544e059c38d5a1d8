"""By which roads a notice sets out. Whether it then leaves is decided when its time has come (`deciding`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.outbox import publish_many
from notifications.enums import Level, Road, Transport
from notifications.events import DeliveryDue
from notifications.kinds import KINDS, Kind
from notifications.models import Delivery, Notification
from notifications.queries.choices import Levels
from notifications.services.deciding import SOON, WAITS
from notifications.services.pushes import make_push_deliveries


def plan(*, notices: Sequence[Notification], levels: Mapping[int, Levels], now: datetime) -> list[Delivery]:
    """The deliveries of notices that were just made, not saved, devices apart: one for each road that its kind has and its person wants at
    once."""
    return [
        Delivery(notification=notice, transport=transport, next_at=now + wait_of(KINDS[notice.kind], transport.road), created_at=now)
        for notice in notices
        for transport in KINDS[notice.kind].transports
        if _sets_out(notice, transport, levels.get(notice.user_id, {}))
    ]


def plan_pushes(*, notices: Sequence[Notification], levels: Mapping[int, Levels], now: datetime) -> int:
    """Write the deliveries to the devices of those who want notices of one kind there, and hand them to the outbox; how many. In the
    caller's transaction."""
    wanted = [one for one in notices if not one.hushed and levels.get(one.user_id, {}).get(Road.PUSH) == Level.NOW]
    if not wanted:
        return 0
    return make_push_deliveries(notices=wanted, at=now + wait_of(KINDS[wanted[0].kind], Road.PUSH), now=now)


def _sets_out(notice: Notification, transport: Transport, levels: Levels) -> bool:
    if transport.road is None:
        return True
    owed = KINDS[notice.kind].owed and transport.road == Road.MAIL
    return not notice.hushed and (owed or levels.get(transport.road) == Level.NOW)


def wait_of(kind: Kind, road: Road | None) -> timedelta:
    """How long a delivery waits first."""
    return WAITS[road] if kind.of_subject and road is not None else timedelta(0)


def send_off(deliveries: Sequence[Delivery], *, now: datetime) -> None:
    """Have the outbox hand out what is soon due; called in the transaction that wrote the deliveries."""
    by_wait: dict[timedelta, list[DeliveryDue]] = {}
    for delivery in deliveries:
        wait = max(timedelta(0), delivery.next_at - now)
        if wait <= SOON:
            by_wait.setdefault(wait, []).append(DeliveryDue(delivery_id=delivery.pk, attempt=delivery.attempt))
    for wait, events in by_wait.items():
        publish_many(events, after=wait)
