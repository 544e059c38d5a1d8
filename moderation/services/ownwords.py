"""What a decision was about, opened for its own author alone: they must be able to answer for what they no longer see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from moderation.enums import TargetKind
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
    return _own(facts, TargetKind(decision.case.target_kind), user)


def _own(facts: dict[str, Any], kind: TargetKind, user: User) -> OwnContent | None:
    if kind in (TargetKind.MESSAGE, TargetKind.ATTACHMENT):
        message = facts["message"]
        if (message["author"] or {}).get("id") != user.public_id:
            return None
        images = 1 if facts["image"] else len(message["images"])
        return OwnContent(tuple(version["text"] for version in message["versions"] if version["text"]), images)
    if kind == TargetKind.ROOM:
        room = facts["room"] if (facts["owner"] or {}).get("public_id") == user.public_id else None
        return OwnContent(tuple(filter(None, (room["title"], room["description"], room["rules"]))), 0) if room else None
    profile = facts["profile"]
    if profile["public_id"] != user.public_id:
        return None
    return OwnContent(tuple(filter(None, (profile["pseudonym"], profile["bio"], profile["gender_text"]))), 0)
