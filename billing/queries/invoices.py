"""The documents of a payer."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from billing.models import Invoice

PER_PAGE = 20
_LAST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Receipts:
    """One page of them, the newest first; whether there are more."""

    rows: list[Invoice]
    page: int
    more: bool

    @property
    def before(self) -> int:
        """The number of the page before."""
        return self.page - 1

    @property
    def after(self) -> int:
        """The number of the page after."""
        return self.page + 1


def list_receipts(*, user: User, page: str) -> Receipts:
    """A page of the documents of a person; what is no number of a page is the first. One query."""
    number = min(int(page), _LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    number = max(number, 1)
    start = (number - 1) * PER_PAGE
    rows = list(Invoice.objects.filter(payer=user).order_by("-issue_date", "-pk").defer("buyer")[start : start + PER_PAGE + 1])
    return Receipts(rows[:PER_PAGE], number, len(rows) > PER_PAGE)


def count_receipts(*, user: User) -> int:
    """How many documents of a person there are; one query."""
    return Invoice.objects.filter(payer=user).count()
