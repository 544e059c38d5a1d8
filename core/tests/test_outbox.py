"""The outbox in one process: rows with their cause, leases, retries, what is put aside, and what is thrown away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.models import OutboxEvent, OutboxState
from core.outbox import Claim, Route
from core.purging import empty
from core.relay import Relay, Unreachable, pump
from core.sql import Statement, execute_all

DEEDS = ("send", "claim", "run", "repeat", "give back", "lose", "wait")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moved:
    """Something moved."""

    what: str
    path: tuple[str, ...] = ()
    far: bool = False


@dataclass(frozen=True, slots=True)
class Unheard:
    """Nobody listens to this."""


heard: list[Any] = []
broken: list[str] = []


def on_moved(event: Moved) -> None:
    if event.what in broken:
        raise ValueError(f"cannot move {event.what}")
    heard.append(event)


def on_moved_too(event: Moved) -> None:
    heard.append(event.what)


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    before = outbox.registered()
    outbox.register([Route(Moved, on_moved)])
    heard.clear()
    broken.clear()
    yield
    outbox.register(before)


def send(*events: Any) -> None:
    with transaction.atomic():
        outbox.publish_many(events)


def only() -> OutboxEvent:
    return OutboxEvent.objects.get()


def after_leases() -> datetime:
    return timezone.now() + outbox.LEASE + timedelta(seconds=1)


@pytest.mark.django_db
def test_an_event_reaches_every_handler_as_it_was() -> None:
    outbox.register([Route(Moved, on_moved), Route(Moved, on_moved_too, outside=True)])
    event = Moved(what="é", path=("a", "b"), far=True)
    send(event)
    assert sorted(OutboxEvent.objects.values_list("event", "handler")) == [
        ("core.Moved", "core.on_moved"),
        ("core.Moved", "core.on_moved_too"),
    ]
    assert pump(outbox.deliver) == 2
    assert heard in ([event, "é"], ["é", event])
    assert set(OutboxEvent.objects.values_list("state", "attempts", "lease")) == {("DONE", 1, "")}
    assert pump(outbox.deliver) == 0


@pytest.mark.django_db
def test_what_nobody_listens_to_costs_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        outbox.publish(Unheard())
        outbox.publish_many([])


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3, 90])
def test_many_events_are_one_insert(count: int, django_assert_num_queries: Any) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        outbox.publish_many([Moved(what=str(number)) for number in range(count)])
    assert OutboxEvent.objects.count() == count


@pytest.mark.django_db
def test_an_event_for_later_is_handed_out_then_and_no_sooner() -> None:
    with transaction.atomic():
        outbox.publish_many([Moved(what="x")], after=timedelta(seconds=5))
    row = only()
    assert row.due_at - row.created_at == timedelta(seconds=5)
    assert outbox.claim(now=row.due_at - timedelta(milliseconds=1)) == []
    [one] = outbox.claim(now=row.due_at)
    assert outbox.deliver(one)
    assert heard == [Moved(what="x")]


@pytest.mark.django_db
def test_statements_write_what_publishing_would() -> None:
    """Whoever sends statements of its own takes the events along in one packet; quotes and signs of formats are text like any other."""
    event = Moved(what="é' ; DROP %s \\ \"", path=("a", "b"), far=True)
    outbox.register([Route(Moved, on_moved), Route(Moved, on_moved_too)])
    send(event)
    execute_all(connection, [Statement("SELECT 100 % 7"), *outbox.statements_of([event, Moved(what="2")], vendor=connection.vendor)])
    fields = ("event", "handler", "payload", "state", "lease", "attempts", "last_error")
    rows = list(OutboxEvent.objects.order_by("pk").values_list(*fields))
    assert rows[2:4] == rows[:2]
    assert [row[2]["what"] for row in rows] == [event.what] * 4 + ["2"] * 2
    written, published = OutboxEvent.objects.order_by("-pk")[0], OutboxEvent.objects.order_by("pk")[0]
    assert written.due_at == written.created_at
    assert abs(written.due_at - published.due_at) < timedelta(seconds=5)
    assert pump(outbox.deliver) == 6


def test_statements_of_what_nobody_hears_are_none() -> None:
    assert outbox.statements_of([Unheard()], vendor="sqlite") == outbox.statements_of([], vendor="mysql") == []


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_its_cause() -> None:
    with pytest.raises(outbox.OutsideTransaction):
        outbox.publish(Moved(what="x"))
    with transaction.atomic():
        outbox.publish(Moved(what="x"))
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_a_failure_is_kept_and_tried_again_later() -> None:
    broken.append("x")
    send(Moved(what="x"), Moved(what="y"))
    pump(outbox.deliver)
    row = OutboxEvent.objects.exclude(last_error="").get()
    assert (row.state, row.attempts, row.lease, row.last_error) == ("PENDING", 1, "", "ValueError: cannot move x")
    assert timedelta(seconds=3) < row.due_at - timezone.now() <= outbox.FIRST_DELAY
    assert [event.what for event in heard] == ["y"]
    broken.clear()
    [one] = outbox.claim(now=row.due_at)
    assert outbox.deliver(one)
    assert [event.what for event in heard] == ["y", "x"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "said"), [(outbox.NotYet, ("INFO", "delivery waits", False)), (ValueError, ("ERROR", "delivery failed", True))]
)
def test_who_is_not_to_go_yet_comes_again_and_nobody_is_alarmed(
    error: type[Exception], said: tuple[str, str, bool], caplog: pytest.LogCaptureFixture
) -> None:
    def on_moved(event: Moved) -> None:
        raise error(event.what)

    outbox.register([Route(Moved, on_moved)])
    send(Moved(what="x"))
    with caplog.at_level("INFO", logger="resaka.outbox"):
        pump(outbox.deliver)
    row = only()
    assert (row.state, row.attempts, row.last_error) == ("PENDING", 1, f"{error.__name__}: x")
    assert [(one.levelname, one.message, bool(one.exc_info)) for one in caplog.records] == [said]


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [outbox.delay_after(attempts).total_seconds() for attempts in (1, 2, 3, 10, 11, 15, 10_000)]
    assert pauses == [5, 10, 20, 2560, 3600, 3600, 3600]


@pytest.mark.django_db
def test_the_effect_of_a_handler_that_fails_goes_back() -> None:
    def on_moved(event: Moved) -> None:
        with transaction.atomic():
            outbox.publish(Moved(what="follows"))
        raise ValueError("after all")

    outbox.register([Route(Moved, on_moved)])
    send(Moved(what="x"))
    [one] = outbox.claim(now=timezone.now())
    assert not outbox.deliver(one)
    assert only().payload["what"] == "x"


@pytest.mark.django_db
def test_what_never_works_is_put_aside_and_staff_can_try_again() -> None:
    broken.append("x")
    send(Moved(what="x"))
    for _attempt in range(outbox.MAX_ATTEMPTS):
        [one] = outbox.claim(now=timezone.now() + timedelta(days=1))
        assert not outbox.deliver(one)
    row = only()
    assert (row.state, row.attempts) == (OutboxState.PARKED, outbox.MAX_ATTEMPTS)
    assert outbox.claim(now=timezone.now() + timedelta(days=2)) == []
    assert outbox.standing(now=timezone.now()) == outbox.Standing(pending=0, parked=1, age_seconds=0.0)
    broken.clear()
    assert outbox.retry_parked(ids=[row.pk], now=timezone.now()) == 1
    assert outbox.retry_parked(ids=[row.pk], now=timezone.now()) == 0
    pump(outbox.deliver)
    assert (only().state, only().attempts) == (OutboxState.DONE, 1)


@pytest.mark.django_db
def test_what_kills_every_process_is_put_aside() -> None:
    """No handler came back to tell: the attempts that were begun are counted before it runs."""
    send(Moved(what="x"))
    OutboxEvent.objects.update(attempts=outbox.MAX_ATTEMPTS)
    [one] = outbox.claim(now=timezone.now())
    assert not outbox.deliver(one)
    assert (only().state, only().attempts, only().last_error) == ("PARKED", outbox.MAX_ATTEMPTS, "the process ended in every attempt")
    assert heard == []


@pytest.mark.django_db
def test_a_handler_that_was_taken_out_is_put_aside() -> None:
    send(Moved(what="x"))
    outbox.register([])
    pump(outbox.deliver)
    assert (only().state, only().last_error) == ("PARKED", "no handler core.on_moved for core.Moved")


@pytest.mark.django_db
def test_a_slow_handler_whose_lease_was_taken_over_leaves_nothing() -> None:
    """The other one won: the slow one's transaction goes back, and it does not report a failure of the winner."""
    claims: list[Claim] = []

    def on_moved(event: Moved) -> None:
        if not claims:
            OutboxEvent.objects.update(due_at=NOON)  # its lease has ended unnoticed
            claims.extend(outbox.claim(now=timezone.now()))
            assert outbox.deliver(claims[0])
        heard.append(event)

    outbox.register([Route(Moved, on_moved, outside=True)])
    send(Moved(what="x"))
    [one] = outbox.claim(now=timezone.now())
    assert not outbox.deliver(one)
    assert len(heard) == 2  # outside of the database, so at least once
    assert (only().state, only().attempts, only().last_error) == ("DONE", 2, "")


@pytest.mark.django_db
def test_a_broker_that_is_away_gives_everything_back_at_no_attempt() -> None:
    send(*[Moved(what=str(number)) for number in range(5)])
    taken: list[Claim] = []

    def executor(one: Claim) -> None:
        if len(taken) == 2:
            raise Unreachable("nobody listens")
        taken.append(one)

    with pytest.raises(Unreachable):
        pump(executor)
    back = OutboxEvent.objects.filter(lease="")
    assert set(back.values_list("attempts", "last_error")) == {(0, "not handed over: nobody listens")}
    assert back.count() == 3
    assert len(outbox.claim(now=timezone.now())) == 3


@pytest.mark.django_db
def test_a_slow_worker_is_not_handed_the_same_backlog_twice() -> None:
    send(*[Moved(what=str(number)) for number in range(outbox.WINDOW + 50)])
    assert pump(lambda one: None) == outbox.WINDOW
    assert outbox.claim(now=timezone.now()) == []
    assert len(outbox.claim(now=after_leases(), limit=1000)) == outbox.WINDOW  # what the broker lost is handed out again


@pytest.mark.django_db
def test_done_rows_go_after_a_week_and_others_stay() -> None:
    broken.append("x")
    send(Moved(what="x"), *[Moved(what="y")] * 3)
    pump(outbox.deliver)
    assert empty(outbox.DONE_SHELF, now=timezone.now() + timedelta(days=6)) == 0
    assert empty(outbox.DONE_SHELF, now=timezone.now() + timedelta(days=8)) == 3
    assert only().payload["what"] == "x"


@pytest.mark.django_db
def test_its_standing_is_told(django_assert_num_queries: Any) -> None:
    assert outbox.standing(now=timezone.now()) == outbox.Standing(pending=0, parked=0, age_seconds=0.0)
    send(Moved(what="x"), Moved(what="y"))
    OutboxEvent.objects.filter(payload__what="x").update(created_at=NOON)
    with django_assert_num_queries(1):
        assert outbox.standing(now=NOON + timedelta(minutes=2)) == outbox.Standing(pending=2, parked=0, age_seconds=120.0)


@pytest.mark.django_db
def test_a_commit_wakes_who_listens_and_a_rollback_does_not(django_capture_on_commit_callbacks: Any) -> None:
    woken = threading.Event()
    outbox.listen(woken)
    try:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            outbox.publish(Moved(what="x"))
            assert not woken.is_set()
        assert woken.is_set()
    finally:
        outbox.forget(woken)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(1, 4)), max_size=25))
def test_whatever_the_order_every_event_is_done_once(steps: list[tuple[str, int]]) -> None:
    """Workers die, brokers repeat and lose, leases end: at the end each effect is there exactly once."""
    with transaction.atomic():
        heard.clear()
        sent, out, begun, now = 0, list[Claim](), list[Claim](), timezone.now()
        for deed, count in steps:
            if deed == "send":
                send(*[Moved(what=str(sent + number)) for number in range(count)])
                sent += count
            elif deed == "claim":
                fresh = outbox.claim(now=now, limit=count)
                assert not {one.pk for one in fresh} & set(OutboxEvent.objects.filter(state="DONE").values_list("pk", flat=True))
                out += fresh
            elif deed == "run":
                begun += out[:count]
                for one in out[:count]:
                    outbox.deliver(one)
                out = out[count:]
            elif deed == "repeat":
                assert not any(outbox.deliver(one) for one in begun[-count:])
            elif deed == "give back":
                outbox.release(out[:count], now=now)
                out = out[count:]
            elif deed == "lose":
                out = out[count:]
            else:
                OutboxEvent.objects.filter(state="PENDING").update(due_at=now)
        OutboxEvent.objects.filter(state="PENDING").update(due_at=now)
        pump(outbox.deliver)
        assert sorted(int(event.what) for event in heard) == list(range(sent))
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_the_relay_of_the_process_runs_it_a_moment_after_the_commit() -> None:
    done = threading.Event()

    def on_moved(event: Moved) -> None:
        done.set()

    outbox.register([Route(Moved, on_moved)])
    relay = Relay()
    relay.start()
    try:
        send(Moved(what="x"))
        assert done.wait(10)
    finally:
        relay.stop()  # it ends what it has begun; SQLite in memory refuses to be read meanwhile
        relay.join(10)
    assert not relay.is_alive()
    assert only().state == "DONE"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no connections to lose")
def test_the_relay_keeps_its_connection_and_finds_another_when_it_is_lost() -> None:
    heard: Queue[int] = Queue()

    def on_moved(event: Moved) -> None:
        heard.put(connection.connection.thread_id())

    outbox.register([Route(Moved, on_moved)])
    relay = Relay()
    relay.start()
    try:
        numbers = []
        for what in "xy":
            send(Moved(what=what))
            numbers.append(heard.get(timeout=10))
        with connection.cursor() as cursor:
            cursor.execute("KILL %s", [numbers[0]])
        send(Moved(what="z"))
        numbers.append(heard.get(timeout=20))
    finally:
        relay.stop()
        relay.join(10)
    assert numbers[0] == numbers[1] != numbers[2]
