"""Bad frames, too many frames, too many sockets, sockets that never read, sockets that must end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets

from realtime import codes, lifecycle, services
from realtime.presence import presence
from realtime.registry import LogEntry
from realtime.tests.house import AMINA, BEN, CAROL, OTHER, ROOM, Log, Rules, Site


async def test_hello_says_the_limits(site: Site, settings: Any) -> None:
    hello = await (await site.open()).hear()
    assert (hello["t"], hello["ping"], hello["max"], hello["caps"]) == ("hello", 25, 16384, [])


async def test_a_guest_and_a_stranger_to_the_protocol_are_told_why(site: Site) -> None:
    assert await (await site.open("")).hear_end() == codes.REVOKED
    assert await (await site.open(AMINA, subprotocols=())).hear_end() == codes.FORBIDDEN


async def test_ping_and_answers_come_in_order(site: Site) -> None:
    amina = await site.enter()
    for number in range(20):
        await amina.say(t="send", id=number, room=ROOM, cid=f"{number:036}", body="salama")
        await amina.say(t="ping", x=number)
    answers = [frame for frame in [await amina.hear() for _ in range(60)] if frame["t"] != "ev"]
    assert [frame.get("re", frame.get("x")) for frame in answers] == [number for number in range(20) for _ in "ab"]


async def test_refusals_and_failures_are_answers(site: Site) -> None:
    amina = await site.enter()
    await amina.say(t="send", id="a", room=ROOM, cid="0" * 36, body="refuse")
    assert await amina.hear() == {"t": "err", "re": "a", "code": "slow_mode", "retry": 7.5}
    await amina.say(t="send", id="b", room=ROOM, cid="0" * 36, body="break")
    assert await amina.hear() == {"t": "err", "re": "b", "code": "internal"}
    await amina.say(t="send", id="o", room=ROOM, cid="0" * 36, body="outage")
    assert await amina.hear() == {"t": "err", "re": "o", "code": "unavailable", "retry": 5.0}
    await amina.say(t="pin", id="c", room=ROOM, seq=1)
    assert await amina.hear() == {"t": "err", "re": "c", "code": "bad_frame"}
    await amina.say(t="ping")
    assert await amina.hear() == {"t": "pong"}


@pytest.mark.parametrize(
    "frame", ["", "null", "[]", "{", '{"t":1}', '{"t":"sub"}', b"\x00\x01", "[" * 5000, json.dumps({"t": "ping", "x": "é" * 9000})]
)
async def test_a_bad_frame_is_refused_and_the_fifth_closes(site: Site, frame: str | bytes) -> None:
    amina = await site.enter()
    for _ in range(4):
        await amina.connection.send(frame)
        assert await amina.hear() == {"t": "err", "code": "bad_frame"}
    await amina.say(t="ping")
    assert await amina.hear() == {"t": "pong"}
    await amina.connection.send(frame)
    assert await amina.hear_end() == codes.BAD_FRAMES


async def test_over_64_kb_and_bad_utf8_close_by_the_protocol_itself(site: Site) -> None:
    amina = await site.enter()
    await amina.connection.send("x" * 70_000)
    assert await amina.hear_end() == 1009
    ben = await site.enter(BEN)
    await ben.connection.send(b"\xff\xfe", text=True)
    assert await ben.hear_end() == 1007


async def test_too_many_frames_are_refused_then_closed(site: Site, settings: Any) -> None:
    settings.REALTIME = {**settings.REALTIME, "BUCKET_FRAMES": 1, "BUCKET_BURST": 30}  # refills so slowly that no busy machine sees it
    amina = await site.enter()
    for _ in range(29):
        await amina.say(t="ping")
    for _ in range(29):
        assert await amina.hear() == {"t": "pong"}
    await amina.say(t="ping", id="q30")
    refused = await amina.hear()
    assert (refused["code"], refused["re"], 0 < refused["retry"] <= 10) == ("rate", "q30", True)
    for _ in range(60):
        await amina.say(t="ping")
    assert await amina.hear_end() == codes.RATE


async def test_the_sixth_socket_of_a_person_ends_the_first(site: Site, log: Log) -> None:
    sockets = [await site.enter(AMINA) for _ in range(6)]
    assert await sockets[0].hear_end() == codes.SUPERSEDED
    log.write()
    for socket in sockets[1:]:
        assert [event["seq"] for event in await socket.hear_events(1)] == [1]


async def test_more_topics_than_a_socket_may_hold(site: Site, settings: Any) -> None:
    settings.REALTIME = {**settings.REALTIME, "TOPICS_PER_SOCKET": 1}
    amina = await site.enter()
    await amina.say(t="sub", id=2, rooms={OTHER: 0})
    assert await amina.hear() == {"t": "err", "re": 2, "code": "limit"}
    await amina.say(t="sub", id=3, rooms={ROOM: 0})
    assert (await amina.hear())["re"] == 3


async def test_a_socket_that_never_reads_is_dropped_and_the_others_go_on(site: Site, log: Log, settings: Any) -> None:
    settings.REALTIME = {**settings.REALTIME, "SLOW_SECONDS": 0.5}
    stuck, amina = await site.enter(BEN), await site.enter(AMINA)
    stuck.connection.transport.pause_reading()
    for start in range(0, 3000, 50):
        for _ in range(50):
            log.write(text="z" * 3000)
        assert [event["seq"] for event in await amina.hear_events(50)] == list(range(start + 1, start + 51))
    hub = lifecycle.current_hub()
    while BEN in hub.sockets:
        await asyncio.sleep(0.05)
    assert [socket.user for socket in hub.all_sockets()] == [AMINA]


async def test_closing_a_person_closes_all_their_sockets_or_those_of_one_log_in(site: Site) -> None:
    one, two, ben = await site.enter(AMINA, key="one"), await site.enter(AMINA, key="two"), await site.enter(BEN)
    services.close_user(user=AMINA, code=codes.REVOKED, session_key="one")
    assert await one.hear_end() == codes.REVOKED
    services.close_user(user=AMINA, code=codes.FORBIDDEN)
    assert await two.hear_end() == codes.FORBIDDEN
    await ben.say(t="ping")
    assert await ben.hear() == {"t": "pong"}


async def test_drain_says_bye_and_closes(site: Site) -> None:
    amina = await site.enter()
    await lifecycle.drain()
    bye = await amina.hear()
    assert (bye["t"], bye["code"], 0 <= bye["in"] <= 5) == ("bye", 4012, True)
    assert await amina.hear_end() == codes.DRAINING


async def test_typing_is_gathered_and_hidden_people_are_left_out(site: Site, log: Log, rules: Rules) -> None:
    amina, ben = await site.enter(AMINA), await site.enter(BEN)
    rules.hidden = frozenset({BEN})
    carol = await site.enter(CAROL)
    for _ in range(5):
        await ben.say(t="typing", room=ROOM)
    assert await amina.hear() == {"t": "eph", "room": ROOM, "typing": [{"id": BEN, "name": "Ben"}]}
    assert await carol.hear_nothing()
    assert all(BEN not in frame["present"] for frame in carol.present)


async def test_reading_cursors_of_others(site: Site) -> None:
    amina = await site.enter(AMINA)
    for seq in (3, 4):
        services.publish_ephemeral(topic=f"room:{ROOM}", kind="read", actor=BEN, data={"seq": seq})
    assert await amina.hear() == {"t": "cur", "room": ROOM, "read": {BEN: 4}}


async def test_a_note_reaches_every_socket_of_its_person_alone(site: Site) -> None:
    one, two, ben = await site.enter(AMINA), await site.enter(AMINA), await site.enter(BEN)
    services.publish_ephemeral(topic=f"user:{AMINA}", kind="note", actor="", data={"n": 3})
    assert await one.hear() == await two.hear() == {"t": "note", "n": 3}
    assert await ben.hear_nothing()


async def test_presence_counts_people_who_show_themselves(site: Site, rules: Rules) -> None:
    amina, again = await site.enter(AMINA), await site.enter(AMINA)
    rules.visible = False
    await site.enter(CAROL)
    rules.visible = True
    ben = await site.enter(BEN)
    assert sorted(presence.here(f"room:{ROOM}")) == [AMINA, BEN]
    assert sorted(services.people_present(topic=f"room:{ROOM}")) == [AMINA, BEN]
    await again.connection.close()
    await ben.connection.close()
    while BEN in services.people_present(topic=f"room:{ROOM}"):
        await asyncio.sleep(0.02)
    assert services.people_present(topic=f"room:{ROOM}") == [AMINA]
    await amina.hear_nothing(1.3)
    assert amina.present[-1] == {"count": 1, "present": [AMINA]}


async def test_presence_is_in_the_rooms_on_the_screen_once_a_client_says_which(site: Site, log: Log) -> None:
    amina = await site.enter(AMINA)
    await amina.say(t="sub", id=2, rooms={OTHER: 0})
    assert (await amina.hear())["re"] == 2

    def rooms() -> list[str]:
        return [room for room in (ROOM, OTHER) if AMINA in services.people_present(topic=f"room:{room}")]

    assert rooms() == [ROOM, OTHER]  # a client of an earlier version is in all that it hears
    for here, expected in (([OTHER], [OTHER]), ([], []), ([ROOM], [ROOM])):
        await amina.say(t="sub", id=3, rooms={}, here=here)
        assert (await amina.hear())["re"] == 3
        assert rooms() == expected
    await amina.say(t="sub", id=4, rooms={OTHER: 0})
    assert (await amina.hear())["re"] == 4
    await amina.say(t="ping")
    await amina.hear()
    assert rooms() == [ROOM]  # what is heard later does not count either
    for room in (ROOM, OTHER):
        log.write(room=room)
    assert sorted([(await amina.hear())["room"], (await amina.hear())["room"]]) == [ROOM, OTHER]  # and nothing is heard less for it


async def test_everything_is_forgotten_when_the_last_listener_has_gone(site: Site, settings: Any) -> None:
    settings.REALTIME = {**settings.REALTIME, "SAFETY_SECONDS": 0}
    amina = await site.enter()
    hub = lifecycle.current_hub()
    await amina.connection.close()
    while hub.sockets:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    hub._forget_idle()
    assert (hub.topics, hub.sockets, presence.here(f"room:{ROOM}")) == ({}, {}, ())


async def test_services_without_a_loop_do_nothing() -> None:
    services.publish_event(topic=f"room:{ROOM}", entry=LogEntry(seq=1, actor="", body=b"{}"))
    services.close_user(user=AMINA, code=codes.REVOKED)
    assert services.people_present(topic=f"room:{ROOM}") == []


async def test_closed_connections_end_without_an_error(site: Site) -> None:
    amina = await site.enter()
    amina.connection.transport.abort()
    ben = await site.enter(BEN)
    with pytest.raises(websockets.ConnectionClosed):
        await amina.connection.recv()
    await ben.say(t="ping")
    assert await ben.hear() == {"t": "pong"}
