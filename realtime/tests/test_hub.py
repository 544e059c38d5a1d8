"""Parcels that come in one burst."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from core import sealing
from core.models import DataKey
from realtime.bus import Forgotten, LocalBus, Lost, Posted
from realtime.hub import Hub
from realtime.outlets import PlainOutlet
from realtime.registry import LogEntry
from realtime.socket import Socket
from realtime.topic import Topic

TOPIC = "nowhere:room"  # no log stands behind it


def posted(*seqs: int) -> Posted:
    return Posted(topic=TOPIC, entries=tuple(LogEntry(seq=seq, actor="ben", body=b'{"seq":%d}' % seq) for seq in seqs))


async def no_log(_topic: Topic, _after: int) -> list[LogEntry]:
    return []


def no_end(_code: int) -> None:
    pass


async def test_a_room_lost_in_the_middle_of_a_burst_is_not_heard_after_it() -> None:
    told: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(json.loads(message["text"]))

    hub = Hub(LocalBus())
    sockets = {
        user: Socket(user=user, session_key="", outlet=PlainOutlet(send), read_after=no_log, end=no_end) for user in ("amina", "carol")
    }
    for socket in sockets.values():
        hub.join(socket)
        hub.subscribe(socket, topic=TOPIC, room="room", cursor=0, last=0, visible=False)
    hub.leave(sockets["carol"])
    hub.receive([posted(1), posted(2), Lost(user="amina", topic=TOPIC, code="banned"), posted(3, 4)])
    await asyncio.sleep(0)
    assert [[event["seq"] for event in frame["evs"]] for frame in told if frame["t"] == "ev"] == [[1, 2]]
    assert [frame["code"] for frame in told if frame["t"] == "err"] == ["banned"]
    assert hub.topics[TOPIC].last == 4
    await hub.stop()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_another_process_destroyed_is_remembered_by_none() -> None:
    """This process has the key in its memory when the other one destroys it: without the parcel it would open for a minute more."""
    blob = sealing.seal("user:7", b"bonjour", "a")
    kept = sealing.seal("user:8", b"bonsoir", "a")
    DataKey.objects.using("keys").filter(scope="user:7").delete()
    assert sealing.open_sealed("user:7", blob, "a") == b"bonjour"

    async def hear() -> None:
        hub = Hub(LocalBus())
        hub.receive([Forgotten(scope="user:7")])
        await hub.stop()

    asyncio.run(hear())
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed("user:7", blob, "a")
    assert sealing.open_sealed("user:8", kept, "a") == b"bonsoir"
