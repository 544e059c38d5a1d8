"""What became of a report: for its reporter by account, and for anybody by the link of the receipt; with the copy to take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, owner_required
from core.ratelimit import RateLimited
from moderation.access import ReportNotFound, get_report_by_token, get_report_for_reporter
from moderation.forms.appeals import AppealForm
from moderation.forms.notices import MAX_ADDRESSES
from moderation.forms.reasons import URGENT, plain_words
from moderation.forms.refusals import wait_words
from moderation.models import Report
from moderation.queries.outcomes import Outcome, get_outcome, list_reports_of
from moderation.services.copies import NothingKept, make_copy
from moderation.views.helping import numbers_for


@never_cache
@require_safe
@owner_required
def reports(request: AuthenticatedRequest) -> HttpResponse:
    """The reports that somebody made."""
    lines = [{"report": report, "plain": plain_words(report.reason)} for report in list_reports_of(user=request.user)]
    return render(request, "moderation/reports.html", {"reports": lines})


@never_cache
@require_safe
@owner_required
def reported(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Where one report stands."""
    return show_reported(request, get_mine(request, public_id), AppealForm())


@never_cache
@require_POST
@owner_required
def evidence(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The copy of what was reported, as a ZIP with digests."""
    report = get_mine(request, public_id)
    try:
        content = make_copy(report=report, now=timezone.now())
    except RateLimited as error:
        messages.warning(request, wait_words(error.retry))
    except NothingKept:
        messages.warning(request, _("La copie n’est plus gardée, ou n’est remise qu’à la justice pour ce motif."))
    else:
        name = f'attachment; filename="resaka-{report.public_id}.zip"'
        return HttpResponse(content, content_type="application/zip", headers={"Content-Disposition": name})
    return redirect("moderation:reported", public_id)


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Where the reports stand whose links somebody holds: nothing else opens them, not even an account."""
    return show_status(request, request.GET.getlist("key")[:MAX_ADDRESSES])


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One report of a status page; `form` asks for another look."""

    outcome: Outcome
    plain: Any
    token: str
    form: AppealForm


def show_status(request: HttpRequest, tokens: list[str], form: AppealForm | None = None) -> HttpResponse:
    """The page of these links; `form` is an appeal that was refused."""
    now = timezone.now()
    found = [(token, get_by_link(token)) for token in tokens]
    if not found:
        raise Http404
    lines = [
        StatusLine(get_outcome(report=report, now=now), plain_words(report.reason), token, form or AppealForm()) for token, report in found
    ]
    context = {"lines": lines, "fresh": bool(request.GET.get("fresh")), "mailed": bool(request.GET.get("mailed"))}
    response = render(request, "moderation/status.html", context, status=422 if form else 200)
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is its key
    return response


def show_reported(request: AuthenticatedRequest, report: Report, form: AppealForm) -> HttpResponse:
    """The page of a member's own report; `form` may be an appeal that was refused."""
    context = {
        "outcome": get_outcome(report=report, now=timezone.now()),
        "plain": plain_words(report.reason),
        "urgent": report.reason in URGENT or report.danger_now,
        "numbers": numbers_for(request),
        "form": form,
    }
    return render(request, "moderation/reported.html", context, status=422 if form.errors else 200)


def get_by_link(token: str) -> Report:
    """The report behind a link; 404 for every other."""
    try:
        return get_report_by_token(token=token)
    except ReportNotFound as error:
        raise Http404 from error


def get_mine(request: AuthenticatedRequest, public_id: str) -> Report:
    """The person's own report; 404 for every other."""
    try:
        return get_report_for_reporter(user=request.user, public_id=public_id)
    except ReportNotFound as error:
        raise Http404 from error
