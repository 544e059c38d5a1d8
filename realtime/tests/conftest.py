from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from realtime import registry
from realtime.tests.house import Log, Rules, Site, commands_of, streams_of


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def _limits(settings: Any) -> None:
    """Wide enough for tests that are not about limits; the safety check is called by hand."""
    settings.REALTIME = {**settings.REALTIME, "BUCKET_FRAMES": 10_000, "BUCKET_BURST": 10_000, "SAFETY_SECONDS": 3600}


@pytest.fixture
def _tables(log: Log, rules: Rules) -> Iterator[None]:
    old = registry.register(commands=commands_of(log, rules), streams=streams_of(log))
    yield
    registry.register(commands=old.commands, streams=old.streams)


@pytest.fixture(params=["realtime.server:SocketProtocol", "websockets-sansio"], ids=["prepared", "plain"])
async def site(request: pytest.FixtureRequest, _limits: None, _tables: None) -> AsyncIterator[Site]:
    """The hub must behave the same with prepared frames and on any other server."""
    site = Site(request.param)
    await site.start()
    yield site
    await site.stop()
