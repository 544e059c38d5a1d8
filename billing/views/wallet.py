"""The pages of a wallet: what is in it, putting in, limits, what moved, and its way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from billing.access import SpendNotFound, get_spend_for_payer
from billing.forms.keys import new_key
from billing.forms.wallet import LimitForm, PauseForm, TopUpForm
from billing.models import Wallet
from billing.queries.credits import LIMITS, are_tips_open, is_wallet_open, may_use_credit
from billing.queries.spends import make_spend_receipt
from billing.queries.topups import list_unspent
from billing.queries.wallet import FILTERS, find_wallet, list_history, read_history, view_wallet
from billing.services.giveback import give_back
from billing.services.selflimits import pause_spending, set_daily_limit
from billing.services.topups import start_top_up
from billing.services.wallets import WalletError
from billing.views.walletlines import LINE_HEAD, as_object, as_row, build_lines
from core.streaming import stream_csv, stream_json

_P = ParamSpec("_P")


def wallet_page(
    view: Callable[Concatenate[AuthenticatedRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """A page of a member's own wallet: never kept by a browser, and not there where wallets are closed, but for those who have one."""

    @wraps(view)
    def wrapped(request: AuthenticatedRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if not is_wallet_open(request.user) and find_wallet(user=request.user).pk is None:
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(member_required(wrapped))


@require_safe
@wallet_page
def wallet(request: AuthenticatedRequest) -> HttpResponse:
    """The balance, what was given and when it ends, and the last movements."""
    now = timezone.now()
    context = {
        "wallet": view_wallet(user=request.user, now=now),
        "lines": build_lines(list_history(user=request.user).lines[:5]),
        "unspent": list_unspent(user=request.user, now=now),
        "may_use": may_use_credit(user=request.user, now=now),
        "is_open": is_wallet_open(request.user),
        "tips_open": are_tips_open(request.user),
    }
    return render(request, "billing/wallet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@wallet_page
def topup(request: AuthenticatedRequest) -> HttpResponse:
    """How much to put in; the way to pay comes after."""
    own = find_wallet(user=request.user)
    form = TopUpForm(request.POST if request.method == "POST" else None, currency=own.currency)
    if form.is_valid():
        try:
            order = start_top_up(
                user=request.user, money=form.cleaned_data["amount"], client_key=form.cleaned_data["cid"], now=timezone.now()
            )
            return redirect("billing:pay", "topup", order.public_id)
        except WalletError as error:
            form.add_error("amount", error.words)
    context = {
        "form": form,
        "cid": new_key(timezone.now()),
        "limits": LIMITS[own.currency],
        "may_use": may_use_credit(user=request.user, now=timezone.now()),
    }
    return render(request, "billing/wallet_topup.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@wallet_page
def limits(request: AuthenticatedRequest) -> HttpResponse:
    """How much may be spent in 24 hours: less from now on, more from tomorrow on."""
    own = find_wallet(user=request.user)
    form = LimitForm(request.POST if request.method == "POST" else None, currency=own.currency)
    if form.is_valid():
        try:
            changed = set_daily_limit(user=request.user, money=form.cleaned_data["limit"], now=timezone.now())
            messages.success(request, _said_of_limit(changed))
            return redirect("billing:wallet_limits")
        except WalletError as error:
            form.add_error("limit", error.words)
    return _limits_page(request, own, limit_form=form)


@require_POST
@wallet_page
def pause(request: AuthenticatedRequest) -> HttpResponse:
    """Take a break from spending."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _limits_page(request, find_wallet(user=request.user), pause_form=form)
    pause_spending(user=request.user, days=form.cleaned_data["days"], now=timezone.now())
    messages.success(request, _("Vos dépenses sont en pause. Vos crédits restent là, et ceux qui peuvent être remboursés le restent."))
    return redirect("billing:wallet_limits")


@require_safe
@wallet_page
def history(request: AuthenticatedRequest) -> HttpResponse:
    """Everything that moved, 25 lines a page."""
    only, before = _only(request), _number(request.GET.get("before", ""))
    page = list_history(user=request.user, only=only, before=before)
    context = {"lines": build_lines(page.lines), "before": page.before, "only": only, "is_first": before is None}
    return render(request, "billing/wallet_history.html", context)


@require_safe
@wallet_page
def history_csv(request: AuthenticatedRequest) -> HttpResponseBase:
    """The same as a table to keep."""
    lines = read_history(user=request.user, only=_only(request))
    return stream_csv(request, name="resaka-wallet", head=LINE_HEAD, rows=map(as_row, lines))


@require_safe
@wallet_page
def history_json(request: AuthenticatedRequest) -> HttpResponseBase:
    """The same for programs."""
    return stream_json(request, name="resaka-wallet", rows=map(as_object, read_history(user=request.user, only=_only(request))))


@require_http_methods(["GET", "HEAD", "POST"])
@wallet_page
def refund(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What is unspent of a top-up goes back: said first, done after a click."""
    if request.method == "POST":
        return _give_back(request, public_id)
    unspent = next((one for one in list_unspent(user=request.user, now=timezone.now()) if one.payment.public_id == public_id), None)
    if unspent is None:
        raise Http404
    return render(request, "billing/wallet_refund.html", {"unspent": unspent})


@require_safe
@wallet_page
def spend(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The receipt of what was paid out of the wallet."""
    try:
        found = get_spend_for_payer(user=request.user, public_id=public_id)
    except SpendNotFound as error:
        raise Http404 from error
    return render(request, "billing/wallet_receipt.html", {"receipt": make_spend_receipt(spend=found)})


def _give_back(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    try:
        give_back(user=request.user, payment_public_id=public_id, now=timezone.now())
        messages.success(request, _("C’est demandé. L’argent revient par le moyen de paiement que vous aviez choisi."))
    except WalletError as error:
        messages.error(request, str(error.words))
    return redirect("billing:wallet")


def _limits_page(
    request: AuthenticatedRequest, own: Wallet, *, limit_form: LimitForm | None = None, pause_form: PauseForm | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "wallet": view_wallet(user=request.user, now=timezone.now()),
        "limits": LIMITS[own.currency],
        "limit_form": limit_form or LimitForm(currency=own.currency),
        "pause_form": pause_form or PauseForm(),
    }
    wrong = any(form.errors for form in (context["limit_form"], context["pause_form"]))
    context["form"] = pause_form if pause_form is not None else context["limit_form"]
    return render(request, "billing/wallet_limits.html", context, status=422 if wrong else 200)


def _said_of_limit(changed: Wallet) -> str:
    if changed.next_limit_at is None:
        return _("Votre nouveau plafond vaut tout de suite.")
    return _("Votre plafond plus haut vaudra dans 24 heures. Jusque-là, l’ancien vaut.")


def _only(request: HttpRequest) -> str:
    wanted = request.GET.get("only", "")
    return wanted if wanted in FILTERS else ""


def _number(text: str) -> int | None:
    """A whole number of the query string; anything else counts as absent."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
