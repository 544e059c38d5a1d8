"""What a payer tells of themselves, and the register of VAT numbers, which runs as a program of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import VatNumberState, VatTreatment
from billing.models import BillingDetails
from billing.providers.vies import NoAnswer, Registered, ask_vies
from billing.queries.taxpayers import Details, find_details, get_tax_country, is_company_known
from billing.queries.vat import VatSplit, split_vat
from billing.services.taxpayers import DetailsInvalid, refresh_company, save_details
from billing.tests.selling.conftest import Register
from billing.tests.selling.house import NOON
from core.money import Money
from core.ratelimit import RateLimited
from core.sealing import destroy_key

pytestmark = pytest.mark.django_db
PRICE = Money(499, "EUR")
FIRM = Details("Muster GmbH", "Hauptstr. 1", "10115", "Berlin", "DE", is_business=True, vat_number="DE 136 695 976")


def ask_again(user: User, hours: float) -> bool:
    now = NOON + timedelta(hours=hours)
    refresh_company(payer=user, now=now)
    return is_company_known(user=user, now=now)


def split_for(user: User) -> VatSplit:
    """What a price holds for this person, as an order asks."""
    known = ask_again(user, 0)
    return split_vat(PRICE, country=get_tax_country(user=user), on=NOON.date(), reverse_charge=known)


# ---- The register --------------------------------------------------------------------------------------------------------------


def test_the_register_knows_a_number_and_names_its_answer(vies: Register) -> None:
    assert ask_vies(vat_number="DE136695976") == Registered(valid=True, consultation="WAPIAAA0001")
    asked = {"countryCode": "DE", "vatNumber": "136695976", "requesterMemberStateCode": "FR", "requesterNumber": "40303265045"}
    assert vies.asked == [asked]
    assert ask_vies(vat_number="DE129273398") == Registered(valid=False)


def test_a_seller_without_a_number_of_the_union_asks_without_a_name(vies: Register, settings: Any) -> None:
    settings.SELLER_VAT_NUMBER = ""
    assert ask_vies(vat_number="DE136695976") == Registered(valid=True)
    assert vies.asked == [{"countryCode": "DE", "vatNumber": "136695976"}]


@pytest.mark.parametrize("mode", ["unavailable", "busy", "error", "other", "nonsense"])
def test_whatever_is_no_answer_is_none(vies: Register, mode: str) -> None:
    vies.behave(mode)
    with pytest.raises(NoAnswer):
        ask_vies(vat_number="DE136695976")


def test_a_register_that_is_away_or_may_not_be_asked_gives_no_answer(settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    with pytest.raises(NoAnswer):
        ask_vies(vat_number="DE136695976")


# ---- What is told --------------------------------------------------------------------------------------------------------------


def test_details_lie_sealed_and_come_back_whole(amina: User, vies: Register) -> None:
    assert save_details(user=amina, details=FIRM, now=NOON) == VatNumberState.VALID
    row = BillingDetails.objects.get()
    assert (row.country, row.is_business, row.vat_consultation, row.vat_checked_at) == ("DE", True, "WAPIAAA0001", NOON)
    assert b"Muster" not in bytes(row.details)
    told = find_details(user=amina)
    assert told == Details("Muster GmbH", "Hauptstr. 1", "10115", "Berlin", "DE", True, "DE136695976", "")
    assert get_tax_country(user=amina) == "DE"


def test_details_whose_key_is_gone_are_gone(amina: User, vies: Register) -> None:
    save_details(user=amina, details=FIRM, now=NOON)
    destroy_key(amina.scope)
    assert find_details(user=amina) is None


def test_without_details_the_profile_says_where_somebody_lives(amina: User) -> None:
    assert find_details(user=amina) is None
    assert get_tax_country(user=amina) == "FR"
    assert get_tax_country(user=make_user("Ben", country="ZZ")) == ""


def test_a_person_alone_has_no_number_and_the_register_is_not_asked(amina: User, vies: Register) -> None:
    own = Details("Amina R.", country="BE", vat_number="DE136695976", registration="1")
    assert save_details(user=amina, details=own, now=NOON) == VatNumberState.NONE
    assert find_details(user=amina) == Details("Amina R.", country="BE")
    assert vies.asked == []


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"country": ""}, "country", "COUNTRY"),
        ({"country": "D1"}, "country", "COUNTRY"),
        ({"name": " "}, "name", "MISSING"),
        ({"street": "\u200b"}, "street", "MISSING"),
        ({"town": ""}, "town", "MISSING"),
        ({"name": "x" * 121}, "name", "TOO_LONG"),
        ({"vat_number": "DE136695977"}, "vat_number", "BAD_NUMBER"),
        ({"vat_number": "hello"}, "vat_number", "BAD_NUMBER"),
        ({"vat_number": "EU826010755"}, "vat_number", "BAD_NUMBER"),
        ({"vat_number": "FR40303265045"}, "vat_number", "OTHER_COUNTRY"),
        ({"country": "CH"}, "vat_number", "OTHER_COUNTRY"),
    ],
)
def test_bad_details_change_nothing_and_say_where(amina: User, vies: Register, changes: dict[str, str], field: str, why: str) -> None:
    told = {**{name: getattr(FIRM, name) for name in Details.__slots__}, **changes}
    with pytest.raises(DetailsInvalid) as caught:
        save_details(user=amina, details=Details(**told), now=NOON)
    assert (caught.value.field, caught.value.why) == (field, why)
    assert not BillingDetails.objects.exists()
    assert vies.asked == []


def test_greece_is_el_in_its_numbers(amina: User, vies: Register) -> None:
    greek = Details("Etairia", "Odos 1", "10551", "Athina", "GR", is_business=True, vat_number="EL 094259216")
    assert save_details(user=amina, details=greek, now=NOON) == VatNumberState.VALID
    split = split_for(amina)
    assert (split.treatment, split.country) == (VatTreatment.REVERSE_CHARGE, "GR")


# ---- Reverse charge ------------------------------------------------------------------------------------------------------------


def test_a_known_company_elsewhere_pays_its_vat_itself(amina: User, vies: Register) -> None:
    save_details(user=amina, details=FIRM, now=NOON)
    split = split_for(amina)
    assert (split.treatment, split.vat, split.net) == (VatTreatment.REVERSE_CHARGE, Money(0, "EUR"), PRICE)
    assert len(vies.asked) == 1


@pytest.mark.parametrize(("mode", "state"), [("unavailable", VatNumberState.UNANSWERED), ("error", VatNumberState.UNANSWERED)])
def test_without_an_answer_vat_is_charged(amina: User, vies: Register, mode: str, state: VatNumberState) -> None:
    vies.behave(mode)
    assert save_details(user=amina, details=FIRM, now=NOON) == state
    assert split_for(amina).vat == Money(83, "EUR")


def test_an_unknown_number_is_charged_and_kept_as_unknown(amina: User, vies: Register) -> None:
    stranger = Details("Fremd GmbH", "Weg 2", "80331", "München", "DE", is_business=True, vat_number="DE129273398")
    assert save_details(user=amina, details=stranger, now=NOON) == VatNumberState.INVALID
    assert split_for(amina).vat == Money(83, "EUR")


def test_a_yes_counts_for_a_day_and_is_asked_again_after(amina: User, vies: Register) -> None:
    save_details(user=amina, details=FIRM, now=NOON)
    vies.behave("unavailable")
    assert ask_again(amina, 23.9) is True
    assert vies.asked == []
    assert is_company_known(user=amina, now=NOON + timedelta(hours=24)) is False
    assert ask_again(amina, 24) is False  # an old yes is none
    assert BillingDetails.objects.get().vat_state == VatNumberState.UNANSWERED
    vies.behave("ok")
    assert ask_again(amina, 24.1) is True
    assert BillingDetails.objects.get().vat_state == VatNumberState.VALID


def test_the_register_is_not_asked_for_ever(amina: User, vies: Register) -> None:
    vies.behave("unavailable")
    for _try in range(10):
        save_details(user=amina, details=FIRM, now=NOON)
    with pytest.raises(RateLimited):
        save_details(user=amina, details=FIRM, now=NOON)
    assert ask_again(amina, 1) is False  # and a purchase goes on, with VAT
    assert len(vies.asked) == 10
