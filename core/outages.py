"""Whether an error says that the database is away: then nobody here can mend it, and nothing helps but trying later."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError

from core.http import TooSlow, Unreachable

# MariaDB and MySQL, server and client: too many connections, shutting down, disk full, lock wait, deadlock, read-only, time limits,
# no connection, connection lost.
_CODES = {1021, 1040, 1041, 1053, 1114, 1129, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1290, 1836, 1927, 1969, 3024}
_CODES |= {2002, 2003, 2005, 2006, 2012, 2013, 2026, 2055}
_SQLITE = ("is locked", "disk i/o error", "unable to open", "is full", "readonly database")


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not answer, as opposed to a query that was wrong."""
    return any(_is_gone(one) for one in _chain(error))


def log_failure(logger: logging.Logger, event: str, error: Exception, **fields: object) -> None:
    """Log work of the background that failed and comes again: one line for an outage, of the database or of a server of others that is
    gone or too slow, with its trace for anything else."""
    if is_outage(error) or isinstance(error, Unreachable | TooSlow):
        logger.warning(event, extra={"fields": {**fields, "why": f"{type(error).__name__}: {error}"}})
    else:
        logger.error(event, exc_info=error, extra={"fields": fields})


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those it came from: a lost connection often shows as the failure of what followed."""
    for _depth in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or (error.__context__ if isinstance(error, DatabaseError | TransactionManagementError) else None)


def _is_gone(error: BaseException) -> bool:
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError) or not error.args:
        return False
    return error.args[0] in _CODES or any(words in str(error).lower() for words in _SQLITE)
