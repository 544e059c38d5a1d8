"""Leaving for a while, leaving for good, and coming back in time."""

from __future__ import annotations

from contextlib import suppress

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.adapter import AccountAdapter
from accounts.decorators import AuthenticatedRequest, member_required, owner_required
from accounts.enums import UserStatus
from accounts.queries.closure import get_kept_data
from accounts.services.closure import NotOpen, begin_closing, keep_account, pause_account


@require_safe
@member_required
def ways_out(request: AuthenticatedRequest) -> HttpResponse:
    """Both ways out, with what each does."""
    return render(request, "accounts/leave.html")


@require_POST
@member_required
def pause(request: AuthenticatedRequest) -> HttpResponse:
    """Disappear until the next log-in."""
    with suppress(NotOpen):  # the same form twice
        pause_account(user=request.user, now=timezone.now())
    AccountAdapter(request).logout(request)
    messages.success(request, _("Votre compte est en pause : personne ne vous voit. Connectez-vous pour revenir."))
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth is untyped
def close(request: AuthenticatedRequest) -> HttpResponse:
    """What goes and what the law keeps, then the button. A person who proved a moment ago that it is them."""
    if request.user.status == UserStatus.CLOSING:
        return redirect("accounts:closing")
    unsure = request.method == "POST" and not request.POST.get("sure")
    if request.method != "POST" or unsure:
        context = get_kept_data(user=request.user) | {"unsure": unsure}
        return render(request, "accounts/close.html", context, status=422 if unsure else 200)
    try:
        day = begin_closing(user=request.user, now=timezone.now())
    except NotOpen:  # the same form twice
        return redirect("accounts:closing")
    AccountAdapter(request).logout(request)
    words = _("Votre compte est invisible et se ferme le %(day)s. D’ici là, connectez-vous pour le garder.")
    messages.success(request, words % {"day": date_format(day, "j F Y")})
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def closing(request: AuthenticatedRequest) -> HttpResponse:
    """The one page of an account that is about to close: when, and the way back."""
    if request.user.status != UserStatus.CLOSING:
        return redirect("accounts:home")
    if request.method != "POST":
        over = request.user.closes_at is not None and request.user.closes_at <= timezone.now()
        return render(request, "accounts/closing.html", {"over": over})
    try:
        keep_account(user=request.user, now=timezone.now())
    except NotOpen:
        return render(request, "accounts/closing.html", {"too_late": True}, status=410)
    messages.success(request, _("Votre compte reste ouvert."))
    return redirect("accounts:home")
