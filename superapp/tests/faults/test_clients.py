"""Clients that do not read, and clients that write what nobody understands."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import LONG, Town, new_seed, percentile, resident, rounds
from superapp.tests.faults.raw import BINARY, CLOSE, PING, TEXT, Closed, RawSocket, frame
from superapp.tests.live.server import Server

_SLOW_SECONDS = 30 if LONG else 3
SLACK = 5  # until the way out is full
BEHIND = 480  # who is more than 500 behind is told to begin anew, and has nothing to read slowly


async def test_slow_consumer(town: Town, tell: Tell) -> None:
    """Some never read, some read again just when the server loses patience: these are told 4008. Everybody else hears all in time."""
    seed = new_seed("slow")
    variables = {} if LONG else {"DJANGO_SETTINGS_MODULE": "superapp.tests.faults.impatient"}
    web = town.house.web(**variables)
    await asyncio.to_thread(web.start)
    webs, town.house.webs = town.house.webs, [web]
    pool = ThreadPoolExecutor(32)
    never: list[RawSocket] = []
    late: list[RawSocket] = []
    codes: list[int] = []
    sizes: list[float] = []
    told_after = 0.0

    async def script() -> None:
        nonlocal told_after
        await asyncio.to_thread(fill)
        cursor = max(0, await asyncio.to_thread(town.last) - BEHIND)  # a quick machine has not said so much by now
        sizes.append(resident(web.pid))
        never.extend(RawSocket(web, town.visitors[n].cookies, receive_buffer=4096) for n in (0, 1, 2))
        late.extend(RawSocket(web, town.visitors[n].cookies, receive_buffer=4096) for n in (3, 4, 5, 6) for _ in range(4))
        for socket in (*never, *late):  # all that was said is on its way to them at once
            socket.say(t="sub", id=1, rooms={town.room: cursor})
        began = time.monotonic()
        reads: list[Future[int]] = []
        await asyncio.sleep(_SLOW_SECONDS / 2)
        sizes.append(resident(web.pid))
        await asyncio.sleep(_SLOW_SECONDS / 2)
        for socket in late:  # nobody sees from outside when the server began to wait, so they come back one after the other
            reads.append(pool.submit(socket.read_to_the_end))
            await asyncio.sleep(1.5)
            if 4008 in _results(reads):
                told_after = time.monotonic() - began
                break
        await asyncio.sleep(4)
        codes.extend(_results(reads))

    def fill() -> None:
        for _number in range(360):  # 16 KB each: more than the machine's buffers hold
            answer = town.say(town.visitors[9], "🌋" * 3900)
            assert answer.status == 201, answer.text

    try:
        verdict = await town.talk(script, seed, sockets=10, a_second=3)  # few, so that those 480 are mostly what fills
        silence = max(client.silence for client in town.clients)
        await asyncio.sleep(2 * SLACK)  # a busy server fills their way out late, and loses patience as late; who reads before is not slow
        dropped = [await asyncio.to_thread(socket.read_to_the_end) for socket in never]
    finally:
        for socket in (*never, *late):
            socket.close()
        town.house.webs = webs
        web.kill()
        pool.shutdown()
    slow = len(never) + len(late)
    growth = (sizes[1] - sizes[0]) / slow
    tell(1, verdict, slow=slow, told=codes, told_after=told_after, MiB_for_each=growth, longest_silence_of_others=silence)
    assert 4008 in codes
    assert set(codes) <= {4008, 0}
    assert set(dropped) <= {4008, 0}
    assert told_after < _SLOW_SECONDS + 5 + SLACK
    assert growth <= 1
    assert "Traceback" not in web.log.read_text("utf-8")


def _results(reads: Sequence[Future[int]]) -> list[int]:
    return [read.result() for read in reads if read.done()]


# ---- Frames that nobody understands ---------------------------------------------------------------------------------------------
def bad_text(seed: random.Random, room: str) -> bytes:
    """Text that is no frame of the protocol; each of its kinds comes in turn."""
    cid = str(uuid.UUID(int=seed.getrandbits(128), version=4))
    good: dict[str, Any] = {"t": "send", "id": 1, "room": room, "cid": cid, "body": "x"}
    wrong: list[Any] = [None, True, -1, 1.5, [], {}, "", "\x00", [["x"]], 10**30]
    choice = seed.randrange(9)
    if choice == 0:  # no JSON
        return bytes(seed.choice(b'{}[]":,0123456789abcdef \\ntrue') for _ in range(seed.randrange(1, 200))) + b"!"
    if choice == 1:  # JSON, but no object
        return json.dumps(seed.choice([None, 1, "x", [], [good], True])).encode()
    if choice == 2:  # an unknown or a missing command
        return json.dumps({**good, "t": seed.choice([*wrong, "sned", "SEND", "constructor"])}).encode()
    if choice == 3:  # a field is missing
        return json.dumps(
            {name: value for name, value in good.items() if name != seed.choice(["t", "room", "cid"])} | {"t": "sub"}
        ).encode()
    if choice == 4:  # a field of another type
        return json.dumps({**good, seed.choice(["room", "body"]): seed.choice([None, True, -1, 1.5, [], {}])}).encode()
    if choice == 5:  # deep
        return b"[" * 8000 + (b"]" * 8000 if seed.random() < 0.5 else b"")
    if choice == 6:  # numbers that are none, or too long
        return b'{"t": "read", "room": "x", "seq": ' + seed.choice([b"NaN", b"1e999", b"-Infinity", b"1" * 9000]) + b"}"
    if choice == 7:  # cut off
        whole = json.dumps(good).encode()
        return whole[: seed.randrange(1, len(whole) - 1)]
    return json.dumps({**good, "body": "x" * seed.randrange(17_000, 60_000)}).encode()  # over 16 KB


BREAKS: list[tuple[int, bytes]] = [
    (1009, frame(TEXT, b"x" * 70_000)),
    (1007, frame(TEXT, b'{"t": "ping", "x": "\xff\xfe"}')),
    (1007, frame(TEXT, b"\xed\xa0\x80")),
    (1002, frame(TEXT, b"x", first=0xC1)),  # a reserved bit
    (1002, frame(TEXT, b"x", first=0x83)),  # an unknown opcode
    (1002, frame(PING, b"x", first=0x09)),  # a control frame in parts
    (1002, frame(PING, b"x" * 200)),  # a control frame that is too long
    (1002, frame(TEXT, b"x", masked=False)),
    (1002, frame(TEXT, b"x", first=0x80)),  # the end of what never began
    (1002, frame(CLOSE, b"\x00")),
]


def hear_the_end(web: Server, cookies: str, data: bytes) -> int:
    socket = RawSocket(web, cookies)
    socket.hear("hello")
    socket.write(data)
    code = socket.read_to_the_end()
    socket.close()
    return code


def strike_out(web: Server, cookies: str, texts: list[bytes]) -> tuple[list[str], int]:
    """Five bad frames on one socket: what was answered, and how it ended."""
    socket = RawSocket(web, cookies)
    socket.hear("hello")
    answers = []
    try:
        for text in texts:
            socket.write(frame(TEXT, text))
            answers.append(socket.hear()["code"])
        code = socket.read_to_the_end()
    except Closed as closed:
        code = closed.code
    socket.close()
    return answers, code


async def test_malformed_and_oversize_frames(town: Town, tell: Tell) -> None:
    seed, frames = new_seed("frames"), rounds(500, 10_000)
    web = town.house.webs[0]
    cookies = [visitor.cookies for visitor in town.visitors]
    parties = [[bad_text(seed, town.room) for _ in range(5)] for _ in range(frames // 5)]

    def warm_up() -> None:
        for place in range(40):
            strike_out(web, cookies[place % 10], [b"{"] * 5)

    await asyncio.to_thread(warm_up)
    before = resident(web.pid)

    def attack() -> int:
        for place, texts in enumerate(parties):
            answers, code = strike_out(web, cookies[place % 10], texts)
            assert answers == ["bad_frame"] * 5, (answers, texts)
            assert code == 4001, (code, texts)
        for round_number in range(rounds(2, 50)):
            for wanted, data in BREAKS:
                assert hear_the_end(web, cookies[round_number % 10], data) == wanted, (wanted, data[:20])
        socket = RawSocket(web, cookies[0])
        socket.hear("hello")
        socket.write(frame(BINARY, b"\x00\xff" * 50))
        assert socket.hear()["code"] == "bad_frame"
        socket.say(t="ping", x=7)
        assert socket.hear()["x"] == 7
        socket.close()
        return len(parties) * 5 + len(BREAKS) * rounds(2, 50) + 1

    sent: list[int] = []

    async def script() -> None:
        sent.append(await asyncio.to_thread(attack))

    verdict = await town.talk(script, seed, sockets=20, a_second=5)
    growth = resident(web.pid) - before
    silence = percentile([client.silence for client in town.clients])
    tell(sent[0], verdict, MiB_grown=growth, longest_silence_of_others=silence)
    assert town.traces() == []
    assert growth < 20
