"""What an open socket keeps in place of uvicorn's queue and event behaves as they do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from realtime.bucket import Strikes
from realtime.frames import Frame
from realtime.outlets import PreparedOutlet
from realtime.server import Gate, Inbox


async def test_messages_come_out_in_their_order_also_to_one_who_waits() -> None:
    inbox = Inbox()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    for number in range(3):
        inbox.put_nowait(number)
    assert (await reader, inbox.qsize(), inbox.empty()) == (0, 2, False)
    assert [await inbox.get(), await inbox.get()] == [1, 2]
    assert inbox.empty()


async def test_a_reader_that_was_called_away_takes_nothing_along() -> None:
    inbox = Inbox()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    inbox.put_nowait("kept")
    assert await inbox.get() == "kept"


async def test_a_message_that_came_as_the_reader_was_called_away_is_kept() -> None:
    inbox = Inbox()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("kept")
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert await inbox.get() == "kept"


async def test_a_gate_stands_open_until_it_is_shut_and_lets_all_through_again() -> None:
    gate = Gate()
    assert gate.is_set()
    await gate.wait()
    gate.clear()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert (gate.is_set(), [task.done() for task in waiting]) == (False, [False] * 3)
    gate.set()
    gate.set()
    await asyncio.gather(*waiting)
    assert gate.is_set()


async def test_a_gate_that_was_shut_again_at_once_holds_those_who_waited() -> None:
    """Congestion may come back before they run; they would write into it."""
    gate = Gate()
    gate.clear()
    waiting = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    gate.set()
    gate.clear()
    await asyncio.sleep(0.01)
    assert not waiting.done()
    gate.set()
    await waiting


@dataclass
class Transport:
    """The extension as a server offers it: what was written, write by write."""

    writes: list[bytes] = field(default_factory=list)
    gone: bool = False

    def is_writable(self) -> bool:
        return not self.gone

    def is_gone(self) -> bool:
        return self.gone

    def write_frame(self, wire: bytes) -> None:
        self.writes.append(wire)

    async def wait_writable(self) -> None:
        return

    def abort(self) -> None:
        self.gone = True

    def forget_handshake(self) -> None:
        return


def wire(*kinds: str) -> bytes:
    return b"".join(Frame.of({"t": kind}).wire for kind in kinds)


async def test_answers_leave_with_the_push_that_follows_them() -> None:
    transport = Transport()
    outlet = PreparedOutlet(transport)
    outlet.write_soon(Frame.of({"t": "ack"}))
    outlet.write_soon(Frame.of({"t": "ok"}))
    outlet.write(Frame.of({"t": "ev"}))
    outlet.write(Frame.of({"t": "eph"}))
    await asyncio.sleep(0)
    assert transport.writes == [wire("ack", "ok", "ev"), wire("eph")]


async def test_an_answer_that_nothing_follows_leaves_by_itself_in_the_next_turn() -> None:
    transport = Transport()
    outlet = PreparedOutlet(transport)
    outlet.write_soon(Frame.of({"t": "ack"}))
    assert transport.writes == []
    await asyncio.sleep(0)
    outlet.write_soon(Frame.of({"t": "pong"}))
    await asyncio.sleep(0)
    assert transport.writes == [wire("ack"), wire("pong")]


async def test_nothing_is_written_to_a_socket_that_left_meanwhile() -> None:
    transport = Transport()
    outlet = PreparedOutlet(transport)
    outlet.write_soon(Frame.of({"t": "ack"}))
    transport.abort()
    await asyncio.sleep(0)
    assert transport.writes == []


def test_strikes_are_counted_within_their_window() -> None:
    strikes = Strikes(limit=3, window=10)
    assert [strikes.add(now) for now in (0, 5, 11, 12, 30, 31, 32)] == [False, False, False, True, False, False, True]
    assert Strikes(limit=1, window=10).add(0)
