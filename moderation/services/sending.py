"""Statements on their way to the Commission's database: in batches, again after a fault, once each however often they are sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from core.leases import claim_lease, is_held
from moderation.metrics import STATEMENTS, STATEMENTS_STOPPED
from moderation.models import StaffProfile, StatementOfReasons
from moderation.providers.transparency import (
    BATCH,
    Refused,
    SeenBefore,
    TryLater,
    Unauthorized,
    find_stored,
    send_batch,
)
from moderation.services.noting import note

logger = logging.getLogger("resaka.dsa")

BATCHES_AT_ONCE = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=12)
# After a refused token nothing is tried for this long: only a person can mend it.
STOP_SECONDS = 3600
_STOP = "moderation.dsa.token"
_ERROR = 1000
NOT_OURS = "puid: already used there by another statement"


class AlreadySent(ValueError):
    """The database has this statement."""


def send_due_statements(*, now: datetime) -> int:
    """Send what is due, up to ten batches of a hundred; how many the database took. Sends nothing in the mode `micro`.

    A fault of the other side ends it: what is left comes again with doubling delay. A refused token stops everything for an hour.
    """
    if settings.DSA_MODE != "platform" or is_held(name=_STOP, now=now):
        return 0
    STATEMENTS_STOPPED.set(0)
    sent = 0
    for _number in range(BATCHES_AT_ONCE):
        batch = list(StatementOfReasons.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:BATCH])
        if not batch:
            break
        try:
            sent += _send(batch, now)
        except Unauthorized as error:
            _stop(str(error), now)
            break
        except TryLater as error:
            _put_off(batch, error, now)
            break
    return sent


def resend_statement(*, statement: StatementOfReasons, by: StaffProfile, now: datetime) -> None:
    """Have a statement that was refused tried again from the next batch on.

    Raises:
        AlreadySent.
    """
    with transaction.atomic():
        waiting = StatementOfReasons.objects.filter(pk=statement.pk, sent_at__isnull=True)
        if not waiting.update(due_at=now, tries=0, error=""):
            raise AlreadySent(statement.puid)
        note(
            action="statement.resend",
            by=by,
            object_kind="statement",
            object_ref=statement.puid,
            reason=statement.error[:200] or "resend",
            now=now,
        )
    statement.refresh_from_db()


def is_stopped(*, now: datetime) -> bool:
    """Whether the database refused our token within the last hour."""
    return is_held(name=_STOP, now=now)


def _send(batch: Sequence[StatementOfReasons], now: datetime) -> int:
    """Send a batch, without those of it that are found wrong; how many are there then."""
    if not batch:
        return 0
    try:
        numbers = send_batch([statement.payload for statement in batch])
    except SeenBefore as seen:
        return _settle_seen(batch, seen, now)
    except Refused as refused:
        return _split(batch, refused, now)
    for statement in batch:
        _mark_sent(statement, numbers[statement.puid], now)
    return len(batch)


def _split(batch: Sequence[StatementOfReasons], refused: Refused, now: datetime) -> int:
    """The bad ones wait for somebody of the team. Where none is named, halves find out which it is."""
    if refused.faults:
        for place, words in refused.faults.items():
            _mark_refused(batch[place], words)
        return _send([statement for place, statement in enumerate(batch) if place not in refused.faults], now)
    if len(batch) == 1:
        _mark_refused(batch[0], str(refused))
        return 0
    middle = len(batch) // 2
    return _send(batch[:middle], now) + _send(batch[middle:], now)


def _settle_seen(batch: Sequence[StatementOfReasons], seen: SeenBefore, now: datetime) -> int:
    """An answer was lost on its way: what is there and says the same as ours is done."""
    there = [statement for statement in batch if statement.puid in seen.puids]
    if not there:
        raise TryLater("names numbers that were not sent")
    done = sum(_settle_one(statement, now) for statement in there)
    return done + _send([statement for statement in batch if statement not in there], now)


def _settle_one(statement: StatementOfReasons, now: datetime) -> int:
    found = find_stored(statement.puid)
    if found is None:
        raise TryLater("said to be there, and is not found")
    if (found.facts, found.category) != (statement.payload["decision_facts"], statement.payload["category"]):
        _mark_refused(statement, NOT_OURS)
        return 0
    _mark_sent(statement, found.uuid, now)
    return 1


def _mark_sent(statement: StatementOfReasons, uuid: str, now: datetime) -> None:
    StatementOfReasons.objects.filter(pk=statement.pk).update(sent_at=now, due_at=None, remote_uuid=uuid[:64], error="")
    STATEMENTS.labels("sent").inc()


def _mark_refused(statement: StatementOfReasons, words: str) -> None:
    StatementOfReasons.objects.filter(pk=statement.pk).update(due_at=None, error=words[:_ERROR], tries=F("tries") + 1)
    STATEMENTS.labels("refused").inc()
    logger.error("statement refused", extra={"fields": {"puid": statement.puid, "why": words[:200]}})


def _put_off(batch: Sequence[StatementOfReasons], error: TryLater, now: datetime) -> None:
    """Those of the batch that are still due wait, twice as long as the last time, and not less than the other side asks for."""
    for statement in StatementOfReasons.objects.filter(pk__in=[one.pk for one in batch], due_at__isnull=False):
        wait = max(min(FIRST_WAIT * 2 ** min(statement.tries, 10), LONGEST_WAIT), timedelta(seconds=error.wait))
        again = StatementOfReasons.objects.filter(pk=statement.pk, sent_at__isnull=True)
        again.update(due_at=now + wait, tries=F("tries") + 1, error=str(error)[:_ERROR])
    STATEMENTS.labels("put_off").inc()
    logger.warning("statements put off", extra={"fields": {"why": str(error)[:200], "count": len(batch)}})


def _stop(why: str, now: datetime) -> None:
    claim_lease(name=_STOP, holder="token", seconds=STOP_SECONDS, now=now)
    STATEMENTS_STOPPED.set(1)
    logger.error("the transparency database refuses our token; nothing is sent for an hour", extra={"fields": {"why": why}})
