"""Premium: what is free for ever, what it adds, what it costs; the trial, the coupon, and one's own subscription."""

from __future__ import annotations

from dataclasses import dataclass

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
from billing.services.changes import Change, list_changes, plan_change
from billing.services.coupons import CouponRefused, try_code
from billing.services.quotes import NotNow
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
    user, now = request.user, timezone.now()
    if request.method == "POST":
        return _plan(request, request.POST.get("price", ""))
    found = find_subscription(user=user)
    changes: list[Change] = list_changes(user=user, country=country_of(user=user), now=now) if found else []
    return render(request, "billing/change.html", {"subscription": found, "changes": changes})


def _plan(request: AuthenticatedRequest, price_id: str) -> HttpResponse:
    try:
        begins_at = plan_change(user=request.user, price_id=price_id, now=timezone.now())
    except (LookupError, NotNow):
        messages.error(request, _("Ce changement n’est plus possible. Rien n’a été changé."))
        return redirect("billing:change")
    text = _("C’est noté : votre prochaine période commence le %(day)s à ce prix. Rien n’est à payer aujourd’hui.")
    messages.success(request, text % {"day": date_format(begins_at, "j F Y")})
    return redirect("billing:subscription")


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
