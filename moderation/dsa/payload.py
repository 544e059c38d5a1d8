"""One decision as the database takes it. Only fields that say something are there: the server drops others without a word."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from moderation.dsa.schema import list_values
from moderation.enums import Ground, TargetKind

PUID_PREFIX = "rsk-"
CONTENT_TYPES = {
    TargetKind.MESSAGE: ("CONTENT_TYPE_TEXT", ""),
    TargetKind.ATTACHMENT: ("CONTENT_TYPE_IMAGE", ""),
    TargetKind.PROFILE: ("CONTENT_TYPE_OTHER", "Profile of a member"),
    TargetKind.ROOM: ("CONTENT_TYPE_OTHER", "Chat room"),
    TargetKind.ACCOUNT: ("CONTENT_TYPE_OTHER", "Account of a member"),
    TargetKind.HELD_MESSAGE: ("CONTENT_TYPE_TEXT", ""),
}
VOLUNTARY = "SOURCE_VOLUNTARY"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was decided, as plain values; those in capitals are the database's own. `territory` empty: the whole European Economic Area."""

    puid: str
    target: TargetKind
    ground: Ground
    ground_ref: str
    explanation: str
    facts: str
    category: str
    content_date: date
    starts: date
    ends: date | None = None
    visibility: tuple[str, ...] = ()
    visibility_other: str = ""
    provision: str = ""
    account: str = ""
    additions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    keyword_other: str = ""
    source: str = VOLUNTARY
    source_identity: str = ""
    language: str = ""
    territory: tuple[str, ...] = ()
    detected_by_machine: bool = False
    decided_by_machine: bool = False


def new_puid() -> str:
    """A number that no other statement of this house ever has."""
    return PUID_PREFIX + str(uuid.uuid4())


def build_payload(facts: Facts) -> dict[str, Any]:
    """The statement of a decision, not checked yet (`checking.check_payload`)."""
    made = {
        **_what(facts),
        **_ground(facts),
        **_content(facts),
        "territorial_scope": list(facts.territory or list_values("EEA_COUNTRIES")),
        "application_date": facts.starts.isoformat(),
        "decision_facts": facts.facts,
        "source_type": facts.source,
        "source_identity": facts.source_identity,
        "automated_detection": "Yes" if facts.detected_by_machine else "No",
        "automated_decision": "AUTOMATED_DECISION_FULLY" if facts.decided_by_machine else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "account_type": "ACCOUNT_TYPE_PRIVATE",
        "puid": facts.puid,
    }
    return {name: value for name, value in made.items() if _is_said(name, value)}


def _is_said(name: str, value: Any) -> bool:
    """Empty values are left out; what the schema demands stays, so that its absence is refused under its own name."""
    return bool(value) or name in {"decision_facts", "puid"} or name.endswith(("_legal_ground", "_content_ground", "_explanation"))


def _what(facts: Facts) -> dict[str, Any]:
    """The measures. The day of the end is that of the gravest: content that was taken away with a measure stays away."""
    kind = "account" if facts.account else "service" if facts.provision else "visibility"
    return {
        "decision_visibility": list(facts.visibility),
        "decision_visibility_other": facts.visibility_other,
        "decision_provision": facts.provision,
        "decision_account": facts.account,
        f"end_date_{kind}_restriction": facts.ends.isoformat() if facts.ends else "",
    }


def _ground(facts: Facts) -> dict[str, Any]:
    if facts.ground == Ground.LAW:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": facts.ground_ref,
            "illegal_content_explanation": facts.explanation,
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": facts.ground_ref,
        "incompatible_content_explanation": facts.explanation,
        "incompatible_content_illegal": "No",
    }


def _content(facts: Facts) -> dict[str, Any]:
    kind, other = CONTENT_TYPES[facts.target]
    language = facts.language.upper()
    return {
        "content_type": [kind],
        "content_type_other": other,
        "category": facts.category,
        "category_addition": list(facts.additions),
        "category_specification": list(facts.keywords),
        "category_specification_other": facts.keyword_other,
        "content_language": language if language in list_values("LANGUAGES") else "",
        "content_date": facts.content_date.isoformat(),
    }
