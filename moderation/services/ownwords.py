"""What a decision was about, opened for its own author alone: they must be able to answer for what they no longer see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from moderation.models import Decision, Evidence
from moderation.services.evidence import SNAPSHOT, EvidenceDamaged, unseal_evidence


@dataclass(frozen=True, slots=True)
class OwnContent:
    """Somebody's own words and the number of their own images, as they were when they were reported."""

    texts: tuple[str, ...]
    images: int


def open_own_content(*, decision: Decision, user: User) -> OwnContent | None:
    """What of the reported content is `user`'s own; None when nothing is kept, or when it is not theirs. Of others nothing is opened.

    The first report's snapshot counts: it is the one the case began with. Images are told by their number: what may have been removed for
    what it shows is not handed out again. Two queries.
    """
    first = Evidence.objects.filter(case=decision.case_id, kind=SNAPSHOT).order_by("pk").first()
    if first is None:
        return None
    try:
        facts = json.loads(unseal_evidence(evidence=first))["facts"]
    except EvidenceDamaged:
        return None
    return _own(facts, user)


def _own(facts: dict[str, Any], user: User) -> OwnContent | None:
    """By what the snapshot holds: a message (also one that was held back), a room, or a profile."""
    if message := facts.get("message"):
        if not _is(facts["author"], user):
            return None
        images = 1 if facts.get("image") else len(message["images"])
        return OwnContent(tuple(version["text"] for version in message["versions"] if version["text"]), images)
    if room := facts.get("room"):
        return OwnContent(_said(room, "title", "description", "rules"), 0) if _is(facts["owner"], user) else None
    profile = facts["profile"]
    return OwnContent(_said(profile, "pseudonym", "bio", "gender_text"), 0) if _is(profile, user) else None


def _is(profile: dict[str, Any] | None, user: User) -> bool:
    return profile is not None and profile["public_id"] == user.public_id


def _said(of: dict[str, Any], *names: str) -> tuple[str, ...]:
    return tuple(of[name] for name in names if of[name])
