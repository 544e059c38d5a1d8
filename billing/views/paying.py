"""The page of methods: one thing at its price, and how to pay it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.enums import AgeGate
from accounts.queries import is_age_sufficient
from billing.forms.keys import new_key
from billing.forms.paying import MethodForm
from billing.providers.table import NotConfigured
from billing.queries.methods import Method, list_methods
from billing.queries.payables import NotPayable, Payable, get_payable
from billing.services.payments import (
    AmountRefused,
    ClientKeyReused,
    NotBookable,
    NumberMissing,
    PayerNotAdult,
    SubjectOpen,
    SubjectPaid,
    TooManyPrompts,
    create_payment,
)
from billing.services.reach import list_silent
from core.ids import BadClientId


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def pay(request: AuthenticatedRequest, kind: str, ref: str) -> HttpResponse:
    """The choice of a method, and the payment made by it."""
    payable = _get_payable(request, kind, ref)
    methods = list_methods(payable=payable, silent=frozenset(list_silent()))
    if request.method != "POST":
        return _page(request, payable, methods, _fresh_form(methods))
    form = MethodForm(request.POST, methods=methods)
    if not form.is_valid():
        return _page(request, payable, methods, form, status=422)
    return _create(request, payable, methods, form)


def _create(request: AuthenticatedRequest, payable: Payable, methods: list[Method], form: MethodForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        payment = create_payment(
            payer=request.user,
            purpose=payable.purpose,
            subject_key=payable.subject_key,
            money=payable.money,
            provider=given["provider"],
            client_key=given["client_key"],
            msisdn=given.get("msisdn", ""),
            now=timezone.now(),
        )
    except SubjectOpen as held:
        return _to_open(request, held)
    except SubjectPaid:
        messages.info(request, _("C’est déjà payé."))
        return redirect(payable.done)
    except (ClientKeyReused, BadClientId):
        form.add_error(None, _("Ce formulaire a déjà servi avec un autre choix. Vérifiez-le et envoyez-le de nouveau."))
        form.renew_key(new_key(timezone.now()))
        return _page(request, payable, methods, form, status=409)
    except (AmountRefused, NotBookable, NotConfigured, NumberMissing, PayerNotAdult, TooManyPrompts) as refusal:
        form.add_error(None, _words_of(refusal))
        return _page(request, payable, methods, form, status=422)
    return redirect(reverse("billing:payment", args=[payment.public_id]) + "?go=1")


def _to_open(request: AuthenticatedRequest, held: SubjectOpen) -> HttpResponse:
    if held.payment.payer_id != request.user.pk:
        raise Http404
    messages.info(request, _("Un paiement est déjà en cours pour cela. Voici où il en est."))
    return redirect("billing:payment", held.payment.public_id)


def _words_of(refusal: Exception) -> str:
    if isinstance(refusal, PayerNotAdult):
        return _("Seuls les adultes peuvent payer ici. Montrez d’abord votre âge.")
    if isinstance(refusal, TooManyPrompts):
        at = date_format(timezone.localtime(refusal.again_at), "j F, H:i")
        return _("Trop de demandes sont parties vers ce téléphone ou de votre part. Réessayez après le %(at)s (UTC).") % {"at": at}
    if isinstance(refusal, AmountRefused):
        return _("Ce moyen ne prend pas cette somme. Choisissez-en un autre.")
    return _("Ce moyen de paiement n’est plus proposé. Choisissez-en un autre.")


def _get_payable(request: AuthenticatedRequest, kind: str, ref: str) -> Payable:
    try:
        return get_payable(user=request.user, kind=kind, ref=ref, now=timezone.now())
    except NotPayable as error:
        raise Http404 from error


def _fresh_form(methods: list[Method]) -> MethodForm:
    return MethodForm(methods=methods, initial={"client_key": new_key(timezone.now())})


def _page(request: AuthenticatedRequest, payable: Payable, methods: list[Method], form: MethodForm, *, status: int = 200) -> HttpResponse:
    context = {
        "payable": payable,
        "form": form,
        "methods": methods,
        "silent": [method.label for method in methods if not method.answers],
        "can_pay": any(method.answers for method in methods),
        "adult": is_age_sufficient(user=request.user, session=request.session, gate=AgeGate.GENERAL, now=timezone.now()),
        "rings": [method.label for method in methods if method.rings],
    }
    return render(request, "billing/pay.html", context, status=status)
