"""The database is away: a kind page, or a short JSON, that says when to try again. No trace of an error nobody here can mend."""

from __future__ import annotations

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from accounts.decorators import wants_json
from core.outages import is_outage
from superapp.pages import render_bare

logger = logging.getLogger("resaka.outage")

RETRY_SECONDS = 5


def answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503 with Retry-After, drawn without the database, and one line in the log."""
    logger.warning("database away", extra={"fields": {"path": request.path, "why": f"{type(error).__name__}: {error}"}})
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"code": "unavailable", "message": _("De retour dans un instant"), "retry": RETRY_SECONDS}, status=503)
    else:
        response = render_bare("503.html", status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would add the trace of a server error
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What Django asks for when something raised anywhere, middleware included: 503 for an outage, else 500."""
    error = sys.exc_info()[1]
    if error is not None and is_outage(error):
        return answer(request, error)
    return render_bare("500.html", status=500)
