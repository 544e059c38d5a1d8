"""Whether this process lives, whether it can serve, and what it counts. For machines: asked before hosts and sessions are looked at."""

from __future__ import annotations

import ipaddress
import logging
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from superapp import state

logger = logging.getLogger("resaka.csp")
_REPORT_BYTES = 4096


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Both databases answer and no migration waits; 503 otherwise, with the part that is missing. A dead bus is told, no more."""
    now = state.look(now=timezone.now())
    body = {"ready": now.ready, **now.databases, "bus": now.bus, "degraded": now.degraded}
    if now.outbox:
        body["outbox"] = {"pending": now.outbox.pending, "parked": now.outbox.parked, "age_seconds": round(now.outbox.age_seconds, 1)}
    response = JsonResponse(body, status=200 if now.ready else 503)
    if not now.ready:
        response["Retry-After"] = "5"
        response._has_been_logged = True  # type: ignore[attr-defined]  # an answer, not an error: probes come every few seconds
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """What this process counts, for Prometheus: to this machine itself, or to who brings RESAKA_METRICS_TOKEN."""
    if not _may_read_metrics(request):
        return HttpResponse(status=404)
    state.look(now=timezone.now())
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    # a proxy on this machine speaks for the whole world, and says so
    if any(name in request.headers for name in ("X-Forwarded-For", "X-Real-Ip", "Forwarded")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


# Answered by superapp.middleware.probes.
PROBES = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser tells of something the policy refused; logged, cut to 4 KB, never answered with anything."""
    body = request.read(_REPORT_BYTES).decode("utf-8", "replace")
    logger.warning("content refused by policy", extra={"fields": {"report": body}})
    return HttpResponse(status=204)
