"""Payments at the desk: the list with its search, and one payment with all that happened to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from billing.admin.desk import render_page
from billing.enums import PaymentState, Provider
from billing.forms.refunds import RefundForm
from billing.models import Payment
from billing.msisdn import mask_msisdn
from billing.providers.base import open_text
from billing.queries.payments import find_for_desk, list_disputes, list_for_desk
from billing.services.payments import settle_payment
from billing.services.refunds import count_left

PAGE = "admin:billing_payment"


@require_safe
def show_payments(request: HttpRequest, user: User) -> HttpResponse:
    """The newest payments, or those that a reference, a state or a provider names."""
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("word", "state", "provider")}
    number = request.GET.get("page", "1")
    page = int(number) if number.isdigit() and 1 <= int(number) <= 10_000 else 1
    found = list_for_desk(page=page, **asked)
    context: dict[str, Any] = {"page": page, "more": found.more, "before": page - 1, "after": page + 1}
    context |= {"states": PaymentState.choices, "providers": Provider.choices, "rows": found.rows, "asked": asked}
    return render_page(request, user, "payments.html", _("Paiements"), here="payments", **context)


@require_safe
def show_payment(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """One payment: what was asked, its story, its events, its refunds and disputes, and the form of a refund."""
    return show(request, user, get_payment(public_id), RefundForm())


@require_POST
def ask(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Ask the provider now."""
    found = settle_payment(payment_id=get_payment(public_id).pk, now=timezone.now())
    messages.info(request, _("Le prestataire a été interrogé. État : %(state)s.") % {"state": found.get_state_display()})
    return redirect(PAGE, public_id=public_id)


@require_safe
def show_disputes(request: HttpRequest, user: User) -> HttpResponse:
    """What banks ask back, the first to be answered first."""
    rows = list_disputes(now=timezone.now())
    return render_page(request, user, "disputes.html", _("Contestations bancaires"), here="disputes", rows=rows)


def show(request: HttpRequest, user: User, found: Payment, form: RefundForm, *, status: int = 200) -> HttpResponse:
    """The page of a payment with a form in whatever state."""
    number = open_text(found, "payer_msisdn")
    context: dict[str, Any] = {
        "payment": found,
        "number": mask_msisdn(number) if number else "",
        "left": count_left(found),
        "form": form,
        "may_ask": found.state in (PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.FAILED, PaymentState.EXPIRED),
    }
    return render_page(request, user, "payment.html", found.our_reference, status=status, here="payments", **context)


def get_payment(public_id: str) -> Payment:
    """The payment of that outward id, for the team."""
    found = find_for_desk(public_id=public_id)
    if found is None:
        raise Http404
    return found
