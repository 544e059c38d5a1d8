"""What of the notices goes when somebody has their account erased; `privacy` calls, step by step, and has asked what is held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.erasing import Rows, add_up, delete_some
from notifications.counts import forget_count, is_counted
from notifications.models import Delivery, Notification, NotificationSettings, Preference, PushSubscription


def drop_reach(*, user_id: int, now: datetime) -> Rows:
    """A batch of the roads to somebody: what waits to be sent, with the addresses in it, their devices, and how they wanted to be told.
    `{}` once nothing leads to them any more."""
    return add_up(*(delete_some(rows) for rows in _reach(user_id)))


def has_reach(*, user_id: int) -> bool:
    """Whether a road still leads to them."""
    return any(rows.exists() for rows in _reach(user_id))


def _reach(user_id: int) -> tuple[QuerySet[Any], ...]:
    models = (PushSubscription, Preference, NotificationSettings)
    of_person = (model._default_manager.filter(user_id=user_id) for model in models)
    return (Delivery.objects.filter(notification__user_id=user_id), *of_person)


def forget_caches(*, user_id: int) -> None:
    """Drop what the shared cache counts for them."""
    forget_count(user_id=user_id)


def has_caches(*, user_id: int) -> bool:
    """Whether the shared cache counts something for them."""
    return is_counted(user_id=user_id)


def erase_notices(*, user_id: int, now: datetime) -> Rows:
    """A batch of what somebody was told."""
    return delete_some(Notification.objects.filter(user_id=user_id))


def has_notices(*, user_id: int) -> bool:
    """Whether they are told anything still."""
    return Notification.objects.filter(user_id=user_id).exists()
