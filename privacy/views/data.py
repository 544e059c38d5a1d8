"""A person's own data: what is held, what they asked and where it stands, and the doors to their rights."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, owner_required, step_up_required
from privacy.access import RequestNotFound, get_request_for_owner
from privacy.enums import RequestKind
from privacy.erasure.links import token_of
from privacy.models import DataRequest
from privacy.queries.archives import can_be_fetched
from privacy.queries.holdings import list_holdings
from privacy.queries.requests import find_restriction, list_own_requests
from privacy.reasons import REASONS
from privacy.services.desk import open_request
from privacy.services.requests import RequestOver, may_withdraw, withdraw_request
from privacy.services.restrictions import NotRestricted, lift_restriction


@never_cache
@require_safe
@owner_required
def data(request: AuthenticatedRequest) -> HttpResponse:
    """The five doors, what is under way with its legal date, what is held in plain words, and what was asked before."""
    asked = list_own_requests(user=request.user)
    context = {
        "open": [one for one in asked if one.is_open],
        "closed": [one for one in asked if not one.is_open],
        "holdings": list_holdings(user=request.user, now=timezone.now()),
        "restriction": find_restriction(user=request.user),
    }
    return render(request, "privacy/data.html", context)


@never_cache
@require_safe
@owner_required
def show_request(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One request: what was asked, until when the law gives us, and the answer with its ground."""
    asked, now = _own(request, public_id), timezone.now()
    reason = REASONS.get(asked.refusal_ground) if not asked.is_open else None
    context = {
        "asked": asked,
        "content": open_request(asked),
        "reason": reason,
        "takeable": may_withdraw(asked, now=now),
        "fresh": "fresh" in request.GET,
        "fetchable": asked.kind == RequestKind.EXPORT and can_be_fetched(request=asked, now=now),
        "token": token_of(asked.public_id) if asked.kind == RequestKind.ERASURE else "",
    }
    return render(request, "privacy/request.html", context)


@require_POST
@owner_required
def withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Take a request back."""
    try:
        withdraw_request(request=_own(request, public_id), now=timezone.now())
    except RequestOver:
        messages.error(request, _("Cette demande ne peut plus être reprise."))
    else:
        messages.success(request, _("Votre demande est reprise."))
    return redirect("privacy:request", public_id)


@require_POST
@owner_required
@step_up_required
def lift(request: AuthenticatedRequest) -> HttpResponse:
    """End a restriction: others see the person again. Somebody who proved a moment ago that it is them."""
    try:
        lift_restriction(user=request.user, now=timezone.now())
    except NotRestricted:
        messages.info(request, _("Rien n’était limité."))
    else:
        messages.success(request, _("La limitation est levée : les autres vous voient de nouveau."))
    return redirect("privacy:data")


def _own(request: AuthenticatedRequest, public_id: str) -> DataRequest:
    try:
        return get_request_for_owner(request.user, public_id)
    except RequestNotFound as error:
        raise Http404 from error
