"""The ledger: double entry in whole minor units, each posting once. Nothing else in the house changes a balance."""

from billing.ledger.balances import Balance, close_account, get_balance
from billing.ledger.codes import UnknownAccount
from billing.ledger.errors import (
    AccountClosed,
    AlreadyResolved,
    AlreadyReversed,
    InsufficientFunds,
    KeyConflict,
    LedgerError,
    NotAReversal,
    NotCovered,
    NotEmpty,
    Unbalanced,
    UnknownHold,
    UnknownPosting,
)
from billing.ledger.holds import capture_hold, expire_holds, place_hold, void_hold
from billing.ledger.posting import Posting, post, reverse
from billing.ledger.proof import AlreadyProving, list_stuck_clearing, look, prove

__all__ = [
    "AccountClosed",
    "AlreadyProving",
    "AlreadyResolved",
    "AlreadyReversed",
    "Balance",
    "InsufficientFunds",
    "KeyConflict",
    "LedgerError",
    "NotAReversal",
    "NotCovered",
    "NotEmpty",
    "Posting",
    "Unbalanced",
    "UnknownAccount",
    "UnknownHold",
    "UnknownPosting",
    "capture_hold",
    "close_account",
    "expire_holds",
    "get_balance",
    "list_stuck_clearing",
    "look",
    "place_hold",
    "post",
    "prove",
    "reverse",
    "void_hold",
]
