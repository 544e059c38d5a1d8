"""Doors that close on people who are inside: open sockets lose the room, and the same sockets keep the others."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from superapp.tests.live.server import Server
from superapp.tests.live.visitor import Visitor

_ROOMS = """
from django.utils import timezone
from chat.services import rooms
theme = rooms.ensure_theme(slug="portes", names=["Portes", "Varavarana", "Doors"])
for gate in ("GENERAL", "SENSITIVE", "SEXUAL"):
    if not rooms.Room.objects.filter(slug="porte-" + gate.lower()).exists():
        named = dict(slug="porte-" + gate.lower(), title="Porte " + gate, description="", rules="", languages=["fr"])
        rooms.create_theme_room(theme=theme, age_gate=gate, now=timezone.now(), **named)
"""
_VISIT = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from accounts.queries import open_session
from accounts.services.visits import begin_visit
session = open_session("{key}")
begin_visit(user=User.objects.get(email="{email}"), session=session, method="EU_AV_MDOC", now=timezone.now() - timedelta(seconds={ago}))
session.save()
"""
_PROVE = """
from django.utils import timezone
from accounts.enums import AgeMethod, Assurance
from accounts.models import User
from accounts.services.ageproofs import record_proof
record_proof(user=User.objects.get(email="{email}"), method=AgeMethod.EU_AV_MDOC, assurance=Assurance.SUBSTANTIAL, now=timezone.now())
"""
_CHANGE = """
import time
from accounts.models import User
from accounts.services.ageproofs import change_birth_year
change_birth_year(user=User.objects.get(email="{email}"), birth_year=1971)
print("committed", time.time())
"""
_EXPIRE = """
import time
from datetime import timedelta
from django.utils import timezone
from accounts.models import AgeAssertion, User
from accounts.services.ageproofs import expire_proofs
AgeAssertion.objects.filter(user__email="{email}").update(expires_on=timezone.now().date() - timedelta(days=1))
expire_proofs(now=timezone.now())
print("committed", time.time())
"""


class Ear:
    """A socket that listens to rooms and remembers nothing."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, visitor: Visitor, *rooms: dict[str, Any]) -> Ear:
        socket = await connect(
            visitor.origin.replace("http", "ws") + "/ws/",
            additional_headers={"Cookie": visitor.cookies, "Origin": visitor.origin},
            subprotocols=[websockets.Subprotocol("resaka.v1")],
        )
        ear = cls(socket)
        await ear.say(t="sub", id=1, rooms={room["id"]: room["last"] for room in rooms})
        answer = await ear.hear("ok")
        assert answer["refused"] == []
        return ear

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["t"] == kind:
                    return frame

    async def send(self, room: dict[str, Any], text: str) -> dict[str, Any]:
        """The answer to a message: `ack` or `err`."""
        cid = str(uuid.uuid4())
        await self.say(t="send", id=cid, room=room["id"], cid=cid, body=text)
        async with asyncio.timeout(10):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame.get("re") == cid:
                    return frame


def shell(server: Server, script: str, **values: Any) -> str:
    return server.manage("shell", "-c", script.format(**values) if values else script)


def prove_visit(server: Server, visitor: Visitor, name: str, *, ago: int = 0) -> None:
    key = next(cookie.value for cookie in visitor.jar if cookie.name == "sessionid")
    shell(server, _VISIT, key=key, email=f"{name}@demo.test", ago=ago)


def enter(visitor: Visitor, gate: str, **fields: Any) -> dict[str, Any]:
    answer = visitor.send("POST", f"/api/v1/rooms/porte-{gate}/join", fields)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.data
    return found


def write(visitor: Visitor, room: dict[str, Any], text: str) -> int:
    return visitor.send("POST", f"/api/v1/rooms/{room['id']}/messages", {"body": text}, Idempotency_Key=str(uuid.uuid4())).status


@pytest.fixture
def rooms(server: Server) -> None:
    shell(server, _ROOMS)


@pytest.mark.usefixtures("rooms")
async def test_a_word_taken_back_closes_the_sensitive_rooms_at_once(server: Server, log_in: Callable[[str], Visitor]) -> None:
    amina, ben = log_in("amina"), log_in("ben")
    sensitive, general = enter(amina, "sensitive", art9=True), enter(amina, "general")
    enter(ben, "sensitive", art9=True)
    enter(ben, "general")
    ear = await Ear.open(amina, sensitive, general)
    began = time.monotonic()
    withdrawn = asyncio.create_task(asyncio.to_thread(amina.post, "/account/consents/art9_sensitive_rooms/withdraw/", "/account/consents/"))
    lost = await ear.hear("err")
    assert (lost["code"], lost["room"]) == ("left", sensitive["id"])
    seconds = time.monotonic() - began
    print(f"a sensitive room was lost {seconds * 1000:.0f} ms after the form was sent")  # noqa: T201
    assert (await withdrawn).status == 200
    assert (await ear.send(sensitive, "encore"))["code"] in ("consent", "not_member")
    assert await asyncio.to_thread(write, ben, sensitive, "sans elle") == 201
    assert await asyncio.to_thread(write, ben, general, "avec elle") == 201
    heard = await ear.hear("ev")
    assert (heard["room"], [event["body"] for event in heard["evs"]]) == (general["id"], ["avec elle"])
    await ear.socket.close()


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("script", [_CHANGE, _EXPIRE], ids=["another-year-of-birth", "expired"])
async def test_a_proof_that_ended_closes_the_rooms(server: Server, log_in: Callable[[str], Visitor], script: str) -> None:
    """Ended by another process, as a job or the staff would."""
    ben = log_in("ben")
    general, sexual = enter(ben, "general"), None
    prove_visit(server, ben, "ben")
    sexual = enter(ben, "sexual")
    ear = await Ear.open(ben, general, sexual)
    output = asyncio.create_task(asyncio.to_thread(shell, server, script, email="ben@demo.test"))
    lost = {(await ear.hear("err", 60))["room"], (await ear.hear("err"))["room"]}
    heard = time.time()
    seconds = heard - float((await output).split("committed")[1])
    try:
        assert lost == {general["id"], sexual["id"]}
        print(f"the rooms were lost {seconds * 1000:.0f} ms after the commit of another process")  # noqa: T201
        assert (await ear.send(general, "encore"))["code"] == "age"
        assert ben.get(f"/api/v1/rooms/{general['id']}/messages").status == 403
    finally:
        shell(server, _PROVE, email="ben@demo.test")
    assert (await ear.send(general, "de retour"))["t"] == "ack"
    await ear.socket.close()


@pytest.mark.usefixtures("rooms")
async def test_an_hour_without_activity_ends_what_a_socket_hears_of_such_a_room(server: Server, log_in: Callable[[str], Visitor]) -> None:
    """Only for the log-in that rested: another one of the same person, with its own proof, goes on."""
    here, there = log_in("ben"), log_in("ben")
    for visitor in (here, there):
        prove_visit(server, visitor, "ben")
    sexual, general = enter(here, "sexual"), enter(here, "general")
    prove_visit(server, here, "ben", ago=3600 - 6)
    ear, other = await Ear.open(here, sexual, general), await Ear.open(there, sexual)
    lost = await ear.hear("err", 8)
    assert (lost["code"], lost["room"]) == ("age", sexual["id"])
    assert await asyncio.to_thread(write, there, sexual, "de l’autre") == 201
    assert [event["body"] for event in (await other.hear("ev"))["evs"]] == ["de l’autre"]
    with pytest.raises(TimeoutError):
        await ear.hear("ev", 1)
    assert (await ear.send(sexual, "encore"))["code"] == "age"
    assert (await ear.send(general, "ailleurs"))["t"] == "ack"
    for one in (ear, other):
        await one.socket.close()


@pytest.mark.usefixtures("rooms")
async def test_who_writes_is_about_and_goes_on_hearing(server: Server, log_in: Callable[[str], Visitor]) -> None:
    ben = log_in("ben")
    prove_visit(server, ben, "ben")
    sexual = enter(ben, "sexual")
    prove_visit(server, ben, "ben", ago=3600 - 5)
    ear = await Ear.open(ben, sexual)
    assert (await ear.send(sexual, "je suis là"))["t"] == "ack"
    with pytest.raises(TimeoutError):
        await ear.hear("err", 7)
    assert (await ear.send(sexual, "toujours"))["t"] == "ack"
    await ear.socket.close()


@pytest.mark.usefixtures("rooms")
async def test_the_proof_of_one_log_in_opens_nothing_to_another_of_the_same_person(
    server: Server, log_in: Callable[[str], Visitor]
) -> None:
    here, there = log_in("ben"), log_in("ben")
    prove_visit(server, here, "ben")
    sexual = enter(here, "sexual")
    ear = await Ear.open(there)
    await ear.say(t="sub", id=2, rooms={sexual["id"]: 0})
    answer = await ear.hear("ok")
    assert (answer["rooms"], answer["refused"]) == ({}, [sexual["id"]])
    assert (await ear.send(sexual, "d’ailleurs"))["code"] == "age"
    await ear.socket.close()
