"""Ending mails by the link in one: without logging in, in one click, and never by a link that a program merely looked at (RFC 8058)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from notifications.enums import Category
from notifications.services.suppressions import resubscribe, unsubscribe
from notifications.transports.unsubscribing import BadLink, read_token


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """Looking shows a button, sending ends the mails. A mail program sends it without any page of ours, so no token of a form is asked: the
    signature in the address says all that one could."""
    try:
        wish = unsubscribe(token=token, now=timezone.now()) if request.method == "POST" else read_token(token)
    except BadLink as error:
        raise Http404 from error
    return _page(request, token, wish.category, done=request.method == "POST")


@require_POST
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take it back."""
    try:
        wish = resubscribe(token=token)
    except BadLink as error:
        raise Http404 from error
    return _page(request, token, wish.category, undone=True)


def _page(request: HttpRequest, token: str, category: str, *, done: bool = False, undone: bool = False) -> HttpResponse:
    context = {"token": token, "name": Category(category).label, "done": done, "undone": undone}
    answer = render(request, "notifications/unsubscribe.html", context)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
