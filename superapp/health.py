"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger("resaka.csp")
_REPORT_BYTES = 4096


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Both databases answer and no migration waits; 503 otherwise, with the part that is missing."""
    parts = {alias: _database(alias) for alias in connections}
    ready = all(state == "ok" for state in parts.values())
    response = JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "5"
    return response


def _database(alias: str) -> str:
    try:
        executor = MigrationExecutor(connections[alias])
        return "migrations wait" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
    except DatabaseError:
        return "does not answer"


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser tells of something the policy refused; logged, cut to 4 KB, never answered with anything."""
    body = request.read(_REPORT_BYTES).decode("utf-8", "replace")
    logger.warning("content refused by policy", extra={"fields": {"report": body}})
    return HttpResponse(status=204)
