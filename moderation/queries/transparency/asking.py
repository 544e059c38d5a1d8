"""A question to the database with the words around its answer, and how it is put."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, Expression, ExpressionWrapper, F, QuerySet, Window
from django.db.models.functions import RowNumber

from moderation.dsa.figures import Column, Period, Row, Table, Words

Raw = Sequence[tuple[Any, ...]]


def as_they_are(rows: Raw) -> list[Row]:
    """The answer, unchanged."""
    return list(rows)


@dataclass(frozen=True, slots=True)
class Question:
    """`build` gives a query of plain values; `read` makes of its rows what the columns say, without asking anything more."""

    code: str
    indicator: str
    title: Words
    columns: tuple[Column, ...]
    build: Callable[[Period], QuerySet[Any, Any]]
    read: Callable[[Raw], list[Row]] = as_they_are


def ask(question: Question, period: Period) -> Table:
    """Put a question. One query, which the table carries as it was put."""
    query = question.build(period)
    sql, params = query.query.sql_with_params()
    rows = tuple(question.read(list(query)))
    return Table(question.code, question.indicator, question.title, question.columns, rows, sql, tuple(str(one) for one in params))


def count_by(rows: QuerySet[Any], *by: str, **more: Aggregate) -> QuerySet[Any, Any]:
    """How many rows there are of each group: (…by, number, …more)."""
    counted: QuerySet[Any, Any] = rows.values(*by).annotate(n=Count("pk"), **more).order_by(*by).values_list(*by, "n", *more)
    return counted


def took(start: str, end: str) -> Expression:
    """The time between two moments of a row."""
    return ExpressionWrapper(F(end) - F(start), output_field=DurationField())


def middles(rows: QuerySet[Any], *, by: str, time: Expression) -> QuerySet[Any, Any]:
    """Of each group the one or two rows in the middle, ordered by time: (group, size of the group, time)."""
    placed = rows.annotate(
        time=time,
        place=Window(RowNumber(), partition_by=F(by), order_by=[time.asc(), F("pk").asc()]),
        size=Window(Count("pk"), partition_by=F(by)),
    )
    middle: QuerySet[Any, Any] = placed.filter(size__gte=F("place") * 2 - 2, size__lte=F("place") * 2)
    return middle.order_by(by, "place").values_list(by, "size", "time")


def medians(rows: Raw) -> list[Row]:
    """(group, size, median in seconds) of what `middles` found."""
    groups: dict[Any, tuple[int, list[timedelta]]] = {}
    for group, size, time in rows:
        groups.setdefault(group, (size, []))[1].append(time)
    return [(group, size, sum(t.total_seconds() for t in times) / len(times)) for group, (size, times) in groups.items()]


def histogram(*steps: tuple[str, int]) -> Callable[[Raw], list[Row]]:
    """Turn one number a person into how many people stand at each step, named by the least number it begins with."""

    def read(rows: Raw) -> list[Row]:
        counts = {name: 0 for name, _least in steps}
        for (number,) in rows:
            reached = [name for name, least in steps if number >= least]
            if reached:
                counts[reached[-1]] += 1
        return [(name, count) for name, count in counts.items() if count]

    return read
