"""The one writer of a process: messages that come while a transaction runs share the next one.

The first message after a pause goes at once. While messages keep coming, a transaction begins no sooner than `GATHER_SECONDS` after the
one before began, or `CROWDED_SECONDS` after one that carried several: what comes meanwhile rides with it, a delay that nobody sees, and
most of the commits are saved. Once everybody waits who has written lately, or a whole batch, nothing more is to come. A commit costs a
disk's or a round trip's time however many messages it holds, so the busier the rooms, the cheaper each message. A web process starts the
writer; where none runs (commands, tests) a message is written at once by whoever sends it, by the same rules.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from django.utils.translation import gettext_lazy as _

from chat.services.drafts import Draft, Sent
from chat.services.errors import ChatError
from chat.services.sending import Batch
from core import metrics
from core.sql import Statement, execute_all
from realtime import services as live

logger = logging.getLogger("resaka.writer")
BATCH = 256
QUEUE = 10_000
GATHER_SECONDS = 0.008
CROWDED_SECONDS = 0.024
LATELY_SECONDS = 1.0
_ATTEMPTS = 3
_RETRY_SECONDS = 5.0
_PASSING_TROUBLE = {1205, 1213}  # lock wait timeout, deadlock (MariaDB error codes): the same batch succeeds when tried again
_LOST_CONNECTION = {2006, 2013}  # it went while nobody looked: a new one may do, and client ids keep apart what was committed before
_LOST_AT_ONCE_SECONDS = 3.0  # later than that the database was silent, and would be again

Outcomes = dict[Draft, Sent | Exception]
Events = list[Any]


class Unavailable(ChatError):
    """The database does not answer: nothing is lost as long as the client keeps the message and sends it again."""

    code, words = "unavailable", _("Les messages ne peuvent pas être enregistrés pour le moment. Le vôtre est gardé et repartira.")

    def __init__(self) -> None:
        super().__init__(retry=_RETRY_SECONDS)


def write_now(draft: Draft) -> Sent:
    """Write one message in a transaction of the caller's thread.

    Raises:
        what refused it.
    """
    outcome, events = _attempt([draft], find_first=False)
    _tell(events)
    return _result(outcome[draft])


def _result(outcome: Sent | Exception) -> Sent:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _attempt(drafts: Sequence[Draft], *, find_first: bool) -> tuple[Outcomes, Events]:
    """Write the drafts together. When a client id turns out to be used already, all is judged anew with that knowledge."""
    try:
        with transaction.atomic():
            batch = Batch(connection, drafts)
            batch.judge(find_first=find_first)
            _execute(batch.statements())
            batch.write_news()
    except IntegrityError:
        if find_first:
            raise
        return _attempt(drafts, find_first=True)
    return batch.outcomes, batch.events()


def _execute(statements: Sequence[Statement]) -> None:
    if statements:
        execute_all(connection, statements)


def _tell(events: Events) -> None:
    """Fan out once the surrounding transaction, if there is one, has committed."""
    if events:
        transaction.on_commit(lambda: _publish(events))


def _publish(events: Events) -> None:
    live.publish_events(events)


class _Ticket:
    """A draft and who waits for what becomes of it."""

    __slots__ = ("draft", "future", "loop")

    def __init__(self, draft: Draft, future: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        self.draft = draft
        self.future = future
        self.loop = loop


class _Authors:
    """Who has written lately: in the present second and the one before."""

    def __init__(self) -> None:
        self._now: set[int] = set()
        self._before: set[int] = set()
        self._since = 0.0

    def add(self, user_id: int) -> None:
        self._now.add(user_id)

    def count(self, now: float) -> int:
        """How many they are; `now` in seconds of a clock that only goes forwards."""
        number = len(self._now | self._before)
        if now - self._since > LATELY_SECONDS:
            self._before, self._now, self._since = self._now, set(), now
        return number


class Writer(threading.Thread):
    """Takes what has gathered, writes it, answers, and looks again."""

    def __init__(self) -> None:
        super().__init__(name="resaka-writer", daemon=True)
        self._tickets: deque[_Ticket] = deque()
        self._wake = threading.Condition()
        self._stopped = False
        self._began = 0.0
        self._gather = GATHER_SECONDS
        self._authors = _Authors()
        self._enough = 1  # messages for which the thread wakes up: it is spared the others

    def _submit(self, ticket: _Ticket) -> None:
        with self._wake:
            if self._stopped or len(self._tickets) >= QUEUE:
                raise Unavailable
            self._tickets.append(ticket)
            self._authors.add(ticket.draft.user_id)
            if len(self._tickets) >= self._enough:
                self._wake.notify()

    def write(self, draft: Draft) -> Sent:
        """Hand a message over and wait, from a thread."""
        future: Future[Sent] = Future()
        self._submit(_Ticket(draft, future, None))
        return future.result()

    async def write_soon(self, draft: Draft) -> Sent:
        """Hand a message over and wait, from a loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sent] = loop.create_future()
        self._submit(_Ticket(draft, future, loop))
        return await future

    def stop(self) -> None:
        """Write what has gathered, then end."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self.join(timeout=30)

    def run(self) -> None:
        while batch := self._next():
            self._began = started = time.perf_counter()
            self._gather = CROWDED_SECONDS if len(batch) > 1 else GATHER_SECONDS
            outcomes, events = _write([ticket.draft for ticket in batch])
            metrics.BATCH_SIZE.observe(len(batch))
            metrics.FLUSH_SECONDS.observe(time.perf_counter() - started)
            _answer(batch, outcomes, events)
        _disconnect()

    def _next(self) -> list[_Ticket]:
        with self._wake:
            self._enough = 1
            while not self._tickets and not self._stopped:
                self._wake.wait()
            self._enough = min(BATCH, self._authors.count(time.perf_counter()))
            while len(self._tickets) < self._enough and not self._stopped:
                left = self._began + self._gather - time.perf_counter()
                if left <= 0:
                    break
                self._wake.wait(left)  # ends at once when the process does; `time.sleep` fails where the clock is bent
            return [self._tickets.popleft() for _number in range(min(BATCH, len(self._tickets)))]


def _answer(batch: Sequence[_Ticket], outcomes: Outcomes, events: Events) -> None:
    """Answer those who sent, and tell those who listen. A loop is woken once, however many of its messages were written, and does both."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Ticket]] = defaultdict(list)
    for ticket in batch:
        if ticket.loop is None:
            _settle(ticket, outcomes)
        else:
            by_loop[ticket.loop].append(ticket)
    told = not events
    for loop, tickets in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, tickets, outcomes, [] if told else events)
            told = True
    if not told:
        _publish(events)


def _settle_all(tickets: Sequence[_Ticket], outcomes: Outcomes, events: Events) -> None:
    """On the loop: the answers, and in its next turn, right after them, what their senders hear too (`PreparedOutlet` joins both)."""
    for ticket in tickets:
        _settle(ticket, outcomes)
    if events:
        _publish(events)


def _settle(ticket: _Ticket, outcomes: Outcomes) -> None:
    if ticket.future.done():  # the socket has left meanwhile
        return
    outcome = outcomes[ticket.draft]
    if isinstance(outcome, Exception):
        ticket.future.set_exception(outcome)
    else:
        ticket.future.set_result(outcome)


def _write(drafts: Sequence[Draft]) -> tuple[Outcomes, Events]:
    """Write a batch with the thread's own connection, whatever happens to it."""
    began = time.monotonic()
    for attempt in range(_ATTEMPTS):
        try:
            return _write_once(drafts)
        except OperationalError as error:
            code = error.args[0] if error.args else None
            lost = code in _LOST_CONNECTION and attempt == 0 and time.monotonic() - began < _LOST_AT_ONCE_SECONDS
            if not lost and code not in _PASSING_TROUBLE:
                return _give_up(drafts, error)
            if lost:
                _disconnect()
        except InterfaceError as error:
            return _give_up(drafts, error)
        except DatabaseError:
            logger.exception("a batch failed")
            break
        except Exception:
            logger.exception("a batch failed")
            _disconnect()
            break
    return _write_alone(drafts)


def _disconnect() -> None:
    """Drop this thread's connections, that to the key store too: who lost one has most likely lost both."""
    for one in connections.all(initialized_only=True):
        one.close()


def _give_up(drafts: Sequence[Draft], error: Exception) -> tuple[Outcomes, Events]:
    """The database is gone; the next batch tries with a new connection."""
    logger.error("the database does not answer", extra={"fields": {"error": str(error), "messages": len(drafts)}})
    _disconnect()
    return {draft: Unavailable() for draft in drafts}, []


def _write_alone(drafts: Sequence[Draft]) -> tuple[Outcomes, Events]:
    """What spoilt the batch fails alone."""
    outcomes: Outcomes = {}
    events: Events = []
    for draft in drafts:
        try:
            one, told = _write_once([draft])
        except Exception:
            logger.exception("a message could not be written")
            _disconnect()
            outcomes[draft] = Unavailable()
        else:
            outcomes |= one
            events += told
    return outcomes, events


def _write_once(drafts: Sequence[Draft]) -> tuple[Outcomes, Events]:
    if connection.vendor != "mysql":
        return _attempt(drafts, find_first=False)
    try:
        return _attempt_manually(drafts, find_first=False)
    except IntegrityError:
        connection.rollback()
        return _attempt_manually(drafts, find_first=True)


def _attempt_manually(drafts: Sequence[Draft], *, find_first: bool) -> tuple[Outcomes, Events]:
    """As `_attempt`, with the commit in the packet of the last statements: two round trips for a batch."""
    if connection.get_autocommit():
        connection.set_autocommit(False)
    try:
        batch = Batch(connection, drafts)
        batch.judge(find_first=find_first)
        if batch.has_news:  # rare: it has rows for the outbox, which asks for a transaction that Django knows of
            connection.rollback()
            connection.set_autocommit(True)
            return _attempt(drafts, find_first=find_first)
        statements = batch.statements()
        if statements:
            execute_all(connection, [*statements, Statement("COMMIT")])
        else:
            connection.rollback()
    except Exception:
        _roll_back()
        raise
    return batch.outcomes, batch.events()


def _roll_back() -> None:
    try:
        connection.rollback()
    except DatabaseError:
        connection.close()


_writer: Writer | None = None


def start() -> None:
    """Let this process gather its messages."""
    global _writer
    if _writer is None:
        _writer = Writer()
        _writer.start()


def stop() -> None:
    """Write what has gathered; from now on everybody writes alone."""
    global _writer
    if _writer is not None:
        _writer.stop()
    _writer = None


def write(draft: Draft) -> Sent:
    """Write a message and wait for its place; called from a thread, outside a transaction where a writer runs.

    Raises:
        what refused it; Unavailable.
    """
    if _writer is None or connection.in_atomic_block:
        return write_now(draft)
    return _writer.write(draft)


async def write_soon(draft: Draft) -> Sent:
    """Write a message and wait for its place; called on the loop of a web process.

    Raises:
        what refused it; Unavailable.
    """
    if _writer is None:
        raise Unavailable
    return await _writer.write_soon(draft)
