"""Numbers of invoices: one after the other within a series and a year, without a gap, in the order of the days.

The counter's row is locked until the transaction ends that writes the document. Who comes second waits; who fails takes no number along.
"""

from __future__ import annotations

from datetime import datetime

from billing.enums import InvoiceKind
from billing.models import Invoice, InvoiceCounter

SERIES = {InvoiceKind.INVOICE: "F", InvoiceKind.CREDIT_NOTE: "A"}


def lock_series(*, kind: InvoiceKind, now: datetime) -> InvoiceCounter:
    """The counter of a series, locked and moved to the year in which a document is written now."""
    series, today = SERIES[kind], now.date()
    locked = InvoiceCounter.objects.select_for_update()
    counter = locked.filter(series=series).first()
    if counter is None:  # the migration makes both; a database that lost them begins anew
        InvoiceCounter.objects.get_or_create(series=series, defaults={"year": today.year, "last_number": 0, "last_date": today})
        counter = locked.get(series=series)
    counter.last_date = max(today, counter.last_date)
    if counter.last_date.year != counter.year:
        counter.year, counter.last_number = counter.last_date.year, 0
    return counter


def take_number(*, counter: InvoiceCounter, invoice: Invoice) -> None:
    """Give a document the next number of a locked series. A clock that goes back gives it the day of the document before."""
    counter.last_number += 1
    counter.save(update_fields=["year", "last_number", "last_date"])
    invoice.series, invoice.year, invoice.sequence = counter.series, counter.year, counter.last_number
    invoice.number = str(counter)
    invoice.issue_date = counter.last_date
