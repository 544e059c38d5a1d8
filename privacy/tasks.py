"""What privacy does from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from privacy.erasure import saga
from privacy.services import archives, purge, records
from privacy.services.breachclock import ring_breaches
from privacy.services.clocks import watch_requests as watch_all_requests
from privacy.services.lag import watch_purge as watch_all_shelves
from privacy.services.restrictions import end_restrictions


def purge_due() -> object:
    """Destroy what is due and not held."""
    return purge.purge_due(now=shared_now())


def turn_days() -> object:
    """Make the partitions of the coming days and drop those whose day is over."""
    return purge.turn_days(now=shared_now())


def close_accounts() -> object:
    """Close the accounts whose days of grace are over."""
    return purge.close_accounts(now=shared_now())


def copy_records() -> object:
    """Bring to the key store and to the file what a killed process or a full disk left out."""
    return records.copy_records()


def watch_breaches() -> object:
    """Wake data protection for the breaches of which the authority is to be told."""
    return ring_breaches(now=shared_now())


def watch_requests() -> object:
    """Wake data protection before answers are owed, prolong what may not be done yet, and end restrictions on their day."""
    now = shared_now()
    return watch_all_requests(now=now), end_restrictions(now=now)


def watch_purge() -> object:
    """Measure how late the purge is, and wake data protection when it stays so."""
    return watch_all_shelves(now=shared_now())


def continue_erasures() -> object:
    """Go on with the erasures that are due."""
    return saga.continue_erasures(now=shared_now())


def continue_exports() -> object:
    """Have archives worked on that nobody works on."""
    return archives.wake_exports(now=shared_now())
