"""Making the figures of days anew from the ledger: the whole of a day at once, any number of times with one result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import Min

from billing.enums import RevenueSource
from billing.models import LedgerEntry, LedgerTransaction, RevenueDay
from billing.services.revenue.tallying import Earned, tally

# Postings bear the day on which they are made, so older days do not change by themselves.
RECENT = timedelta(days=3)
_BATCH = 500


def rebuild_recent(*, now: datetime) -> int:
    """Make the last three days anew; all of them if there is none yet. How many rows were written."""
    since = (now - RECENT).date() if RevenueDay.objects.exists() else find_first_day()
    return rebuild_days(since=since, until=now.date()) if since else 0


def find_first_day() -> date | None:
    """The first day of the ledger."""
    first: date | None = LedgerTransaction.objects.aggregate(first=Min("effective_date"))["first"]
    return first


def rebuild_days(*, since: date, until: date) -> int:
    """Make the figures of these days anew, both ends included; how many rows were written."""
    figures: dict[tuple[date, RevenueSource, str], Earned] = defaultdict(Earned)
    for day, kind, lines in _list_postings(since, until):
        for (source, currency), earned in tally(kind, lines).items():
            figures[day, source, currency] += earned
    rows = [_row(day, source, currency, earned) for (day, source, currency), earned in sorted(figures.items())]
    with transaction.atomic():
        RevenueDay.objects.filter(date__gte=since, date__lte=until).delete()
        RevenueDay.objects.bulk_create(rows, batch_size=_BATCH)
    return len(rows)


def _list_postings(since: date, until: date) -> Iterator[tuple[date, str, list[tuple[str, int]]]]:
    """(day, kind, lines) of each posting, as the database hands them out."""
    entries = LedgerEntry.objects.filter(transaction__effective_date__gte=since, transaction__effective_date__lte=until)
    names = ("transaction_id", "transaction__effective_date", "transaction__kind", "account__code", "amount")
    rows = entries.order_by("transaction_id", "pk").values_list(*names).iterator(chunk_size=2000)
    for _pk, lines in groupby(rows, key=itemgetter(0)):
        found = list(lines)
        yield found[0][1], found[0][2], [(code, amount) for _id, _day, _kind, code, amount in found]


def _row(day: date, source: RevenueSource, currency: str, earned: Earned) -> RevenueDay:
    return RevenueDay(
        date=day,
        source=source,
        currency=currency,
        gross_minor=earned.gross,
        refunds_minor=earned.refunds,
        vat_minor=earned.vat,
        fees_minor=earned.fees,
        partners_minor=earned.partners,
    )
