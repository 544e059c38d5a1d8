"""Headers that Django does not set itself."""

from __future__ import annotations

from collections.abc import Callable

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy

_POLICY = "camera=(self), microphone=(self), geolocation=(), browsing-topics=()"


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
