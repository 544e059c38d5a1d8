"""The report of a year, put together from every question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Min

from moderation.dsa.figures import Period, Report, Table
from moderation.models import Report as Notice
from moderation.queries.transparency import complaints, decisions, notices, orders, recipients
from moderation.queries.transparency.asking import Question, ask

# In the order in which they are shown: what is owed to authorities first.
QUESTIONS: tuple[Question, ...] = (
    *orders.QUESTIONS,
    *notices.QUESTIONS,
    *decisions.QUESTIONS,
    *complaints.QUESTIONS,
    *recipients.QUESTIONS,
)
KEPT_SECONDS = 300
FIRST_YEAR = 2026


class NoSuchYear(LookupError):
    """A year that has not begun, or from before this house."""


def build_report(*, year: int, now: datetime) -> Report:
    """The figures of a calendar year (UTC), up to now if it is not over. One query for each question.

    Raises:
        NoSuchYear.
    """
    if not FIRST_YEAR <= year <= now.year:
        raise NoSuchYear(year)
    period = Period.of_year(year, at=now)
    return Report(settings.SITE_NAME, period, tuple(ask(question, period) for question in QUESTIONS))


def get_shown_report(*, year: int, now: datetime) -> Report:
    """As `build_report`, but at most five minutes old: the page is open to everybody. No query when it is kept.

    Raises:
        NoSuchYear.
    """
    key = f"moderation.transparency:{year}"
    kept = cache.get(key)
    if isinstance(kept, dict):
        return _restore(kept, year)
    report = build_report(year=year, now=now)
    cache.set(key, _keep(report), KEPT_SECONDS)
    return report


def list_years(*, now: datetime) -> list[int]:
    """The years of which there is a report, the latest first. One query."""
    first = Notice.objects.aggregate(first=Min("created_at"))["first"]
    return list(range(now.year, max(FIRST_YEAR, first.year if first else now.year) - 1, -1))


def _keep(report: Report) -> dict[str, Any]:
    """Plain values alone: the cache keeps JSON, and titles belong to the reader's language."""
    tables = {table.code: [[list(row) for row in table.rows], table.sql, list(table.params)] for table in report.tables}
    return {"at": report.period.at.isoformat(), "tables": tables}


def _restore(kept: dict[str, Any], year: int) -> Report:
    tables = []
    for question in QUESTIONS:
        rows, sql, params = kept["tables"][question.code]
        found = tuple(tuple(row) for row in rows)
        tables.append(Table(question.code, question.indicator, question.title, question.columns, found, sql, tuple(params)))
    return Report(settings.SITE_NAME, Period.of_year(year, at=datetime.fromisoformat(kept["at"])), tuple(tables))
