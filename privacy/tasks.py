"""What privacy does from time to time (superapp.schedule)."""

from __future__ import annotations

from core.clock import shared_now
from privacy.services import purge, records
from privacy.services.breachclock import ring_breaches


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
