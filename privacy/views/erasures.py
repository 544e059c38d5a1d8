"""The page of one erasure, by its secret link: whoever was erased has no account any more."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonNotFound, get_account_by_farewell
from accounts.models import User
from core.ratelimit import RateLimited
from privacy.erasure.closed import ask_for_closed
from privacy.erasure.links import LinkUnknown, get_request_by_token, token_of
from privacy.erasure.showing import show_erasure
from privacy.models import DataRequest


@never_cache
@require_safe
def erasure(request: HttpRequest, token: str) -> HttpResponse:
    """Where the erasure stands; once it is over, its certificate."""
    shown = show_erasure(request=_by_link(token))
    return _secret(render(request, "privacy/erasure.html", {"erasure": shown, "certificate": shown.certificate, "token": token}))


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The certificate as it was signed."""
    asked = _by_link(token)
    run = getattr(asked, "erasure", None)
    if run is None or not run.is_over:
        raise Http404
    name = f'attachment; filename="resaka-{asked.public_id}.json"'
    return _secret(HttpResponse(run.certificate, content_type="application/json", headers={"Content-Disposition": name}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def farewell(request: HttpRequest, token: str) -> HttpResponse:
    """Have the rest of a closed account erased, by the link of its last letter."""
    user = _by_farewell(token)
    unsure = request.method == "POST" and not request.POST.get("sure")
    if request.method != "POST" or unsure:
        return _secret(render(request, "privacy/farewell.html", {"unsure": unsure}, status=422 if unsure else 200))
    try:
        asked = ask_for_closed(user=user, now=timezone.now())
    except RateLimited:
        return _secret(render(request, "privacy/farewell.html", {"hasty": True}, status=429))
    return redirect("privacy:erasure", token_of(asked.public_id))


def _secret(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is its key
    response["X-Robots-Tag"] = "noindex"
    return response


def _by_link(token: str) -> DataRequest:
    try:
        return get_request_by_token(token)
    except LinkUnknown as error:
        raise Http404 from error


def _by_farewell(token: str) -> User:
    try:
        return get_account_by_farewell(token=token)
    except PersonNotFound as error:
        raise Http404 from error
