"""« résilier votre contrat » and « renoncer au contrat ici »: in the footer of every page, with or without a log-in, three clicks each.

The first click opens the form, the second shows what was understood and what follows, the third does it. Nothing stands in between.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.queries import find_confirmed_address, find_profile
from billing.access import RequestNotFound, get_contract_request
from billing.forms.contracts import CancelForm, ContractForm, WithdrawForm
from billing.forms.keys import new_key
from billing.forms.orders import wait_words
from billing.queries.subscriptions import find_subscription
from billing.services.cancelling import cancel_contract, preview_cancellation
from billing.services.contracts import Told
from billing.services.withdrawing import NotWithdrawable, WithdrawalTooLate, preview_withdrawal, withdraw
from core.peers import peer_of_request
from core.ratelimit import RateLimited

CONFIRM, EDIT = "confirm", "edit"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """End a contract."""
    form = CancelForm(_data(request), user=_user(request), today=timezone.now().date(), initial=_initial(request))
    if not _goes_on(request, form):
        return _form(request, form, "billing/cancel.html")
    told, now = _told(request, form), timezone.now()
    if request.POST.get("step") == CONFIRM:
        return redirect("billing:contract_request", cancel_contract(told=told, now=now).public_id)
    try:
        ending = preview_cancellation(told=told, now=now)
    except RateLimited as error:
        return _wait(request, form, error, "billing/cancel.html")
    return render(request, "billing/cancel_recap.html", {"form": form, "told": told, "ending": ending})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_order(request: HttpRequest) -> HttpResponse:
    """Withdraw from an order."""
    initial = _initial(request) | ({"reference": request.GET["order"]} if "order" in request.GET else {})
    form = WithdrawForm(_data(request), user=_user(request), initial=initial)
    if not _goes_on(request, form):
        return _form(request, form, "billing/withdraw.html")
    told, now = _told(request, form), timezone.now()
    try:
        if request.POST.get("step") == CONFIRM:
            return redirect("billing:contract_request", withdraw(told=told, now=now).public_id)
        what = preview_withdrawal(told=told, now=now)
    except RateLimited as error:
        return _wait(request, form, error, "billing/withdraw.html")
    except (WithdrawalTooLate, NotWithdrawable) as error:
        form.add_error("reference", _why(error))
        return _form(request, form, "billing/withdraw.html")
    return render(request, "billing/withdraw_recap.html", {"form": form, "told": told, "what": what})


@never_cache
@require_safe
def contract_request(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was received, when, and what follows: the page after the last click, and its own receipt."""
    try:
        found = get_contract_request(public_id=public_id)
    except RequestNotFound as error:
        raise Http404 from error
    return render(request, "billing/contract_request.html", {"found": found})


def _goes_on(request: HttpRequest, form: ContractForm) -> bool:
    """Whether the form is to be acted on; going back to correct it keeps what was typed."""
    return request.method == "POST" and request.POST.get("step") != EDIT and form.is_valid()


def _form(request: HttpRequest, form: ContractForm, template: str) -> HttpResponse:
    wrong = form.is_bound and request.POST.get("step") != EDIT
    return render(request, template, {"form": form}, status=422 if wrong else 200)


def _wait(request: HttpRequest, form: ContractForm, error: RateLimited, template: str) -> HttpResponse:
    form.add_error(None, wait_words(error.retry))
    response = render(request, template, {"form": form}, status=429)
    response["Retry-After"] = str(int(error.retry))
    return response


def _why(error: Exception) -> str:
    if isinstance(error, WithdrawalTooLate):
        text = _("Le délai de rétractation de ce contrat a pris fin le %(day)s. Vous pouvez toujours le résilier.")
        return text % {"day": date_format(error.deadline, "j F Y, H:i")}
    return _("De ce contrat, il n’y a plus rien à rétracter : il l’a déjà été, ou une commande plus récente l’a remplacé.")


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _user(request: HttpRequest) -> User | None:
    """Whoever is logged in; an account that is barred or about to close has its contracts still."""
    return request.user if isinstance(request.user, User) else None


def _initial(request: HttpRequest) -> dict[str, str]:
    """What is known of whoever is logged in, so that three clicks are enough."""
    user = _user(request)
    known = {"client_key": new_key(timezone.now())}
    if user is None:
        return known
    profile, subscription = find_profile(user=user), find_subscription(user=user)
    known |= {"name": profile.pseudonym if profile else "", "email": find_confirmed_address(user=user)}
    return known | ({"reference": subscription.reference} if subscription else {})


def _told(request: HttpRequest, form: ContractForm) -> Told:
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return form.told(language=language, ip=peer_of_request(request).ip)
