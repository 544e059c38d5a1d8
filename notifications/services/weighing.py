"""Reading what the decision about deliveries asks, for many at once, and taking the place of a group when one leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Sum

from accounts.models import User
from notifications import subjects
from notifications.enums import PUSH_TRANSPORTS, Content, DeliveryState, Level, Quiet, Road, Transport
from notifications.kinds import KINDS
from notifications.models import Delivery, Notification, NotificationSettings
from notifications.queries.choices import Levels, list_levels, list_settings
from notifications.services.clocks import quiet_until
from notifications.services.deciding import Decision, Drop, Leave, Matter, decide
from notifications.subjects import Asked, Standing
from notifications.wording import Saying, wants_preview

_HOUR = timedelta(hours=1)
# What nothing may hold up counts for no limit either.
_UNCOUNTED = [kind for kind, row in KINDS.items() if row.quiet == Quiet.IGNORED]
# By which notices of a person go as one: their group, the road, and on devices the device.
Way = tuple[int, str, str, int]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was decided about a delivery, and how much it may say if it leaves."""

    decision: Decision
    saying: Saying


@dataclass(slots=True)
class _Facts:
    """What is known of the deliveries in hand and their people, each read in one query."""

    settings: Mapping[int, NotificationSettings]
    levels: dict[str, Mapping[int, Levels]] = field(default_factory=dict)
    pushed: Mapping[int, int] = field(default_factory=dict)
    standings: Mapping[int, Standing] = field(default_factory=dict)
    left: Mapping[Way, tuple[int, datetime]] = field(default_factory=dict)
    counts: Mapping[tuple[int, str], int] = field(default_factory=dict)


def weigh(deliveries: Sequence[Delivery], *, now: datetime) -> dict[int, Weighed]:
    """Decide about deliveries that were claimed, by their ids. No query for those that go whatever anybody chose, else about eight
    however many.

    Of a group one delivery leaves at a time by each way: the rows of its people are locked meanwhile, those that leave are counted before
    they do, and what waited by the same way is done, since they speak for all.
    """
    decided = {one.pk: found for one in deliveries if (found := _decide_at_once(one)) is not None}
    asking = [one for one in deliveries if one.pk not in decided]
    if not asking:
        return decided
    with transaction.atomic():
        if any(_of_subject(one) for one in asking):
            people = sorted({one.notification.user_id for one in asking})
            list(User.objects.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))
        facts = _read(asking, now)
        decided |= _decide_in_turn(asking, facts, now)
        _take_places([one for one in asking if _of_subject(one) and isinstance(decided[one.pk].decision, Leave)], now)
    return decided


def _of_subject(delivery: Delivery) -> bool:
    return KINDS[delivery.notification.kind].of_subject


def _decide_at_once(delivery: Delivery) -> Weighed | None:
    """For what the pages show, for what is owed by mail, and for those who are told nothing."""
    kind, road = KINDS[delivery.notification.kind], Transport(delivery.transport).road
    if delivery.notification.user.barred and not kind.told_to_barred:
        return Weighed(Drop("SUSPENDED"), Saying(road, Content.HIDDEN))
    if road is None or (kind.owed and road == Road.MAIL):
        return Weighed(Leave(), Saying(road, Content.HIDDEN))
    return None


def _decide_in_turn(deliveries: Sequence[Delivery], facts: _Facts, now: datetime) -> dict[int, Weighed]:
    """One after the other, since the first of a way speaks for those after it."""
    decided, taken = dict[int, Weighed](), set[Way]()
    for one in deliveries:
        weighed = _weigh(one, facts, now)
        if _of_subject(one) and isinstance(weighed.decision, Leave):
            if _way_of(one) in taken:
                weighed = replace(weighed, decision=Drop("MERGED"))
            taken.add(_way_of(one))
        decided[one.pk] = weighed
    return decided


def _weigh(delivery: Delivery, facts: _Facts, now: datetime) -> Weighed:
    notice, road = delivery.notification, Transport(delivery.transport).road or Road.MAIL
    saying = Saying(road, Content(facts.settings[notice.user_id].content))
    matter = _matter(delivery, road, facts, now)
    if _of_subject(delivery):
        standing = facts.standings[delivery.pk]
        left, left_at = facts.left.get(_way_of(delivery), (0, None))
        matter = replace(
            matter,
            gone=standing.gone,
            read=standing.read,
            watched=standing.watched,
            hushed=matter.hushed or standing.hushed,
            left=left,
            left_at=left_at,
        )
        saying = replace(saying, standing=standing, count=facts.counts.get((notice.user_id, notice.group_key), 1))
    return Weighed(decide(matter), saying)


def _matter(delivery: Delivery, road: Road, facts: _Facts, now: datetime) -> Matter:
    notice = delivery.notification
    kind = KINDS[notice.kind]
    return Matter(
        road=road,
        level=facts.levels[kind.category][notice.user_id].get(road, Level.OFF),
        quiet=kind.quiet,
        owed=kind.owed,
        of_subject=kind.of_subject,
        told_at=notice.latest_at,
        now=now,
        barred=notice.user.barred,
        told_to_barred=kind.told_to_barred,
        hushed=notice.hushed,
        quiet_until=_end_of_quiet(facts.settings[notice.user_id], now),
        pushed=facts.pushed.get(notice.user_id, 0),
    )


def _end_of_quiet(settings: NotificationSettings, now: datetime) -> datetime | None:
    if settings.quiet is None:
        return None
    start, end = settings.quiet
    return quiet_until(now=now, zone=settings.place, start=start, end=end, days=settings.weekdays)


# ---- Reading ------------------------------------------------------------------------------------------------------------------
def _read(deliveries: Sequence[Delivery], now: datetime) -> _Facts:
    facts = _Facts(settings=list_settings(users=[one.notification.user for one in deliveries]))
    people = set(facts.settings)
    for category in {KINDS[one.notification.kind].category for one in deliveries}:
        facts.levels[category] = list_levels(user_ids=people, category=category)
    limited = {one.notification.user_id for one in deliveries if one.transport in PUSH_TRANSPORTS and not _is_uncounted(one)}
    facts.pushed = _count_pushes(limited, now) if limited else {}
    of_subjects = [one for one in deliveries if _of_subject(one)]
    if of_subjects:
        facts.standings = _look(of_subjects, facts, now)
        facts.left, facts.counts = _count_left(of_subjects), _count_facts(of_subjects)
    return facts


def _is_uncounted(delivery: Delivery) -> bool:
    return delivery.notification.kind in _UNCOUNTED


def _count_pushes(user_ids: set[int], now: datetime) -> Mapping[int, int]:
    """How many notices went to each person's devices in the last hour, each once however many devices they have."""
    left = Delivery.objects.filter(
        notification__user_id__in=user_ids, transport__in=PUSH_TRANSPORTS, rounds__gt=0, ended_at__gt=now - _HOUR
    ).exclude(notification__kind__in=_UNCOUNTED)
    counted = left.values("notification__user_id").annotate(notices=Count("notification_id", distinct=True)).order_by()
    return {row["notification__user_id"]: row["notices"] for row in counted}


def _look(deliveries: Sequence[Delivery], facts: _Facts, now: datetime) -> Mapping[int, Standing]:
    by_app: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        by_app[one.notification.subject_app].append(one)
    found: dict[int, Standing] = {}
    for app, mine in by_app.items():
        standings = subjects.look(app, [_question(one, facts) for one in mine], now=now)
        found |= {one.pk: standing for one, standing in zip(mine, standings, strict=True)}
    return found


def _question(delivery: Delivery, facts: _Facts) -> Asked:
    notice = delivery.notification
    content = Content(facts.settings[notice.user_id].content)
    preview = wants_preview(content=content, road=Transport(delivery.transport).road)
    return Asked(notice.user_id, notice.kind, notice.subject_kind, notice.subject_public_id, notice.args, with_preview=preview)


def _way_of(delivery: Delivery) -> Way:
    return delivery.notification.user_id, delivery.notification.group_key, delivery.transport, delivery.device


def _of_groups(deliveries: Sequence[Delivery], prefix: str = "notification__") -> dict[str, Any]:
    """The rows of all groups of all people in hand: a few more than are wanted where these cross."""
    return {
        f"{prefix}user_id__in": {one.notification.user_id for one in deliveries},
        f"{prefix}group_key__in": {one.notification.group_key for one in deliveries},
        f"{prefix}read_at": None,
    }


def _count_left(deliveries: Sequence[Delivery]) -> Mapping[Way, tuple[int, datetime]]:
    """How often notices of each group have left by each way while nothing of it was read, and when the last did."""
    ways = ("notification__user_id", "notification__group_key", "transport", "device")
    left = Delivery.objects.filter(**_of_groups(deliveries), rounds__gt=0, ended_at__isnull=False).values_list(*ways)
    counted = left.annotate(times=Sum("rounds"), last=Max("ended_at")).order_by()
    return {(user_id, group, transport, device): (times, last) for user_id, group, transport, device, times, last in counted}


def _count_facts(deliveries: Sequence[Delivery]) -> Mapping[tuple[int, str], int]:
    """How many facts of each group are unread: what the notice that leaves speaks for."""
    unread = Notification.objects.filter(**_of_groups(deliveries, prefix="")).values_list("user_id", "group_key")
    return {(user_id, group): facts for user_id, group, facts in unread.annotate(facts=Sum("count")).order_by()}


# ---- Taking the place ---------------------------------------------------------------------------------------------------------
def _take_places(leaving: Sequence[Delivery], now: datetime) -> None:
    if not leaving:
        return
    Delivery.objects.filter(pk__in=[one.pk for one in leaving]).update(rounds=F("rounds") + 1, ended_at=now)
    ways = {_way_of(one) for one in leaving}
    waiting = Delivery.objects.filter(**_of_groups(leaving), state=DeliveryState.WAITING).exclude(pk__in=[one.pk for one in leaving])
    rows = waiting.values_list("pk", "notification__user_id", "notification__group_key", "transport", "device")
    done = [pk for pk, *way in rows if tuple(way) in ways]
    Delivery.objects.filter(pk__in=done, state=DeliveryState.WAITING).update(
        state=DeliveryState.SUPPRESSED, reason="MERGED", address=b"", ended_at=now
    )
