"""Tables that go by day on MariaDB: a partition for each day, made ahead, dropped whole when all in it is to go.

Dropping one costs milliseconds whatever it holds, where deleting a million rows costs half a minute. These statements commit what is
open, so they never run inside a transaction. Other engines have no partitions: there rows are deleted in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

_LAST = "pmax"
_PATIENCE = 30  # seconds; a day goes in milliseconds


class DaysBusy(TimeoutError):
    """Somebody else has been dropping a day for half a minute."""


def has_partitions() -> bool:
    """Whether the tables of this database go by partitions."""
    return connection.vendor == "mysql"


@dataclass(frozen=True, slots=True)
class DailyTable:
    """A table with a partition for each day of one of its columns, and `days_ahead` of them made beforehand."""

    table: str
    days_ahead: int

    def list_days(self) -> list[date]:
        """The days that have a partition, each holding what lies before the end of that day; oldest first."""
        sql = "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = %s"
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.table])
            names = [row[0] for row in cursor.fetchall()]
        return sorted(datetime.strptime(name, "p%Y%m%d").replace(tzinfo=UTC).date() for name in names if name != _LAST)

    def make_days(self, *, today: date) -> int:
        """Make the partitions of the coming days that are not there yet; how many were made."""
        first = max([today, *(day + timedelta(days=1) for day in self.list_days())])
        days = [first + timedelta(days=number) for number in range((today + timedelta(days=self.days_ahead) - first).days + 1)]
        if days:
            parts = ", ".join(f"PARTITION {_name(day)} VALUES LESS THAN ('{day + timedelta(days=1):%Y-%m-%d}')" for day in days)
            self._alter(f"REORGANIZE PARTITION {_LAST} INTO ({parts}, PARTITION {_LAST} VALUES LESS THAN (MAXVALUE))")
        return len(days)

    def drop_days(self, *, before: date, keep: Callable[[date], object] | None = None) -> int:
        """Drop the partitions of the days before one, with all that is in them; how many went.

        `keep` is called before each, with its day: it copies what has to stay (core.setaside). If it fails the partition stays.

        The rows are moved out first, which only swaps two names, and destroyed in a table of their own: dropping a full partition holds
        up everybody who writes for as long as its file takes to go.
        """
        over = [day for day in self.list_days() if day < before]
        gone = f"{self.table}_gone"
        for day in over:
            with days_locked():
                if keep is not None:
                    keep(day)
                _execute(f"DROP TABLE IF EXISTS {gone}")
                _execute(f"CREATE TABLE {gone} LIKE {self.table}")
                _execute(f"ALTER TABLE {gone} REMOVE PARTITIONING")
                self._alter(f"EXCHANGE PARTITION {_name(day)} WITH TABLE {gone}")
                self._alter(f"DROP PARTITION {_name(day)}")
                _execute(f"DROP TABLE {gone}")
        return len(over)

    def _alter(self, what: str) -> None:
        _execute(f"ALTER TABLE {self.table} {what}")


@contextmanager
def days_locked() -> Iterator[None]:
    """While this is held no day is dropped elsewhere. The statements that drop one commit, so no lock of a row outlives them; this one
    is the server's own, by name. Nothing where there are no partitions."""
    if not has_partitions():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(CONCAT(DATABASE(), '.days'), %s)", [_PATIENCE])
        if cursor.fetchone() != (1,):
            raise DaysBusy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DO RELEASE_LOCK(CONCAT(DATABASE(), '.days'))")


def _name(day: date) -> str:
    return f"p{day:%Y%m%d}"


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
