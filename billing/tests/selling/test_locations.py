"""What proves where a payer was: two things that agree, none of them an address of the network."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import ProofKind, Provider
from billing.models import LocationProof
from billing.services.locations import do_locations_agree, note_known_locations, note_location
from billing.tests.selling.house import NOON, make_payment
from core.money import Money

pytestmark = pytest.mark.django_db


def noted(payment: Any) -> set[tuple[str, str]]:
    return set(LocationProof.objects.filter(payment=payment).values_list("kind", "country"))


def test_an_operator_of_madagascar_proves_a_number_there() -> None:
    user = make_user("Toky", country="MG")
    payment = make_payment(user, Money(20_000, "MGA"), provider=Provider.MVOLA)
    note_known_locations(payment=payment, now=NOON)
    note_known_locations(payment=payment, now=NOON)
    assert noted(payment) == {("BILLING", "MG"), ("MSISDN", "MG")}
    assert do_locations_agree(payment=payment) is True


def test_one_proof_is_half_a_proof(amina: User) -> None:
    payment = make_payment(amina, Money(499, "EUR"))
    assert do_locations_agree(payment=payment) is None
    note_known_locations(payment=payment, now=NOON)
    assert noted(payment) == {("BILLING", "FR")}
    assert do_locations_agree(payment=payment) is None


@pytest.mark.parametrize(("card", "agrees"), [("FR", True), ("RE", True), ("MC", True), ("fr", True), ("DE", False)])
def test_the_card_agrees_or_contradicts(amina: User, card: str, agrees: bool) -> None:
    payment = make_payment(amina, Money(499, "EUR"))
    note_known_locations(payment=payment, now=NOON)
    note_location(payment=payment, kind=ProofKind.CARD, country=card, now=NOON)
    assert do_locations_agree(payment=payment) is agrees


@pytest.mark.parametrize("country", ["", "F", "FRA", "1R", "é!", "  "])
def test_what_is_no_country_is_left_out(amina: User, country: str) -> None:
    payment = make_payment(amina, Money(499, "EUR"))
    note_location(payment=payment, kind=ProofKind.CARD, country=country, now=NOON)
    assert noted(payment) == set()


def test_what_was_said_first_stays(amina: User) -> None:
    payment = make_payment(amina, Money(499, "EUR"))
    for country in ("DE", "FR"):
        note_location(payment=payment, kind=ProofKind.CARD, country=country, now=NOON)
    assert noted(payment) == {("CARD", "DE")}


def test_no_kind_of_proof_is_an_address_of_the_network() -> None:
    assert set(ProofKind.values) == {"BILLING", "CARD", "MSISDN"}
    assert not {field.name for field in LocationProof._meta.get_fields()} & {"ip", "peer", "address"}
