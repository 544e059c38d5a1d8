"""The file that an operator gives out for a day: paid and refunded, one line each.

No operator's real file was seen: these columns are ours, and the house reads any by a map of columns.
"""

from __future__ import annotations

import csv
import io

from billing.simulators.operators.clock import write_moment
from billing.simulators.operators.deals import Book, Deal, State

COLUMNS = ("Date", "Transaction", "Reference", "Type", "Msisdn", "Amount", "Fee", "Currency")
_DAY_SECONDS = 86400


def write_statement(book: Book, day: str) -> str:
    """The lines of a day, with those that the lag has kept back; CSV with semicolons."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for deal in sorted(book.deals.values(), key=lambda one: one.ended_at):
        if deal.state == State.COMPLETED and _day_of(book, deal.ended_at) == day:
            writer.writerow(_line(book, deal, deal.ended_at, "PAYMENT"))
        if deal.refunded_at and _day_of(book, deal.refunded_at) == day:
            writer.writerow(_line(book, deal, deal.refunded_at, "REFUND"))
    return file.getvalue()


def _day_of(book: Book, moment: float) -> str:
    return write_moment(moment + book.knobs.statement_lag_days * _DAY_SECONDS)[:10]


def _line(book: Book, deal: Deal, moment: float, kind: str) -> tuple[str, ...]:
    refund = kind == "REFUND"
    reference = deal.reference if book.knobs.statement_reference else ""
    amount, fee = (-deal.amount, 0) if refund else (deal.amount, deal.fee)
    return write_moment(moment), deal.transaction, reference, kind, deal.payer, str(amount), str(fee), "MGA"
