"""Telling a person something, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from notifications.counts import forget_count, forget_groups
from notifications.enums import Level, Road, Transport
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.queries.choices import Levels, list_levels
from notifications.services.expecting import expect_digest
from notifications.services.planning import plan, plan_pushes, send_off


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
    hushed: bool = False,
) -> bool:
    """Tell a person something by the roads of its kind that they want; False when `dedupe_key` was told them before, and then nothing
    happens.

    It is written in the caller's transaction and carried afterwards by the outbox. `args` holds codes, dates and counts, never the
    words of anybody; `path` is a page of ours. `former_address` is sealed, and used by kinds that go to an address of before. What is
    `hushed` is told in the pages alone.
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
        hushed=hushed,
    )
    if Transport.IN_APP not in KINDS[kind].transports:  # nothing for the pages, where its person has it already
        row.seen_at = row.read_at = now
    with transaction.atomic():
        if not _insert(row):
            return False
        levels = list_levels(user_ids=[user_id], category=KINDS[kind].category)
        _set_out(row, levels, former_address, now)
        transaction.on_commit(lambda: _forget(user_id, group_key))
    return True


def _set_out(row: Notification, levels: Mapping[int, Levels], former_address: bytes, now: datetime) -> None:
    deliveries = plan(notices=[row], levels=levels, now=now)
    for delivery in deliveries:
        if delivery.transport == Transport.EMAIL_FORMER:
            delivery.address = former_address
        delivery.save(force_insert=True)
    send_off(deliveries, now=now)
    plan_pushes(notices=[row], levels=levels, now=now)
    if waits_for_digest(row, levels[row.user_id]):
        expect_digest(user_ids=[row.user_id], now=now)


def waits_for_digest(row: Notification, levels: Levels) -> bool:
    """Whether a notice is told by mail in the person's next digest."""
    return levels[Road.MAIL] == Level.DIGEST and not KINDS[row.kind].owed and not row.hushed


def _forget(user_id: int, group_key: str) -> None:
    forget_count(user_id=user_id)
    forget_groups(user_ids=[user_id], group_keys=[group_key])


def _insert(row: Notification) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if Notification.objects.filter(user_id=row.user_id, dedupe_key=row.dedupe_key).exists():
            return False
        raise
    return True
