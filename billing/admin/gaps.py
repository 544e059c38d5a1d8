"""The three lists of the reconciliation on one page, and the page on which one entry ends."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from billing.admin.desk import render_page
from billing.enums import GapKind
from billing.forms.reconciliation import NoteForm, RefundForm, SettleForm
from billing.models import Gap
from billing.queries.reconciliation import find_gap, list_ended_gaps, list_open_gaps
from billing.services.reconciliation.ending import (
    NoteMissing,
    NothingToRefund,
    NotTheSame,
    PaymentUnknown,
    StillDiffers,
    note_gap,
    refund_gap,
    settle_gap,
)
from billing.services.reconciliation.gaps import GapOver
from billing.services.refunds import NotRefundable, RefundTooLarge

LIST = "admin:billing_gaps"
_REFUSALS = (NoteMissing, NothingToRefund, NotTheSame, PaymentUnknown, StillDiffers, GapOver, NotRefundable, RefundTooLarge)
DIFFERENCES = {
    "AMOUNT": gettext_lazy("le montant"),
    "CURRENCY": gettext_lazy("la monnaie"),
    "STATE": gettext_lazy("l’état"),
    "TWICE": gettext_lazy("compté deux fois chez eux"),
}


@require_safe
def show_gaps(request: HttpRequest, user: User) -> HttpResponse:
    """What is ours only, theirs only and different, the oldest first; below it what ended last."""
    lists = [(kind, kind.label, _rows(entries)) for kind, entries in list_open_gaps().items()]
    return render_page(request, user, "gaps.html", _("Écarts"), here="gaps", lists=lists, ended=list_ended_gaps())


@require_safe
def show_gap(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """One entry, and the three ways to end it."""
    return _page(request, user, _find(public_id))


@require_POST
def end(request: HttpRequest, user: User, public_id: str, way: str) -> HttpResponse:
    """End an entry by one of the ways; what was typed stays when it is refused."""
    gap = _find(public_id)
    form = _forms(gap, request).get(way)
    if form is None:
        raise Http404
    if form.is_valid():
        try:
            _do(way, gap, form.cleaned_data, user)
        except _REFUSALS as error:
            form.add_error(None, _words_of(error))
        else:
            messages.success(request, _("L’écart est clos sous votre nom."))
            return redirect(LIST)
    return _page(request, user, _find(public_id), status=422, **{way: form})


def _do(way: str, gap: Gap, data: dict[str, Any], user: User) -> None:
    now = timezone.now()
    if way == "settle":
        settle_gap(gap=gap, reference=data["reference"], note=data["note"], by=user, now=now)
    elif way == "refund":
        refund_gap(gap=gap, money=data["amount"], reason=data["reason"], note=data["note"], by=user, now=now)
    else:
        note_gap(gap=gap, note=data["note"], by=user, now=now)


def _forms(gap: Gap, request: HttpRequest | None = None) -> dict[str, Form]:
    """The ways that this entry may end: a line of theirs may be settled, a payment of ours may be paid back, all may be explained."""
    data = request.POST if request is not None else None
    forms: dict[str, Form] = {"note": NoteForm(data, prefix="note")}
    if gap.line is not None:
        forms["settle"] = SettleForm(data, prefix="settle")
    if gap.payment is not None:
        initial = {"amount": gap.payment.money.plain}
        forms["refund"] = RefundForm(data, prefix="refund", currency=gap.payment.currency, initial=initial)
    return forms


def _page(request: HttpRequest, user: User, gap: Gap, *, status: int = 200, **given: Form) -> HttpResponse:
    forms = {**_forms(gap), **given} if gap.is_open else {}
    unknown = gap.kind == GapKind.THEIRS_ONLY
    return render_page(
        request,
        user,
        "gap.html",
        str(GapKind(gap.kind).label),
        status=status,
        here="gaps",
        gap=gap,
        forms=forms,
        differences=_say(gap),
        asks_reference=unknown,
    )


def _rows(entries: list[Gap]) -> list[tuple[Gap, str]]:
    return [(gap, _say(gap)) for gap in entries]


def _say(gap: Gap) -> str:
    return ", ".join(str(DIFFERENCES.get(code, code)) for code in gap.differences)


def _find(public_id: str) -> Gap:
    found = find_gap(public_id=public_id)
    if found is None:
        raise Http404
    return found


def _words_of(error: Exception) -> str:
    if isinstance(error, PaymentUnknown):
        return _("Aucun paiement de ce prestataire n’a cette référence.")
    if isinstance(error, NotTheSame):
        return _("Ce paiement a un autre montant, ou une autre ligne est déjà la sienne.")
    if isinstance(error, StillDiffers):
        return _("Le prestataire et nos livres ne s’accordent toujours pas. Rien n’est changé.")
    if isinstance(error, NoteMissing):
        return _("Dites pourquoi, en quelques mots.")
    if isinstance(error, RefundTooLarge):
        return _("Il ne reste pas tant à rembourser de ce paiement.")
    if isinstance(error, (NotRefundable, NothingToRefund)):
        return _("Rien n’a été payé chez nous, donc rien ne peut être remboursé par cette voie.")
    return _("Cet écart est déjà clos.")
