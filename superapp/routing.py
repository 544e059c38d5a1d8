"""The one socket consumer's table of commands, and the logs behind its topics: the only place where sockets meet domains."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from chat.commands import COMMANDS as CHAT_COMMANDS
from chat.queries.wire import last_seqs, read_log
from realtime.registry import LogEntry, Stream, register


def _read_room(topic_id: str, after: int, limit: int) -> list[LogEntry]:
    events = read_log(room_public_id=topic_id, after=after, limit=limit, now=timezone.now())
    return [event.as_entry() for event in events]


def _last_of_rooms(topic_ids: Sequence[str]) -> dict[str, int]:
    return last_seqs(room_public_ids=topic_ids)


def compose() -> None:
    """Fill the consumer's tables; called once when the ASGI application is made."""
    register(commands=CHAT_COMMANDS, streams={"room": Stream(read_after=_read_room, last_seqs=_last_of_rooms)})
