"""What the ledger refuses. Each leaves the books as they were."""

from __future__ import annotations

from billing.enums import HoldState
from core.money import Money


class LedgerError(Exception):
    """Something that the ledger does not do."""


class Unbalanced(LedgerError, ValueError):
    """The lines are no posting: none, too many, a line of nothing, a sum in some currency, or points together with money."""


class InsufficientFunds(LedgerError):
    """An account that may not be negative would be, or would hold less than is kept aside in it."""

    def __init__(self, code: str, available: Money) -> None:
        super().__init__(f"{code} has {available.plain} {available.currency}")
        self.code = code
        self.available = available


class AccountClosed(LedgerError):
    """An account takes no more postings."""


class NotEmpty(LedgerError):
    """An account that still has or holds something is not closed."""


class KeyConflict(LedgerError):
    """The key was used for something else."""


class NotAReversal(LedgerError):
    """The lines do not undo the posting that they should undo."""


class AlreadyReversed(LedgerError):
    """A posting is undone once."""


class UnknownPosting(LedgerError, LookupError):
    """Nothing was posted under this key."""


class UnknownHold(LedgerError, LookupError):
    """Nothing was held under this key."""


class NotCovered(LedgerError):
    """A capture that takes nothing from the account of its hold, or more than was held."""


class AlreadyResolved(LedgerError):
    """The hold was captured, voided or has expired before; `state` says which."""

    def __init__(self, key: str, state: HoldState) -> None:
        super().__init__(f"{key} is {state}")
        self.state = state
