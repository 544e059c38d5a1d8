"""What follows from what happened in the rooms, later and at least once."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.enums import ConsentPurpose
from accounts.events import AgeExpired, ConsentWithdrawn
from chat.events import ImagesPurged, MessageAddressed, RoomTalked
from chat.services.following import tell_followers
from chat.services.memberships import drop_closed_gates, leave_sensitive_rooms
from chat.services.telling import tell_of_message


def on_images_purged(event: ImagesPurged) -> None:
    """Delete files whose rows are gone. A file that is gone already is no error, so it may run twice."""
    for name in event.names:
        default_storage.delete(name)


def on_age_expired(event: AgeExpired) -> None:
    """Take from a person's sockets the rooms whose gate they no longer pass."""
    drop_closed_gates(user_id=event.user_id, now=timezone.now())


def on_consent_withdrawn(event: ConsentWithdrawn) -> None:
    """Whoever takes back the word of art. 9 leaves the rooms that ask for it."""
    if event.purpose == ConsentPurpose.ART9_SENSITIVE_ROOMS:
        leave_sensitive_rooms(user_id=event.user_id, now=timezone.now())


def on_message_addressed(event: MessageAddressed) -> None:
    """Tell those whom a message means."""
    tell_of_message(room_id=event.room_id, seq=event.seq, now=timezone.now())


def on_room_talked(event: RoomTalked) -> None:
    """Tell the next ones of those who follow a room."""
    tell_followers(talked=event, now=timezone.now())
