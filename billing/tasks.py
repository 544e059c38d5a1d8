"""What money does from time to time (superapp.schedule)."""

from __future__ import annotations

from billing import ledger
from billing.services import promos
from billing.services.books import prove_books, watch_books
from billing.services.disputes import warn_of_deadlines
from billing.services.janitor import make_round
from billing.services.revenue.rebuilding import rebuild_recent
from billing.services.support.desk import alarm_late
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


def rebuild_revenue() -> object:
    """Make the figures of the last days anew."""
    return rebuild_recent(now=shared_now())


def watch_support() -> object:
    """Wake the team for requests past their clock."""
    return alarm_late(now=shared_now())


def see_to_payments() -> object:
    """Ask about every payment and refund that is due."""
    return make_round(now=shared_now())


def watch_disputes() -> object:
    """Wake the team before the answer to a dispute is due."""
    return warn_of_deadlines(now=shared_now())


def expire_promos() -> object:
    """End given credit whose day has come."""
    return promos.expire_promos(now=shared_now())
