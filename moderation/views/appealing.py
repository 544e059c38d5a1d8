"""Appeals from either side: of whom a decision restricts, and of a reporter whose report led to nothing, by account or by link."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.decorators import AuthenticatedRequest, owner_required
from accounts.models import User
from moderation.enums import AppellantKind
from moderation.forms.appeals import REFUSED_APPEAL, AppealForm, words_for_appeal
from moderation.models import Decision, Report
from moderation.queries.outcomes import get_outcome
from moderation.services.appeals import NotYoursToAppeal, file_appeal
from moderation.views.decisions import get_mine as get_my_decision
from moderation.views.decisions import show_decision
from moderation.views.receipts import get_by_link, show_reported, show_status
from moderation.views.receipts import get_mine as get_my_report


@never_cache
@require_POST
@owner_required
def of_decision(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The restricted person does not agree."""
    decision, form = get_my_decision(request, public_id), AppealForm(request.POST)
    if form.is_valid() and _file(request, form, decision, AppellantKind.RESTRICTED, request.user, None):
        return redirect("moderation:decision", public_id)
    return show_decision(request, decision, form)


@never_cache
@require_POST
@owner_required
def of_report(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A member does not agree that their report led to nothing."""
    report, form = get_my_report(request, public_id), AppealForm(request.POST)
    if form.is_valid() and _of_reporter(request, form, report, request.user, timezone.now()):
        return redirect("moderation:reported", public_id)
    return show_reported(request, report, form)


@never_cache
@require_POST
def of_notice(request: HttpRequest) -> HttpResponse:
    """Somebody without account does not agree, by the link alone."""
    token, form = request.POST.get("key", ""), AppealForm(request.POST)
    report = get_by_link(token)
    if form.is_valid() and _of_reporter(request, form, report, None, timezone.now()):
        return redirect(f"{reverse('moderation:status')}?{urlencode({'key': token})}")
    return show_status(request, [token], form)


def _of_reporter(request: HttpRequest, form: AppealForm, report: Report, appellant: User | None, now: datetime) -> bool:
    decision = get_outcome(report=report, now=now).decision
    if decision is None:
        form.refuse(words_for_appeal(NotYoursToAppeal()))
        return False
    return _file(request, form, decision, AppellantKind.REPORTER, appellant, report)


def _file(
    request: HttpRequest, form: AppealForm, decision: Decision, side: AppellantKind, appellant: User | None, report: Report | None
) -> bool:
    """Whether the appeal was taken; if not, the form says why."""
    text, language = form.cleaned_data["text"], request.LANGUAGE_CODE[:2]
    try:
        file_appeal(decision=decision, side=side, appellant=appellant, report=report, text=text, language=language, now=timezone.now())
    except REFUSED_APPEAL as error:
        form.refuse(words_for_appeal(error))
        return False
    messages.success(request, _("Votre recours est reçu. Une autre personne que celle qui a décidé le lit."))
    return True
