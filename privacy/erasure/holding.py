"""Whether justice has somebody held: then nothing of them is destroyed, whatever kind of data the hold names.

A hold may name the account, a message of theirs, a case about them, or a room in which they were. Their key opens all that they wrote: so
of a room that is held no author's key may go, nor what they said elsewhere, since nobody may learn by what stays that something is held.
"""

from __future__ import annotations

from datetime import datetime

from chat.services.erasure import list_places
from moderation.queries.holds import is_person_held, list_held_rooms
from privacy.erasure.person import Person


def is_held(person: Person, *, now: datetime) -> bool:
    """Asked under the epoch of the holds, before each batch. Three queries, and two more only while a room is held."""
    if is_person_held(user_id=person.user_id, now=now):
        return True
    rooms = list_held_rooms(now=now)
    return bool(rooms) and not rooms.isdisjoint(list_places(user_id=person.user_id))
