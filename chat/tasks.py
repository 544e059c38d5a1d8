"""What the rooms do from time to time (superapp.schedule)."""

from __future__ import annotations

from chat.services.following import find_talk
from chat.services.holding import return_overdue
from core.clock import shared_now


def return_held() -> object:
    """Give back what nobody has read in three days."""
    return return_overdue(now=shared_now())


def look_for_talk() -> object:
    """Have those told who follow a room that has talked."""
    return find_talk(now=shared_now())
