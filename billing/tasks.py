"""What money does from time to time (superapp.schedule)."""

from __future__ import annotations

from billing import ledger
from billing.services.books import prove_books, watch_books
from core.clock import shared_now


def prove_ledger() -> object:
    """Prove the whole of the books."""
    return prove_books(now=shared_now())


def watch_ledger() -> object:
    """Look at the books as far as a moment allows."""
    return watch_books(now=shared_now())


def expire_holds() -> object:
    """Set free what was held until a time that is over."""
    return ledger.expire_holds(now=shared_now())
