"""Rates of VAT at the desk: what counts and where it was read, a form to propose one, and the second person's word."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_stubs_ext import StrOrPromise

from accounts.models import User
from billing.admin.desk import refuse, render_page
from billing.forms.vat import RateForm
from billing.queries.vatrates import find_proposal, list_decided_rates, list_rates, list_unchecked, list_waiting_rates
from billing.services.vatrates import NotYoursToSet, ProposalOpen, ProposalOver, agree_to_rate, propose_rate, refuse_rate

LIST = "admin:billing_vat"
_REFUSED: dict[type[Exception], StrOrPromise] = {
    NotYoursToSet: gettext_lazy("Une autre personne de l’équipe doit le faire : vous l’avez proposé."),
    ProposalOver: gettext_lazy("Cette proposition est déjà décidée : quelqu’un a été plus rapide."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def show_rates(request: HttpRequest, user: User) -> HttpResponse:
    """All rates, and the form by which one is proposed; what was typed stays when it is refused."""
    today = timezone.now().date()
    form = RateForm(request.POST if request.method == "POST" else None, today=today, initial={"checked_on": today})
    if form.is_valid():
        try:
            propose_rate(rate=form.rate_read(), by=user, now=timezone.now())
        except ProposalOpen:
            form.add_error(None, _("Ce taux est déjà proposé et attend une seconde personne."))
        else:
            messages.success(request, _("Taux proposé. Il vaudra quand une autre personne de l’équipe l’aura confirmé."))
            return redirect(LIST)
    rates = list_rates(on=today)
    context = {"rates": rates, "unchecked": list_unchecked(rates), "waiting": list_waiting_rates(), "decided": list_decided_rates()}
    status = 422 if form.errors else 200
    return render_page(request, user, "vat.html", _("Taux de TVA"), status=status, here="vat", form=form, **context)


@require_POST
def act(request: HttpRequest, user: User, public_id: str, deed: str) -> HttpResponse:
    """The second person's word on a proposal."""
    proposal, why = find_proposal(public_id=public_id), request.POST.get("why", "").strip()[:300]
    if proposal is None or deed not in ("agree", "refuse"):
        raise Http404
    if deed == "refuse" and not why:
        return refuse(request, _("Dites pourquoi."), LIST)
    try:
        if deed == "agree":
            agree_to_rate(proposal_id=proposal.pk, by=user, now=timezone.now())
        else:
            refuse_rate(proposal_id=proposal.pk, by=user, reason=why, now=timezone.now())
    except (NotYoursToSet, ProposalOver) as refusal:
        return refuse(request, str(_REFUSED[type(refusal)]), LIST)
    messages.success(request, _("Le taux vaut.") if deed == "agree" else _("Proposition écartée."))
    return redirect(LIST)
