"""Carrying notices to devices, a hundred at a time: claimed together, posted side by side, settled together.

Between the acceptance by a push service and our writing it down a process may end; then the device is told again when the lease is over.
It shows one notice all the same: the second has the tag of the first, and the browser puts it in its place without a sound (docs/push.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.queries.sessions import find_living_logins
from core import sealing
from core.outbox import publish_many
from notifications.counts import count_unseen_of
from notifications.enums import PUSH_TRANSPORTS, DeliveryState
from notifications.metrics import PUSH_SECONDS, PUSHES
from notifications.models import Delivery, Notification, PushSubscription
from notifications.services.deciding import SOON
from notifications.services.deliveries import LEASE, group_pushes, prepare, settle
from notifications.transports import PUSHERS
from notifications.transports.base import DEAD, Gone, Outcome, Refused, Sent, Suppressed
from notifications.transports.posting import Parcel, post_all
from notifications.words.base import Words


def make_push_deliveries(*, notices: Sequence[Notification], at: datetime, now: datetime) -> int:
    """Write one delivery for each device of the people of these notices, to be tried from `at` on, and hand those that are soon due
    to the outbox, a hundred to an event; later ones are found by the job that wakes what is due. How many. In the caller's transaction.
    Three queries and one for each 500 rows."""
    devices: dict[int, list[PushSubscription]] = {}
    for device in PushSubscription.objects.filter(user_id__in={notice.user_id for notice in notices}):
        devices.setdefault(device.user_id, []).append(device)
    rows = [_make(notice, device, at, now) for notice in notices for device in devices.get(notice.user_id, ())]
    if not rows:
        return 0
    Delivery.objects.bulk_create(rows, batch_size=500)
    if at - now <= SOON:
        made = Delivery.objects.filter(notification__in=notices, transport__in=PUSH_TRANSPORTS).order_by("pk")
        publish_many(group_pushes((pk, 0) for pk in made.values_list("pk", flat=True)), after=max(timedelta(0), at - now))
    return len(rows)


def run_pushes(*, delivery_ids: Sequence[int], attempt: int, now: datetime) -> int:
    """Try deliveries to devices for the time after `attempt` tries; those whose try was begun already are left alone. How many were tried.

    What is raised on the way goes up; the tries then count as broken off, and others follow when their lease has ended.
    """
    claimed = _claim(delivery_ids, attempt, now)
    if not claimed:
        return 0
    outcomes, words = _prepare(claimed, now)
    for transport, mine in _by_transport(claimed, words).items():
        outcomes |= _carry(transport, mine, words, now)
    _conclude(claimed, outcomes, now)
    return len(claimed)


def _make(notice: Notification, device: PushSubscription, at: datetime, now: datetime) -> Delivery:
    return Delivery(notification=notice, transport=device.transport, subscription=device, device=device.pk, next_at=at, created_at=now)


def _claim(delivery_ids: Sequence[int], attempt: int, now: datetime) -> list[Delivery]:
    """Take those of the rows that nobody has taken: who commits first has them, since the others no longer find that number of tries."""
    with transaction.atomic():
        rows = Delivery.objects.filter(pk__in=delivery_ids, state=DeliveryState.WAITING, attempt=attempt, transport__in=PUSH_TRANSPORTS)
        free = rows.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else rows
        mine = list(free.order_by("pk").values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=mine).update(attempt=F("attempt") + 1, next_at=now + LEASE)
    found = Delivery.objects.select_related("notification__user", "subscription").filter(pk__in=mine)
    return list(found.order_by("pk"))


def _prepare(claimed: Sequence[Delivery], now: datetime) -> tuple[dict[int, Outcome], dict[int, Words]]:
    """How those end that nobody is asked to carry, and what the others say. A device whose log-in has ended is told nothing more, one
    that was left in haste nothing for now."""
    outcomes, words = dict[int, Outcome](), dict[int, Words]()
    logins = {one.subscription.login_id for one in claimed if one.subscription}
    living = find_living_logins(login_ids=logins, now=now)
    for delivery in claimed:
        if (end := _look_at_device(delivery, living)) is not None:
            outcomes[delivery.pk] = end
    for pk, found in prepare(deliveries=[one for one in claimed if one.pk not in outcomes], now=now).items():
        if isinstance(found, Words):
            words[pk] = found
        else:
            outcomes[pk] = found
    return outcomes, words


def _look_at_device(delivery: Delivery, living: Mapping[int, bool]) -> Outcome | None:
    device = delivery.subscription
    if device is None or device.user_id != delivery.notification.user_id:
        return Gone("DEVICE")
    if device.login_id not in living:
        return Gone(DEAD)
    return Suppressed("LOCKED") if living[device.login_id] else None


def _by_transport(claimed: Sequence[Delivery], words: Mapping[int, Words]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for delivery in claimed:
        if delivery.pk in words:
            found.setdefault(delivery.transport, []).append(delivery)
    return found


def _carry(transport: str, deliveries: Sequence[Delivery], words: Mapping[int, Words], now: datetime) -> dict[int, Outcome]:
    pusher, outcomes, parcels = PUSHERS[transport], dict[int, Outcome](), list[Parcel]()
    sealing.load_keys(delivery.notification.user.scope for delivery in deliveries)
    unseen = count_unseen_of(user_ids={delivery.notification.user_id for delivery in deliveries})
    for delivery in deliveries:
        waiting = unseen.get(delivery.notification.user_id, 0)
        packed = pusher.pack(delivery, words=words[delivery.pk], unseen=waiting, now=now)
        if isinstance(packed, Parcel):
            parcels.append(packed)
        else:
            outcomes[delivery.pk] = packed
    replies = post_all(parcels, among=pusher.hosts())
    judged = {delivery.pk: pusher.judge(delivery, replies[delivery.pk]) for delivery in deliveries if delivery.pk in replies}
    return outcomes | judged


def _conclude(claimed: Sequence[Delivery], outcomes: Mapping[int, Outcome], now: datetime) -> None:
    """Write how the tries ended, and what was learnt of the devices, in one transaction."""
    together: dict[Outcome, list[Delivery]] = {}
    for delivery in claimed:
        together.setdefault(outcomes[delivery.pk], []).append(delivery)
    with transaction.atomic():
        for outcome, deliveries in together.items():
            settle(deliveries=deliveries, outcome=outcome, now=now)
            _note_devices(outcome, {delivery.subscription_id for delivery in deliveries if delivery.subscription_id}, now)
    ended = timezone.now()
    for delivery in claimed:
        outcome = outcomes[delivery.pk]
        PUSHES.labels(transport=delivery.transport, outcome=type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Sent):
            PUSH_SECONDS.observe(max(0.0, (ended - delivery.notification.latest_at).total_seconds()))


def _note_devices(outcome: Outcome, devices: set[int], now: datetime) -> None:
    rows = PushSubscription.objects.filter(pk__in=devices)
    match outcome:
        case Sent():
            rows.update(last_ok_at=now, failures=0)
        case Gone(reason=reason) if reason == DEAD:
            rows.delete()
        case Refused(status_code=400 | 401 | 403):
            rows.update(failures=F("failures") + 1)
