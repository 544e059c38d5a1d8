"""What a line of a statement does in the ledger beyond what its payment or refund did: fees, payouts, and what nobody can explain yet.

Lines are (account, minor units; credit positive, debit negative). What the provider holds for us is the debit of its clearing account, so
a line's signed amount stands there with the other sign. Each posting has the line's own key, so that it happens once.
"""

from __future__ import annotations

from datetime import datetime

from billing.ledger import UnknownPosting, post, reverse
from billing.ledger.postings import clearing_of
from billing.models import LedgerTransaction, StatementLine

BANK = "main"


def book_fee(line: StatementLine, *, purpose: str = "", now: datetime) -> None:
    """What the provider kept of this line. `purpose`: of the payment that it belongs to, for the figures by source."""
    if line.fee_minor:
        lines = [(_fees_of(line), -line.fee_minor), (_clearing(line), line.fee_minor)]
        post(key=f"recon:{line.pk}:fee", kind=f"FEE_{purpose}" if purpose else "FEE", lines=lines, now=now)


def book_charge(line: StatementLine, *, now: datetime) -> None:
    """A line that is a fee by itself."""
    if line.amount_minor:
        lines = [(_fees_of(line), line.amount_minor), (_clearing(line), -line.amount_minor)]
        post(key=f"recon:{line.pk}", kind="FEE", lines=lines, now=now)


def book_payout(line: StatementLine, *, now: datetime) -> None:
    """The provider sends what it held to our bank."""
    if line.amount_minor:
        lines = [(f"bank:{BANK}:{line.currency}", line.amount_minor), (_clearing(line), -line.amount_minor)]
        post(key=f"recon:{line.pk}", kind="PAYOUT", lines=lines, now=now)


def book_suspense(line: StatementLine, *, surplus: int, now: datetime) -> None:
    """What the provider holds because of this line beyond what our books say (`surplus`, signed), kept aside until somebody explains it.
    It is kept aside once: what our books learn later is for whoever explains the line."""
    if surplus and not LedgerTransaction.objects.filter(key=f"recon:{line.pk}").exists():
        lines = [(_clearing(line), -surplus), (f"suspense:{line.provider}:{line.currency}", surplus)]
        post(key=f"recon:{line.pk}", kind="SUSPENSE", lines=lines, now=now)


def unbook_suspense(line: StatementLine, *, now: datetime) -> None:
    """It was explained: what was kept aside is turned round. A line that kept nothing aside is left as it is."""
    try:
        reverse(key=f"recon:{line.pk}", now=now)
    except UnknownPosting:
        return


def _clearing(line: StatementLine) -> str:
    return clearing_of(line.provider, line.currency)


def _fees_of(line: StatementLine) -> str:
    return f"fees:{line.provider}:{line.currency}"
