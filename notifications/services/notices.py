"""Telling a person something, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from core.outbox import publish_many
from notifications.counts import forget_count
from notifications.enums import Level, Transport
from notifications.events import DeliveryDue
from notifications.kinds import HABITS, KINDS
from notifications.models import Delivery, Notification
from notifications.services.pushes import make_push_deliveries


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice is about, by its outward name."""

    app: str
    kind: str
    public_id: str

    @classmethod
    def account(cls, user: User) -> Subject:
        """The person's own account."""
        return cls("accounts", "USER", user.public_id)


def notify(
    *,
    user_id: int,
    kind: str,
    subject: Subject,
    dedupe_key: str,
    group_key: str,
    args: Mapping[str, Any],
    path: str,
    now: datetime,
    former_address: bytes = b"",
) -> bool:
    """Tell a person something by all roads of its kind; False when `dedupe_key` was told them before, and then nothing happens.

    It is written in the caller's transaction and carried afterwards by the outbox. `args` holds codes, dates and counts, never the
    words of anybody; `path` is a page of ours. `former_address` is sealed, and used by kinds that go to an address of before.
    """
    row = Notification(
        user_id=user_id,
        kind=kind,
        subject_app=subject.app,
        subject_kind=subject.kind,
        subject_public_id=subject.public_id,
        group_key=group_key,
        dedupe_key=dedupe_key,
        args=dict(args),
        path=path,
        created_at=now,
    )
    with transaction.atomic():
        if not _insert(row):
            return False
        made = [
            Delivery.objects.create(
                notification=row,
                transport=transport,
                next_at=now,
                created_at=now,
                address=former_address if transport == Transport.EMAIL_FORMER else b"",
            )
            for transport in KINDS[kind].transports
        ]
        publish_many([DeliveryDue(delivery_id=delivery.pk, attempt=0) for delivery in made])
        if HABITS[KINDS[kind].category].push == Level.NOW:
            make_push_deliveries(notices=[row], at=now, now=now)
        transaction.on_commit(lambda: forget_count(user_id=user_id))
    return True


def _insert(row: Notification) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if Notification.objects.filter(user_id=row.user_id, dedupe_key=row.dedupe_key).exists():
            return False
        raise
    return True
