"""Time as it crosses the wire, and the one clock that all processes share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Func
from django.db.models.functions import Now
from django.utils import timezone


def to_wire(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, the only form of a time in frames and REST."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def to_wire_exact(moment: datetime) -> str:
    """ISO 8601 in UTC with all its microseconds and `Z`: for what must read the same years later."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def shared_now() -> datetime:
    """The database's time: leases and due dates of several machines are measured by it, whatever their own clocks say."""
    if connection.vendor != "mysql":  # SQLite serves one machine, which has one clock
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT UTC_TIMESTAMP(6)")
        moment: datetime = cursor.fetchone()[0]
    return moment.replace(tzinfo=UTC)


class SharedNow(Now):
    """`shared_now` inside a statement. Django's own `Now` follows the time zone of MariaDB's session, and columns hold UTC."""

    def as_mysql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return Func.as_sql(self, compiler, connection, template="UTC_TIMESTAMP(6)", **extra)
