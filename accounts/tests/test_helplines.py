"""Numbers that help: every country of the ocean, a source and a date each, and never a false certainty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.checks import check_helplines
from accounts.enums import OVERSEAS, Country
from accounts.models import User
from accounts.queries import helplines
from accounts.queries.helplines import HELPLINES, STALE, Help, list_help, list_help_for_minors, list_stale
from accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def first_numbers(country: str, language: str = "fr") -> list[str]:
    return [line.number for line in list_help(country=country, language=language)[0].lines]


@pytest.mark.parametrize(
    ("country", "number"),
    [("FR", "17"), ("RE", "17"), ("YT", "17"), ("MG", "117"), ("MU", "999"), ("KM", "17"), ("SC", "999"), ("BE", "112"), ("LU", "112")],
)
def test_the_persons_own_country_comes_first_with_its_police(country: str, number: str) -> None:
    assert first_numbers(country)[0] == number


@pytest.mark.parametrize(("language", "number"), [("mg", "117"), ("fr", "17"), ("en", "17"), ("", "17")])
def test_of_a_guest_only_the_language_is_known(language: str, number: str) -> None:
    assert first_numbers("", language)[0] == number
    assert first_numbers(Country.ZZ, language)[0] == number


def test_every_territory_of_france_has_the_numbers_of_france() -> None:
    assert {tuple(first_numbers(code)) for code in OVERSEAS} == {tuple(first_numbers("FR"))}


def test_whatever_comes_first_nobody_loses_a_number() -> None:
    for country in Country.values:
        shown = [line for group in list_help(country=country) for line in group.lines]
        assert sorted(shown, key=HELPLINES.index) == list(HELPLINES)


def test_numbers_can_be_dialled_and_none_stands_twice_in_a_country() -> None:
    assert all(line.call.isdigit() and 2 <= len(line.call) <= 6 for line in HELPLINES)
    assert len({(line.country, line.call) for line in HELPLINES}) == len(HELPLINES)


def test_each_country_has_somebody_to_call_in_danger() -> None:
    for group in list_help():
        assert group.lines[0].kind == Help.URGENT, str(group.name)


def test_a_source_is_an_address_and_what_has_none_is_not_called_verified() -> None:
    for line in HELPLINES:
        assert line.verified is line.source.startswith(("https://", "http://"))
    unverified = {(line.country.value, line.number) for line in HELPLINES if not line.verified}
    assert unverified == {("FR", "3114"), ("MG", "119"), ("KM", "17"), ("KM", "18")}


def test_the_numbers_for_the_young_begin_at_home() -> None:
    assert [line.number for _country, line in list_help_for_minors(country="RE")][:2] == ["3018", "119"]
    assert [line.number for _country, line in list_help_for_minors(language="mg")][:3] == ["147", "3018", "119"]


def test_numbers_grow_old_after_180_days(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = max(line.checked_on for line in HELPLINES)
    assert list_stale(today=newest + STALE) == []
    assert len(list_stale(today=newest + STALE + timedelta(days=1))) == len(HELPLINES)
    monkeypatch.setattr(helplines, "STALE", timedelta(days=-100_000))
    assert [(found.id, "FR 17" in found.msg) for found in check_helplines()] == [("accounts.W002", True)]


def test_no_date_lies_in_the_future_of_its_source_line() -> None:
    assert all(date(2026, 1, 1) <= line.checked_on for line in HELPLINES)


# ---- On pages -----------------------------------------------------------------------------------------------------------------


def test_the_page_needs_no_account_and_no_script(as_: LogIn) -> None:
    answer = as_(None).get("/help/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert [page.count(f'href="tel:{line.call}"') > 0 for line in HELPLINES] == [True] * len(HELPLINES)
    assert "<script" not in page
    assert page.count("Numéro non vérifié.") == len([line for line in HELPLINES if not line.verified])
    assert all(line.source.replace("&", "&amp;") in page for line in HELPLINES if "’" not in line.source)


def test_a_member_finds_their_country_at_the_top(as_: LogIn) -> None:
    soa = make_user("Soa", country="MU")
    page = as_(soa).get("/help/").content.decode()
    assert page.index('tel:999"') < page.index('tel:17"')
    assert 'id="c1">Maurice<' in page


@pytest.mark.parametrize("path", ["/safety/", "/help/victims/", "/help/"])
def test_help_names_the_numbers_of_ones_country(as_: LogIn, path: str) -> None:
    assert 'href="tel:117"' in as_(make_user("Soa", country="MG")).get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/login/", "/safety/", "/help/victims/", "/age/", "/nothing/here/"])
def test_the_way_to_the_numbers_stands_everywhere(as_: LogIn, amina: User, path: str) -> None:
    browser = as_(amina if path == "/age/" else None)
    if path != "/nothing/here/":
        assert 'href="/help/"' in browser.get(path).content.decode()
    else:
        assert browser.get(path).status_code == 404
