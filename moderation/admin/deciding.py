"""Deciding a case: the form, what the person will be told, and the second person where one is needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moderation.admin.cases import open_next, show_page
from moderation.admin.claiming import CASE, REFUSALS, open_case, read_version, refusal_words
from moderation.admin.desk import refuse
from moderation.admin.forms import DecisionForm
from moderation.admin.queue import read_wanted
from moderation.enums import Action, ApprovalKind, Ground, Reason, TargetKind
from moderation.models import Case, Decision, StaffProfile, StatementOfReasons
from moderation.queries.media import find_media
from moderation.queries.people import list_pseudonyms
from moderation.queries.statements import statement_words
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove, ask_approval
from moderation.services.decisions import decide_case
from moderation.services.statements import BadStatement, preview_statement


@require_POST
def decide(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Decide, and go on with the next case of the queue; with a fault, the same page says where."""
    case, now = open_case(staff, public_id), timezone.now()
    form = DecisionForm(TargetKind(case.target_kind), request.POST)
    if not form.is_valid():
        return show_page(request, staff, case, form=form, status=422)
    try:
        decide_case(case_id=case.pk, version=read_version(request), by=staff, now=now, **_values(form, now))
    except BadStatement as bad:
        return show_page(request, staff, case, form=_with_faults(form, bad), status=422)
    except NotApproved:
        return show_page(request, staff, case, form=form, asks_second=True, status=409)
    except REFUSALS as error:
        return refuse(request, refusal_words(error), CASE, public_id=public_id)
    messages.success(request, _("Décision prise. Les deux côtés sont prévenus."))
    return open_next(request, staff, case, read_wanted(request), now)


@require_POST
def preview(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """What the person would be told, and which field is not fit to be published; nothing is written."""
    case, now = open_case(staff, public_id), timezone.now()
    form = DecisionForm(TargetKind(case.target_kind), request.POST)
    form.is_valid()
    return JsonResponse(preview_of(case, staff, form, now))


@require_POST
def ask(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Ask a second person to agree to what nobody does alone on this case."""
    case = open_case(staff, public_id)
    try:
        kind, ref = _asked_for(request, case)
        ask_approval(kind=kind, object_ref=ref, by=staff, reason=request.POST.get("reason", ""), now=timezone.now())
    except ApprovalReasonMissing:
        return refuse(request, _("Dites pourquoi vous demandez cet accord."), CASE, public_id=public_id)
    except NotYoursToApprove:
        return refuse(request, _("Votre rôle ne permet pas de demander cet accord."), CASE, public_id=public_id)
    messages.success(request, _("Accord demandé. Une autre personne le verra sur la page « Accords à deux »."))
    return redirect(CASE, public_id=public_id)


def _asked_for(request: HttpRequest, case: Case) -> tuple[ApprovalKind, str]:
    """For which deed, and on what: a picture of this case, or the case itself."""
    evidence = find_media(case=case, public_id=request.POST.get("evidence", ""))
    if evidence is not None:
        return ApprovalKind.VIEW_CHILD_ABUSE, evidence.public_id
    return ApprovalKind.TERMINATE_OLD_ACCOUNT, case.public_id


def preview_of(case: Case, staff: StaffProfile, form: DecisionForm, now: datetime) -> dict[str, Any]:
    """The statement as (title, words) lines, and the faults by field."""
    faults = {name: " ".join(map(str, words)) for name, words in form.errors.items()}
    if "action" in faults or "reason" in faults or "ground" in faults:
        return {"lines": [], "errors": faults}
    decision = Decision(case=case, subject=case.subject, moderator=staff, starts_at=now, **_values(form, now))
    told = preview_statement(decision=decision, pseudonyms=list_pseudonyms(case=case))
    faults = {**{name: str(words) for name, words in told.errors.items()}, **faults}
    if "ends_at" in faults:
        faults["days"] = faults.pop("ends_at")
    return {"lines": _lines(decision, told.payload, form), "errors": faults}


def _lines(decision: Decision, payload: dict[str, Any] | None, form: DecisionForm) -> list[tuple[str, str]]:
    if payload is None:
        return [] if decision.action not in (Action.NO_ACTION, Action.WARN) else [(_("Exposé"), _("Cette mesure ne restreint personne."))]
    words = statement_words(StatementOfReasons(decision=decision, payload=payload), form.cleaned_data.get("text_language", "fr"))
    return [(str(section.title), " ".join(section.lines)) for section in words.sections]


def _values(form: DecisionForm, now: datetime) -> dict[str, Any]:
    given = form.cleaned_data
    return {
        "action": Action(given["action"]),
        "reason": Reason(given["reason"]),
        "ground": Ground(given["ground"]),
        "ground_ref": given.get("ground_ref", ""),
        "explanation": given.get("explanation", ""),
        "facts": given.get("facts", ""),
        "ends_at": form.ends_at(now),
    }


def _with_faults(form: DecisionForm, bad: BadStatement) -> DecisionForm:
    for name, words in bad.errors.items():
        field = "days" if name == "ends_at" else name
        form.add_error(field if field in form.fields else None, str(words))
    return form
