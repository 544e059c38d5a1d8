"""What is said about a person's own data."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.words.base import Args, Words


def export_ready(args: Args) -> Words:
    """The copy of the person's data can be fetched; `ends_on` is the last day (ISO 8601)."""
    text = _("Vous pouvez la télécharger jusqu’au %(day)s, après avoir montré de nouveau que c’est vous. Ensuite elle est effacée.")
    return Words(_("La copie de vos données est prête"), text % {"day": _day(args["ends_on"])}, _("Télécharger mes données"))


def erasure_done(args: Args) -> Words:
    """The account was erased; the certificate stands under its public reference `ref`."""
    text = _("Votre compte et vos données sont effacés. L’attestation %(ref)s dit ce qui l’est, ce qui reste, pourquoi, et jusqu’à quand.")
    return Words(_("Votre compte est effacé"), text % {"ref": str(args["ref"])}, _("Vérifier l’attestation"))


def data_request_answered(args: Args) -> Words:
    """A request about the person's data was answered or refused; the words stand on its page."""
    text = _("Nous avons répondu à votre demande %(ref)s sur vos données. La page dit ce qui a été fait, et comment contester.")
    return Words(_("Réponse à votre demande"), text % {"ref": str(args["ref"])}, _("Lire la réponse"))


def data_request_received(args: Args) -> Words:
    """A request was made in the name of this account: `right` is its kind, `due_on` the legal day (ISO 8601)."""
    text = _("Demande %(ref)s (%(right)s) : la loi nous donne jusqu’au %(day)s, et nous faisons plus vite quand nous le pouvons.")
    then = _("Si ce n’était pas vous, reprenez-la sur sa page, changez votre mot de passe et terminez les autres connexions.")
    return Words(_("Nous avons reçu votre demande"), f"{text % _facts_of(args)} {then}", _("Suivre ma demande"))


def data_request_extended(args: Args) -> Words:
    """The answer takes longer than a month, within which this is told (GDPR, article 12(3)); why stands on its page."""
    text = _("Demande %(ref)s (%(right)s) : elle est en cours, et la réponse prendra plus longtemps, au plus tard le %(day)s.")
    then = _("La page en dit la raison, et à qui vous adresser si vous n’êtes pas d’accord.")
    return Words(_("Votre demande est en cours"), f"{text % _facts_of(args)} {then}", _("Suivre ma demande"))


def limits_ending(args: Args) -> Words:
    """A restriction of processing ends on a day that is told before (GDPR, article 18(3))."""
    text = _("La limitation que vous avez demandée (%(ref)s) cesse le %(day)s. La page dit pourquoi, et à qui vous adresser.")
    facts = {"ref": str(args["ref"]), "day": _day(args["ends_on"])}
    return Words(_("Vos données seront de nouveau utilisées"), text % facts, _("Voir ma demande"))


def privacy_alarm(args: Args) -> Words:
    """Something of data protection asks for a look: `what` says what, `ref` where."""
    ref = {"ref": str(args.get("ref", ""))}
    words: dict[object, str] = {
        "REQUEST_DUE": _("La demande %(ref)s d’une personne sur ses données attend sa réponse, et l’échéance de la loi approche.") % ref,
        "REQUEST_LATE": _("La demande %(ref)s d’une personne sur ses données a dépassé l’échéance de la loi.") % ref,
        "PURGE_LATE": _("Des données échues ne sont pas détruites depuis plus de quinze minutes (%(ref)s).") % ref,
        "ERASURE_STUCK": _("L’effacement %(ref)s n’est pas terminé après vingt-quatre heures.") % ref,
    }
    text = words.get(args.get("what"), _("Quelque chose demande un regard (%(ref)s).") % ref)
    return Words(_("Les données personnelles demandent un regard"), text, _("Ouvrir la page de l’équipe"))


def _facts_of(args: Args) -> dict[str, str]:
    rights: dict[object, str] = {
        "EXPORT": _("copie de vos données"),
        "ERASURE": _("effacement de vos données"),
        "RECTIFICATION": _("rectification"),
        "RESTRICTION": _("limitation du traitement"),
        "OBJECTION": _("opposition"),
    }
    return {"right": rights.get(args.get("right"), _("autre")), "ref": str(args["ref"]), "day": _day(args["due_on"])}


def _day(iso: object) -> str:
    return date_format(date.fromisoformat(str(iso)), "j F Y")


def trial(args: Args) -> Words:
    """The person asked how a notice arrives."""
    text = _("Vous avez demandé à voir comment une notification vous arrive. Si vous lisez ceci, cette voie fonctionne.")
    return Words(_("Ceci est un essai"), text, _("Voir mes réglages"))
