"""What is asked oftener than it changes, kept in the shared cache: how many notices a person has not looked at, for the bell of every page,
and whether anything unread hangs on a room that they read on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

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


def recount_many(*, user_ids: Collection[int]) -> Mapping[int, int]:
    """`recount_unseen` for many. One query."""
    counts = dict.fromkeys(user_ids, 0) | count_unseen_of(user_ids=user_ids)
    cache.set_many({_slot(user_id): count for user_id, count in counts.items()}, _SECONDS)
    return counts


def count_unseen_of(*, user_ids: Collection[int]) -> dict[int, int]:
    """The same for many at once, counted now; who has none is left out. One query."""
    unseen = Notification.objects.filter(user_id__in=user_ids, seen_at=None)
    return dict(unseen.values("user_id").annotate(n=Count("pk")).values_list("user_id", "n"))


def forget_count(*, user_id: int) -> None:
    """Count again at the next question."""
    cache.delete(_slot(user_id))


def is_counted(*, user_id: int) -> bool:
    """Whether the shared cache has a number for this person."""
    return cache.get(_slot(user_id)) is not None


def knows_groups_read(*, user_id: int, group_keys: Sequence[str]) -> bool:
    """Whether these groups are known to have nothing unread; no query. A no means that nobody has looked for a while."""
    slots = [_group(user_id, key) for key in group_keys]
    return len(cache.get_many(slots)) == len(slots)


def note_groups_read(*, user_id: int, group_keys: Sequence[str]) -> None:
    """These groups have nothing unread now."""
    cache.set_many({_group(user_id, key): 0 for key in group_keys}, _SECONDS)


def forget_groups(*, user_ids: Collection[int], group_keys: Sequence[str]) -> None:
    """Something of these groups may be unread."""
    cache.delete_many([_group(user_id, key) for user_id in user_ids for key in group_keys])


def _slot(user_id: int) -> str:
    return f"notifications:unseen:{user_id}"


def _group(user_id: int, key: str) -> str:
    return f"notifications:read:{user_id}:{key}"
