"""The forms by which a person makes use of a right: rectify, restrict, object, erase. The copy has pages of its own (`views.export`)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.decorators import AuthenticatedRequest, owner_required, step_up_required
from accounts.models import User
from accounts.queries.people import find_profile
from core.ratelimit import RateLimited
from privacy.enums import RequestKind
from privacy.forms.requests import AskForm, EraseForm, RightForm
from privacy.models import DataRequest
from privacy.queries.holdings import summarize_erasure
from privacy.queries.requests import find_open_request
from privacy.services.requests import ask


@never_cache
@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def rectify(request: AuthenticatedRequest) -> HttpResponse:
    """What can be put right in place, and a form for the rest (article 16)."""
    return _right(request, RequestKind.RECTIFICATION, "rectify")


@never_cache
@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
@step_up_required
def restrict(request: AuthenticatedRequest) -> HttpResponse:
    """What a restriction does, and the form, which puts it in force (article 18)."""
    return _right(request, RequestKind.RESTRICTION, "restrict")


@never_cache
@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def object_to(request: AuthenticatedRequest) -> HttpResponse:
    """What rests on our interest and can be objected to, and the form (article 21)."""
    return _right(request, RequestKind.OBJECTION, "object")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
@step_up_required
def erase(request: AuthenticatedRequest) -> HttpResponse:
    """What goes, what stays until when and by which law, what is not ours; then the name typed once more. Somebody who proved a moment
    ago that it is them; asked twice, the one that is open is shown."""
    known = find_open_request(user=request.user, kind=RequestKind.ERASURE)
    if known is not None:
        return redirect("privacy:request", known.public_id)
    form = EraseForm(request.POST if request.method == "POST" else None, name=_name_of(request.user))
    asked = _ask(request, form, RequestKind.ERASURE) if form.is_valid() else None
    if asked is not None:
        return redirect(_page_of(asked))
    summary = summarize_erasure(user=request.user, now=timezone.now())
    return _show(request, "privacy/erase.html", form, summary=summary)


def _right(request: AuthenticatedRequest, kind: RequestKind, page: str) -> HttpResponse:
    form = RightForm(request.POST if request.method == "POST" else None, kind=kind)
    asked = _ask(request, form, kind, **form.cleaned_data) if form.is_valid() else None
    if asked is not None:
        return redirect(_page_of(asked))
    return _show(request, f"privacy/{page}.html", form)


def _ask(request: AuthenticatedRequest, form: AskForm, kind: RequestKind, *, words: str = "", topic: str = "") -> DataRequest | None:
    """The request that was kept; None when it was refused and the form says why."""
    try:
        return ask(user=request.user, kind=kind, words=words, topic=topic, now=timezone.now())
    except RateLimited as error:
        minutes = max(1, round(error.retry / 60))
        said = ngettext(
            "Trop de demandes d’un coup. Réessayez dans %(n)d minute.", "Trop de demandes d’un coup. Réessayez dans %(n)d minutes.", minutes
        )
        form.refuse(said % {"n": minutes}, wait=error.retry)
    return None


def _show(request: AuthenticatedRequest, template: str, form: AskForm, **context: object) -> HttpResponse:
    status = 429 if form.wait else 422 if form.errors else 200
    response = render(request, template, {"form": form} | context, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response


def _page_of(asked: DataRequest) -> str:
    return f"{reverse('privacy:request', args=[asked.public_id])}?fresh=1"


def _name_of(user: User) -> str:
    """What has to be typed: the pseudonym, or the name of an account that has none."""
    profile = find_profile(user=user)
    return profile.pseudonym if profile is not None else user.username
