"""A message that a rule keeps back: its case is whether others may read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from accounts.queries.evidence import find_connection_ref
from chat.queries import evidence
from chat.services import holding
from core.clock import to_wire
from moderation.targets.base import Media, Snapshot, TargetGone, TargetNotFound
from moderation.targets.rooms import profile_facts, room_facts


class HeldTarget:
    """By its outward id. Nobody reports it: nobody but its author and those who decide can see it."""

    def check_seen(self, *, ref: str, user: User, session: SessionBase | None, now: datetime) -> int:
        raise TargetNotFound(ref)

    def snapshot(self, *, ref: str, after: int, now: datetime) -> Snapshot:
        found = evidence.find_held_evidence(held_id=ref, now=now)
        if found is None or not found.waiting:
            raise TargetGone(ref)
        images = [(one, evidence.read_image_bytes(public_id=one)) for one in found.images]
        author = profile_facts(found.author_id)
        facts = {
            "room": room_facts(found.room),
            "message": _as_message(found, author["pseudonym"] if author else None),
            "held": {"why": found.why, "corrects": found.target_seq},
            "author": author,
            "connection_ref": find_connection_ref(user_id=found.author_id, at=found.at),
        }
        media = tuple(Media(one, "image/webp", content) for one, content in images if content)
        return Snapshot(facts=facts, subject_id=found.author_id, content_at=found.at, language=found.room.language, media=media)

    def take_away(self, *, ref: str, now: datetime) -> dict[str, Any]:
        try:
            holding.refuse_held_by_house(held_id=ref, now=now)
        except holding.AlreadyDecided:
            return {"gone": True}
        return {}

    def put_back(self, *, ref: str, effect: dict[str, Any], now: datetime) -> None:
        if not effect.get("gone"):
            holding.readmit_held(held_id=ref, now=now)

    def let_in(self, *, ref: str, now: datetime) -> None:
        """Nothing stands against it: it goes into its room, if nobody has decided before and its author may still write there."""
        try:
            holding.release_held(held_id=ref, now=now)
        except (holding.AlreadyDecided, holding.NotReleasable):
            return

    def room_of(self, *, ref: str, now: datetime) -> str:
        return evidence.find_held_place(held_id=ref)


def _as_message(found: evidence.HeldEvidence, name: str | None) -> dict[str, Any]:
    """In the form of a message of the log, so that it is read like one; it has no number."""
    return {
        "seq": 0,
        "author": {"name": name} if name else None,
        "at": to_wire(found.at),
        "versions": [{"at": to_wire(found.at), "text": found.text}],
        "reply": None,
        "images": list(found.images),
        "withdrawn": "",
    }
