"""The reasons as somebody looks for theirs, who may be frightened: few doors in plain words, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.enums import Reason

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Plain:
    """One reason in plain words."""

    reason: Reason
    words: Words
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Some reasons that belong together. `help` names the numbers that are shown with them at once."""

    name: str
    title: Words
    icon: str
    reasons: tuple[Plain, ...]
    help: bool = False


DOORS = (
    Door(
        "danger",
        _("Quelqu’un est en danger"),
        "warn",
        (
            Plain(
                Reason.IMMINENT_DANGER, _("Une vie est menacée maintenant"), _("Enlèvement, agression en cours, quelqu’un va être blessé.")
            ),
            Plain(Reason.SUICIDE_SELF_HARM, _("Quelqu’un parle de mourir ou de se blesser")),
            Plain(Reason.AMBUSH_PLANNING, _("Un guet-apens se prépare"), _("Un rendez-vous pour voler, frapper ou humilier.")),
            Plain(Reason.THREAT, _("Quelqu’un menace de faire du mal")),
        ),
        help=True,
    ),
    Door(
        "child",
        _("Un enfant ou un mineur"),
        "me",
        (
            Plain(
                Reason.CHILD_ABUSE_MATERIAL,
                _("Une image ou un texte sexualise un enfant"),
                _("Ne l’enregistrez pas, ne l’envoyez à personne."),
            ),
            Plain(Reason.GROOMING, _("Un adulte cherche à approcher un enfant")),
            Plain(Reason.MINOR_ON_SERVICE, _("Cette personne semble avoir moins de 18 ans")),
        ),
        help=True,
    ),
    Door(
        "person",
        _("On s’en prend à moi, ou à quelqu’un"),
        "shield",
        (
            Plain(Reason.HARASSMENT, _("Insultes, moqueries, messages qui n’arrêtent pas")),
            Plain(Reason.STALKING, _("Quelqu’un me suit, me surveille ou me traque")),
            Plain(Reason.SEXTORTION, _("On me fait chanter avec des images intimes"), _("Ne payez pas. Vous n’avez rien fait de mal.")),
            Plain(Reason.INTIMATE_IMAGE, _("Une image intime est montrée sans accord"), _("Vraie ou fabriquée.")),
            Plain(Reason.DOXXING, _("On révèle mon nom, mon adresse ou mon numéro")),
            Plain(
                Reason.HATE_PERSON,
                _("Haine contre une personne"),
                _("Pour son origine, sa religion, son sexe, qui elle aime, son handicap."),
            ),
        ),
    ),
    Door(
        "hate",
        _("Haine, terrorisme, exploitation"),
        "people",
        (
            Plain(Reason.HATE_GROUP, _("Haine contre un groupe")),
            Plain(Reason.TERRORISM, _("Appel ou soutien au terrorisme")),
            Plain(Reason.TRAFFICKING, _("Traite, proxénétisme, quelqu’un est exploité")),
        ),
    ),
    Door(
        "trick",
        _("Arnaque, faux compte, publicité"),
        "flag",
        (
            Plain(Reason.SCAM, _("On cherche à prendre de l’argent"), _("Faux amour, faux gain, faux colis, placement miracle.")),
            Plain(Reason.IMPERSONATION, _("Quelqu’un se fait passer pour une autre personne")),
            Plain(Reason.SPAM, _("Publicité, messages en masse")),
        ),
    ),
    Door(
        "other",
        _("Autre chose"),
        "more",
        (
            Plain(Reason.DRUGS_WEAPONS, _("Drogue, arme, marchandise interdite")),
            Plain(Reason.SEXUAL_IN_GENERAL_ROOM, _("Contenu sexuel qui n’a pas sa place ici")),
            Plain(Reason.COPYRIGHT, _("Mon œuvre est copiée sans accord")),
            Plain(Reason.OTHER, _("Rien de tout cela"), _("Dites-nous quoi, plus bas.")),
        ),
    ),
)
# Reasons of which the law wants no name and no address (DSA art. 16(2)(c); Directive 2011/93, articles 3 to 7).
NAMELESS = frozenset({Reason.CHILD_ABUSE_MATERIAL, Reason.GROOMING})
URGENT = frozenset(plain.reason for door in DOORS if door.help for plain in door.reasons)


def reason_choices() -> list[tuple[str, Words]]:
    """All reasons with their plain words, in the order of the doors."""
    return [(plain.reason.value, plain.words) for plain in _all(DOORS)]


def plain_words(reason: str) -> Words:
    """A reason as it was chosen; empty for none of ours."""
    return next((plain.words for plain in _all(DOORS) if plain.reason == reason), "")


def _all(doors: Iterable[Door]) -> Iterable[Plain]:
    return (plain for door in doors for plain in door.reasons)
