"""The doors at which providers knock: kept, answered, and followed later. Nobody is asked anything here, so the answer is quick."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from billing.enums import Provider
from billing.providers.base import BadSignature
from billing.providers.table import NotConfigured
from billing.services.inbox import MAX_BYTES, UnknownToken, Unreadable, receive_event

logger = logging.getLogger("resaka.billing")
Door = Callable[..., HttpResponse]


class TooBig(Exception):
    """More than any event is."""


def _door(provider: Provider, *methods: str) -> Door:
    """The view at which one provider knocks. The body is read as it came: it is what was signed."""

    @csrf_exempt
    @require_http_methods(methods)
    def knock(request: HttpRequest, callback_token: str = "") -> HttpResponse:
        try:
            raw = _read(request)
            receive_event(provider=provider, raw=raw, headers=request.headers, path=request.path, token=callback_token, now=timezone.now())
        except TooBig:
            return HttpResponse(status=413)
        except (NotConfigured, UnknownToken):
            return HttpResponse(status=404)
        except (BadSignature, Unreadable) as error:
            logger.warning("event refused", extra={"fields": {"provider": provider.value, "why": type(error).__name__}})
            return HttpResponse(status=400)
        return HttpResponse(status=200)

    return knock


def _read(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BYTES:
        raise TooBig
    try:
        raw = request.body
    except (RequestDataTooBig, RawPostDataException) as error:
        raise TooBig from error
    if len(raw) > MAX_BYTES:
        raise TooBig
    return raw


stripe = _door(Provider.STRIPE, "POST")
paypal = _door(Provider.PAYPAL, "POST")
airtel = _door(Provider.AIRTEL, "POST")
orange = _door(Provider.ORANGE, "POST")
mvola = _door(Provider.MVOLA, "POST", "PUT")  # its document says PUT
