"""What is said about a person's own data."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.words.base import Args, Words


def export_ready(args: Args) -> Words:
    """The copy of the person's data can be fetched; `ends_on` is the last day (ISO 8601)."""
    day = date_format(date.fromisoformat(args["ends_on"]), "j F Y")
    text = _("Vous pouvez la télécharger jusqu’au %(day)s, après avoir montré de nouveau que c’est vous. Ensuite elle est effacée.")
    return Words(_("La copie de vos données est prête"), text % {"day": day}, _("Télécharger mes données"))


def erasure_done(args: Args) -> Words:
    """The account was erased; the certificate stands under its public reference `ref`."""
    text = _("Votre compte et vos données sont effacés. L’attestation %(ref)s dit ce qui l’est, ce qui reste, pourquoi, et jusqu’à quand.")
    return Words(_("Votre compte est effacé"), text % {"ref": str(args["ref"])}, _("Vérifier l’attestation"))


def data_request_answered(args: Args) -> Words:
    """A request about the person's data was answered or refused; the words stand on its page."""
    text = _("Nous avons répondu à votre demande %(ref)s sur vos données. La page dit ce qui a été fait, et comment contester.")
    return Words(_("Réponse à votre demande"), text % {"ref": str(args["ref"])}, _("Lire la réponse"))


def trial(args: Args) -> Words:
    """The person asked how a notice arrives."""
    text = _("Vous avez demandé à voir comment une notification vous arrive. Si vous lisez ceci, cette voie fonctionne.")
    return Words(_("Ceci est un essai"), text, _("Voir mes réglages"))
