"""Whom the house has known for a while: what they show is shown at once and checked after."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from accounts.queries import was_suspended_since
from chat.models import MessageMeta

NEW_FOR = timedelta(days=3)
WRITTEN = 3
CLEAN_FOR = timedelta(days=90)


def has_standing(*, user: User, now: datetime) -> bool:
    """Whether an account is three days old, has written three messages and was not suspended in 90 days. Two queries at most."""
    if now < user.created_at + NEW_FOR:
        return False
    written = MessageMeta.objects.filter(author_id=user.pk).values_list("seq")[:WRITTEN]
    return len(written) == WRITTEN and not was_suspended_since(user=user, since=now - CLEAN_FOR)
