"""The log's partitions on MariaDB: one for each day of expiry, made ahead, dropped whole once every row in them has expired.

Dropping one costs milliseconds whatever it holds, where deleting a million rows costs half a minute. These statements commit what is
open, so they never run inside a transaction. Other engines have no partitions: there `chat.services.purge` deletes in batches.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import connection

from chat.models import RoomEvent

DAYS_AHEAD = 33  # a room shows its talk for at most 30 days
_LAST = "pmax"
_LOG = RoomEvent._meta.db_table
_GONE = f"{_LOG}_gone"


def has_partitions() -> bool:
    """Whether the log of this database goes by partitions."""
    return connection.vendor == "mysql"


def turn_partitions(*, now: datetime) -> dict[str, int]:
    """Make what is to come and drop what is over; nothing where the log has no partitions."""
    if not has_partitions():
        return {"made": 0, "dropped": 0}
    return {"made": make_partitions(now=now), "dropped": drop_expired_partitions(now=now)}


def list_partitions() -> list[date]:
    """The days that have a partition, each holding what expires before the end of that day; oldest first."""
    sql = "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [_LOG])
        names = [row[0] for row in cursor.fetchall()]
    return sorted(datetime.strptime(name, "p%Y%m%d").replace(tzinfo=UTC).date() for name in names if name != _LAST)


def make_partitions(*, now: datetime) -> int:
    """Make the partitions of the coming days that are not there yet; how many were made."""
    known = list_partitions()
    first = max([now.date(), *(day + timedelta(days=1) for day in known)])
    days = [first + timedelta(days=number) for number in range((now.date() + timedelta(days=DAYS_AHEAD) - first).days + 1)]
    if days:
        parts = ", ".join(f"PARTITION {_name(day)} VALUES LESS THAN ('{day + timedelta(days=1):%Y-%m-%d}')" for day in days)
        _alter(f"REORGANIZE PARTITION {_LAST} INTO ({parts}, PARTITION {_LAST} VALUES LESS THAN (MAXVALUE))")
    return len(days)


def drop_expired_partitions(*, now: datetime) -> int:
    """Drop the partitions of the days that are over, with all that expired in them; how many went.

    The rows are moved out first, which only swaps two names, and destroyed in a table of their own: dropping a full partition holds up
    everybody who writes for as long as its file takes to go.
    """
    over = [day for day in list_partitions() if day < now.date()]
    for day in over:
        _execute(f"DROP TABLE IF EXISTS {_GONE}")
        _execute(f"CREATE TABLE {_GONE} LIKE {_LOG}")
        _execute(f"ALTER TABLE {_GONE} REMOVE PARTITIONING")
        _alter(f"EXCHANGE PARTITION {_name(day)} WITH TABLE {_GONE}")
        _alter(f"DROP PARTITION {_name(day)}")
        _execute(f"DROP TABLE {_GONE}")
    return len(over)


def _name(day: date) -> str:
    return f"p{day:%Y%m%d}"


def _alter(what: str) -> None:
    _execute(f"ALTER TABLE {_LOG} {what}")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
