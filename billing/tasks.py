"""What money does from time to time (superapp.schedule)."""

from __future__ import annotations

from billing import ledger
from billing.services import promos
from billing.services.books import prove_books, watch_books
from billing.services.cancelling import apply_cancellations
from billing.services.disputes import warn_of_deadlines
from billing.services.janitor import make_round
from billing.services.orders import expire_orders
from billing.services.reconciliation.daily import make_round as reconcile_round
from billing.services.reminding import announce_renewals, end_subscriptions, remind_subscribers
from billing.services.revenue.rebuilding import rebuild_recent
from billing.services.revenue.watching import watch_revenue
from billing.services.support.desk import alarm_late
from billing.services.writing import resend_letters
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


def reconcile() -> object:
    """Ask for statements, compare again what waits, end what is absent."""
    return reconcile_round(now=shared_now())


def rebuild_revenue() -> object:
    """Make the figures of the last days anew, and look whether yesterday was strange."""
    now = shared_now()
    return {"rows": rebuild_recent(now=now), "strange": watch_revenue(now=now)}


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


def drop_orders() -> object:
    """Let go of orders that nobody paid within a day."""
    return expire_orders(now=shared_now())


def end_plans() -> object:
    """End what was paid in advance and is over, and stop what was cancelled for a later day."""
    now = shared_now()
    return apply_cancellations(now=now), end_subscriptions(now=now)


def remind_people() -> object:
    """Tell people that a subscription or a trial ends, or was not paid."""
    return remind_subscribers(now=shared_now())


def announce_yearly() -> object:
    """Write the notices of yearly renewals, and wake the team about those without proof."""
    return announce_renewals(now=shared_now())


def send_letters_again() -> object:
    """Take up letters that no mail server has taken yet."""
    return resend_letters(now=shared_now())
