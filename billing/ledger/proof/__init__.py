"""The proof of the books: ten things that must be true, looked at in the rows themselves."""

from billing.ledger.proof.payments import list_stuck_clearing
from billing.ledger.proof.proving import INVARIANTS, AlreadyProving, look, prove

__all__ = ["INVARIANTS", "AlreadyProving", "list_stuck_clearing", "look", "prove"]
