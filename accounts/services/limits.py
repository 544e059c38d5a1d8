"""Restriction of processing (GDPR, article 18): while it lasts, what an account holds is stored and nothing else is done with it.

Others see neither the person nor what they wrote (`accounts.queries.relations` and `people` look at `User.restricted_at`), and the person
reads without writing. Duties of the house go on, as the article says: what justice asks, reports about others, open contracts.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from core import audit


def restrict_processing(*, user: User, now: datetime) -> bool:
    """Take what an account holds out of the product; False when it was out already."""
    return _change(user, now, now=now)


def resume_processing(*, user: User, now: datetime) -> bool:
    """Give it back; False when nothing was restricted."""
    return _change(user, None, now=now)


@transaction.atomic
def _change(user: User, restricted_at: datetime | None, *, now: datetime) -> bool:
    if not User.objects.filter(pk=user.pk, restricted_at__isnull=restricted_at is not None).update(restricted_at=restricted_at):
        return False
    user.restricted_at = restricted_at
    action = "account.restrict" if restricted_at else "account.resume_processing"
    entry = audit.Entry(action=action, object_kind="account", object_ref=user.public_id, reason="GDPR 18", role="system")
    audit.append(entry, now=now)
    return True
