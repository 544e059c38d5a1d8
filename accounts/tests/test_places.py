"""Postal codes in, coarse places out."""

from __future__ import annotations

import pytest

from accounts.enums import Jurisdiction
from accounts.models import PostalCode
from accounts.queries import list_regions
from accounts.queries.places import find_place, normalize_postal_code
from accounts.services.places import PostalCodeUnknown, jurisdiction_of, resolve_place
from accounts.services.postal import load_postal_codes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


@pytest.mark.parametrize(
    ("country", "code", "found"),
    [
        ("FR", "75001", "FR"),
        ("FR", " 75 001 ", "FR"),
        ("FR", "97400", "RE"),
        ("FR", "97600", "YT"),
        ("MG", "101", "MG"),
        ("MG", "501", "MG"),
    ],
)
def test_a_code_gives_country_region_and_cell(country: str, code: str, found: str) -> None:
    place = resolve_place(country=country, postal_code=code)
    assert (place.country, bool(place.region_code), bool(place.cell)) == (found, True, True)


@pytest.mark.parametrize(
    ("country", "code"), [("FR", "00000"), ("FR", "101"), ("MG", "75001"), ("MG", ""), ("FR", "7500O"), ("FR", "' OR 1=1")]
)
def test_unknown_codes_ask_for_a_region(country: str, code: str) -> None:
    with pytest.raises(PostalCodeUnknown):
        resolve_place(country=country, postal_code=code)


def test_a_region_does_where_the_code_is_unknown() -> None:
    region = next(region for region in list_regions(country="MG"))
    place = resolve_place(country="MG", postal_code="999", region_code=region.code)
    assert (place.country, place.region_code) == ("MG", region.code)


def test_other_countries_keep_their_name_alone() -> None:
    place = resolve_place(country="SN", postal_code="12500")
    assert (place.country, place.region_code, place.cell) == ("SN", "", "")


@pytest.mark.parametrize(
    ("country", "law"), [("MG", "MG"), ("FR", "FR"), ("RE", "FR"), ("YT", "FR"), ("DE", "EU"), ("US", "OTHER"), ("GB", "OTHER")]
)
def test_whose_law_applies(country: str, law: str) -> None:
    assert jurisdiction_of(country) == Jurisdiction(law)


def test_loading_twice_writes_nothing_and_a_cell_is_coarse() -> None:
    assert load_postal_codes() == 0
    assert PostalCode.objects.count() > 6000
    cells = PostalCode.objects.values_list("cell", flat=True)
    assert len(set(cells)) < PostalCode.objects.count()


def test_writing_of_codes() -> None:
    assert normalize_postal_code(" 75 008 cedex 08 ") == "75008"
    assert find_place(country="FR", code="75008 CEDEX") == find_place(country="FR", code="75008")
