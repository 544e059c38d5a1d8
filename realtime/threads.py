"""Threads for the database: the loop itself never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import connections

T = TypeVar("T")
_pool: ThreadPoolExecutor | None = None


def _tended(function: Callable[[], T]) -> T:
    """Run with this thread's own connections, which live as long as the thread; a broken one is dropped first."""
    for connection in connections.all(initialized_only=True):
        connection.close_at = None
        connection.close_if_unusable_or_obsolete()
    return function()


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
