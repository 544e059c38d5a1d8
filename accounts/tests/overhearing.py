"""What the live side is told while something happens, as the hub of a web process would hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from realtime.bus import Ended, Parcel
from realtime.buses import get_bus


@contextmanager
def overhear() -> Iterator[list[Parcel]]:
    """The parcels that were published in the block, once it is over; what waits for a commit is told when that comes."""
    heard: list[Parcel] = []
    loop = asyncio.new_event_loop()

    async def attach() -> None:
        get_bus().attach(heard.extend, lambda: None)

    loop.run_until_complete(attach())
    try:
        yield heard
        loop.run_until_complete(asyncio.sleep(0.02))
    finally:
        loop.run_until_complete(get_bus().detach())
        loop.close()


def closed_sockets(heard: list[Parcel]) -> list[tuple[str, int]]:
    """Whose sockets were ended, with which code."""
    return [(parcel.user, parcel.code) for parcel in heard if isinstance(parcel, Ended)]
