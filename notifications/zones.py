"""The clocks of people: quiet hours and digests go by the zone where a person lives, never by an address of the network."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

# Where most people of the house live, and the rest of the French-speaking world; any other zone of the tz database works as well.
ZONES = (
    ("Europe/Paris", _("France, Belgique, Luxembourg, Suisse")),
    ("Indian/Antananarivo", _("Madagascar, Comores, Mayotte")),
    ("Indian/Reunion", _("La Réunion, Maurice, Seychelles")),
    ("America/Martinique", _("Guadeloupe, Martinique, Saint-Martin")),
    ("America/Cayenne", _("Guyane")),
    ("America/Miquelon", _("Saint-Pierre-et-Miquelon")),
    ("America/Toronto", _("Québec, Ontario")),
    ("Europe/London", _("Royaume-Uni, Irlande")),
    ("Africa/Abidjan", _("Côte d’Ivoire, Sénégal, Mali")),
    ("Africa/Johannesburg", _("Afrique du Sud")),
    ("Pacific/Tahiti", _("Tahiti")),
    ("Pacific/Noumea", _("Nouvelle-Calédonie")),
    ("Pacific/Wallis", _("Wallis-et-Futuna")),
    ("UTC", _("Temps universel (UTC)")),
)
_OF_LAW = {"MG": "Indian/Antananarivo"}


def default_zone(jurisdiction: str) -> str:
    """The zone of somebody who chose none: that of the country whose law is theirs."""
    return _OF_LAW.get(jurisdiction, "Europe/Paris")


def zone_named(name: str, *, jurisdiction: str) -> ZoneInfo:
    """The zone of a person; one that this machine's tz database does not know is as if none were chosen."""
    try:
        return ZoneInfo(name or default_zone(jurisdiction))
    except (KeyError, ValueError, OSError):
        return ZoneInfo(default_zone(jurisdiction))
