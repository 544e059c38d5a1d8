"""The REST API: every domain's router under one roof, refusals in one form, OpenAPI at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import django_auth

from accounts.api import router as accounts_router
from chat.access import AccessRefused
from chat.api import router as chat_router
from chat.services.errors import ChatError
from core.ids import BadClientId

api = NinjaAPI(
    title="Resaka",
    version="1.0.0",
    description="Everything the forms can do. Session cookie and CSRF header; refusals carry a stable code and a sentence.",
    auth=django_auth,
    docs_url=None,
    openapi_url="/openapi.json",
)
api.add_router("", chat_router)
api.add_router("", accounts_router)

_STATUS = {
    "held": 202,  # taken, and kept for a person to read first
    "held_refused": 409,
    "held_returned": 409,
    "nudge": 409,  # the same again with `sure` goes through
    "decided": 409,
    "not_undoable": 409,
    "not_releasable": 409,
    "members_only": 403,
    "no_links": 403,
    "no_media": 403,
    "unavailable": 503,
    "rate": 429,
    "slow_mode": 429,
    "not_found": 404,
    "duplicate_conflict": 409,
    "forbidden": 403,
    "frozen": 403,
    "restricted": 403,
}


def _refusal(request: HttpRequest, status: int, code: str, message: str, retry: float | None = None) -> HttpResponse:
    response = api.create_response(request, {"code": code, "message": message, "retry": retry}, status=status)
    if retry:
        response["Retry-After"] = str(int(retry) + 1)
    return response


@api.exception_handler(AccessRefused)
def _on_access(request: HttpRequest, error: Any) -> HttpResponse:
    return _refusal(request, error.status, error.code, str(error.words))


@api.exception_handler(ChatError)
def _on_rule(request: HttpRequest, error: Any) -> HttpResponse:
    return _refusal(request, _STATUS.get(error.code, 400), error.code, str(error.words), error.retry)


@api.exception_handler(BadClientId)
def _on_client_id(request: HttpRequest, error: Any) -> HttpResponse:
    return _refusal(request, 400, "bad_cid", _("L’identifiant du message doit être un UUID."))


@api.exception_handler(ValidationError)
def _on_fields(request: HttpRequest, error: Any) -> HttpResponse:
    fields = ", ".join(".".join(str(part) for part in item["loc"][1:]) for item in error.errors)
    return _refusal(request, 422, "bad_fields", _("Champs à corriger : %(fields)s") % {"fields": fields})


@api.exception_handler(AuthenticationError)
def _on_login(request: HttpRequest, error: Any) -> HttpResponse:
    return _refusal(request, 401, "login", _("Connectez-vous d’abord."))
