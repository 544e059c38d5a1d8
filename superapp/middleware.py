"""What stands around every page: counting, the probes of machines, outages, headers that Django does not set itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy

from core import metrics
from core.outages import is_outage
from superapp import outage
from superapp.health import PROBES

_POLICY = "camera=(self), microphone=(self), geolocation=(), browsing-topics=()"

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count_answers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """How many answers of which kind, and how long they took."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = get_response(request)
        method = request.method if request.method in _METHODS else "other"
        metrics.REQUESTS.labels(method, f"{response.status_code // 100}xx").inc()
        metrics.REQUEST_SECONDS.labels(method).observe(time.perf_counter() - start)
        return response

    return middleware


def probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Machines ask by address and over plain http: they are answered before hosts, https and sessions are looked at."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = PROBES.get(request.path)
        return get_response(request) if view is None else view(request)

    return middleware


class Outage:
    """A view that cannot reach the database answers 503. What other middleware raises comes to `handler500`, which says the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return outage.answer(request, exception) if is_outage(exception) else None


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Permissions-Policy and Cross-Origin-Resource-Policy on every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", _POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def admin_policy(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The admin's own scripts write markup as text: its pages keep the policy, less trusted types."""
    admin_root = reverse_lazy("admin:index")
    relaxed = csp_replace({"require-trusted-types-for": None, "trusted-types": None})

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = relaxed(get_response) if request.path.startswith(str(admin_root)) else get_response
        return answer(request)

    return middleware
