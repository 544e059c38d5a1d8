"""The writer: what gathers is written together, each message is judged alone, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import User
from accounts.tests.factories import make_user
from chat.access import AccessRefused, get_room_key
from chat.models import Membership, MessageMeta, Room, RoomEvent
from chat.queries.payloads import open_payloads
from chat.services import messages, writer
from chat.services.drafts import Sent
from chat.services.errors import ChatError
from chat.services.replays import ClientIdTaken
from chat.services.sending import SlowMode
from chat.tests.factories import NOON, join, make_room, say
from core import sealing
from realtime import services as live
from realtime.bus import LocalBus, Parcel, Posted

pytestmark = pytest.mark.django_db(transaction=True)


class Gate(writer.Writer):
    """A writer that waits until it is let through, so that a test decides what gathers."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.sizes: list[int] = []

    def _next(self) -> list[Any]:
        self.open.wait(30)
        batch = super()._next()
        self.sizes.append(len(batch))
        return batch

    def run(self) -> None:
        super().run()
        connections.close_all()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    gate.start()
    monkeypatch.setattr(writer, "_writer", gate)
    yield gate
    gate.open.set()
    gate.stop()


def gather(gate: Gate, *sends: tuple[User, Room, str, uuid.UUID]) -> list[Sent | Exception]:
    """Send all at once from as many loops' tasks, let them gather, then let the writer go."""

    async def send(user: User, room: Room, body: str, cid: uuid.UUID) -> Sent | Exception:
        try:
            return await messages.send_message_soon(
                user_id=user.pk, room_public_id=room.public_id, client_id=cid, body=body, now=NOON, reply_seq=None
            )
        except (ChatError, AccessRefused) as refusal:
            return refusal

    async def run() -> list[Sent | Exception]:
        tasks = [asyncio.create_task(send(*one)) for one in sends]
        while len(gate._tickets) < len(sends):
            await asyncio.sleep(0.01)
        gate.open.set()
        return list(await asyncio.gather(*tasks))

    for _user, room, _body, _cid in sends:
        get_room_key(name=room.public_id)
    return asyncio.run(run())


def seqs(outcomes: list[Sent | Exception]) -> list[int]:
    return [outcome.seq for outcome in outcomes if isinstance(outcome, Sent)]


def test_what_gathers_is_one_transaction_with_numbers_in_order(gate: Gate, amina: User, ben: User, room: Room, settings: Any) -> None:
    other = make_room("autre")
    join(amina, other)
    sends = [(who, where, f"m{n}", uuid.uuid4()) for n in range(20) for who, where in ((amina, room), (ben, room), (amina, other))]
    settings.MESSAGES_IN_10_S = 1000
    outcomes = gather(gate, *sends)
    assert gate.sizes == [60]
    in_room = [outcome for outcome, (_who, where, _body, _cid) in zip(outcomes, sends, strict=True) if where is room]
    assert seqs(in_room) == list(range(1, 41))
    rows = list(RoomEvent.objects.filter(room_id=room.pk).order_by("seq"))
    assert [(row.seq, row.n) for row in rows] == [(n, n) for n in range(1, 41)]
    bodies = [payload["body"] for payload in open_payloads(rows).values() if payload]
    assert bodies == [body for _who, where, body, _cid in sends if where is room]
    room.refresh_from_db()
    assert (room.last_seq, room.last_n, room.last_at) == (40, 40, NOON)
    assert Membership.objects.get(room=room, user=amina).read_seq == 39


def test_each_is_refused_alone(gate: Gate, amina: User, ben: User, carol: User, room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(slow_mode_s=30)
    one, two = uuid.uuid4(), uuid.uuid4()
    outcomes = gather(
        gate,
        (amina, room, "un", one),
        (carol, room, "dehors", uuid.uuid4()),
        (amina, room, "trop tôt", uuid.uuid4()),
        (ben, room, "deux", two),
        (amina, room, "un", one),
    )
    assert seqs([outcomes[0], outcomes[3], outcomes[4]]) == [1, 2, 1]
    assert isinstance(outcomes[1], AccessRefused)
    assert isinstance(outcomes[2], SlowMode)
    assert isinstance(outcomes[4], Sent)
    assert outcomes[4].replayed
    assert MessageMeta.objects.count() == 2


def test_a_replay_among_new_ones_has_its_first_answer(gate: Gate, amina: User, ben: User, room: Room) -> None:
    cid, elsewhere = uuid.uuid4(), make_room("ailleurs")
    join(ben, elsewhere)
    gate_of = writer._writer
    writer._writer = None
    first = say(ben, room, "avant", cid=cid)
    writer._writer = gate_of
    outcomes = gather(
        gate, (amina, room, "a", uuid.uuid4()), (ben, room, "avant", cid), (ben, elsewhere, "x", cid), (ben, room, "b", uuid.uuid4())
    )
    assert seqs([outcomes[0], outcomes[1], outcomes[3]]) == [2, first.seq, 3]
    assert isinstance(outcomes[2], ClientIdTaken)
    assert RoomEvent.objects.filter(room_id=room.pk).count() == 3


def test_forms_and_sockets_share_the_writer(gate: Gate, amina: User, room: Room) -> None:
    gate.open.set()

    def send(number: int) -> int:
        try:
            return messages.send_message(
                user=amina, room_public_id=room.public_id, client_id=uuid.uuid4(), body=f"formulaire {number}", now=NOON
            ).seq
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(8))) == list(range(1, 9))


def test_stopping_writes_what_has_gathered(gate: Gate, amina: User, room: Room) -> None:
    get_room_key(name=room.public_id)

    async def run() -> Sent:
        task = asyncio.create_task(
            messages.send_message_soon(user_id=amina.pk, room_public_id=room.public_id, client_id=uuid.uuid4(), body="x", now=NOON)
        )
        while not gate._tickets:
            await asyncio.sleep(0.01)
        gate.open.set()
        await asyncio.to_thread(gate.stop)
        with pytest.raises(writer.Unavailable):
            await messages.send_message_soon(user_id=amina.pk, room_public_id=room.public_id, client_id=uuid.uuid4(), body="y", now=NOON)
        return await task

    assert asyncio.run(run()).seq == 1


def test_a_message_waits_for_those_who_wrote_lately_and_for_nobody_else(
    gate: Gate, amina: User, ben: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an hour to gather in, only the second half of the rule lets anything go."""
    for name in ("GATHER_SECONDS", "CROWDED_SECONDS", "LATELY_SECONDS"):
        monkeypatch.setattr(writer, name, 3600.0)
    get_room_key(name=room.public_id)
    gate.open.set()

    async def send(user: User) -> int:
        sent = await messages.send_message_soon(user_id=user.pk, room_public_id=room.public_id, client_id=uuid.uuid4(), body="x", now=NOON)
        return sent.seq

    async def run() -> list[int]:
        seqs = [await send(amina)]
        for _round in range(3):
            seqs += await asyncio.gather(send(ben), send(amina))
        return seqs

    assert asyncio.run(run()) == list(range(1, 8))
    assert gate.sizes == [1, 2, 2, 2]


def test_who_wrote_two_seconds_ago_is_waited_for_no_longer() -> None:
    authors = writer._Authors()
    assert authors.count(100.0) == 0
    authors.add(1)
    authors.add(2)
    assert authors.count(100.5) == 2
    assert authors.count(101.1) == 2
    authors.add(1)
    assert authors.count(102.2) == 2
    assert authors.count(103.3) == 1
    assert authors.count(104.4) == 0


def test_who_sent_is_answered_right_before_the_messages_are_said(
    gate: Gate, amina: User, ben: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one turn of the loop, so that answer and message leave in one write."""
    bus = LocalBus()
    monkeypatch.setattr(live, "get_bus", lambda: bus)
    get_room_key(name=room.public_id)
    order: list[str] = []

    async def send(user: User) -> None:
        await messages.send_message_soon(user_id=user.pk, room_public_id=room.public_id, client_id=uuid.uuid4(), body="x", now=NOON)
        order.append("answer")
        asyncio.get_running_loop().call_soon(order.append, "next turn")

    def receive(parcels: Sequence[Parcel]) -> None:
        order.extend(f"message {entry.seq}" for parcel in parcels if isinstance(parcel, Posted) for entry in parcel.entries)

    async def run() -> None:
        bus.attach(receive, lambda: None)
        tasks = [asyncio.create_task(send(user)) for user in (amina, ben)]
        while len(gate._tickets) < len(tasks):
            await asyncio.sleep(0.01)
        gate.open.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
        await bus.detach()

    asyncio.run(run())
    assert order == ["answer", "answer", "message 1", "message 2", "next turn", "next turn"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no connections to lose")
def test_lost_connections_cost_no_message(amina: User, room: Room) -> None:
    """The server ends what it has with the writer, the key store too, as it does when it starts again: the next message finds new ones."""
    get_room_key(name=room.public_id)
    one = writer.Writer()
    one.start()
    drafts = [messages._draft(amina.pk, room.pk, room.public_id, uuid.uuid4(), text, NOON, None, ()) for text in ("avant", "après")]
    try:
        assert one.write(drafts[0]).seq == 1
        names = [connections[alias].settings_dict["NAME"] for alias in ("default", "keys")]
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db IN (%s, %s) AND id <> CONNECTION_ID()", names)
            for (number,) in cursor.fetchall():
                cursor.execute("KILL %s", [number])
        connections["keys"].close()
        sealing.forget_keys()
        assert one.write(drafts[1]).seq == 2
    finally:
        one.stop()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one process alone uses SQLite")
def test_two_processes_at_once_give_out_each_number_once(room: Room) -> None:
    """Two writers contend for the same rooms, as those of two processes do."""
    people = [make_user(name) for name in ("Voahirana", "Tsiory", "Fenosoa", "Mamy")]
    other = make_room("croise")
    for person in people:
        join(person, room)
        join(person, other)
    for one in (room, other):
        get_room_key(name=one.public_id)
    writers = [writer.Writer(), writer.Writer()]
    for one_writer in writers:
        one_writer.start()
    drafts = [
        [
            messages._draft(person.pk, where.pk, where.public_id, uuid.uuid4(), f"{n}", NOON, None, ())
            for n in range(3)
            for person in people
            for where in order
        ]
        for order in ((room, other), (other, room))
    ]

    def pour(number: int) -> list[int]:
        return [writers[number].write(draft).seq for draft in drafts[number]]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(pour, [0, 1]))
    for one_writer in writers:
        one_writer.stop()
    for where in (room, other):
        assert list(RoomEvent.objects.filter(room_id=where.pk).order_by("seq").values_list("seq", "n")) == [(n, n) for n in range(1, 25)]
