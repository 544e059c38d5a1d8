"""Telling many people the same, once each, in a few statements: a room of ten thousand that talks is one notice for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from core.outbox import publish_many
from notifications.counts import forget_groups, recount_many
from notifications.enums import PUSH_TRANSPORTS, DeliveryState, Transport
from notifications.kinds import KINDS, Kind
from notifications.models import Delivery, Notification
from notifications.queries.choices import Levels, list_levels
from notifications.services.deciding import GAPS
from notifications.services.deliveries import group_pushes
from notifications.services.expecting import expect_digest
from notifications.services.notices import Subject, waits_for_digest
from notifications.services.planning import plan, plan_pushes, wait_of
from notifications.transports.in_app import push_counts

_ROWS = 500
# Reasons for which a delivery stayed that a new fact may overcome.
_OVERCOME = ("READ", "SEEN", "QUIET", "MERGED")


@dataclass(frozen=True, slots=True)
class News:
    """What happened, the same for all: `dedupe_key` names this round of it."""

    kind: str
    subject: Subject
    group_key: str
    dedupe_key: str
    args: Mapping[str, Any]
    path: str


def tell_crowd(*, news: News, counts: Mapping[int, int], now: datetime) -> int:
    """Tell people of many facts of one group, given how many are unread for each; called in a transaction. How many were told.

    Who has an unread notice of the group gets no other: it is brought up to date, at most after a minute, then five, then every quarter of
    an hour. About fifteen statements for at most 500 people, whatever their number.
    """
    known = _unread_of(news, counts)
    due = [row for row in known.values() if now - row.latest_at >= _pause(row)]
    fresh = _insert(news, {user_id: count for user_id, count in counts.items() if user_id not in known}, now)
    _bring_up_to_date(due, news, counts, now)
    levels = list_levels(user_ids=[row.user_id for row in (*fresh, *due)], category=KINDS[news.kind].category)
    _set_out(fresh, levels, now)
    _set_out_again(due, KINDS[news.kind], now)
    expect_digest(user_ids=[row.user_id for row in (*fresh, *due) if waits_for_digest(row, levels[row.user_id])], now=now)
    told = [row.user_id for row in (*fresh, *due)]
    transaction.on_commit(lambda: _show(told, news.group_key))
    return len(told)


def _unread_of(news: News, counts: Mapping[int, int]) -> dict[int, Notification]:
    rows = Notification.objects.filter(user_id__in=counts, group_key=news.group_key, kind=news.kind, read_at=None)
    return {row.user_id: row for row in rows.order_by("pk")}


def _pause(row: Notification) -> timedelta:
    """How long a notice stays as it was told last: the longer nobody reads it, the longer."""
    told_for = row.latest_at - row.created_at
    if told_for < GAPS[0]:
        return GAPS[0]
    return GAPS[1] if told_for < GAPS[0] + GAPS[1] else GAPS[2]


def _insert(news: News, counts: Mapping[int, int], now: datetime) -> list[Notification]:
    rows = [
        Notification(
            user_id=user_id,
            kind=news.kind,
            subject_app=news.subject.app,
            subject_kind=news.subject.kind,
            subject_public_id=news.subject.public_id,
            group_key=news.group_key,
            dedupe_key=news.dedupe_key,
            args=dict(news.args),
            path=news.path,
            created_at=now,
            count=count,
        )
        for user_id, count in counts.items()
    ]
    if not rows:
        return []
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_ROWS)
    return list(Notification.objects.filter(user_id__in=counts, dedupe_key=news.dedupe_key, created_at=now))


def _bring_up_to_date(rows: Sequence[Notification], news: News, counts: Mapping[int, int], now: datetime) -> None:
    if not rows:
        return
    for row in rows:
        row.count, row.again_at = counts[row.user_id], now
    Notification.objects.bulk_update(rows, ["count"], batch_size=_ROWS)
    same = Notification.objects.filter(pk__in=[row.pk for row in rows])
    same.update(again_at=now, seen_at=None, args=dict(news.args))


def _set_out(rows: Sequence[Notification], levels: Mapping[int, Levels], now: datetime) -> None:
    """To mailboxes and devices, as each wants. The pages need no delivery: who has one open is told at the end, all in one."""
    mails = [one for one in plan(notices=rows, levels=levels, now=now) if one.transport != Transport.IN_APP]
    Delivery.objects.bulk_create(mails, batch_size=_ROWS)  # they wait for minutes, so the job that wakes what is due finds them
    plan_pushes(notices=rows, levels=levels, now=now)


def _set_out_again(rows: Sequence[Notification], kind: Kind, now: datetime) -> None:
    """Once more by the ways by which it went; how far apart is decided there."""
    gone = Delivery.objects.filter(notification__in=rows)
    gone = gone.filter(state=DeliveryState.SENT) | gone.filter(state=DeliveryState.SUPPRESSED, reason__in=_OVERCOME)
    found = list(gone.values_list("pk", "attempt", "transport"))
    waits = {transport: wait_of(kind, Transport(transport).road) for _pk, _attempt, transport in found}
    for transport, wait in waits.items():
        mine = [(pk, attempt) for pk, attempt, by in found if by == transport]
        again = Delivery.objects.filter(pk__in=[pk for pk, _attempt in mine])
        again.update(state=DeliveryState.WAITING, reason="", next_at=now + wait)
        if transport in PUSH_TRANSPORTS:
            publish_many(group_pushes(mine), after=wait)


def _show(user_ids: Sequence[int], group_key: str) -> None:
    if not user_ids:
        return
    forget_groups(user_ids=user_ids, group_keys=[group_key])
    names = dict(User.objects.filter(pk__in=user_ids).values_list("pk", "public_id"))
    push_counts({names[user_id]: count for user_id, count in recount_many(user_ids=user_ids).items() if user_id in names})
