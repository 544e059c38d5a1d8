"""Reporting: one form for whatever is reported, with what is sent to be seen before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.models import User
from accounts.services.relations import block_person
from moderation.enums import ReportSource
from moderation.forms.refusals import REFUSED, words_for
from moderation.forms.reports import ReportForm
from moderation.queries.previews import (
    NothingThere,
    Preview,
    find_blockable,
    preview_image,
    preview_message,
    preview_profile,
    preview_room,
)
from moderation.services.reports import AlreadyReported, ReportsTooFast, file_report
from moderation.views.helping import numbers_for

_FORM = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(_FORM)
@member_required
def message(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """Report a message."""
    return _answer(request, lambda now: preview_message(user=request.user, session=request.session, slug=slug, seq=seq, now=now))


@never_cache
@require_http_methods(_FORM)
@member_required
def image(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Report an image."""
    return _answer(request, lambda now: preview_image(user=request.user, session=request.session, public_id=public_id, now=now))


@never_cache
@require_http_methods(_FORM)
@member_required
def profile(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Report a profile."""
    return _answer(request, lambda now: preview_profile(user=request.user, public_id=public_id, now=now))


@never_cache
@require_http_methods(_FORM)
@member_required
def room(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Report a room."""
    return _answer(request, lambda now: preview_room(user=request.user, session=request.session, slug=slug, now=now))


def _answer(request: AuthenticatedRequest, look: Callable[[datetime], Preview]) -> HttpResponse:
    now = timezone.now()
    try:
        preview = look(now)
    except NothingThere as error:
        raise Http404 from error
    author = find_blockable(user=request.user, preview=preview)
    form = ReportForm(
        request.POST if request.method == "POST" else None, blockable=preview.author.name if preview.author and author else ""
    )
    done = _file(request, preview, form, author, now) if form.is_valid() else None
    return done or _page(request, preview, form)


def _file(request: AuthenticatedRequest, preview: Preview, form: ReportForm, author: User | None, now: datetime) -> HttpResponse | None:
    """Where to go on; None when the report was refused and the form says why."""
    data = form.cleaned_data
    try:
        report = file_report(
            source=ReportSource.MEMBER,
            reporter=request.user,
            session=request.session,
            target_kind=preview.kind,
            target_ref=preview.ref,
            reason=data["reason"],
            explanation=data["explanation"],
            danger_now=data["danger_now"],
            considers_illegal=data["considers_illegal"],
            language=request.user.language,
            now=now,
        ).report
        messages.success(request, _("Votre signalement est reçu. Vous aurez une réponse, ici et par courriel."))
    except AlreadyReported as error:
        report = error.report
        messages.info(request, _("Vous l’avez déjà signalé aujourd’hui. Voici où cela en est."))
    except REFUSED as error:
        form.refuse(words_for(error), wait=error.retry if isinstance(error, ReportsTooFast) else 0)
        return None
    if author is not None and data.get("block"):
        block_person(user=request.user, person=author, now=now)
    return redirect("moderation:reported", report.public_id)


def _page(request: AuthenticatedRequest, preview: Preview, form: ReportForm) -> HttpResponse:
    context = {"preview": preview, "form": form, "numbers": numbers_for(request)}
    response = render(request, "moderation/report.html", context, status=429 if form.wait else 422 if form.errors else 200)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response
