"""Statements and the three lists, for the team."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from billing.enums import GapKind, LineKind
from billing.models import Gap, Statement, StatementLine
from core.money import Money

STATEMENTS = 60
LINES = 100
GAPS = 100
ENDED = 30


@dataclass(frozen=True, slots=True)
class Total:
    """All lines of one kind and currency of a statement."""

    kind: str
    lines: int
    money: Money
    fees: Money


def list_statements() -> list[Statement]:
    """The sixty newest days, with how many lines each has."""
    rows = Statement.objects.select_related("uploaded_by", "confirmed_by").annotate(count=Count("lines"))
    return list(rows.order_by("-day", "provider", "-pk")[:STATEMENTS])


def find_statement(*, public_id: str) -> Statement | None:
    """The statement of that name."""
    return Statement.objects.select_related("uploaded_by", "confirmed_by").filter(public_id=public_id).first()


def list_totals(*, statement: Statement) -> list[Total]:
    """The sums of a statement; no currency is added to another."""
    sums = statement.lines.values("kind", "currency").annotate(lines=Count("pk"), sum=Sum("amount_minor"), fees=Sum("fee_minor"))
    return [
        Total(
            str(LineKind(row["kind"]).label),
            row["lines"],
            Money(int(row["sum"]), row["currency"]),
            Money(int(row["fees"]), row["currency"]),
        )
        for row in sums.order_by("kind", "currency")
    ]


def list_lines(*, statement: Statement) -> list[StatementLine]:
    """The first hundred lines, each with its match if it has one."""
    rows = statement.lines.select_related("match__payment", "match__refund__payment", "match__dispute__payment").defer("raw")
    return list(rows.order_by("number", "pk")[:LINES])


def list_open_gaps() -> dict[GapKind, list[Gap]]:
    """The hundred oldest open entries of each list, in one query a list."""
    lists: dict[GapKind, list[Gap]] = defaultdict(list)
    for kind in GapKind:
        lists[kind] = list(_gaps().filter(kind=kind, open_key__isnull=False).order_by("found_at", "pk")[:GAPS])
    return dict(lists)


def count_open_gaps() -> int:
    """How many entries of the three lists nobody has ended."""
    return Gap.objects.filter(open_key__isnull=False).count()


def list_ended_gaps() -> list[Gap]:
    """Those that ended last."""
    return list(_gaps().filter(open_key__isnull=True).order_by("-ended_at", "-pk")[:ENDED])


def find_gap(*, public_id: str) -> Gap | None:
    """The entry of that name."""
    return _gaps().filter(public_id=public_id).first()


def _gaps() -> QuerySet[Gap]:
    return Gap.objects.select_related("line__statement", "payment", "refund__payment", "ended_by").defer("line__raw")
