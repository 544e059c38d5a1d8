"""What was reported and decided, for rules and rankers to be tried on: read by the house itself, and shown to nobody.

Whoever calls this notes in the audit chain that evidence was read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from core.screening import Context
from moderation.enums import Action, CaseState
from moderation.models import Case, Evidence
from moderation.services.evidence import SNAPSHOT, EvidenceDamaged, unseal_evidence


@dataclass(frozen=True, slots=True)
class DecidedText:
    """One text of a decided case; `acted`: somebody was warned or restricted for it, and that still stands."""

    case_id: int
    kind: str
    text: str
    context: Context
    acted: bool


UNREADABLE = DecidedText(0, "", "", Context(), acted=False)


def read_decided(*, since: datetime, most: int) -> Iterator[DecidedText]:
    """The texts of the newest cases that were decided after `since`, at most so many cases; UNREADABLE for evidence that does not open.

    Cases about children are left out: nothing is tried on them or learned from them.
    """
    decided = Case.objects.filter(decided_at__gt=since, state__in=[CaseState.DECIDED, CaseState.CLOSED], child_safety=False)
    snapshots = Prefetch("evidence", Evidence.objects.filter(kind=SNAPSHOT))
    for case in decided.prefetch_related(snapshots, "decisions").order_by("-decided_at")[:most]:
        decisions = list(case.decisions.all())
        standing = [one for one in decisions if one.reversed_at is None]
        acted = bool(standing) and max(standing, key=lambda one: one.starts_at).action != Action.NO_ACTION
        for evidence in case.evidence.all() if decisions else ():
            yield from _read(case, evidence, acted=acted)


def _read(case: Case, evidence: Evidence, *, acted: bool) -> Iterator[DecidedText]:
    try:
        texts = list(texts_of(json.loads(unseal_evidence(evidence=evidence))))
    except (EvidenceDamaged, ValueError):
        yield UNREADABLE
        return
    for kind, text, context in texts:
        yield DecidedText(case.pk, kind, text, context, acted)


def texts_of(sheet: dict[str, Any]) -> Iterator[tuple[str, str, Context]]:
    """What the reported person had written in a snapshot (`services.evidence` makes the sheet): (kind, text, where)."""
    return texts_of_facts(sheet.get("facts", {}), of_room=sheet.get("target", {}).get("kind") == "ROOM")


def texts_of_facts(facts: dict[str, Any], *, of_room: bool) -> Iterator[tuple[str, str, Context]]:
    """The same from the facts alone, as a target gives them."""
    room = facts.get("room") or {}
    context = Context(kind=room.get("kind", ""), age_gate=room.get("age_gate", ""), languages=tuple(filter(None, [room.get("language")])))
    if message := facts.get("message"):
        yield from (("MESSAGE", version["text"], context) for version in message.get("versions", ())[-1:] if version["text"])
    elif of_room:
        names = ("title", "description", "rules")
        yield from ((name.upper(), room[name], context) for name in names if room.get(name))
    else:
        profile = facts.get("profile") or {}
        names_of = {"PSEUDONYM": "pseudonym", "PROFILE": "bio"}
        yield from ((kind, profile[name], context) for kind, name in names_of.items() if profile.get(name))
