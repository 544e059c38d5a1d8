"""Leaving in haste, and coming back."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.adapter import AccountAdapter
from accounts.decorators import AuthenticatedRequest
from accounts.forms.factors import AuthenticatePasskeyForm
from accounts.forms.locks import UnlockForm
from accounts.models import User
from accounts.queries import has_passkey
from accounts.services.locks import TooManyTries, WrongPassword, lock_session, reopen_session, unlock_session
from core.sessions import is_locked


# Without a token: who leaves in haste must not be stopped by a page that has grown old. A foreign page could at most lock, and cannot
# even do that, because its requests come without the session's cookie (SameSite).
@csrf_exempt
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Lock the session and send the browser elsewhere. The answer is a page and no redirect: a form may not be answered by an
    address outside (`form-action`)."""
    if isinstance(request.user, User):
        lock_session(user=request.user, session=request.session, now=timezone.now())
    response = render(request, "accounts/left.html", {"elsewhere": settings.QUICK_EXIT_URL})
    response["Refresh"] = f"0;url={settings.QUICK_EXIT_URL}"
    response["Cache-Control"] = "no-store"
    response["Clear-Site-Data"] = '"cache"'  # pages that the back button would find; storage is never cleared: keys live there
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest) -> HttpResponseBase:
    """Come back with the password, or with a passkey: an account may have either, or both."""
    if not isinstance(request.user, User) or not is_locked(request.session):
        return redirect(settings.LOGIN_REDIRECT_URL)
    if "credential" in request.POST:
        return _try_passkey(request)  # type: ignore[arg-type]  # the user was looked at above
    form = UnlockForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _try_password(request, form)  # type: ignore[arg-type]  # as above
    return _unlock_page(request, form)  # type: ignore[arg-type]  # as above


def _try_password(request: AuthenticatedRequest, form: UnlockForm) -> HttpResponse:
    try:
        unlock_session(user=request.user, session=request.session, password=form.cleaned_data["password"])
    except WrongPassword:
        form.add_error("password", _("Ce mot de passe n’est pas le bon."))
        return _unlock_page(request, form)
    except TooManyTries:
        AccountAdapter(request).logout(request)
        messages.warning(request, _("Trop d’essais : vous êtes déconnecté. Connectez-vous de nouveau."))
        return redirect(settings.LOGIN_URL)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _try_passkey(request: AuthenticatedRequest) -> HttpResponse:
    """allauth verifies the key and counts the failures of the account."""
    form = AuthenticatePasskeyForm(request.POST, user=request.user)
    if not form.is_valid():
        return _unlock_page(request, form)
    form.save()
    reopen_session(session=request.session)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _unlock_page(request: AuthenticatedRequest, form: Any) -> HttpResponse:
    """`form` carries the errors, if any. The ceremony names no key: whoever finds the device learns nothing of whose session it is."""
    context: dict[str, Any] = {"form": form, "by_password": request.user.has_usable_password()}
    context["password"] = form["password"] if isinstance(form, UnlockForm) else UnlockForm()["password"]
    if has_passkey(user=request.user):
        context["js_data"] = {"request_options": auth.begin_authentication(user=None)}
    response = render(request, "accounts/unlock.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response
