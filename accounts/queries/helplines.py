"""Numbers that help, by country, each with where it was read and when. Whoever corrects one writes the new source and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import OVERSEAS, Country

# After this long a number must be looked up again (system check accounts.W002).
STALE = timedelta(days=180)
_READ = date(2026, 11, 26)
_SERVICE_PUBLIC = "https://www.service-public.gouv.fr/particuliers/vosdroits/F33954"
_SOLIDARITES = "https://solidarites.gouv.fr/node/2219"
_ION = "http://ionnews.mu/reveillon-sur-le-terrain-pour-pompiers-et-policiers-311216/"
_HABARI = "https://www.habarizacomores.com/2017/12/mise-en-place-dun-numero-vert-telma-1710.html"
_VERITE_117 = "http://laverite.mg/societe/item/4109"
_VERITE_813 = "https://laverite.mg/dossier/item/12114"


class Help(StrEnum):
    """What a number is for."""

    URGENT = "URGENT"
    VIOLENCE = "VIOLENCE"
    CHILD = "CHILD"
    LISTEN = "LISTEN"


@dataclass(frozen=True, slots=True)
class Helpline:
    """A telephone number that helps. Without a source it was known before and could not be verified; the page says so."""

    country: Country
    number: str
    kind: Help
    name: str | Promise
    text: str | Promise
    source: str = ""
    checked_on: date = _READ

    @property
    def call(self) -> str:
        """What a phone dials."""
        return self.number.replace(" ", "")

    @property
    def verified(self) -> bool:
        return bool(self.source)


@dataclass(frozen=True, slots=True)
class CountryHelp:
    """The numbers of one country, the urgent ones first."""

    name: str | Promise
    lines: tuple[Helpline, ...]


_F, _M, _U, _K, _S, _B = Country.FR, Country.MG, Country.MU, Country.KM, Country.SC, Country.BE
_FREE = _("Gratuit, jour et nuit.")
_GREEN = _("Ligne verte, gratuite, pour signaler ou demander de l’aide.")
HELPLINES = (
    Helpline(_F, "17", Help.URGENT, _("Police, gendarmerie"), _("Danger immédiat, jour et nuit."), _SERVICE_PUBLIC),
    Helpline(_F, "15", Help.URGENT, _("SAMU"), _("Urgence médicale, jour et nuit."), _SERVICE_PUBLIC),
    Helpline(_F, "18", Help.URGENT, _("Pompiers"), _("Incendie, accident."), _SERVICE_PUBLIC),
    Helpline(_F, "112", Help.URGENT, _("Urgences européennes"), _("De n’importe quel téléphone, dans toute l’Union."), _SERVICE_PUBLIC),
    Helpline(
        _F,
        "114",
        Help.URGENT,
        _("Urgences par SMS"),
        _("Si parler est impossible ou dangereux. Aussi pour les personnes sourdes."),
        _SERVICE_PUBLIC,
    ),
    Helpline(
        _F,
        "3919",
        Help.VIOLENCE,
        _("Violences Femmes Info"),
        _("Écoute anonyme, jour et nuit. N’apparaît pas sur les factures."),
        "https://www.temoignages.re/social/violences-conjugales-le-3919-accessible-en-creole-reunionnais",
    ),
    Helpline(
        _F,
        "3018",
        Help.CHILD,
        _("Cyberviolences"),
        _("Harcèlement, chantage, images intimes. Tous les jours de 9 h à 23 h."),
        _SOLIDARITES,
    ),
    Helpline(_F, "119", Help.CHILD, _("Enfance en danger"), _("Jour et nuit. N’apparaît pas sur les factures."), _SOLIDARITES),
    Helpline(_F, "3114", Help.LISTEN, _("Prévention du suicide"), _("Écoute de professionnels, jour et nuit.")),
    Helpline(
        _F,
        "116 006",
        Help.LISTEN,
        _("Aide aux victimes"),
        _("Conseil et accompagnement après un fait grave, tous les jours."),
        "https://www.savoie.gouv.fr/Actualites/Actualites/Lancement-du-116-006-numero-d-aide-aux-victimes",
    ),
    Helpline(_M, "117", Help.URGENT, _("Police nationale"), _("Danger immédiat."), _VERITE_117),
    Helpline(_M, "119", Help.URGENT, _("Gendarmerie nationale"), _("Danger immédiat, hors des villes.")),
    Helpline(_M, "118", Help.URGENT, _("Pompiers"), _("Incendie, accident, à Antananarivo."), "http://tvmada.com/lcvmada/pompiers-cua/"),
    Helpline(_M, "813", Help.VIOLENCE, _("Violences fondées sur le genre"), _("Ligne verte, gratuite."), _VERITE_813),
    Helpline(
        _M,
        "147",
        Help.CHILD,
        _("Enfance en danger"),
        _GREEN,
        "https://www.opportunites.mg/2021/03/recrutement-consultance-individuelle.html",
    ),
    Helpline(_U, "999", Help.URGENT, _("Police"), _("Danger immédiat. Le 112 aussi."), _ION),
    Helpline(
        _U, "114", Help.URGENT, _("SAMU"), _("Urgence médicale, jour et nuit."), "http://cneb.gov.cn/2020/03/26/ARTI1585193152294823.shtml"
    ),
    Helpline(_U, "115", Help.URGENT, _("Pompiers"), _("Incendie, accident."), _ION),
    Helpline(
        _U,
        "139",
        Help.VIOLENCE,
        _("Violences domestiques"),
        _FREE,
        "http://www.govmu.org/English/News/Pages/Domestic-violence-hotline-‘139’-becomes-toll-free.aspx",
    ),
    Helpline(_K, "17", Help.URGENT, _("Police, gendarmerie"), _("Danger immédiat.")),
    Helpline(_K, "18", Help.URGENT, _("Pompiers"), _("Incendie, accident.")),
    Helpline(
        _K, "1760", Help.CHILD, _("Service d’écoute, enfants et femmes"), _("Ligne verte, gratuite. Réseau Comores Télécom."), _HABARI
    ),
    Helpline(_K, "1710", Help.CHILD, _("Service d’écoute, enfants et femmes"), _("Ligne verte, gratuite. Réseau Telma."), _HABARI),
    Helpline(
        _S,
        "999",
        Help.URGENT,
        _("Police, secours, pompiers"),
        _("Danger immédiat, jour et nuit."),
        "https://police.gov.sc/media-and-press/news-and-events",
    ),
    Helpline(_B, "112", Help.URGENT, _("Urgences européennes"), _("De n’importe quel téléphone, dans toute l’Union."), _SERVICE_PUBLIC),
)
_NAMES = {
    _F: _("France, La Réunion, Mayotte et autres territoires"),
    _M: _("Madagascar"),
    _U: _("Maurice"),
    _K: _("Comores"),
    _S: _("Seychelles"),
    _B: _("Union européenne"),
}
_UNION = {Country.BE, Country.DE, Country.ES, Country.IT, Country.LU}


def list_help(*, country: str = "", language: str = "") -> list[CountryHelp]:
    """The numbers of all countries: those of `country` first, else those of the country where the language is spoken."""
    first = _house_of(country) or (_M if language == "mg" else _F)
    order = sorted(_NAMES, key=lambda code: code != first)
    return [CountryHelp(_NAMES[code], tuple(line for line in HELPLINES if line.country == code)) for code in order]


def list_help_for_minors(*, country: str = "", language: str = "") -> list[tuple[str | Promise, Helpline]]:
    """The numbers for children and the young with the name of their country, in the order of `list_help`."""
    groups = list_help(country=country, language=language)
    return [(group.name, line) for group in groups for line in group.lines if line.kind == Help.CHILD]


def list_stale(*, today: date) -> list[Helpline]:
    """The numbers that nobody has looked up for 180 days."""
    return [line for line in HELPLINES if today - line.checked_on > STALE]


def _house_of(country: str) -> Country | None:
    """Under which country of the table somebody from `country` looks."""
    if country in OVERSEAS:
        return Country.FR
    if country in _UNION:
        return Country.BE
    return next((code for code in _NAMES if code == country), None)
