"""Turning what somebody typed about where they live into what is kept."""

from __future__ import annotations

from accounts.enums import Country, Jurisdiction
from accounts.models import Profile
from accounts.queries.places import Place, find_place, find_region_place, has_postal_data, normalize_postal_code
from core import sealing

_EU = {Country.BE, Country.DE, Country.ES, Country.IT, Country.LU}


class PostalCodeUnknown(ValueError):
    """The code is not in the data set; the person may name a region instead."""


class RegionUnknown(ValueError):
    """The region is not one of the country."""


def resolve_place(*, country: str, postal_code: str, region_code: str = "") -> Place:
    """The place of a postal code or, when a region is named, of the region's mean point. Other countries keep no more than their
    name. Never an address of the network, never a position of the device.

    Raises:
        PostalCodeUnknown, RegionUnknown.
    """
    if not has_postal_data(country=country):
        return Place(country=country, region_code="", cell="")
    place = find_place(country=country, code=postal_code) if postal_code else None
    if place is not None:
        return place
    if not region_code:
        raise PostalCodeUnknown(country)
    place = find_region_place(country=country, region_code=region_code)
    if place is None:
        raise RegionUnknown(region_code)
    return place


def jurisdiction_of(country: str) -> Jurisdiction:
    """Whose law applies to somebody who lives there. Of the rest of the world nothing is assumed: it keeps as the operator's own law
    asks (docs/privacy-rights.md), and everybody has the rights of the GDPR."""
    if country == Country.MG:
        return Jurisdiction.MG
    if country in _EU:
        return Jurisdiction.EU
    return Jurisdiction.FR if has_postal_data(country=country) else Jurisdiction.OTHER


def seal_postal_code(*, profile: Profile, postal_code: str) -> bytes | None:
    """The typed code, sealed for this person's own export and correction; None when none was typed."""
    code = normalize_postal_code(postal_code)
    return sealing.seal(profile.user.scope, code.encode(), profile.postal_code_ad) if code else None


def open_postal_code(*, profile: Profile) -> str:
    """The postal code of a profile, for its owner alone; "" when none is kept.

    Raises:
        core.sealing.SealingError: the person's key is gone.
    """
    if not profile.postal_code:
        return ""
    return sealing.open_sealed(profile.user.scope, bytes(profile.postal_code), profile.postal_code_ad).decode()
