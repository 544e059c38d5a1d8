"""A measure reaches the sockets that are open when it is decided, and only those of the person whom it concerns."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import connect

from superapp.tests.live.server import PASSWORD, PUBLIC, Server, ServerShape
from superapp.tests.live.swarm import proxied
from superapp.tests.live.test_gates import Ear, shell
from superapp.tests.live.test_leaving import can_open
from superapp.tests.live.test_socket import first_slug, logged_in, open_room
from superapp.tests.live.visitor import Visitor

REVOKED = 4010
_SUSPEND = """
from django.utils import timezone
from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
user = User.objects.get(email="{email}")
suspend(user=user, kind=SuspensionKind.{kind}, decision_ref="D-2026-0001", reason="essai", now=timezone.now())
"""


async def until_closed(ear: Ear) -> int:
    """The code with which the server closes the socket."""
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012
        while True:
            await asyncio.wait_for(ear.socket.recv(), 30)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def is_open(ear: Ear) -> bool:
    await ear.say(t="ping", x=7)
    return bool((await ear.hear("pong"))["x"] == 7)


async def suspend(server: Server, name: str, kind: str) -> None:
    """Decide it in another process, as a job or the staff would."""
    await asyncio.to_thread(shell, server, _SUSPEND, email=f"{name}@demo.test", kind=kind)


@pytest.mark.parametrize("kind", ["SUSPENDED", "TERMINATED"])
async def test_who_is_suspended_loses_all_sockets_and_nobody_else_does(own_server: Server, kind: str) -> None:
    here, there, carol = (logged_in(own_server.origin, name) for name in ("ben", "ben", "carol"))
    room = open_room(here, first_slug(here))
    ears = [await Ear.open(visitor, room) for visitor in (here, there)]
    other = await Ear.open(carol, open_room(carol, room["slug"]))
    waits = [asyncio.create_task(until_closed(ear)) for ear in ears]
    await suspend(own_server, "ben", kind)
    assert await asyncio.gather(*waits) == [REVOKED, REVOKED]
    assert await is_open(other)
    assert (await other.send(room, "sans lui"))["t"] == "ack"
    assert await can_open(own_server, there) is False
    assert here.get("/rooms/").url.endswith("/account/standing/")
    await other.socket.close()
    assert own_server.tracebacks() == []


async def test_who_may_not_write_is_refused_at_the_next_message_and_goes_on_hearing(own_server: Server) -> None:
    ben, carol = logged_in(own_server.origin, "ben"), logged_in(own_server.origin, "carol")
    room = open_room(ben, first_slug(ben))
    open_room(carol, room["slug"])
    ear, other = await Ear.open(ben, room), await Ear.open(carol, room)
    listening = [await Ear.open(visitor, room) for visitor in (ben, carol)]
    said = await ear.send(room, "avant")
    assert said["t"] == "ack"
    await suspend(own_server, "ben", "POSTING_RESTRICTED")
    refused = await ear.send(room, "après")
    assert (refused["t"], refused["code"]) == ("err", "restricted")
    await ear.say(t="edit", id="e", room=room["id"], seq=said["seq"], body="autre chose")
    assert (await answer_to(ear, "e"))["code"] == "restricted"
    assert (await other.send(room, "et moi"))["t"] == "ack"
    for one in listening:  # he still hears, and nobody heard what was refused
        assert await hear_until(one, "et moi") == ["avant", "et moi"]
    for one in (ear, other, *listening):
        await one.socket.close()
    assert own_server.tracebacks() == []


async def answer_to(ear: Ear, wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = json.loads(await ear.socket.recv())
            if frame.get("re") == wanted:
                return frame


async def hear_until(ear: Ear, last: str) -> list[str]:
    """The messages in the order in which they came, up to `last`."""
    bodies: list[str] = []
    while last not in bodies:
        bodies += [event["body"] for event in (await ear.hear("ev"))["evs"] if event["k"] == "message"]
    return bodies


@pytest.mark.servers
async def test_between_processes_it_goes_by_the_bus(two_servers: ServerShape) -> None:
    """Decided in a third process: the sockets at both web processes close, by way of Redis."""
    ben, carol = proxied(two_servers.webs[0]), proxied(two_servers.webs[0])
    ben.log_in("ben@demo.test", PASSWORD)
    carol.log_in("carol@demo.test", PASSWORD)
    room = open_room(ben, first_slug(ben))
    open_room(carol, room["slug"])
    ears = [await connected(ben, web) for web in two_servers.webs]
    others = [await connected(carol, web) for web in two_servers.webs]
    waits = [asyncio.create_task(until_closed(ear)) for ear in ears]
    await suspend(two_servers.webs[0], "ben", "SUSPENDED")
    assert await asyncio.gather(*waits) == [REVOKED, REVOKED]
    assert [await is_open(ear) for ear in others] == [True, True]
    for one in others:
        await one.socket.close()


async def connected(visitor: Visitor, web: Server) -> Ear:
    """A socket at one of the processes, as the proxy opens it."""
    headers = {"Cookie": visitor.cookies, "X-Forwarded-Proto": "https"}
    protocol = [websockets.Subprotocol("resaka.v1")]
    url = web.origin.replace("http", "ws") + "/ws/"
    ear = Ear(await connect(url, additional_headers=headers, origin=websockets.Origin(PUBLIC), subprotocols=protocol))
    assert await is_open(ear)
    return ear
