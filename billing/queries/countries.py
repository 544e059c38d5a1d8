"""Countries that somebody may buy from, by their names."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from accounts.enums import Country
from billing.enums import UnionCountry
from billing.queries.taxpayers import UNKNOWN

# The names of both lists; an address says "France" without its overseas departments, which stand for themselves.
_NAMES = {country.value: country.label for listed in (Country, UnionCountry) for country in listed if country.value != UNKNOWN}


def name_country(code: str) -> str:
    """The name of a country in the active language; its code where we have no name for it, nothing for nothing."""
    return str(_NAMES.get(code, code))


def list_countries() -> list[tuple[str, str]]:
    """All that may be chosen, by name in the active language: those a profile offers and the whole Union."""
    return sorted(((code, str(name)) for code, name in _NAMES.items()), key=lambda pair: _plain(pair[1]))


def list_choices() -> list[tuple[str, str]]:
    """As `list_countries`, with an empty first choice."""
    return [("", _("Choisir un pays")), *list_countries()]


def _plain(name: str) -> str:
    """Without accents and capitals: what people look for under E is found there."""
    return "".join(sign for sign in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(sign))
