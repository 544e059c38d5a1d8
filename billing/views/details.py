"""Billing details: where a payer lives, and for whom they buy."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.decorators import AuthenticatedRequest, member_required
from billing.enums import VatNumberState
from billing.forms.details import DetailsForm
from billing.queries.taxpayers import find_details, find_row, get_tax_country
from billing.services.taxpayers import DetailsInvalid, save_details
from core.ratelimit import RateLimited


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def details(request: AuthenticatedRequest) -> HttpResponse:
    """The form with what was told, and what the register said of the VAT number."""
    told, country = find_details(user=request.user), get_tax_country(user=request.user)
    form = DetailsForm(request.POST if request.method == "POST" else None, told=told, country=country)
    if form.is_valid() and (state := _save(request, form)) is not None:
        _say(request, state)
        return redirect("billing:details")
    status = 429 if form.wait else 422 if form.errors else 200
    return render(request, "billing/details.html", {"form": form, "row": find_row(user=request.user)}, status=status)


def _save(request: AuthenticatedRequest, form: DetailsForm) -> VatNumberState | None:
    """What the register said; None when the form was refused and says why."""
    try:
        return save_details(user=request.user, details=form.details(), now=timezone.now())
    except DetailsInvalid as error:
        form.refuse(error)
    except RateLimited as error:
        form.refuse_pace(error.retry)
    return None


def _say(request: AuthenticatedRequest, state: VatNumberState) -> None:
    if state == VatNumberState.INVALID:
        messages.warning(request, _("C’est noté, mais le registre européen ne connaît pas ce numéro de TVA : la TVA sera facturée."))
    elif state == VatNumberState.UNANSWERED:
        text = _("C’est noté, mais le registre européen ne répond pas. Nous le demandons encore avant un achat ; sans réponse, TVA due.")
        messages.warning(request, text)
    else:
        messages.success(request, _("Vos coordonnées de facturation sont notées. Elles valent pour les prochaines factures."))
