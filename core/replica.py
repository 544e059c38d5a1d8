"""Reads that may come from a replica of the database, chosen one by one, and only if it has everything that was committed until now.

The primary tells its position, the replica waits until it is there, at most 50 ms; what it then shows is never older than what the
person who asks has just written, by whatever road and through whatever process. A replica that is late, dead or broken is left alone for
a few seconds and the primary answers: nobody sees an error (docs/decisions/0008).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections
from django.db.utils import Error

from core.breaker import Breaker

logger = logging.getLogger("resaka.replica")

ALIAS = "replica"
WAIT_SECONDS = 0.05
PAUSE = 3.0

_P = ParamSpec("_P")
_T = TypeVar("_T")

_reading: ContextVar[bool] = ContextVar("resaka_reading_replica", default=False)
breaker = Breaker(seconds=PAUSE)


def is_reading() -> bool:
    """Whether the queries of this moment go to the replica (core.routers)."""
    return _reading.get()


def from_replica(query: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a query function read from the replica. It writes nothing, gives no lazy queryset away, and may run twice."""

    @wraps(query)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not _may_ask() or not _is_level():
            return query(*args, **kwargs)
        token = _reading.set(True)
        try:
            return query(*args, **kwargs)
        except Error as error:
            _leave(f"{type(error).__name__}: {error}")
        finally:
            _reading.reset(token)
        return query(*args, **kwargs)

    return wrapped


def _may_ask() -> bool:
    """Inside a transaction the primary answers: what it has written so far is nowhere else."""
    return ALIAS in settings.DATABASES and not connections["default"].in_atomic_block and not is_reading() and breaker.allows()


def _is_level() -> bool:
    """Whether the replica has what the primary has now."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT @@gtid_binlog_pos")
        [position] = cursor.fetchone()
    if not position:  # without a binary log there is no position to wait for
        _leave("the primary has no binary log")
        return False
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT MASTER_GTID_WAIT(%s, %s)", [position, WAIT_SECONDS])
            [late] = cursor.fetchone()
    except Error as error:
        _leave(f"{type(error).__name__}: {error}")
        return False
    if late:
        _leave("it is late")
        return False
    if breaker.worked():
        logger.warning("replica back")
    return True


def _leave(why: str) -> None:
    connections[ALIAS].close()
    if breaker.failed():
        logger.warning("replica left", extra={"fields": {"why": why}})
