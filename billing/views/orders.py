"""The order: a recap with everything that it obliges to, the button that says so, and then the page of ways to pay."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.enums import DocumentType
from accounts.queries import find_document
from billing.access import OrderNotFound, get_order_for_buyer
from billing.deadlines import last_day_of, withdrawal_deadline
from billing.forms.keys import new_key
from billing.forms.orders import CLOSED, REFUSED, OrderForm, sign_quote, words_for
from billing.models import PlanOrder, Price
from billing.queries.orders import title_of
from billing.queries.plans import PriceNotFound, country_of, get_price
from billing.services.coupons import CouponRefused
from billing.services.orders import NotAdult, order_plan
from billing.services.quotes import Quote, make_quote
from billing.services.taxpayers import refresh_company
from billing.services.withdrawing import is_withdrawable
from billing.views.plans import COUPON


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def order(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Read what one orders, and order it. With `?renews=1` a provider renews it until it is stopped."""
    try:
        price = get_price(public_id=public_id)
    except PriceNotFound as error:
        raise Http404 from error
    form = OrderForm(request.POST if request.method == "POST" else None, initial={"client_key": new_key(timezone.now())})
    try:
        placed = _place(request, price, form) if form.is_valid() else None
        return _next(request, placed) if placed is not None else _recap(request, price, form)
    except CLOSED as error:
        context = {"price": price, "why": words_for(error), "show_age": isinstance(error, NotAdult)}
        return render(request, "billing/closed.html", context, status=409)


def _place(request: AuthenticatedRequest, price: Price, form: OrderForm) -> PlanOrder | None:
    now = timezone.now()
    wish = form.wish(
        price=price,
        renews=_renews(request),
        coupon_code=request.session.get(COUPON, ""),
        country=country_of(user=request.user),
        language=(get_language() or settings.LANGUAGE_CODE)[:2],
        now=now,
    )
    try:
        return order_plan(user=request.user, wish=wish, client_key=form.cleaned_data["client_key"], now=now)
    except REFUSED as error:
        form.add_error(None, words_for(error))
    return None


def _next(request: AuthenticatedRequest, placed: PlanOrder) -> HttpResponse:
    request.session.pop(COUPON, None)
    return redirect("billing:pay", "plan", placed.public_id) if placed.amount_minor else redirect("billing:subscription")


def _recap(request: AuthenticatedRequest, price: Price, form: OrderForm) -> HttpResponse:
    now = timezone.now()
    refresh_company(payer=request.user, now=now)
    quote, refusal = _quote(request, price)
    data = {"shown": sign_quote(quote, now=now), "client_key": new_key(now)}
    context: dict[str, Any] = {
        "form": form,
        "quote": quote,
        "hidden": data,
        "refusal": refusal,
        "country": country_of(user=request.user),
        "terms": find_document(doc_type=DocumentType.SALES, language=(get_language() or "")[:2], now=now),
        "begins_late": quote.deadline,
        "last_day": last_day_of(quote.deadline),
    }
    return render(request, "billing/order.html", context, status=422 if form.errors else 200)


def _quote(request: AuthenticatedRequest, price: Price) -> tuple[Quote, str]:
    """The quote with the code of the session; one that does not count any more is let go of, and why is said."""
    now, country = timezone.now(), country_of(user=request.user)
    code = request.session.get(COUPON, "")
    try:
        return make_quote(user=request.user, price=price, coupon_code=code, renews=_renews(request), country=country, now=now), ""
    except CouponRefused as error:
        request.session.pop(COUPON, None)
        return make_quote(user=request.user, price=price, renews=_renews(request), country=country, now=now), words_for(error)


def _renews(request: AuthenticatedRequest) -> bool:
    return request.GET.get("renews") == "1"


@never_cache
@require_safe
@member_required
def plan_order(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One order as it was made: what, how much, under which conditions, and until when one may withdraw."""
    try:
        found = get_order_for_buyer(user=request.user, public_id=public_id)
    except OrderNotFound as error:
        raise Http404 from error
    now = timezone.now()
    context = {
        "order": found,
        "title": title_of(found),
        "withdrawable": is_withdrawable(found, now=now),
        "last_day": last_day_of(withdrawal_deadline(found.ordered_at)),
    }
    return render(request, "billing/plan_order.html", context)
