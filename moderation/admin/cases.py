"""The page of one case: what was reported with what stands around it, who said what, what came before, and the form of the decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries import list_active_suspensions
from moderation.actions import Step
from moderation.admin.canned import list_texts, ready_texts, rule_name
from moderation.admin.claiming import CASE, QUEUE, open_case
from moderation.admin.desk import render_page
from moderation.admin.forms import DecisionForm
from moderation.admin.media import read_revealed
from moderation.admin.queue import query_of, read_wanted
from moderation.enums import Ground, Reason, Severity, TargetKind
from moderation.models import Case, StaffProfile
from moderation.queries.casefile import list_readers, list_reports_of
from moderation.queries.marks import find_marks
from moderation.queries.media import list_media
from moderation.queries.people import get_history
from moderation.queries.queue import Wanted, find_next, find_previous
from moderation.queries.sights import list_sights
from moderation.services.claims import may_take
from moderation.services.evidence import EvidenceDamaged
from moderation.services.hashbank import find_memory
from moderation.services.reading import read_case


def show_case(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """One case. That it was opened is noted before it is shown."""
    return show_page(request, staff, open_case(staff, public_id))


def show_page(
    request: HttpRequest,
    staff: StaffProfile,
    case: Case,
    *,
    form: DecisionForm | None = None,
    asks_second: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of a case that this person may open, with the form as it was sent if it had a fault."""
    now, wanted = timezone.now(), read_wanted(request)
    kind, reason = TargetKind(case.target_kind), Reason(case.reason)
    held = is_held(case, staff, now)
    return render_page(
        request,
        staff,
        "case.html",
        f"{case.public_id} · {reason.label}",
        now=now,
        status=status,
        here="queue",
        case=case,
        **_standing(case, staff, now),
        **open_sights(partial(read_case, case=case, by=staff, now=now)),
        media=list_pictures(request, case),
        reports=list_reports_of(case=case),
        **list_past(case, now),
        readers=list_readers(case=case),
        form=form or (_blank_form(case, kind, reason) if held else None),
        asks_second=asks_second,
        texts=list_texts(kind) if held else {},
        query=query_of(wanted),
        neighbours=_neighbours(staff, wanted, case, now),
        memory=find_memory(case=case, by=staff),
        transmits=case.child_safety,
    )


def open_sights(read: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
    """What was reported, as `read` opens it and notes that it did; a page whose evidence was damaged says so instead of failing."""
    try:
        sheets = read()
        return {"sights": list_sights(sheets, find_marks(sheets)), "damaged": False}
    except EvidenceDamaged:
        return {"sights": [], "damaged": True}


def open_next(request: HttpRequest, staff: StaffProfile, case: Case, wanted: Wanted, now: datetime) -> HttpResponse:
    """Go on with what comes after this case; with an empty queue, to the queue that says so."""
    following = find_next(staff=staff, wanted=wanted, case=case, now=now)
    return redirect(_address(following, wanted) if following else reverse(QUEUE))


def is_held(case: Case, staff: StaffProfile, now: datetime) -> bool:
    """Whether this person has the case in hand now."""
    return case.is_open and case.claimed_by_id == staff.pk and case.claim_expires_at is not None and case.claim_expires_at > now


def _standing(case: Case, staff: StaffProfile, now: datetime) -> dict[str, bool]:
    held = is_held(case, staff, now)
    claimed = case.is_open and case.claimed_by is not None and case.claim_expires_at is not None and case.claim_expires_at > now
    return {"held": held, "taken": claimed and not held, "may_claim": case.is_open and may_take(case=case, staff=staff)}


def _neighbours(staff: StaffProfile, wanted: Wanted, case: Case, now: datetime) -> dict[str, str]:
    found = {
        "next": find_next(staff=staff, wanted=wanted, case=case, now=now),
        "previous": find_previous(staff=staff, wanted=wanted, case=case, now=now),
    }
    return {name: _address(other, wanted) if other else "" for name, other in found.items()}


def _address(case: Case, wanted: Wanted) -> str:
    return reverse(CASE, args=[case.public_id]) + query_of(wanted)


def list_past(case: Case, now: datetime) -> dict[str, Any]:
    """What was decided about the person before, what is in force, and what the ladder proposes next; empty when nobody is left."""
    if case.subject is None:
        return {}
    history = get_history(user=case.subject, severity=Severity(case.severity), now=now)
    measures = list_active_suspensions(user=case.subject)
    return {"history": history, "measures": measures, "proposed_label": _step_words(history.step)}


def _step_words(step: Step) -> str:
    if step.lasts is None:
        return str(step.action.label)
    return _("%(action)s, %(days)s j") % {"action": step.action.label, "days": step.lasts.days}


def _blank_form(case: Case, kind: TargetKind, reason: Reason) -> DecisionForm:
    language = case.subject.language if case.subject else case.language
    texts = ready_texts(kind, reason, language)
    return DecisionForm(
        kind, initial={"reason": reason, "ground": Ground.TERMS, "ground_ref": rule_name(language), "text_language": language, **texts}
    )


def list_pictures(request: HttpRequest, case: Case) -> list[dict[str, Any]]:
    """The pictures of a case for its page: each with the token of this browser's last look, if its minute is not over."""
    shown = read_revealed(request)
    rows = [(one, *shown.get(one.public_id, ("", 0))) for one in list_media(case=case)]
    return [{"evidence": one, "token": token, "until": until} for one, token, until in rows]
