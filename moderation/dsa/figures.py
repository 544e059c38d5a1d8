"""What a transparency report is made of: tables of figures, each with the query it came from, and how they are written for machines."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

Words = str | Promise
Value = str | int | float | None
Row = tuple[Value, ...]
# How a spreadsheet knows a formula: a name that begins so would be run by whoever opens the report.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Unit(StrEnum):
    """What a column holds. SHARE is 0 to 1, SECONDS whole or not."""

    WORD = "WORD"
    COUNT = "COUNT"
    SECONDS = "SECONDS"
    SHARE = "SHARE"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`; `at` is when the question is put."""

    start: datetime
    end: datetime
    at: datetime

    @classmethod
    def of_year(cls, year: int, *, at: datetime) -> Period:
        """A calendar year in UTC (Implementing Regulation (EU) 2024/2835)."""
        return cls(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), at)

    @property
    def is_over(self) -> bool:
        return self.at >= self.end


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is for machines and stays the same; `labels` puts words for people in place of stored values."""

    name: str
    title: Words
    unit: Unit = Unit.COUNT
    labels: Mapping[str, Words] | None = None

    def label_of(self, value: Value) -> Words | Value:
        return self.labels.get(str(value), value) if self.labels else value


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to one question. `indicator` is its number in the implementing regulation, or the article of the DSA."""

    code: str
    indicator: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sql: str
    params: tuple[str, ...]

    @property
    def sql_sha256(self) -> str:
        """SHA-256 (hex) of the query as the database got it, its parameters apart."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """All tables of a period."""

    provider: str
    period: Period
    tables: tuple[Table, ...]

    @property
    def is_empty(self) -> bool:
        return not any(table.rows for table in self.tables)


def to_json(report: Report) -> str:
    """The report for machines: every table with its query, the query's parameters and its SHA-256."""
    period = report.period
    said = {
        "format": 1,
        "provider": report.provider,
        "regulation": "Implementing Regulation (EU) 2024/2835",
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat(), "complete": period.is_over},
        "generated_at": period.at.isoformat(),
        "tables": [_as_object(table) for table in report.tables],
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _as_object(table: Table) -> dict[str, Any]:
    return {
        "code": table.code,
        "indicator": table.indicator,
        "columns": [{"name": column.name, "unit": column.unit.value} for column in table.columns],
        "rows": [list(row) for row in table.rows],
        "sql": table.sql,
        "params": list(table.params),
        "sql_sha256": table.sql_sha256,
    }


def to_csv(report: Report) -> str:
    """The report as one list of values: indicator, table, what the value is of, its name, its unit, the value, the query's SHA-256."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["period_start", "period_end", "indicator", "table", "of", "measure", "unit", "value", "sql_sha256"])
    days = [report.period.start.date().isoformat(), report.period.end.date().isoformat()]
    for table in report.tables:
        for row in table.rows:
            writer.writerows([*days, *map(_safe, cells)] for cells in _cells(table, row))
    return out.getvalue()


def _cells(table: Table, row: Row) -> Iterable[Sequence[Value]]:
    paired = list(zip(table.columns, row, strict=True))
    of = " / ".join(f"{column.name}={value}" for column, value in paired if column.unit is Unit.WORD)
    for column, value in paired:
        if column.unit is not Unit.WORD:
            yield table.indicator, table.code, of, column.name, column.unit.value, value, table.sql_sha256


def _safe(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
