"""Threads for the database: the loop itself never waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import connections

from core.connections import tend_connections
from core.outages import is_outage

T = TypeVar("T")
_pool: ThreadPoolExecutor | None = None
_outages = 0  # seen by any thread of the pool
_own = threading.local()


def _tended(function: Callable[[], T]) -> T:
    """Run with this thread's own connections, which live as long as the thread; a broken one is dropped first.

    What broke for one thread has most likely broken for all: after an outage each looks at its own connections before it uses them.
    """
    global _outages
    suspicious = getattr(_own, "outages", 0) != _outages
    _own.outages = _outages
    tend_connections(suspicious=suspicious)
    try:
        return function()
    except Exception as error:
        if is_outage(error):
            _outages += 1
        raise


async def run_in_thread(function: Callable[[], T]) -> T:
    """Run a function that uses the database; its result or its error comes back to the loop."""
    return await asyncio.get_running_loop().run_in_executor(open_pool(), _tended, function)


def open_pool() -> ThreadPoolExecutor:
    """The process's pool, made at first use."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(max_workers=settings.REALTIME["THREADS"], thread_name_prefix="resaka-socket")
    return _pool


def close_pool() -> None:
    """End the threads and their connections."""
    global _pool
    if _pool is None:
        return
    for _ in range(settings.REALTIME["THREADS"]):
        _pool.submit(connections.close_all)
    _pool.shutdown(wait=True)
    _pool = None
