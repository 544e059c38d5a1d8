"""The deeds on a breach: which form each has, which service does it, when it is open, and the words for what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from privacy.enums import SilenceGround
from privacy.forms.breaches import AmendForm, AuthorityForm, LettersForm, PeopleForm, ReasonForm, SilenceForm, TellForm, values_of
from privacy.models import Breach
from privacy.services.breaches import (
    BreachClosed,
    BreachInvalid,
    DoneBefore,
    NotYourDesk,
    StillOwed,
    amend_breach,
    ask_close,
    tell_authority,
)
from privacy.services.breachletters import (
    LetterMissing,
    NobodyNamed,
    ToldBefore,
    name_people,
    stay_silent,
    tell_people,
    write_letters,
)

if TYPE_CHECKING:
    from moderation.models import StaffProfile

_Run = Callable[[Breach, "StaffProfile", Any, datetime], object]


@dataclass(frozen=True, slots=True)
class Deed:
    """`when` says whether its form is on the page; `button` is what it says. What cannot be undone has its warning."""

    form: type[forms.Form]
    run: _Run
    title: Promise
    button: Promise
    when: Callable[[Breach], bool]
    warning: Promise | str = ""

    def is_open(self, breach: Breach) -> bool:
        """Whether the page shows it."""
        return breach.closed_at is None and self.when(breach)


def _untold(breach: Breach) -> bool:
    return breach.persons_told_at is None


DEEDS: dict[str, Deed] = {
    "authority": Deed(
        AuthorityForm,
        lambda breach, by, form, now: tell_authority(breach=breach, by=by, now=now, **form.cleaned_data),
        _("L’autorité est prévenue"),
        _("Noter la notification"),
        lambda breach: breach.authority_told_at is None,
    ),
    "people": Deed(
        PeopleForm,
        lambda breach, by, form, now: name_people(breach=breach, by=by, now=now, **form.cleaned_data),
        _("Qui est touché"),
        _("Ajouter ces comptes"),
        _untold,
    ),
    "letters": Deed(
        LettersForm,
        lambda breach, by, form, now: write_letters(breach=breach, letters=form.cleaned_data, by=by, now=now),
        _("La lettre aux personnes"),
        _("Enregistrer les lettres"),
        _untold,
    ),
    "tell": Deed(
        TellForm,
        lambda breach, by, form, now: tell_people(breach=breach, by=by, now=now),
        _("Prévenir les personnes"),
        _("Prévenir maintenant"),
        _untold,
        _("La lettre part aussitôt, par avis et par courriel, et ne peut plus être changée ni reprise."),
    ),
    "silence": Deed(
        SilenceForm,
        lambda breach, by, form, now: stay_silent(
            breach=breach, ground=SilenceGround(form.cleaned_data["ground"]), reason=form.cleaned_data["reason"], by=by, now=now
        ),
        _("Ne pas prévenir les personnes une à une"),
        _("Noter la raison"),
        _untold,
    ),
    "amend": Deed(
        AmendForm,
        lambda breach, by, form, now: amend_breach(breach=breach, facts=form.facts(), reason=form.cleaned_data["reason"], by=by, now=now),
        _("Compléter"),
        _("Enregistrer ce que l’on sait de plus"),
        lambda breach: True,
    ),
    "ask": Deed(
        ReasonForm,
        lambda breach, by, form, now: ask_close(breach=breach, by=by, now=now, **form.cleaned_data),
        _("Clore"),
        _("Demander l’accord d’une seconde personne"),
        lambda breach: not breach.owes_authority and not breach.owes_persons,
    ),
}


def form_of(name: str, breach: Breach, drafts: dict[str, str]) -> forms.Form:
    """The empty form of a deed, with what is known: the facts, and the letters that were written or else their drafts."""
    if name == "amend":
        return AmendForm(initial=values_of(breach), auto_id=id_of(name))
    if name == "letters":
        letters = {code: getattr(breach, f"letter_{code}") or drafts[code] for code, _name in settings.LANGUAGES}
        return LettersForm(initial=letters, auto_id=id_of(name))
    return DEEDS[name].form(initial={"everybody": breach.everybody} if name == "people" else {}, auto_id=id_of(name))


def id_of(name: str) -> str:
    """The pattern of the ids of a deed's fields: many forms stand on one page."""
    return f"{name}_%s"


REFUSALS: dict[type[Exception], Promise] = {
    NotYourDesk: _("Seule la protection des données travaille sur les violations."),
    BreachClosed: _("Cette violation est close : plus rien n’y change."),
    DoneBefore: _("L’autorité est déjà prévenue ; cela ne s’écrit qu’une fois."),
    StillOwed: _("L’autorité ou les personnes ne sont pas encore prévenues, et aucune raison n’est écrite à la place."),
    ToldBefore: _("Les personnes sont déjà prévenues : plus rien ne change dans ce qu’elles ont lu."),
    NobodyNamed: _("Dites d’abord qui est touché."),
    LetterMissing: _("La lettre n’est pas écrite dans toutes les langues de la maison."),
    NotYoursToApprove: _("Une autre personne de la protection des données doit donner son accord."),
    NotApproved: _("Trop tard : cette demande a expiré, ou quelqu’un a déjà donné son accord."),
    ApprovalReasonMissing: _("Écrivez pourquoi."),
}
_FIELDS: dict[str, Promise] = {
    "found_at": _("La découverte est à venir, ou plus tardive que ce qui était écrit : l’horloge ne recule pas."),
    "started_at": _("Le début est après la découverte."),
    "told_at": _("L’autorité n’a pas pu être prévenue avant la découverte, ni dans l’avenir."),
    "reference": _("Écrivez le numéro donné par l’autorité."),
    "late_reason": _("Après soixante-douze heures, la loi demande la raison du retard."),
}
REFUSED: tuple[type[Exception], ...] = (*REFUSALS, BreachInvalid)


def words_of(error: Exception) -> str:
    """Why a deed was not done, in the reader's language."""
    if isinstance(error, BreachInvalid):
        return str(_FIELDS.get(error.field, _("Un champ est vide ou impossible.")))
    return str(REFUSALS[type(error)])


def add_refusal(form: forms.Form, error: Exception) -> None:
    """Say a refusal beside the field that it is about, else above the form; what was typed stays."""
    field = error.field if isinstance(error, BreachInvalid) else ""
    form.add_error(field if field in form.fields else None, words_of(error))
