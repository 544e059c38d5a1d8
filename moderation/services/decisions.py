"""Deciding a case: by whoever has it in hand, once, with its reasons, in force at once, and both sides told.

Everything is one transaction. It begins with one UPDATE that compares and sets, so that of two who decide at once one does, and a decision
made on an older sight of the case changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.outbox import publish
from core.text import clean
from moderation.actions import ACTIONS, ActionSpec, End
from moderation.enums import Action, ApprovalKind, CaseState, Ground, Reason, ReportSource, ReportState, TargetKind
from moderation.events import DecisionTaken
from moderation.models import Case, Decision, Report, StaffProfile
from moderation.queries.people import list_pseudonyms
from moderation.queries.shown import list_cases_shown_to
from moderation.services.approvals import use_approval
from moderation.services.cases import tell_room
from moderation.services.claims import CaseOver, ClaimLost
from moderation.services.noting import note
from moderation.services.statements import BadStatement, make_statement
from moderation.services.telling import tell_subject
from moderation.targets import NothingToDo
from moderation.targets.measures import Measure, clear, restrict

OLD_ACCOUNT = timedelta(days=30)
LENGTHS = {"ground_ref": 500, "explanation": 2000, "facts": 5000}
_NEEDED = _("Ce champ est nécessaire pour cette mesure.")


class DecidedBefore(CaseOver):
    """An appeal opened this case again; another person than those who decided it before must look."""


@dataclass(frozen=True, slots=True)
class _Words:
    ground_ref: str
    explanation: str
    facts: str


def decide_case(
    *,
    case_id: int,
    version: int,
    by: StaffProfile,
    action: Action,
    reason: Reason,
    ground: Ground,
    ground_ref: str,
    explanation: str,
    facts: str,
    ends_at: datetime | None = None,
    now: datetime,
) -> Decision:
    """Decide a case that `by` has claimed, on the sight of it that has this `version`; put the measure in force, state its reasons, answer
    every report, tell the person. To close an account older than 30 days a second person must have agreed (`TERMINATE_OLD_ACCOUNT` on the
    case's public id).

    Raises:
        ClaimLost: no live claim, or the case changed since; CaseOver: decided, or not theirs to decide: about them, or reported by them;
        DecidedBefore; BadStatement: with words for each field of the decision; NotApproved. Nothing has changed then.
    """
    words = _Words(clean(ground_ref, lines=False), clean(explanation), clean(facts))
    with transaction.atomic():
        case = _take(case_id, version, by, now)
        spec = _check(case, action, ends_at, words, now)
        _check_second_person(case, action, by, now)
        decision = Decision.objects.create(
            case=case,
            moderator=by,
            subject=case.subject,
            action=action,
            reason=reason,
            ground=ground,
            ground_ref=words.ground_ref,
            explanation=words.explanation,
            facts=words.facts,
            automated_detection=_was_found_by_machine(case),
            starts_at=now,
            ends_at=ends_at,
        )
        if spec.restricts:
            _put_in_force(decision, by, now)
        else:
            clear(case=case, now=now)
        tell_room(case=case, now=now)
        _note(decision, by, now)
        _tell_both(decision, now)
    return decision


def _take(case_id: int, version: int, by: StaffProfile, now: datetime) -> Case:
    """Close the case if it is in these hands and as they saw it."""
    if not list_cases_shown_to(by).filter(pk=case_id).exists():
        raise CaseOver(case_id)
    if Decision.objects.filter(case_id=case_id, moderator=by).exists():
        raise DecidedBefore(case_id)
    held = Case.objects.filter(pk=case_id, version=version, state=CaseState.CLAIMED, claimed_by=by, claim_expires_at__gt=now)
    closed: dict[str, Any] = {"state": CaseState.DECIDED, "open_key": None, "claimed_by": None, "claim_expires_at": None}
    if not held.update(version=F("version") + 1, decided_at=now, first_action_at=Coalesce("first_action_at", now), **closed):
        over = Case.objects.filter(pk=case_id, open_key__isnull=True).exists()
        raise CaseOver(case_id) if over else ClaimLost(case_id)
    return Case.objects.select_related("subject").get(pk=case_id)


def _was_found_by_machine(case: Case) -> bool:
    """Whether a machine told of it before any person did."""
    return Report.objects.filter(case=case).order_by("pk").values_list("source", flat=True).first() == ReportSource.AUTOMATIC


def _check(case: Case, action: Action, ends_at: datetime | None, words: _Words, now: datetime) -> ActionSpec:
    spec, errors = ACTIONS[action], {}
    if TargetKind(case.target_kind) not in spec.targets:
        raise BadStatement({"action": _("Cette mesure ne va pas avec ce qui a été signalé.")})
    if (fault := _fault_of_end(spec, ends_at, now)) is not None:
        errors["ends_at"] = fault
    if action != Action.NO_ACTION:
        errors |= {name: _NEEDED for name in ("ground_ref", "explanation", "facts") if not getattr(words, name)}
    for name, longest in LENGTHS.items():
        if len(getattr(words, name)) > longest:
            errors[name] = _("%(longest)s caractères au plus.") % {"longest": longest}
    if errors:
        raise BadStatement(errors)
    return spec


def _fault_of_end(spec: ActionSpec, ends_at: datetime | None, now: datetime) -> Any:
    if ends_at is None:
        return _("Dites jusqu’à quand vaut cette mesure.") if spec.end is End.MUST else None
    if spec.end is End.NEVER:
        return _("Cette mesure n’a pas de fin.")
    if not now < ends_at <= now + spec.longest:
        return _("Cette fin est passée, ou trop lointaine pour cette mesure.")
    return None


def _check_second_person(case: Case, action: Action, by: StaffProfile, now: datetime) -> None:
    old = case.subject is not None and case.subject.created_at <= now - OLD_ACCOUNT
    if action == Action.TERMINATE_ACCOUNT and old:
        use_approval(kind=ApprovalKind.TERMINATE_OLD_ACCOUNT, object_ref=case.public_id, by=by, now=now)


def _put_in_force(decision: Decision, by: StaffProfile, now: datetime) -> None:
    measure = Measure(Action(decision.action), decision.public_id, decision.reason, decision.ends_at, by)
    try:
        decision.effect = restrict(case=decision.case, measure=measure, now=now)
    except NothingToDo as error:
        raise BadStatement({"action": _("Rien à quoi l’appliquer : personne, ou une mesure de cette sorte vaut déjà.")}) from error
    decision.save(update_fields=["effect"])
    content_at = decision.case.content_at
    make_statement(
        decision=decision,
        pseudonyms=list_pseudonyms(case=decision.case),
        content_date=content_at.date() if content_at else None,
        now=now,
    )


def _tell_both(decision: Decision, now: datetime) -> None:
    Report.objects.filter(case=decision.case).exclude(state=ReportState.ANSWERED).update(state=ReportState.ANSWERED, outcome_at=now)
    if decision.action != Action.NO_ACTION:
        tell_subject(decision=decision, now=now)
    publish(DecisionTaken(decision_id=decision.pk))


def _note(decision: Decision, by: StaffProfile, now: datetime) -> None:
    after = {"action": decision.action, "ends_at": decision.ends_at, "subject": decision.subject_id, "explanation": decision.explanation}
    reason = f"{decision.action} {decision.reason}: {decision.ground} {decision.ground_ref}"[:500]
    ref = decision.case.public_id
    note(action="case.decide", by=by, object_kind="case", object_ref=ref, reason=reason, before={"state": "CLAIMED"}, after=after, now=now)
