"""How many notices a person has not looked at, kept in the shared cache so that pages pay no query for their bell."""

from __future__ import annotations

from collections.abc import Collection

from django.core.cache import cache
from django.db.models import Count

from notifications.models import Notification

_SECONDS = 600


def count_unseen(*, user_id: int) -> int:
    """The number of notices not looked at: from the shared cache, else one query. Where caches are not shared, a change by another
    process shows when its delivery is carried, or within 10 minutes."""
    kept: int | None = cache.get(_slot(user_id))
    return recount_unseen(user_id=user_id) if kept is None else kept


def recount_unseen(*, user_id: int) -> int:
    """The same, counted now and kept. One query."""
    count = Notification.objects.filter(user_id=user_id, seen_at=None).count()
    cache.set(_slot(user_id), count, _SECONDS)
    return count


def count_unseen_of(*, user_ids: Collection[int]) -> dict[int, int]:
    """The same for many at once, counted now. One query."""
    unseen = Notification.objects.filter(user_id__in=user_ids, seen_at=None)
    return dict(unseen.values("user_id").annotate(n=Count("pk")).values_list("user_id", "n"))


def forget_count(*, user_id: int) -> None:
    """Count again at the next question."""
    cache.delete(_slot(user_id))


def is_counted(*, user_id: int) -> bool:
    """Whether the shared cache has a number for this person."""
    return cache.get(_slot(user_id)) is not None


def _slot(user_id: int) -> str:
    return f"notifications:unseen:{user_id}"
