"""The outbox: what happened is written beside its cause, in one transaction, and handed to its handlers afterwards.

At least once, in no promised order. One row per (event, handler). A row is claimed by a conditional UPDATE and leased for 30 s. Who begins
it takes a lease of its own, so that one hand-out runs once however often a broker repeats it. What is not done when its lease ends is
handed out again.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from core.clock import SharedNow
from core.models import OutboxEvent, OutboxState
from core.purging import Shelf, delete_rows
from core.sql import Statement, insert, literal

logger = logging.getLogger("resaka.outbox")

LEASE = timedelta(seconds=30)
WINDOW = 500  # rows that may be out at once: a slow worker is not handed the same backlog twice
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
MAX_ATTEMPTS = 15  # about five hours of trying
KEPT = timedelta(days=7)
_ERROR_LENGTH = 2000
_INSERT_ROWS = 500
_NOW: dict[str, Any] = {"due_at": SharedNow(), "created_at": SharedNow()}


class OutsideTransaction(RuntimeError):
    """An event was published where nothing would commit it together with its cause."""


class LeaseLost(Exception):
    """Somebody else has taken this delivery meanwhile; what was done in this transaction goes back."""


class NotYet(Exception):
    """Said by a handler whose turn is after another's: it is tried again as after a failure, but nothing is wrong, and the log says so."""


@dataclass(frozen=True, slots=True)
class Route:
    """One event and one of its handlers.

    The handler runs in the transaction that marks the delivery done: its effect happens once. With `outside` its effect is not in the
    database (files, mail, another service): it runs without a transaction and holds no lock, and must bear running twice.
    """

    event: type[Any]
    handler: Callable[[Any], None]
    outside: bool = False

    @property
    def name(self) -> str:
        """Stable in the rows when modules move within their app."""
        return f"{self.handler.__module__.partition('.')[0]}.{self.handler.__name__}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that was handed to us under a lease."""

    pk: int
    lease: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox stands: deliveries that wait, those put aside, and how long the oldest waiting one has been there."""

    pending: int
    parked: int
    age_seconds: float


_routes: dict[type[Any], list[Route]] | None = None
_by_name: dict[tuple[str, str], Route] = {}
_listeners: tuple[threading.Event, ...] = ()


def _event_name(event: type[Any]) -> str:
    return f"{event.__module__.partition('.')[0]}.{event.__name__}"


def register(routes: Iterable[Route]) -> None:
    """Set the table of the whole system (superapp.wiring)."""
    global _routes
    table: dict[type[Any], list[Route]] = {}
    _by_name.clear()
    for route in routes:
        table.setdefault(route.event, []).append(route)
        _by_name[_event_name(route.event), route.name] = route
    _routes = table


def registered() -> list[Route]:
    """The table as it was set."""
    return list(_by_name.values())


def publish(event: Any) -> None:
    """Write a frozen dataclass of primitives for each of its handlers; without one it costs nothing.

    Raises:
        OutsideTransaction.
    """
    publish_many([event])


def publish_many(events: Sequence[Any], *, after: timedelta = timedelta(0)) -> None:
    """`publish` for many events, in one insert; with `after` they are handed out no sooner than that.

    Raises:
        OutsideTransaction.
    """
    wanted = _wanted(events)
    if not wanted:
        return
    if not connection.in_atomic_block:
        raise OutsideTransaction(type(wanted[0][0]).__name__)
    times = _NOW | {"due_at": SharedNow() + after} if after else _NOW
    OutboxEvent.objects.bulk_create(
        (
            OutboxEvent(event=_event_name(route.event), handler=route.name, payload=dataclasses.asdict(event), **times)
            for event, route in wanted
        ),
        batch_size=_INSERT_ROWS,
    )
    transaction.on_commit(nudge)


def _wanted(events: Sequence[Any]) -> list[tuple[Any, Route]]:
    if _routes is None:
        raise RuntimeError("the outbox has no table of handlers yet: superapp.wiring sets it at start")
    return [(event, route) for event in events for route in _routes.get(type(event), ())]


def statements_of(events: Sequence[Any], *, vendor: str) -> list[Statement]:
    """What `publish_many` would insert, as statements for whoever sends its own to the database in one packet (`core.sql`): none where
    nobody listens. They belong into the transaction of their cause. Relays are not woken; they look each second.
    """
    wanted = _wanted(events)
    if not wanted:
        return []
    now = _now(vendor)
    columns = ("event", "handler", "payload", "state", "due_at", "lease", "attempts", "last_error", "created_at")
    row = f"(%s, %s, %s, '{OutboxState.PENDING.value}', {now}, '', 0, '', {now})"
    values = [text for event, route in wanted for text in (_event_name(route.event), route.name, json.dumps(dataclasses.asdict(event)))]
    return [Statement(insert(OutboxEvent._meta.db_table, columns, [row] * len(wanted)).sql, values)]


def _now(vendor: str) -> str:
    """SQL for the time that all processes share."""
    return "UTC_TIMESTAMP(6)" if vendor == "mysql" else literal(timezone.now())


def nudge() -> None:
    """Wake the relays of this process; those of others look every second."""
    for listener in _listeners:
        listener.set()


def listen(event: threading.Event) -> None:
    """Have `event` set at every commit that published something."""
    global _listeners
    _listeners = (*_listeners, event)


def forget(event: threading.Event) -> None:
    """End `listen`."""
    global _listeners
    _listeners = tuple(one for one in _listeners if one is not event)


def has_due() -> bool:
    """Whether a delivery is due by the clock that all share. Relays ask every second, and SQLite would take its write lock for `claim`."""
    table, pending, now = OutboxEvent._meta.db_table, OutboxState.PENDING.value, _now(connection.vendor)
    sql = f"SELECT 1 FROM {table} WHERE state = '{pending}' AND due_at <= {now} LIMIT 1"  # noqa: S608  (names and a time of ours)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() is not None


def claim(*, now: datetime, limit: int = 100) -> list[Claim]:
    """Take up to `limit` deliveries that are due, under one new lease of 30 s; two callers never get the same one."""
    due = OutboxEvent.objects.filter(state=OutboxState.PENDING, due_at__lte=now)
    out = OutboxEvent.objects.filter(state=OutboxState.PENDING, due_at__gt=now).exclude(lease="").count()
    limit = min(limit, WINDOW - out)
    if limit <= 0:
        return []
    lease = secrets.token_hex(8)
    with transaction.atomic():
        rows = due.order_by("due_at")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True)[:limit])
        due.filter(pk__in=ids).update(lease=lease, due_at=now + LEASE)
        return [Claim(pk=pk, lease=lease) for pk in OutboxEvent.objects.filter(pk__in=ids, lease=lease).values_list("pk", flat=True)]


def release(claims: Sequence[Claim], *, now: datetime, error: str = "") -> None:
    """Give back what was not handed to anybody; it counts as no attempt."""
    change = {"last_error": error[:_ERROR_LENGTH]} if error else {}
    for lease in {one.lease for one in claims}:
        rows = OutboxEvent.objects.filter(pk__in=[one.pk for one in claims], lease=lease, state=OutboxState.PENDING)
        rows.update(lease="", due_at=now, **change)


def deliver(one: Claim) -> bool:
    """Run one delivery; whether it was done here. What its handler raises is kept in the row, and the row is due again later."""
    row = _begin(one)
    if row is None:
        return False
    route = _by_name.get((row.event, row.handler))
    if route is None:
        _fail(row, f"no handler {row.handler} for {row.event}", park=True)
        return False
    try:
        event = route.event(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.payload.items()})
        if route.outside:
            route.handler(event)
        with transaction.atomic():
            _mark_done(row)  # first, so that no relay takes the row while its handler runs
            if not route.outside:
                route.handler(event)
    except LeaseLost:
        return False
    except Exception as error:
        _tell(row, error)
        _fail(row, f"{type(error).__name__}: {error}")
        return False
    return True


def _tell(row: OutboxEvent, error: Exception) -> None:
    fields = {"fields": {"delivery": row.pk, "handler": row.handler, "attempt": row.attempts}}
    if isinstance(error, NotYet):
        logger.info("delivery waits", extra=fields)
    else:
        logger.error("delivery failed", exc_info=error, extra=fields)


def _begin(one: Claim) -> OutboxEvent | None:
    """Count the attempt and swap the lease in one UPDATE: a claim that a broker repeats begins once."""
    mine = secrets.token_hex(8)
    rows = OutboxEvent.objects.filter(pk=one.pk, state=OutboxState.PENDING, lease=one.lease)
    if not rows.update(lease=mine, attempts=F("attempts") + 1, due_at=SharedNow() + LEASE):
        return None
    row = OutboxEvent.objects.get(pk=one.pk)
    if row.attempts > MAX_ATTEMPTS:  # it never came back to say why
        row.attempts = MAX_ATTEMPTS
        _fail(row, row.last_error or "the process ended in every attempt", park=True)
        return None
    return row


def _mark_done(row: OutboxEvent) -> None:
    mine = OutboxEvent.objects.filter(pk=row.pk, state=OutboxState.PENDING, lease=row.lease)
    if not mine.update(state=OutboxState.DONE, lease="", due_at=SharedNow() + KEPT):
        raise LeaseLost


def _fail(row: OutboxEvent, error: str, *, park: bool = False) -> None:
    mine = OutboxEvent.objects.filter(pk=row.pk, state=OutboxState.PENDING, lease=row.lease)
    state = OutboxState.PARKED if park or row.attempts >= MAX_ATTEMPTS else OutboxState.PENDING
    due_at = SharedNow() + delay_after(row.attempts)
    mine.update(state=state, lease="", attempts=row.attempts, due_at=due_at, last_error=error[:_ERROR_LENGTH])


def delay_after(attempts: int) -> timedelta:
    """The pause after that many attempts: 5 s, doubling, an hour at most."""
    return min(LONGEST_DELAY, FIRST_DELAY * (1 << min(max(attempts, 1) - 1, 20)))


def retry_parked(*, ids: Iterable[int], now: datetime) -> int:
    """Try again from the start what was put aside; how many there were."""
    with transaction.atomic():
        rows = OutboxEvent.objects.filter(pk__in=list(ids), state=OutboxState.PARKED)
        count = rows.update(state=OutboxState.PENDING, lease="", attempts=0, due_at=now)
        transaction.on_commit(nudge)
    return count


# What was done more than a week ago; `privacy` empties it.
DONE_SHELF = Shelf(lambda now: OutboxEvent.objects.filter(state=OutboxState.DONE), "due_at", delete_rows(OutboxEvent))


def standing(*, now: datetime) -> Standing:
    """One query over the rows that are not done."""
    rows = OutboxEvent.objects.filter(state__in=[OutboxState.PENDING, OutboxState.PARKED])
    waits = Q(state=OutboxState.PENDING)
    found = rows.aggregate(pending=Count("pk", filter=waits), parked=Count("pk", filter=~waits), oldest=Min("created_at", filter=waits))
    age = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return Standing(pending=found["pending"], parked=found["parked"], age_seconds=max(0.0, age))
