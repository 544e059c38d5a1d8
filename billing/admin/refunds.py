"""Refunds at the desk: asked for on the page of their payment; agreed to, sent by hand and confirmed on the list of what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_stubs_ext import StrOrPromise

from accounts.models import User
from billing.admin.desk import refuse, render_page
from billing.admin.payments import PAGE, get_payment, show
from billing.forms.refunds import RefundForm
from billing.ledger import InsufficientFunds
from billing.models import Refund
from billing.providers.base import open_text
from billing.queries.payments import find_refund, list_refunds_to_do
from billing.services.refunds import (
    ChannelNotOffered,
    NotRefundable,
    NotYoursToDecide,
    ReferenceTaken,
    ReferenceUnfit,
    RefundsStopped,
    RefundTooLarge,
    WrongRefundState,
    approve_refund,
    confirm_manual_refund,
    record_manual_refund,
    reject_refund,
    request_refund,
    take_back_reference,
)
from core.money import Money, NotAnAmount

LIST = "admin:billing_refunds"
Deed = Callable[[Refund, User, str, datetime], object]


@require_safe
def show_refunds(request: HttpRequest, user: User) -> HttpResponse:
    """What waits for somebody, by what it waits for."""
    lists: dict[str, Any] = dict(list_refunds_to_do())
    for one in lists["to_send"]:  # whoever sends the money has to know where to; of Orange's payers we never learn the number
        one.number = open_text(one.payment, "payer_msisdn")
    return render_page(request, user, "refunds.html", _("Remboursements"), here="refunds", **lists)


@require_POST
def ask_refund(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Ask that money goes back; what was typed stays when it is refused."""
    payment, form = get_payment(public_id), RefundForm(request.POST)
    if not form.is_valid():
        return show(request, user, payment, form, status=422)
    try:
        refund = request_refund(
            payment_id=payment.pk,
            money=Money.parse(form.cleaned_data["amount"], payment.currency),
            reason=form.cleaned_data["reason"],
            channel=form.cleaned_data["channel"] or None,
            note=form.cleaned_data["note"],
            by=user,
            now=timezone.now(),
        )
    except (NotAnAmount, NotRefundable, RefundTooLarge, ChannelNotOffered, InsufficientFunds) as error:
        form.add_error(None if isinstance(error, NotRefundable | ChannelNotOffered) else "amount", str(_REFUSED[type(error)]))
        return show(request, user, payment, form, status=422)
    waits = refund.state == "REQUESTED"
    messages.success(
        request, _("Remboursement demandé. Une autre personne doit donner son accord.") if waits else _("Remboursement en route.")
    )
    return redirect(PAGE, public_id=public_id)


@require_POST
def act(request: HttpRequest, user: User, public_id: str, deed: str) -> HttpResponse:
    """One deed in the life of a refund that waits."""
    refund, typed = find_refund(public_id=public_id), request.POST.get("typed", "").strip()[:120]
    if refund is None or deed not in _DEEDS:
        raise Http404
    run, done = _DEEDS[deed]
    if deed in _SAYS_WHY and not typed:
        return refuse(request, _("Dites pourquoi."), LIST)
    try:
        run(refund, user, typed, timezone.now())
    except tuple(_REFUSED) as refusal:
        return refuse(request, str(_REFUSED[type(refusal)]), LIST)
    messages.success(request, str(done))
    return redirect(LIST)


_SAYS_WHY = ("reject", "deny")
_DEEDS: dict[str, tuple[Deed, StrOrPromise]] = {
    "approve": (lambda refund, by, typed, now: approve_refund(refund_id=refund.pk, by=by, now=now), gettext_lazy("Accord donné.")),
    "reject": (
        lambda refund, by, typed, now: reject_refund(refund_id=refund.pk, by=by, reason=typed, now=now),
        gettext_lazy("Remboursement refusé."),
    ),
    "send": (
        lambda refund, by, typed, now: record_manual_refund(refund_id=refund.pk, by=by, operator_reference=typed, now=now),
        gettext_lazy("Envoi noté. Une autre personne doit le confirmer chez l’opérateur."),
    ),
    "confirm": (
        lambda refund, by, typed, now: confirm_manual_refund(refund_id=refund.pk, by=by, now=now),
        gettext_lazy("Remboursement confirmé et écrit dans le grand livre."),
    ),
    "deny": (
        lambda refund, by, typed, now: take_back_reference(refund_id=refund.pk, by=by, reason=typed, now=now),
        gettext_lazy("Cet envoi n’existe pas chez l’opérateur : le remboursement attend de nouveau."),
    ),
}
_REFUSED: dict[type[Exception], StrOrPromise] = {
    NotAnAmount: gettext_lazy("Écrivez une somme dans la monnaie du paiement, sans plus de décimales qu’elle n’en a."),
    NotRefundable: gettext_lazy("Ce paiement n’a pas été payé : il n’y a rien à rendre."),
    RefundTooLarge: gettext_lazy("Cette somme dépasse ce qui reste à rendre sur ce paiement."),
    ChannelNotOffered: gettext_lazy("Ce prestataire ne rend pas une telle somme lui-même : choisissez l’envoi à la main."),
    InsufficientFunds: gettext_lazy("La personne a déjà dépensé cet argent : le porte-monnaie n’en a plus autant."),
    NotYoursToDecide: gettext_lazy("Une autre personne de l’équipe doit le faire : vous l’avez demandé ou envoyé, ou il vous concerne."),
    WrongRefundState: gettext_lazy("Ce remboursement n’en est plus là : quelqu’un a été plus rapide."),
    RefundsStopped: gettext_lazy("La preuve du grand livre n’est pas juste : rien ne part avant qu’elle le soit."),
    ReferenceUnfit: gettext_lazy("Écrivez la référence de l’opérateur : 4 à 64 lettres, chiffres, points ou tirets."),
    ReferenceTaken: gettext_lazy("Cette référence est déjà celle d’un autre remboursement : un envoi n’en paie pas deux."),
}
