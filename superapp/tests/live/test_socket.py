"""The socket seen from outside, by an unmodified client, on bad links and through a killed server."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.swarm import spell
from superapp.tests.live.visitor import Visitor


class Listener:
    """A client that follows the rules: applies only `seq == cursor + 1`, resumes by cursor, sends again with the same `cid`."""

    def __init__(self, origin: str, cookies: str, room: str, cursor: int) -> None:
        self.url = origin.replace("http", "ws") + "/ws/"
        self.headers = {"Cookie": cookies, "Origin": origin}
        self.room, self.cursor = room, cursor
        self.events: list[dict[str, Any]] = []
        self.acks: dict[str, int] = {}
        self.socket: ClientConnection | None = None

    async def open(self) -> None:
        await self.drop()
        self.socket = await connect(self.url, additional_headers=self.headers, subprotocols=[websockets.Subprotocol("resaka.v1")])
        await self.say(t="sub", id=1, rooms={self.room: self.cursor})

    async def say(self, **frame: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame))

    async def hear(self, seconds: float = 10) -> dict[str, Any]:
        assert self.socket is not None
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), seconds))
        if frame["t"] == "ack":
            self.acks[frame["cid"]] = frame["seq"]
        if frame["t"] == "ev":
            for event in frame["evs"]:
                self._apply(event)
        assert frame["t"] != "err", frame
        return frame

    def _apply(self, event: dict[str, Any]) -> None:
        if event["seq"] <= self.cursor:
            return
        assert event["seq"] == self.cursor + 1, f"gap: {self.cursor} then {event['seq']}"
        self.cursor = event["seq"]
        self.events.append(event)

    async def send_all(self, cids: list[str]) -> None:
        """Send what is not acknowledged yet, and wait for the answers."""
        for cid in cids:
            await self.say(t="send", id=cid, room=self.room, cid=cid, body=f"message {spell(cid)}")
        while not all(cid in self.acks for cid in cids):
            await self.hear()

    async def catch_up(self, last: int) -> None:
        while self.cursor < last:
            await self.hear()

    async def drop(self) -> None:
        """Lose the connection without a goodbye."""
        if self.socket is not None:
            self.socket.transport.abort()
            await self.socket.wait_closed()


def open_room(visitor: Visitor, slug: str) -> dict[str, Any]:
    """Enter a room; its description."""
    answer = visitor.send("POST", f"/api/v1/rooms/{slug}/join", {})
    assert answer.status == 200, answer.text
    room: dict[str, Any] = answer.data
    return room


def first_slug(visitor: Visitor) -> str:
    return str(visitor.get("/api/v1/rooms").data["rooms"][0]["slug"])


def logged_in(origin: str, name: str) -> Visitor:
    visitor = Visitor(origin)
    visitor.log_in(f"{name}@demo.test", PASSWORD)
    return visitor


async def test_a_thousand_messages_through_ten_drops(server: Server, log_in: Callable[[str], Visitor]) -> None:
    """Acceptance 2: 1 000 messages, 10 drops, resume by cursor: 0 lost, 0 doubled."""
    amina = log_in("amina")
    room = open_room(amina, first_slug(amina))
    client = Listener(server.origin, amina.cookies, room["id"], room["last"])
    cids = [str(uuid.uuid4()) for _ in range(1000)]
    await client.open()
    for start in range(0, 1000, 100):
        part = cids[start : start + 100]
        for cid in part:
            await client.say(t="send", id=cid, room=client.room, cid=cid, body=f"message {spell(cid)}")
        for _ in range(random.Random(start).randrange(40)):
            await client.hear()
        await client.drop()
        await client.open()
        await client.send_all([cid for cid in part if cid not in client.acks])
    await client.catch_up(max(client.acks.values()))
    await client.drop()
    mine = [event for event in client.events if event["k"] == "message" and event["cid"] in set(cids)]
    assert len(mine) == 1000
    assert {event["cid"]: event["seq"] for event in mine} == client.acks
    numbers = [event["seq"] for event in client.events]
    assert numbers == list(range(room["last"] + 1, room["last"] + 1 + len(numbers)))


async def test_killed_while_twenty_clients_send(own_server: Server) -> None:
    """`kill -9` in mid-send: every acknowledged message stands once, every other is sent again, the same order for all."""
    amina, ben = logged_in(own_server.origin, "amina"), logged_in(own_server.origin, "ben")
    slug = first_slug(amina)
    room = open_room(amina, slug)
    open_room(ben, slug)
    start = amina.get(f"/api/v1/rooms/{room['id']}").data["last"]
    # five sockets a person are allowed; twenty senders share them as twenty outboxes
    clients = [Listener(own_server.origin, who.cookies, room["id"], start) for who in (amina, ben) for _ in range(5)]
    outboxes = [[str(uuid.uuid4()) for _ in range(10)] for _ in range(20)]
    await asyncio.gather(*(client.open() for client in clients))
    for number, outbox in enumerate(outboxes):
        for cid in outbox:
            await clients[number % 10].say(t="send", id=cid, room=room["id"], cid=cid, body=f"message {spell(cid)}")
    for client in clients:
        await client.hear()
    own_server.kill()
    own_server.start()
    await asyncio.gather(*(client.open() for client in clients))
    for number, outbox in enumerate(outboxes):
        client = clients[number % 10]
        await client.send_all([cid for cid in outbox if cid not in client.acks])
    last = amina.get(f"/api/v1/rooms/{room['id']}").data["last"]
    await asyncio.gather(*(client.catch_up(last) for client in clients))
    wanted = {cid for outbox in outboxes for cid in outbox}
    orders = [[event["cid"] for event in client.events if event.get("cid") in wanted] for client in clients]
    assert all(order == orders[0] for order in orders)
    assert len(orders[0]) == len(wanted) == 200
    assert set(orders[0]) == wanted
    await asyncio.gather(*(client.drop() for client in clients))
    assert own_server.tracebacks() == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_foreign_origin_gets_no_socket(server: Server, log_in: Callable[[str], Visitor], origin: str | None) -> None:
    headers = {"Cookie": log_in("amina").cookies} | ({"Origin": origin} if origin else {})
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(
            server.origin.replace("http", "ws") + "/ws/", additional_headers=headers, subprotocols=[websockets.Subprotocol("resaka.v1")]
        )
    assert refused.value.response.status_code == 403


async def test_a_guest_gets_no_socket(server: Server) -> None:
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012
        socket = await connect(
            server.origin.replace("http", "ws") + "/ws/",
            origin=websockets.Origin(server.origin),
            subprotocols=[websockets.Subprotocol("resaka.v1")],
        )
        await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4010


async def test_the_outsider_hears_nothing(server: Server, log_in: Callable[[str], Visitor]) -> None:
    amina, carol = log_in("amina"), log_in("carol")
    room = open_room(amina, first_slug(amina))
    outsider = Listener(server.origin, carol.cookies, room["id"], 0)
    await outsider.open()
    frames = [await outsider.hear(), await outsider.hear()]
    assert [frame["t"] for frame in frames] == ["hello", "ok"]
    assert frames[1]["rooms"] == {}
    sent = amina.send("POST", f"/api/v1/rooms/{room['id']}/messages", {"body": "entre nous"}, Idempotency_Key=str(uuid.uuid4()))
    assert sent.status == 201
    with pytest.raises(TimeoutError):
        await outsider.hear(1.5)
    await outsider.drop()


async def test_log_out_closes_the_socket(server: Server, log_in: Callable[[str], Visitor]) -> None:
    ben = log_in("ben")
    client = Listener(server.origin, ben.cookies, open_room(ben, first_slug(ben))["id"], 0)
    await client.open()
    ben.post("/logout/")
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012
        while True:
            await client.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4010


async def open_socket(server: Server, cookies: str) -> ClientConnection:
    url = server.origin.replace("http", "ws") + "/ws/"
    headers = {"Cookie": cookies, "Origin": server.origin}
    return await connect(url, additional_headers=headers, subprotocols=[websockets.Subprotocol("resaka.v1")])


async def closing_code(socket: ClientConnection) -> int | None:
    await asyncio.wait_for(socket.wait_closed(), 5)
    return socket.close_code


async def test_locking_closes_this_log_in_sockets_and_opens_no_new_ones(server: Server, log_in: Callable[[str], Visitor]) -> None:
    amina, phone = log_in("amina"), log_in("amina")
    socket, other = await open_socket(server, amina.cookies), await open_socket(server, phone.cookies)
    assert "hello" in str(await socket.recv())
    before = amina.cookies
    answer = await asyncio.to_thread(amina.post, "/exit/", "/account/preferences/")
    assert answer.headers["refresh"] == "0;url=https://www.wikipedia.org/"
    assert await closing_code(socket) == 4010
    for cookies in (amina.cookies, before, phone.cookies + "; away=1"):
        assert await closing_code(await open_socket(server, cookies)) == 4010
    assert "hello" in str(await other.recv())
    await other.send('{"t":"ping","x":1}')
    assert "pong" in str(await other.recv())  # the other device talks on
    await other.close()
