"""The quarters of which the public page tells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import RevenueDay
from billing.queries.figures.quarters import NoSuchQuarter, Quarter, list_quarters, read_quarter

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("day", "quarter", "first", "last"),
    [
        (date(2026, 1, 1), Quarter(2026, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 6, 30), Quarter(2026, 2), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2028, 2, 29), Quarter(2028, 1), date(2028, 1, 1), date(2028, 3, 31)),
        (date(2026, 12, 31), Quarter(2026, 4), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_every_day_has_its_quarter(day: date, quarter: Quarter, first: date, last: date) -> None:
    assert (Quarter.of(day), quarter.first, quarter.last) == (quarter, first, last)


def test_quarters_follow_each_other_without_a_hole() -> None:
    quarter = Quarter(2026, 3)
    for _number in range(9):
        assert quarter.following.first == quarter.last + timedelta(days=1)
        quarter = quarter.following


@pytest.mark.django_db
def test_from_the_first_in_which_something_was_earned() -> None:
    assert list_quarters(today=TODAY) == [Quarter(2026, 4)]
    RevenueDay.objects.create(date=date(2026, 5, 2), source="ADS", currency="EUR", gross_minor=1)
    assert list_quarters(today=TODAY) == [Quarter(2026, 4), Quarter(2026, 3), Quarter(2026, 2)]


@pytest.mark.django_db
@pytest.mark.parametrize(("year", "number"), [(2027, 1), (2026, 3), (2026, 0), (2026, 5), (0, 1)])
def test_what_has_not_been_is_not_told(year: int, number: int) -> None:
    with pytest.raises(NoSuchQuarter):
        read_quarter(year=year, number=number, today=TODAY)


@pytest.mark.django_db
def test_the_page_is_for_everybody_and_never_adds_currencies(client: Client) -> None:
    today = timezone.now().date()
    for source, currency, gross in (("SUBSCRIPTION", "EUR", 49900), ("ADS", "EUR", 10000), ("SUBSCRIPTION", "MGA", 20000)):
        RevenueDay.objects.create(date=today, source=source, currency=currency, gross_minor=gross, refunds_minor=500, partners_minor=7)
    page = client.get("/money/figures/")
    text = page.content.decode().replace("\u202f", " ").replace("\u00a0", " ")
    assert page.status_code == 200
    for words in ("En EUR", "En MGA", "599,00 €", "20 000 Ar", "Publicité", "Ce trimestre n’est pas fini"):
        assert words in text
    assert "<script" not in page.content.decode().split("<main")[1]


@pytest.mark.django_db
def test_a_quarter_without_money_says_so_and_one_that_never_was_is_not_found(client: Client) -> None:
    assert "Rien n’a été reçu ce trimestre." in client.get("/money/figures/").content.decode()
    now = Quarter.of(timezone.now().date())
    assert client.get(f"/money/figures/{now.year}/{now.number}/").status_code == 200
    assert client.get(f"/money/figures/{now.following.year}/{now.following.number}/").status_code == 404
    assert client.get("/money/figures/2026/9/").status_code == 404
    assert client.post("/money/figures/").status_code == 405
