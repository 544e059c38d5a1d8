"""What an account has, and closing one that has nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.ledger.codes import read_code
from billing.ledger.errors import NotEmpty
from billing.models import LedgerAccount
from core.money import Money


@dataclass(frozen=True, slots=True)
class Balance:
    """What is posted, what of it is kept aside, and the rest, each as the account counts it."""

    posted: Money
    held: Money
    available: Money


def get_balance(code: str) -> Balance:
    """The balance of an account, in one look at its row however many entries it has; an account that nobody used yet has nothing.

    Raises:
        UnknownAccount.
    """
    nature = read_code(code)
    posted, held = LedgerAccount.objects.filter(code=code).values_list("posted", "held").first() or (0, 0)
    return Balance(Money(posted, nature.currency), Money(held, nature.currency), Money(posted - held, nature.currency))


def close_account(*, code: str, now: datetime) -> bool:
    """Have an account take no more postings and holds; False when it was closed or never opened. The check and the deed are one UPDATE,
    so that nothing is posted between them.

    Raises:
        UnknownAccount.
        NotEmpty: it has or holds something.
    """
    read_code(code)
    open_ones = LedgerAccount.objects.filter(code=code, closed_at__isnull=True)
    if open_ones.filter(posted=0, held=0).update(closed_at=now):
        return True
    if open_ones.exists():
        raise NotEmpty(code)
    return False
