"""What the API says of a person, and how it refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, JsonResponse

from accounts.models import User
from core.sessions import is_locked


class HeadlessAdapter(DefaultHeadlessAdapter):  # type: ignore[misc]  # allauth is untyped
    """A person as the API shows them to themselves: no number of a row, no folded name."""

    def serialize_user(self, user: User) -> dict[str, Any]:
        own = {"id": user.public_id, "display": user.profile.pseudonym, "email": user.email}
        return own | {"has_usable_password": user.has_usable_password()}


class TokenStrategy(SessionTokenStrategy):  # type: ignore[misc]  # allauth is untyped
    """A session's key as the token; a session that its owner left in haste opens nothing here either."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        session: SessionBase | None = super().lookup_session(session_token)
        return None if session is None or is_locked(session) else session


def refuse(status: HTTPStatus, code: str, message: str, **more: str) -> JsonResponse:
    """A refusal in the form of allauth's own."""
    return JsonResponse({"status": status, "errors": [{"code": code, "message": message, **more}]}, status=status)


def not_here(request: HttpRequest) -> JsonResponse:
    """An address of allauth's that this house does not have."""
    return refuse(HTTPStatus.NOT_FOUND, "not_found", "")
