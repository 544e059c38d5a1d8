"""This device: whether it is told of notices, and which others are. The same address for the page and, in JSON, for its script."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required, wants_json
from accounts.queries.sessions import find_login
from core.ratelimit import RateLimited
from notifications.access import DeviceNotFound
from notifications.queries import get_push_key, list_devices
from notifications.services.offers import BadOffer, read_endpoint, read_offer
from notifications.services.subscriptions import Forgotten, NoLogin, drop_device, drop_endpoint, keep_subscription


@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@never_cache
@member_required
def push(request: AuthenticatedRequest) -> HttpResponseBase:
    """GET: the page, or what a script needs to offer a device. PUT: tell this device; with `If-Match: *` only if it was told before.
    DELETE: tell it no more."""
    if request.method == "PUT":
        return _keep(request)
    if request.method == "DELETE":
        return _drop(request)
    return _tell_script(request) if wants_json(request) else _show(request)


def _show(request: AuthenticatedRequest) -> HttpResponse:
    devices = list_devices(user=request.user, session_key=request.session.session_key or "")
    return render(request, "notifications/push.html", {"key": get_push_key(), "devices": devices})


def _tell_script(request: AuthenticatedRequest) -> JsonResponse:
    """Our key, the token that a change needs (a service worker has no page to read it from), and in which log-in this is."""
    login = find_login(user=request.user, session_key=request.session.session_key or "")
    return JsonResponse(
        {"key": get_push_key(), "token": get_token(request), "login": login.public_id if login else "", "user": request.user.public_id}
    )


def _keep(request: AuthenticatedRequest) -> HttpResponse:
    try:
        is_new = keep_subscription(
            user=request.user,
            session_key=request.session.session_key or "",
            offer=read_offer(request.body),
            only_known=request.headers.get("If-Match") == "*",
            now=timezone.now(),
        )
    except BadOffer as error:
        return JsonResponse({"code": error.code}, status=400)
    except Forgotten:
        return JsonResponse({"code": "forgotten"}, status=412)
    except NoLogin:
        return JsonResponse({"code": "no_login"}, status=409)
    except RateLimited:
        return JsonResponse({"code": "rate_limited"}, status=429)
    return HttpResponse(status=201 if is_new else 204)


def _drop(request: AuthenticatedRequest) -> HttpResponse:
    try:
        drop_endpoint(user=request.user, digest=read_endpoint(request.body))
    except BadOffer as error:
        return JsonResponse({"code": error.code}, status=400)
    return HttpResponse(status=204)


@require_POST
@member_required
def remove(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Take a device off the list."""
    try:
        drop_device(user=request.user, public_id=public_id)
    except DeviceNotFound as error:
        raise Http404 from error
    messages.success(request, _("Cet appareil ne reçoit plus de notifications."))
    return redirect("notifications:push")
