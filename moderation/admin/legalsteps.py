"""The steps of a request: which form each has, which service does it, and the words for what that refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.envelopes import CertificateUnfit
from moderation.courts.gate import Gated
from moderation.courts.terms import DataCategory, FormalReason, RequestKind, RequestState
from moderation.forms.legal import AgreeForm, CallBackForm, EmptyForm, LinksForm, RefuseForm, ScopeForm, WordsForm
from moderation.models import LegalRequest, SecondApproval, StaffProfile
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from moderation.services.holds import HoldInvalid, NotHeld, NotOnDesk, hold_for_request
from moderation.services.messageholds import hold_messages
from moderation.services.registering import ConcernsYou, RequestInvalid
from moderation.services.releases import AlreadyFetched, PackageGone
from moderation.services.requests import (
    CallBackNotPublic,
    CounselMissing,
    NotPreserved,
    SamePerson,
    WrongStep,
    agree_release,
    ask_release,
    authenticate_request,
    close_request,
    collect_request,
    note_counsel,
    preserve_request,
    refuse_formal,
    scope_request,
)

S = RequestState
_OPEN = (S.RECEIVED, S.AUTHENTICATED, S.SCOPED, S.COLLECTED, S.APPROVED)
_Run = Callable[[LegalRequest, StaffProfile, dict[str, Any], datetime], object]


@dataclass(frozen=True, slots=True)
class Step:
    """`states` in which its form is on the page; `button` is what it says; `kinds` empty: of every request."""

    form: type[forms.Form]
    run: _Run
    title: Promise
    button: Promise
    states: tuple[RequestState, ...]
    kinds: tuple[RequestKind, ...] = ()

    def is_open(self, request: LegalRequest) -> bool:
        """Whether the page shows it."""
        return request.state in self.states and (not self.kinds or request.kind in self.kinds)


def _agree(request: LegalRequest, by: StaffProfile, data: dict[str, Any], now: datetime) -> object:
    found = SecondApproval.objects.filter(public_id=data["approval"]).select_related("asked_by").first()
    if found is None:
        raise WrongStep(data["approval"])
    return agree_release(request=request, approval=found, by=by, reason=data["words"], now=now)


STEPS: dict[str, Step] = {
    "authenticate": Step(
        CallBackForm,
        lambda request, by, data, now: authenticate_request(request=request, by=by, **data, now=now),
        _("Authentifier par un contre-appel"),
        _("Noter le contre-appel"),
        (S.RECEIVED,),
    ),
    "scope": Step(
        ScopeForm,
        lambda request, by, data, now: scope_request(
            request=request, categories=[DataCategory(word) for word in data["categories"]], by=by, now=now
        ),
        _("Délimiter"),
        _("Délimiter la réponse"),
        (S.AUTHENTICATED,),
    ),
    "counsel": Step(
        WordsForm,
        lambda request, by, data, now: note_counsel(request=request, by=by, words=data["words"], now=now),
        _("Avis du conseil"),
        _("Noter l’avis"),
        (S.RECEIVED, S.AUTHENTICATED, S.SCOPED),
    ),
    "collect": Step(
        EmptyForm,
        lambda request, by, data, now: collect_request(request=request, by=by, now=now),
        _("Réunir"),
        _("L’inventaire est complet"),
        (S.SCOPED,),
    ),
    "ask": Step(
        WordsForm,
        lambda request, by, data, now: ask_release(request=request, by=by, reason=data["words"], now=now),
        _("Demander l’accord d’une seconde personne"),
        _("Demander l’accord"),
        (S.COLLECTED, S.APPROVED),
    ),
    "agree": Step(AgreeForm, _agree, _("Donner mon accord"), _("Je suis d’accord"), ()),
    "preserve": Step(
        EmptyForm,
        lambda request, by, data, now: preserve_request(request=request, by=by, now=now),
        _("Répondre que tout est conservé"),
        _("Tout est conservé"),
        (S.AUTHENTICATED,),
        (RequestKind.EPOC_PR, RequestKind.CPP_60_2),
    ),
    "hold": Step(
        EmptyForm,
        lambda request, by, data, now: hold_for_request(request=request, by=by, now=now),
        _("Geler les données des personnes désignées"),
        _("Geler maintenant"),
        (*_OPEN, S.RELEASED, S.PRESERVED),
    ),
    "hold-messages": Step(
        LinksForm,
        lambda request, by, data, now: hold_messages(request=request, links=data["links"], by=by, now=now),
        _("Geler des messages désignés par leurs liens"),
        _("Geler ces messages"),
        (*_OPEN, S.RELEASED, S.PRESERVED),
    ),
    "close": Step(
        WordsForm,
        lambda request, by, data, now: close_request(request=request, receipt=data["words"], by=by, now=now),
        _("Clore, avec l’accusé de l’autorité ou ce qui a été fait"),
        _("Clore"),
        (S.RELEASED, S.PRESERVED, S.REFUSED_FORMAL),
    ),
    "refuse": Step(
        RefuseForm,
        lambda request, by, data, now: refuse_formal(
            request=request, reason=FormalReason(data["reason"]), words=data["words"], by=by, now=now
        ),
        _("Refuser en la forme"),
        _("Refuser"),
        _OPEN,
    ),
    "act": Step(
        WordsForm,
        lambda request, by, data, now: close_request(request=request, receipt=data["words"], by=by, now=now),
        _("Dire ce qui a été fait, et clore"),
        _("Clore"),
        (S.AUTHENTICATED,),
        (RequestKind.DSA_9, RequestKind.ADMIN_REMOVAL),
    ),
}

REFUSALS: dict[type[Exception], Promise] = {
    NotOnDesk: _("Seul le bureau des réquisitions fait cela."),
    ConcernsYou: _("Cette demande vous désigne : une autre personne s’en occupe."),
    WrongStep: _("La demande n’en est plus là. Rechargez la page."),
    SamePerson: _("Le second contre-appel revient à une autre personne."),
    CallBackNotPublic: _("Appelez un numéro pris dans un annuaire public, jamais celui que donne la demande."),
    CounselMissing: _("Une personne protégée est désignée : notez d’abord l’avis du conseil."),
    NotPreserved: _("Rien n’est gelé : gelez d’abord les données."),
    RequestInvalid: _("Il manque quelque chose, ou une valeur est impossible."),
    HoldInvalid: _("Rien n’a été trouvé de ce qui est désigné : il n’y a rien à geler."),
    NotHeld: _("Ce gel est déjà terminé ou levé."),
    ApprovalReasonMissing: _("Écrivez pourquoi."),
    NotYoursToApprove: _("Une autre personne doit donner son accord."),
    NotApproved: _("Il manque l’accord valable de deux personnes, dont la vôtre."),
    AlreadyFetched: _("Vous avez déjà téléchargé ce paquet."),
    PackageGone: _("Ce paquet est détruit : la demande est close."),
    CertificateUnfit: _("Ce n’est pas un certificat X.509 en PEM avec une clé RSA d’au moins 2048 bits."),
    Gated: _("L’article invoqué ne permet pas de demander ces données."),
}


_NO_MESSAGE = _("L’un de ces liens ne mène à aucun message de ce site. Rien n’a été gelé.")


def words_of(error: Exception) -> str:
    """What a refusal says to the desk; of the gate, which category and why."""
    if isinstance(error, HoldInvalid) and error.field == "links":
        return str(_NO_MESSAGE)
    if isinstance(error, Gated):
        return " ".join(f"{category.label} : {why.label}" for category, why in error.refusals.items())
    return str(REFUSALS[type(error)])
