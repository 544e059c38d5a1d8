"""The page of one payment, whatever its state; freeing what waits; the list of one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from billing.access import PaymentNotFound, get_payment_for_payer
from billing.enums import PaymentState, Purpose
from billing.models import Payment
from billing.msisdn import mask_msisdn
from billing.providers.base import open_text
from billing.queries.payables import find_address
from billing.queries.payments import list_payments
from billing.services.payments import NotReleasable, TooEarlyToRelease, release_subject, when_releasable
from billing.views.failures import words_of_failure

_STEPS = {PaymentState.CREATED: "sending", PaymentState.SUBMITTED: "sending", PaymentState.PENDING: "waiting"}
# Where somebody goes on when it is paid.
_AFTER: dict[str, str] = {Purpose.SUBSCRIPTION: "billing:subscription", Purpose.WALLET_TOPUP: "billing:wallet"}


@never_cache
@require_safe
@member_required
def payment(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Where a payment stands. With `?go=1`, straight from the form, on to the provider's page as soon as there is one."""
    found = _get(request, public_id)
    url = open_text(found, "redirect_url") if found.state == PaymentState.PENDING else ""
    context = {**_context(found), "url": url, "goes": bool(url) and request.GET.get("go") == "1"}
    answer = render(request, "billing/payment.html", context)
    if context["goes"]:
        # no redirect: `form-action` of Chromium would block one to another host after a form
        answer["Refresh"] = f"0;url={url}"
    return answer


def _context(found: Payment) -> dict[str, Any]:
    ready_at, number = when_releasable(found), open_text(found, "payer_msisdn")
    address = find_address(found) if found.state in (PaymentState.FAILED, PaymentState.EXPIRED) or found.open_key is None else None
    return {
        "payment": found,
        "step": _STEPS.get(PaymentState(found.state), found.state.lower()),
        "number": mask_msisdn(number) if number else "",
        "releasable": ready_at is not None and timezone.now() >= ready_at,
        "release_at": ready_at,
        "failure": words_of_failure(found),
        "again": reverse("billing:pay", args=address) if address else "",
        "after": reverse(_AFTER[found.purpose]) if found.purpose in _AFTER else "",
        "refunds": list(found.refunds.order_by("pk")),
    }


@never_cache
@require_safe
@member_required
def status(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The state alone, for the page that waits."""
    return JsonResponse({"state": _get(request, public_id).state})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def release(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What it means to pay another way while nobody knows, and the button that does it."""
    found = _get(request, public_id)
    if request.method != "POST":
        return render(request, "billing/release.html", _context(found))
    try:
        release_subject(payment_id=found.pk, payer=request.user, now=timezone.now())
    except TooEarlyToRelease as early:
        at = date_format(timezone.localtime(early.at), "H:i")
        messages.warning(request, _("La réponse peut encore venir. Vous pourrez payer autrement à partir de %(at)s (UTC).") % {"at": at})
    except NotReleasable:
        messages.info(request, _("Ce paiement n’attend plus. Voici où il en est."))
    else:
        messages.success(request, _("Vous pouvez payer par un autre moyen. Si les deux aboutissent, le second vous est rendu."))
    return redirect("billing:payment", public_id)


@require_safe
@member_required
def payments(request: AuthenticatedRequest) -> HttpResponse:
    """All payments of this person, the newest first."""
    number = request.GET.get("page", "1")
    page = int(number) if number.isdigit() and 1 <= int(number) <= 10_000 else 1
    found = list_payments(payer=request.user, page=page)
    context = {"rows": found.rows, "more": found.more, "page": page, "before": page - 1, "after": page + 1}
    return render(request, "billing/payments.html", context)


def _get(request: AuthenticatedRequest, public_id: str) -> Payment:
    try:
        return get_payment_for_payer(request.user, public_id)
    except PaymentNotFound as error:
        raise Http404 from error
