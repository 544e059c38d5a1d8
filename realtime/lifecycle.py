"""The hub of this process: made when the server starts, drained and ended when it stops."""

from __future__ import annotations

import asyncio
import random

from core import metrics
from realtime import codes
from realtime.buses import get_bus
from realtime.frames import Frame
from realtime.hub import Hub
from realtime.threads import close_pool

DRAIN_SECONDS = 5.0

_hub: Hub | None = None
_rounds: list[asyncio.Task[None]] = []


def current_hub() -> Hub:
    """The hub of the running loop.

    Raises:
        RuntimeError: the server has not started it.
    """
    if _hub is None:
        raise RuntimeError("the hub is not started")
    return _hub


def bus_state() -> str:
    """`local`, `ok` or `down`."""
    return get_bus().state


async def start() -> None:
    """Make the hub on the loop that runs now, and listen to the bus."""
    global _hub
    bus = get_bus()
    hub = _hub = Hub(bus)
    metrics.SOCKETS.set_function(lambda: len(hub.all_sockets()))
    bus.attach(_hub.receive, _hub.back)
    loop = asyncio.get_running_loop()
    _rounds[:] = [loop.create_task(_hub.run_checks()), loop.create_task(_hub.share_presence())]


async def drain() -> None:
    """Tell every socket to come back in a moment, each in its own, and close it."""
    if _hub is None:
        return
    for socket in _hub.all_sockets():
        pause = round(random.uniform(0, DRAIN_SECONDS), 2)  # noqa: S311  (spreads the return, guards nothing)
        socket.write_if_free(Frame.of({"t": "bye", "code": codes.DRAINING, "in": pause}))
        _hub.leave(socket)
        socket.close(codes.DRAINING)
    await asyncio.sleep(0)  # the farewells go out before the server closes what is left with 1012


async def stop() -> None:
    """End the hub and its threads."""
    global _hub
    for task in _rounds:
        task.cancel()
    if _rounds:
        await asyncio.wait(_rounds)
    _rounds.clear()
    if _hub is not None:
        await _hub.stop()
    _hub = None
    await get_bus().detach()
    close_pool()
