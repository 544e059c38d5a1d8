"""The hub of this process: made when the server starts, drained and ended when it stops."""

from __future__ import annotations

import asyncio
import random

from realtime import codes
from realtime.bus import bus
from realtime.frames import Frame
from realtime.hub import Hub
from realtime.threads import close_pool

DRAIN_SECONDS = 5.0

_hub: Hub | None = None
_checks: asyncio.Task[None] | None = None


def current_hub() -> Hub:
    """The hub of the running loop.

    Raises:
        RuntimeError: the server has not started it.
    """
    if _hub is None:
        raise RuntimeError("the hub is not started")
    return _hub


async def start() -> None:
    """Make the hub on the loop that runs now, and listen to the bus."""
    global _hub, _checks
    _hub = Hub()
    bus.attach(_hub.receive)
    _checks = asyncio.get_running_loop().create_task(_hub.run_checks())


async def drain() -> None:
    """Tell every socket to come back in a moment, each in its own, and close it."""
    if _hub is None:
        return
    for socket in _hub.all_sockets():
        pause = round(random.uniform(0, DRAIN_SECONDS), 2)  # noqa: S311  (spreads the return, guards nothing)
        socket.write_if_free(Frame.of({"t": "bye", "code": codes.DRAINING, "in": pause}))
        _hub.leave(socket)
        socket.close(codes.DRAINING)


async def stop() -> None:
    """End the hub and its threads."""
    global _hub, _checks
    bus.detach()
    if _checks is not None:
        _checks.cancel()
        await asyncio.wait([_checks])
    if _hub is not None:
        await _hub.stop()
    _hub = _checks = None
    close_pool()
