"""What the rooms do from time to time (superapp.schedule)."""

from __future__ import annotations

from chat.services.holding import return_overdue
from chat.services.partitions import turn_partitions
from chat.services.purge import purge_expired
from core.clock import shared_now


def purge_rooms() -> object:
    """Destroy what has expired."""
    return purge_expired(now=shared_now())


def turn_log() -> object:
    """Make the log's partitions of the coming days and drop those whose day is over."""
    return turn_partitions(now=shared_now())


def return_held() -> object:
    """Give back what nobody has read in three days."""
    return return_overdue(now=shared_now())
