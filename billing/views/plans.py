"""Premium: what is free for ever, what it adds, what it costs; the trial, the coupon, and one's own subscription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.models import User
from billing.forms.orders import CouponForm, coupon_words, wait_words
from billing.freemium import FREE_FOR_EVER, NEVER_SOLD
from billing.models import Price
from billing.queries.orders import find_open_order, list_orders, list_renewing
from billing.queries.plans import choose_currency, country_of, list_currencies, list_prices
from billing.queries.subscriptions import find_last_subscription, find_subscription
from billing.queries.vat import VatSplit
from billing.services.changes import drop_change, list_changes, plan_change
from billing.services.coupons import CouponRefused, try_code
from billing.services.quotes import NotNow
from billing.services.reach import NotReached
from billing.services.trials import NoTrial, find_trial_end, may_try, start_trial
from billing.services.vat import split_vat
from billing.services.withdrawing import is_withdrawable
from billing.views.wording import compare_lines
from core.ratelimit import RateLimited

COUPON = "coupon"  # the code that the person typed, kept in their session until they order


@dataclass(frozen=True, slots=True)
class Offer:
    """One price with the VAT that is in it."""

    price: Price
    vat: VatSplit


@require_safe
def premium(request: HttpRequest) -> HttpResponse:
    """What is free for ever and what Premium adds, side by side, with the whole price beside each button."""
    user = request.user if isinstance(request.user, User) and request.user.is_member else None
    now = timezone.now()
    currency = choose_currency(user=user, wanted=request.GET.get("currency", ""))
    country = country_of(user=user)
    offers = [
        Offer(price, split_vat(price.money, country=country, kind=price.tax, on=now.date())) for price in list_prices(currency=currency)
    ]
    context = {
        "offers": offers,
        "currency": currency,
        "currencies": list_currencies(),
        "renewing": bool(list_renewing(currency=currency)),
        "lines": compare_lines(),
        "free": [one.name for one in FREE_FOR_EVER.values() if one.built],
        "free_later": [one.name for one in FREE_FOR_EVER.values() if not one.built],
        "never": NEVER_SOLD,
        "may_try": user is not None and may_try(user=user),
        "subscription": find_subscription(user=user) if user else None,
        "is_member": user is not None,
    }
    return render(request, "billing/premium.html", context)


@require_POST
@member_required
def trial(request: AuthenticatedRequest) -> HttpResponse:
    """Begin the one trial."""
    try:
        ends_at = start_trial(user=request.user, now=timezone.now())
    except NoTrial:
        messages.info(request, _("Vous avez déjà essayé Premium, ou déjà payé pour l’avoir."))
        return redirect("billing:premium")
    text = _("Votre essai a commencé. Il se termine de lui-même le %(day)s, sans rien à payer.")
    messages.success(request, text % {"day": date_format(ends_at, "j F Y")})
    return redirect("billing:subscription")


@require_safe
@member_required
def subscription(request: AuthenticatedRequest) -> HttpResponse:
    """One's own subscription: until when, what to do with it, and everything that was ordered."""
    user, now = request.user, timezone.now()
    found = find_subscription(user=user)
    orders = list_orders(user=user)
    context = {
        "subscription": found,
        "ended": None if found else find_last_subscription(user=user),
        "trial_ends": find_trial_end(user_id=user.pk, now=now),
        "may_try": may_try(user=user),
        "orders": orders,
        "withdrawable": [order for order in orders if is_withdrawable(order, now=now)],
        "open_order": find_open_order(user=user, now=now),
        "now": now,
    }
    return render(request, "billing/subscription.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: AuthenticatedRequest) -> HttpResponse:
    """Another interval: what each would cost today and when it would begin; one that costs nothing now is chosen here."""
    if request.method == "POST":
        return _decide(request)
    user = request.user
    context: dict[str, Any] = {"subscription": find_subscription(user=user)}
    try:
        context["changes"] = list_changes(user=user, country=country_of(user=user), now=timezone.now())
    except NotReached:
        context["silent"] = True
    return render(request, "billing/change.html", context, status=503 if "silent" in context else 200)


def _decide(request: AuthenticatedRequest) -> HttpResponse:
    """Another price for the next period, or the one of today after all."""
    try:
        words = _drop(request.user) if "keep" in request.POST else _plan(request.user, request.POST.get("price", ""))
    except NotReached:
        messages.warning(request, _("Stripe ne répond pas en ce moment. Rien n’a été changé. Réessayez dans quelques minutes."))
        return redirect("billing:change")
    except (LookupError, NotNow):
        messages.error(request, _("Ce changement n’est plus possible. Rien n’a été changé."))
        return redirect("billing:change")
    messages.success(request, words)
    return redirect("billing:subscription")


def _plan(user: User, price_id: str) -> str:
    begins_at = plan_change(user=user, price_id=price_id, now=timezone.now())
    text = _("C’est noté : votre prochaine période commence le %(day)s à ce prix. Rien n’est à payer aujourd’hui.")
    return text % {"day": date_format(begins_at, "j F Y")}


def _drop(user: User) -> str:
    drop_change(user=user, now=timezone.now())
    return _("C’est noté : votre abonnement garde la durée d’aujourd’hui.")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def coupon(request: AuthenticatedRequest) -> HttpResponse:
    """Type a code; one that counts is kept for the order that follows."""
    form = CouponForm(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        try:
            found = try_code(user=request.user, code=form.cleaned_data["code"], now=timezone.now())
        except CouponRefused as error:
            form.add_error("code", coupon_words(error.why))
        except RateLimited as error:
            form.add_error("code", wait_words(error.retry))
            wait = int(error.retry)
        else:
            request.session[COUPON] = found.code
            messages.success(request, _("Ce code est noté. La remise s’affiche avant que vous commandiez."))
            return redirect("billing:premium")
    response = render(request, "billing/coupon.html", {"form": form}, status=429 if wait else 422 if form.errors else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return response
