"""The statement of reasons of a decision (DSA art. 17): made with it, in its transaction, or the decision is not made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import override

from moderation.actions import ACTIONS, statement_fields
from moderation.dsa.checking import Words, check_payload
from moderation.dsa.payload import VOLUNTARY, Facts, build_payload, new_puid
from moderation.dsa.schema import VERSION
from moderation.enums import Action, Ground, Reason, ReportSource, TargetKind
from moderation.models import Case, Decision, StatementOfReasons
from moderation.reasons import OTHER, REASONS

# Under which name of ours a fault of the payload is shown: the fields of the decision, as `decide_case` has them.
_OURS = {
    "decision": "action",
    "decision_facts": "facts",
    "illegal_content_legal_ground": "ground_ref",
    "incompatible_content_ground": "ground_ref",
    "illegal_content_explanation": "explanation",
    "incompatible_content_explanation": "explanation",
    "end_date_account_restriction": "ends_at",
    "end_date_service_restriction": "ends_at",
    "end_date_visibility_restriction": "ends_at",
    "territorial_scope": "territory",
}
# Whose notice counts as the source when several came in, first to last.
_SOURCES = (
    (ReportSource.TRUSTED_FLAGGER, "SOURCE_TRUSTED_FLAGGER"),
    (ReportSource.NOTICE_16, "SOURCE_ARTICLE_16"),
    (ReportSource.AUTHORITY, "SOURCE_TYPE_OTHER_NOTIFICATION"),
    (ReportSource.MEMBER, "SOURCE_TYPE_OTHER_NOTIFICATION"),
    (ReportSource.ROOM_MODERATOR, "SOURCE_TYPE_OTHER_NOTIFICATION"),
)


class BadStatement(ValueError):
    """A statement that may not be published; `errors` has words in the reader's language for each field of the decision."""

    def __init__(self, errors: Mapping[str, Words]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be stated, or why it cannot be. `payload` None and no errors: this measure needs no statement."""

    payload: dict[str, Any] | None = None
    errors: dict[str, Words] = field(default_factory=dict)


def make_statement(
    *, decision: Decision, pseudonyms: Iterable[str], now: datetime, content_date: date | None = None
) -> StatementOfReasons | None:
    """State the reasons of a decision that is saved; call it in the transaction of the decision.

    `pseudonyms`: of everybody in the case, who may not be named in free text. `content_date`: when the content was made, the day of
    the first report where that is unknown. None for a measure that restricts nobody.

    Raises:
        BadStatement: nothing is written.
    """
    if not ACTIONS[Action(decision.action)].restricts:
        return None
    facts = _facts_of(decision, content_date=content_date)
    payload = build_payload(facts)
    _check(payload, pseudonyms)
    return StatementOfReasons.objects.create(
        decision=decision, puid=facts.puid, payload=payload, schema_version=VERSION, created_at=now, due_at=now
    )


def preview_statement(*, decision: Decision, pseudonyms: Iterable[str], content_date: date | None = None) -> Preview:
    """What the statement of a decision would be; `decision` is built and not saved. Writes nothing."""
    if not ACTIONS[Action(decision.action)].restricts:
        return Preview()
    payload = build_payload(_facts_of(decision, content_date=content_date))
    try:
        _check(payload, pseudonyms)
    except BadStatement as bad:
        return Preview(errors=bad.errors)
    return Preview(payload)


def _check(payload: Mapping[str, Any], pseudonyms: Iterable[str]) -> None:
    faults = check_payload(payload, pseudonyms=pseudonyms)
    if faults:
        raise BadStatement({_OURS.get(name, name): words for name, words in faults.items()})


def _facts_of(decision: Decision, *, content_date: date | None) -> Facts:
    case, reason, target = decision.case, Reason(decision.reason), TargetKind(decision.case.target_kind)
    source, identity = _source_of(case)
    measure = statement_fields(action=Action(decision.action), target=target, ends_at=decision.ends_at)
    spec = REASONS[reason]
    return Facts(
        puid=new_puid(),
        target=target,
        visibility=measure.visibility,
        visibility_other=measure.visibility_other,
        provision=measure.provision,
        account=measure.account,
        category=spec.category,
        additions=spec.additions,
        keywords=spec.keywords,
        keyword_other=_english(reason) if OTHER in spec.keywords else "",
        ground=Ground(decision.ground),
        ground_ref=decision.ground_ref,
        explanation=decision.explanation,
        facts=decision.facts,
        content_date=content_date or (case.content_at or case.opened_at).date(),
        starts=decision.starts_at.date(),
        ends=decision.ends_at.date() if decision.ends_at else None,
        source=source,
        source_identity=identity,
        language=case.language,
        territory=tuple(word for word in decision.territory.split(",") if word),
        detected_by_machine=decision.automated_detection,
        decided_by_machine=decision.automated_decision,
    )


def _english(reason: Reason) -> str:
    """What the database is told where it has no keyword: our own word, in the language of its labels."""
    with override("en"):
        return str(reason.label)


def _source_of(case: Case) -> tuple[str, str]:
    """Where the case came from, and the organisation that told us: never a person."""
    found = {report.source: report for report in case.reports.select_related("flagger").order_by("-pk")}
    for source, word in _SOURCES:
        if source in found:
            flagger = found[source].flagger
            return word, flagger.name if flagger and source == ReportSource.TRUSTED_FLAGGER else ""
    return VOLUNTARY, ""
