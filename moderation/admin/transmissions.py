"""Telling authorities of the abuse of children: what waits, the files of one case, and the buttons from agreement to confirmation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from core.sealing import SealingError
from moderation.admin.claiming import open_case
from moderation.admin.desk import Page, refuse, render_page
from moderation.enums import ApprovalKind, Hotline
from moderation.models import Case, StaffProfile, Transmission
from moderation.queries.requests import list_open_approvals
from moderation.queries.transmissions import find_transmission, list_pending_transmissions, list_transmissions, list_untold_cases
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove, ask_approval
from moderation.services.evidence import EvidenceDamaged
from moderation.services.transmissions import (
    AnotherMustConfirm,
    NotForYou,
    NotThen,
    ReceiptMissing,
    TransmissionOver,
    WrongMoment,
    confirm_transmission,
    fetch_transmission,
    make_transmission,
    mark_transmitted,
)

PAGE, LIST = "admin:moderation_case_transmissions", "admin:moderation_transmissions"
_KIND = ApprovalKind.TRANSMIT_CHILD_ABUSE

REFUSALS: dict[type[Exception], StrOrPromise] = {
    NotForYou: gettext_lazy("Ce dossier n’est pas à transmettre, ou il vous concerne."),
    NotApproved: gettext_lazy(
        "Il faut d’abord l’accord d’une seconde personne de la protection de l’enfance, donné depuis moins de 24 heures."
    ),
    NotYoursToApprove: gettext_lazy("Ce dossier concerne l’une des deux personnes qui ont donné leur accord."),
    ApprovalReasonMissing: gettext_lazy("Dites pourquoi vous demandez cet accord."),
    EvidenceDamaged: gettext_lazy("Une preuve de ce dossier ne s’ouvre plus. Rien n’a été préparé."),
    SealingError: gettext_lazy("Ce fichier ne s’ouvre plus : il a été déplacé ou modifié."),
    ReceiptMissing: gettext_lazy("Écrivez ce que l’autorité a répondu : sa référence, ou ses mots."),
    NotThen: gettext_lazy("L’heure d’envoi est après la préparation du fichier et avant maintenant (UTC)."),
    WrongMoment: gettext_lazy("C’est déjà noté, ou ce n’est pas encore le moment. Voici l’état actuel."),
    AnotherMustConfirm: gettext_lazy("Vous avez noté l’envoi : une autre personne note la confirmation, car les preuves partent ensuite."),
    TransmissionOver: gettext_lazy("Ce fichier est détruit. Son empreinte et l’accusé de réception restent."),
}


class SentForm(forms.Form):
    """When it was sent, and the receipt."""

    transmitted_at = forms.DateTimeField(
        label=gettext_lazy("Transmise le (UTC)"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    words = forms.CharField(label=gettext_lazy("Référence ou accusé de réception"), max_length=200)


def show_transmissions(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """Of what no authority was told yet, and what waits for a receipt or a confirmation."""
    lists: dict[str, Any] = {"cases": list_untold_cases(staff=staff), "rows": list_pending_transmissions(staff=staff)}
    return render_page(request, staff, "transmissions.html", _("Autorités, enfance"), here="transmissions", **lists)


def show_case_transmissions(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """The files of one case, the agreements that are open, and what can be done next."""
    case, now = _case(staff, public_id), timezone.now()
    return render_page(
        request,
        staff,
        "case_transmissions.html",
        _("Signaler le dossier %(ref)s aux autorités") % {"ref": public_id},
        now=now,
        here="transmissions",
        case=case,
        rows=list_transmissions(case=case),
        approvals=list_open_approvals(kind=_KIND, object_refs=[public_id], now=now),
        hotlines=Hotline.choices,
        sent=SentForm(initial={"transmitted_at": now}),
    )


@require_POST
def ask(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Ask a second person to agree."""
    case, now, why = _case(staff, public_id), timezone.now(), request.POST.get("reason", "")
    done = _("Accord demandé. Une autre personne le verra sur la page « Accords à deux ».")
    return _do(request, case, lambda: ask_approval(kind=_KIND, object_ref=case.public_id, by=staff, reason=why, now=now), done)


@require_POST
def make(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Compose the file."""
    case, now, hotline = _case(staff, public_id), timezone.now(), request.POST.get("hotline", "")
    if hotline not in Hotline.values:
        raise Http404
    done = _("Le fichier est préparé. Remettez-le, puis notez l’accusé de réception.")
    return _do(request, case, lambda: make_transmission(case=case, hotline=Hotline(hotline), by=staff, now=now), done)


def _fetch(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    found = _transmission(staff, public_id)
    try:
        data = fetch_transmission(transmission=found, by=staff, now=timezone.now())
    except (NotForYou, TransmissionOver, SealingError) as error:
        return refuse(request, _words_of(error), PAGE, public_id=found.case.public_id)
    answer = HttpResponse(data, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="resaka-{found.hotline.lower()}-{public_id}.json"'
    return answer


# The file, each time noted; asked for with the password typed anew.
fetch: Page = require_POST(reauthentication_required(_fetch))


@require_POST
def act(request: HttpRequest, staff: StaffProfile, public_id: str, deed: str) -> HttpResponse:
    """Note that it was sent, or that the authority has what it needs."""
    found = _transmission(staff, public_id)
    if deed not in DEEDS:
        raise Http404
    run, done = DEEDS[deed]
    return _do(request, found.case, lambda: run(found, staff, request, timezone.now()), str(done))


def _mark(found: Transmission, staff: StaffProfile, request: HttpRequest, now: datetime) -> None:
    form = SentForm(request.POST)
    if not form.is_valid():
        raise NotThen if "transmitted_at" in form.errors else ReceiptMissing
    words, at = form.cleaned_data["words"], form.cleaned_data["transmitted_at"]
    mark_transmitted(transmission=found, receipt=words, transmitted_at=at, by=staff, now=now)


def _confirm(found: Transmission, staff: StaffProfile, request: HttpRequest, now: datetime) -> None:
    confirm_transmission(transmission=found, words=request.POST.get("words", ""), by=staff, now=now)


Deed = Callable[[Transmission, StaffProfile, HttpRequest, datetime], None]
DEEDS: dict[str, tuple[Deed, StrOrPromise]] = {
    "mark": (_mark, gettext_lazy("L’envoi et son accusé de réception sont notés.")),
    "confirm": (_confirm, gettext_lazy("La confirmation est notée. Les preuves ne sont plus gardées pour cette autorité.")),
}


def _do(request: HttpRequest, case: Case, deed: Callable[[], object], done: str) -> HttpResponse:
    try:
        deed()
    except tuple(REFUSALS) as error:
        return refuse(request, _words_of(error), PAGE, public_id=case.public_id)
    messages.success(request, done)
    return redirect(PAGE, public_id=case.public_id)


def _words_of(error: Exception) -> str:
    return next(str(words) for kind, words in REFUSALS.items() if isinstance(error, kind))


def _case(staff: StaffProfile, public_id: str) -> Case:
    case = open_case(staff, public_id)
    if not case.child_safety:
        raise Http404
    return case


def _transmission(staff: StaffProfile, public_id: str) -> Transmission:
    found = find_transmission(staff=staff, public_id=public_id)
    if found is None:
        raise Http404
    return found
