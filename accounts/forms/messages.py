"""What each named error of the services says to a person, and beside which field."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.services.places import PostalCodeUnknown, RegionUnknown
from accounts.services.profiles import DetailsInvalid, PlaceTooSoon, PseudonymTooSoon, WordsRestricted, WordsScreened
from accounts.services.pseudonyms import PseudonymInvalid, PseudonymTaken
from accounts.services.registration import AgeImplausible

PersonError = (
    PseudonymInvalid,
    PseudonymTaken,
    PseudonymTooSoon,
    PlaceTooSoon,
    PostalCodeUnknown,
    RegionUnknown,
    DetailsInvalid,
    WordsRestricted,
    WordsScreened,
    AgeImplausible,
)


def explain(error: Exception, *, pseudonym_field: str = "pseudonym") -> tuple[str | None, str]:
    """The field an error belongs to (None: the whole form) and its sentence in the reader's language."""
    if isinstance(error, PseudonymInvalid | PseudonymTaken):
        return pseudonym_field, pseudonym_sentence(error)
    if isinstance(error, PseudonymTooSoon):
        return pseudonym_field, _("Le pseudonyme se change une fois en 30 jours. Prochain changement le %(date)s.") % _when(error)
    if isinstance(error, PlaceTooSoon):
        return "postal_code", _("Le lieu se change une fois en 30 jours. Prochain changement le %(date)s.") % _when(error)
    if isinstance(error, PostalCodeUnknown):
        return "postal_code", _("Nous ne connaissons pas ce code postal. Vérifiez-le, ou choisissez votre région.")
    if isinstance(error, RegionUnknown):
        return "region", _("Cette région n’est pas dans le pays choisi.")
    if isinstance(error, AgeImplausible):
        return "birth_date", _("Indiquez votre date de naissance ou votre âge, et vérifiez qu’ils sont justes.")
    if isinstance(error, DetailsInvalid):
        return error.field, _("Vérifiez ce champ.")
    if isinstance(error, WordsScreened):
        return error.field, _("Ce texte ne peut pas être montré ainsi. Écrivez-le autrement.")
    if isinstance(error, WordsRestricted):
        sentence = _("Une décision de l’équipe suspend votre droit d’écrire : remettez le texte d’avant. Le détail est dans « Moi ».")
        return pseudonym_field if error.field == "pseudonym" else error.field, sentence
    raise error


def pseudonym_sentence(error: Exception) -> str:
    """Why a pseudonym is refused. Taken, alike and reserved say the same."""
    if isinstance(error, PseudonymInvalid):
        return {
            "length": _("Entre 3 et 24 caractères."),
            "letters": _("Seulement des lettres, des chiffres et les signes _ - . entre eux."),
            "scripts": _("Un pseudonyme n’emploie qu’une seule écriture."),
            "edges": _("Un pseudonyme commence et finit par une lettre ou un chiffre, sans deux signes de suite."),
            "words": _("Ce pseudonyme peut blesser. Choisissez-en un autre."),
        }[error.code]
    return _("Ce pseudonyme n’est pas libre, ou ressemble trop à un autre. Choisissez-en un autre.")


def _when(error: PseudonymTooSoon | PlaceTooSoon) -> dict[str, str]:
    return {"date": date_format(error.free_at, "DATE_FORMAT")}
