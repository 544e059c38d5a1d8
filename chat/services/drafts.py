"""A message before it is written, and where it stands once it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from core.screening import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A message that somebody wants to send: its text is clean, everything else is as the client said."""

    user_id: int
    room_id: int
    room_public_id: str
    client_id: uuid.UUID
    cid: str  # its text
    text: str
    now: datetime
    reply_seq: int | None = None
    attachment_ids: tuple[str, ...] = ()
    wait: float = 0.0  # seconds until this account may send again, 0 when it may now
    session_key: str = ""  # of the visit in which it was written
    sure: bool = False  # asked whether it may hurt, its author said to send it
    # What the rules said of it: they are asked once, however often the batch has to begin again.
    verdicts: list[Verdict] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands in its room; `replayed` when this `client_id` had been sent before."""

    room_public_id: str
    seq: int
    at: datetime
    replayed: bool
    of_visit: bool = False  # the room's age gate asked for a proof of this visit
