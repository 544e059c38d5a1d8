"""Destroying what is due: in small batches, none of which destroys what a legal hold names.

Every batch takes the epoch of the holds first (`moderation.services.holds.take_epoch`), reads what is held, decides row by row
(`privacy.retention.decide`) and destroys, in one transaction. So a batch in flight ends before a hold is placed, and all later ones see it.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction

from accounts.services import connections
from accounts.services.closure import finish_closings
from chat.services import purge as rooms
from chat.services.partitions import turn_partitions
from core.purging import Due, Owners, Shelf, Spared
from core.setaside import drop_set_aside, list_tables
from moderation.courts.terms import HoldScope
from moderation.queries.holds import Held, HoldSpan, is_held, list_held
from moderation.services.holds import take_epoch
from privacy.enums import OPEN_STATES, DeletionReason, RequestKind, Verdict
from privacy.models import DataRequest
from privacy.queries.reaches import list_reaches
from privacy.retention import Rule, decide
from privacy.services.records import record_deletion
from privacy.services.shelves import SHELVES

BATCH = 500
# Seconds within which a batch may be followed by one of twice its size, and after which by one of half.
_QUICK, _SLOW = 0.2, 1.0
_SMALLEST, _LARGEST = 50, 2000
_ROUNDS = 60  # so that a kind of which 350 rows a second come keeps pace with a job of every five minutes
_JOB = "privacy.purge_due"
# Under which code rows that were set aside are held.
_ASIDE = {"chat_roomevent": "MESSAGE_BODY", "accounts_connectionrecord": "CONNECTION"}


def purge_due(*, now: datetime, rounds: int = _ROUNDS) -> dict[str, int]:
    """Destroy what is due of every kind, at most `rounds` batches each, of 500 rows at first; how many rows of each kind, those with none
    left out. Batches grow while they are quick and shrink when they are slow, so none holds its locks for long.

    A kind without a rule is never touched: what has no row in the matrix is kept, and `manage.py check` says so (privacy.E001).
    """
    done: dict[str, int] = {}
    for rule, owners in list_reaches():
        count = sum(_purge_shelf(rule, owners, shelf, now, rounds) for shelf in SHELVES.get(rule.code, ()))
        if count:
            done[rule.code] = done.get(rule.code, 0) + count
    aside = sum(_purge_aside(table, now) for table in list_tables())
    return done | ({"SET_ASIDE": aside} if aside else {})


def turn_days(*, now: datetime) -> dict[str, dict[str, int]]:
    """Make the partitions of the coming days and drop those that are over, after what is held in them was set aside."""
    return {
        "MESSAGE_BODY": turn_partitions(keep=partial(_keep_events, now), now=now),
        "CONNECTION": connections.turn_connections(keep=partial(_keep_connections, now), now=now),
    }


def close_accounts(*, now: datetime) -> int:
    """Close the accounts whose days of grace are over, but for those that a hold names; how many."""
    return finish_closings(may_close=partial(_may_close, now), now=now)


def _purge_shelf(rule: Rule, owners: Owners, shelf: Shelf, now: datetime, rounds: int) -> int:
    """Most shelves have nothing due most of the time: that is looked at before anything is locked."""
    if not shelf.due(before=rule.due_before(now), spared=Spared(), owners=owners, now=now).exists():
        return 0
    total, limit = 0, BATCH
    for _round in range(rounds):
        began = time.monotonic()
        listed, destroyed = _purge_batch(rule, owners, shelf, now, limit)
        total += destroyed
        if listed < limit:
            break
        seconds = time.monotonic() - began
        if seconds > _SLOW:
            limit = max(_SMALLEST, limit // 2)
        elif seconds < _QUICK:
            limit = min(_LARGEST, limit * 2)
    return total


def _purge_batch(rule: Rule, owners: Owners, shelf: Shelf, now: datetime, limit: int) -> tuple[int, int]:
    """How many rows were looked at, and how many of them destroyed."""
    rows = 0
    with transaction.atomic():
        take_epoch()
        held = list_held(code=rule.code, now=now)
        due = shelf.list_due(before=rule.due_before(now), spared=held.spared, limit=limit, owners=owners, now=now)
        doomed = [one for one in due if decide(rule, {rule.clock: one.clock}, now, _spans(held, one), None) == Verdict.DESTROY]
        if doomed:
            rows = shelf.destroy([one.key for one in doomed])
        if rows:
            kept = min(rule.keep_for(one.clock) for one in doomed)
            table = shelf.rows(now).model._meta.db_table
            record_deletion(code=rule.code, store=table, rows=rows, kept=kept, reason=DeletionReason.DUE, job=_JOB, now=now)
    return len(due), rows


def _spans(held: Held, row: Due) -> list[HoldSpan]:
    return held.spans_of(user_id=row.owner_id, room_id=row.place_id, case_id=row.matter_id, number=row.number)


def _purge_aside(table: str, now: datetime) -> int:
    with transaction.atomic():
        take_epoch()
        rows = drop_set_aside(table=table, spared=list_held(code=_ASIDE[table], now=now).spared, limit=BATCH)
        if rows:
            over = DeletionReason.HOLD_OVER
            record_deletion(code=_ASIDE[table], store=table, rows=rows, kept=timedelta(0), reason=over, job=_JOB, now=now)
    return rows


def _keep_events(now: datetime, day: date) -> int:
    with transaction.atomic():
        take_epoch()
        return rooms.set_aside_day(day=day, spared=list_held(code="MESSAGE_BODY", now=now).spared, now=now)


def _keep_connections(now: datetime, day: date) -> int:
    with transaction.atomic():
        take_epoch()
        return connections.set_aside_day(day=day, owners=list_held(code="CONNECTION", now=now).users, now=now)


def _may_close(now: datetime, user_id: int) -> bool:
    take_epoch()
    if DataRequest.objects.filter(user_id=user_id, kind=RequestKind.ERASURE, state__in=OPEN_STATES).exists():
        return False  # its erasure closes it, in its own order
    return not is_held(scope=HoldScope.USER, subject_id=user_id, code="ACCOUNT_OTHER", now=now)
