"""The digest: one mail at the person's hour for what they have not read, and nothing when they have read all."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from core.outages import log_failure
from notifications.enums import Level, NoticeKind, Road
from notifications.kinds import KINDS
from notifications.models import Notification, NotificationSettings
from notifications.queries.choices import list_own_levels
from notifications.services.notices import Subject, notify
from notifications.services.reading import settle_rooms

logger = logging.getLogger("resaka.notifications")

LINES = 30
_AT_ONCE = 500
# Who never had a digest is not told of what is older than the longest time between two.
_REACH = timedelta(days=8)
Row = tuple[str, str, str, int]


def send_due_digests(*, now: datetime) -> int:
    """Write the digests whose hour has come, at most 500, each in a transaction of its own. How many had something to tell. One that
    cannot be written stays due and holds up no other."""
    due = NotificationSettings.objects.filter(digest_at__lte=now).order_by("digest_at").values_list("user_id", "digest_at")
    return sum(_try(user_id, at, now) for user_id, at in list(due[:_AT_ONCE]) if at is not None)


def _try(user_id: int, at: datetime, now: datetime) -> bool:
    try:
        return _send(user_id, at, now)
    except Exception as error:
        log_failure(logger, "a digest could not be written", error)
        return False


def _send(user_id: int, at: datetime, now: datetime) -> bool:
    """Claimed by the row count of an UPDATE, so that two processes send one."""
    with transaction.atomic():
        waiting = NotificationSettings.objects.filter(user_id=user_id, digest_at=at)
        settings = waiting.select_related("user").first()
        if settings is None or not waiting.update(digest_at=None, digested_at=now):
            return False
        settle_rooms(user=settings.user, now=now)
        rows = _gather(settings, now)
        if not rows:
            return False
        return notify(
            user_id=user_id,
            kind=NoticeKind.DIGEST,
            subject=Subject.account(settings.user),
            dedupe_key=f"digest:{at:%Y-%m-%dT%H}",
            group_key="digest",
            args={"rows": [list(row) for row in rows]},
            path=reverse("notifications:centre"),
            now=now,
        )


def _gather(settings: NotificationSettings, now: datetime) -> list[Row]:
    """What is unread since the last digest, by kind and place, the most of it first; beyond 30 lines without the place."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for kind, app, place, count in _unread(settings, now).values_list("kind", "subject_app", "subject_public_id", "count"):
        of_place = KINDS[kind].of_subject
        counts[kind, app if of_place else "", place if of_place else ""] += count
    rows = [(kind, app, place, number) for (kind, app, place), number in counts.most_common()]
    return rows if len(rows) <= LINES else _without_places(counts)


def _without_places(counts: Counter[tuple[str, str, str]]) -> list[Row]:
    by_kind: Counter[str] = Counter()
    for (kind, _app, _place), number in counts.items():
        by_kind[kind] += number
    return [(kind, "", "", number) for kind, number in by_kind.most_common()]


def _unread(settings: NotificationSettings, now: datetime) -> QuerySet[Notification]:
    levels = list_own_levels(user=settings.user)
    kinds = [kind for kind, row in KINDS.items() if not row.owed and levels[row.category][Road.MAIL] == Level.DIGEST]
    since = settings.digested_at or now - _REACH
    fresh = Q(again_at__gt=since) | Q(created_at__gt=since)
    return Notification.objects.filter(fresh, user_id=settings.user_id, kind__in=kinds, read_at=None, hushed=False)
