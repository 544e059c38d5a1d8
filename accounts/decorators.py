"""Who may open a page or call an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from ninja.security import SessionAuth

from accounts.enums import LIVING
from accounts.models import User

_P = ParamSpec("_P")


class AuthenticatedRequest(HttpRequest):
    """A request whose `user` is an account, never anonymous. Only the decorators below and `MemberAuth` may promise it."""

    user: User


def member_required(
    view: Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """The view for members with a confirmed address; others go to log-in and come back, or get 401 when they asked for JSON."""
    return _required(view, lambda user: user.is_member)


def owner_required(
    view: Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """As `member_required`, for the few pages that stay with an account which is barred or about to close."""
    return _required(view, lambda user: user.status in LIVING)


def _required(
    view: Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase], may: Callable[[User], bool]
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and may(user):
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # whose user it is was just looked at
        if wants_json(request):
            return JsonResponse({"code": "login_required"}, status=401)
        if user.is_authenticated:
            return redirect("account_inactive")
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")

    return wrapped


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asked, which can do nothing with a page."""
    return request.headers.get("Accept", "").startswith("application/json") or request.path.startswith(("/api/", "/_allauth/"))


class MemberAuth(SessionAuth):
    """The session cookie of a member, with the CSRF check, for the REST endpoints."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None:
        user = request.user
        return user if isinstance(user, User) and user.is_member else None


def step_up_required(
    view: Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase]:
    """Below `member_required`, for what a stranger at an open screen must not do: the person has shown within five minutes that it is
    them, else a page asks and the request goes on from there (a script gets 401)."""

    @wraps(view)
    def wrapped(request: AuthenticatedRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        if wants_json(request):
            return JsonResponse({"code": "reauthentication_required"}, status=401)
        raise ReauthenticationRequired

    return wrapped
