"""What changed in a room, told to every open socket once it is committed. May be lost: the log repairs it."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from chat.events import room_topic
from chat.models import Room, RoomEvent
from chat.queries.wire import render_events
from realtime import services as live


def push_on_commit(room: Room, row: RoomEvent) -> None:
    """Fan the event out when the surrounding transaction commits."""
    event = render_events([row])[0]
    transaction.on_commit(partial(live.publish_event, topic=room_topic(room.public_id), entry=event.as_entry()))
