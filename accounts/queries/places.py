"""Where people are, never finer than a cell outside this app."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Avg

from accounts.enums import OVERSEAS, Country
from accounts.models import PostalCode, cell_of

_CEDEX = re.compile(r"\s*CEDEX\b.*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """What is kept of an address: country, region and a 5 km cell ("" where the country has no postal data)."""

    country: str
    region_code: str
    cell: str


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str
    country: str


def normalize_postal_code(text: str) -> str:
    """A typed code without blanks, in capitals, cut before "CEDEX"."""
    return re.sub(r"\s+", "", _CEDEX.sub("", text.upper().strip()))


def has_postal_data(*, country: str) -> bool:
    """Whether the country's codes can be resolved (France with its territories, Monaco, Madagascar)."""
    return country in {Country.FR, Country.MG, Country.MC, *OVERSEAS}


def find_place(*, country: str, code: str) -> Place | None:
    """The place of a postal code; None when the code is unknown. France includes its overseas territories."""
    countries = _searched(country)
    row = PostalCode.objects.filter(country__in=countries, code=normalize_postal_code(code)).first()
    return Place(row.country, row.region_code, row.cell) if row else None


def find_region_place(*, country: str, region_code: str) -> Place | None:
    """The place of a region: the cell of the mean point of its codes; None when the region is not of this country."""
    rows = PostalCode.objects.filter(country__in=_searched(country), region_code=region_code)
    first = rows.first()
    if first is None:
        return None
    mean = rows.aggregate(lat=Avg("lat"), lon=Avg("lon"))
    return Place(first.country, region_code, cell_of(lat=mean["lat"], lon=mean["lon"]))


def list_regions(*, country: str = "") -> list[Region]:
    """The regions of a country with its territories, or of all countries, by country and name."""
    rows = PostalCode.objects.filter(country__in=_searched(country)) if country else PostalCode.objects.all()
    found = rows.values_list("region_code", "region", "country").distinct().order_by("country", "region")
    return [Region(code, name, owner) for code, name, owner in found]


def name_of_region(*, code: str) -> str:
    """The name of a region, "" for none."""
    if not code:
        return ""
    return PostalCode.objects.filter(region_code=code).values_list("region", flat=True).first() or ""


def _searched(country: str) -> list[str]:
    return [Country.FR, *OVERSEAS] if country == Country.FR else [country]
