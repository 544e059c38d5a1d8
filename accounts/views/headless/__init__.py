"""allauth's API for applications, with this house's rules where it does more than allauth (docs/headless.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.headless.constants import Client
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path

from accounts.views.headless.answers import not_here, refuse
from accounts.views.headless.changes import CodesView, EmailView, PasskeysView, PasswordView, TotpView
from accounts.views.headless.passkeys import AuthenticatePasskeyView, LoginPasskeyView, ReauthenticatePasskeyView
from accounts.views.headless.signup import SignupPasskeyView, SignupView

OURS: dict[str, Any] = {
    "auth/signup": SignupView,
    "auth/webauthn/signup": SignupPasskeyView,
    "auth/webauthn/login": LoginPasskeyView,
    "auth/webauthn/authenticate": AuthenticatePasskeyView,
    "auth/webauthn/reauthenticate": ReauthenticatePasskeyView,
    "account/authenticators/totp": TotpView,
    "account/authenticators/recovery-codes": CodesView,
    "account/authenticators/webauthn": PasskeysView,
    "account/password/change": PasswordView,
    "account/email": EmailView,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{client.value}/v1/{where}", view.as_api_view(client=client)) for client in Client for where, view in OURS.items()
]
# Accounts here have no telephone, and allauth's page of it fails without one.
urlpatterns += [path(f"{client.value}/v1/account/phone", not_here) for client in Client]
urlpatterns.append(path("", include("allauth.headless.urls")))


def _steady(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Brackets a hundred thousand deep are no JSON; allauth's reader falls over them."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except RecursionError:
            return refuse(HTTPStatus.BAD_REQUEST, "invalid_json", "")

    return wrapped


def _steady_all(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for one in patterns:
        if isinstance(one, URLPattern):
            one.callback = _steady(one.callback)
        else:
            _steady_all(one.url_patterns)


_steady_all(urlpatterns)
