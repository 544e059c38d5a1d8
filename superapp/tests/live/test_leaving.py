"""Leaving reaches every open socket at once, and each socket has left its trace, sealed."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
import websockets

from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.test_socket import Listener, first_slug, logged_in, open_room
from superapp.tests.live.visitor import Visitor


async def until_closed(listener: Listener) -> int:
    """The code with which the server closes the socket."""
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012
        while True:
            await listener.hear()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def close_account(visitor: Visitor) -> None:
    visitor.post("/reauthenticate/?next=/account/close/", password=PASSWORD)
    visitor.post("/account/close/", sure="1")


@pytest.mark.parametrize("way", ["pause", "close"])
async def test_who_leaves_loses_the_sockets_of_all_devices_at_once(own_server: Server, way: str) -> None:
    here, there, carol = (logged_in(own_server.origin, name) for name in ("ben", "ben", "carol"))
    room = open_room(here, first_slug(here))["id"]
    listeners = [Listener(own_server.origin, visitor.cookies, room, 0) for visitor in (here, there)]
    other = Listener(own_server.origin, carol.cookies, open_room(carol, first_slug(carol))["id"], 0)
    for listener in (*listeners, other):
        await listener.open()
    waits = [asyncio.create_task(until_closed(listener)) for listener in listeners]
    await asyncio.sleep(0.2)
    if way == "pause":
        await asyncio.to_thread(here.post, "/account/pause/", "/account/leaving/")
    else:
        await asyncio.to_thread(close_account, here)
    assert await asyncio.wait_for(asyncio.gather(*waits), 10) == [4010, 4010]
    await other.say(t="ping", id=7)
    while (await other.hear())["t"] != "pong":
        pass
    await other.drop()
    assert there.get("/api/v1/me").status == 401
    assert await can_open(own_server, there) is False


async def can_open(server: Server, visitor: Visitor) -> bool:
    """Whether the cookies of a visitor still open a socket that stays."""
    listener = Listener(server.origin, visitor.cookies, "a" * 20, 0)
    try:
        await listener.open()
        await listener.hear()
    except websockets.ConnectionClosed:
        return False
    await listener.drop()
    return True


async def test_a_log_in_and_a_socket_leave_one_trace_each(own_server: Server) -> None:
    ben = logged_in(own_server.origin, "ben")
    listener = Listener(own_server.origin, ben.cookies, open_room(ben, first_slug(ben))["id"], 0)
    await listener.open()
    await listener.hear()
    for number in range(5):  # heartbeats and frames leave none
        await listener.say(t="ping", id=number)
    await asyncio.sleep(1.5)
    await listener.drop()
    rows: list[tuple[str, bytes, bool]] = []
    for _try in range(50):
        await asyncio.sleep(0.1)
        rows = traces(own_server)
        if len(rows) == 2 and rows[1][2]:
            break
    assert [(kind, seen_later) for kind, _peer, seen_later in rows] == [("LOGIN", False), ("SOCKET", True)]
    assert all(b"127.0.0.1" not in peer and peer[:1] == b"\x01" for _kind, peer, _seen in rows)
    assert own_server.tracebacks() == []


def traces(server: Server) -> list[tuple[str, bytes, bool]]:
    """Kind, sealed origin, and whether it was seen after it began."""
    with closing(sqlite3.connect(server.folder / "resaka.sqlite3", timeout=10)) as database:
        sql = "SELECT kind, peer, last_seen_at > started_at FROM accounts_connectionrecord ORDER BY started_at"
        return [(kind, bytes(peer), bool(seen)) for kind, peer, seen in database.execute(sql)]
