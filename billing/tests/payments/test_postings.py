"""Lines of the ledger: sums that come apart and together again to the last unit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.postings import (
    Line,
    WithoutPayer,
    is_bookable,
    lines_of_dispute,
    lines_of_double,
    lines_of_refund,
    lines_of_settlement,
)
from billing.models import Payment
from core.money import Money


@dataclass(frozen=True)
class Tax:
    vat: Money
    country: str


def payment(**fields: object) -> Payment:
    given = {"purpose": "SUBSCRIPTION", "amount_minor": 499, "currency": "EUR", "provider": "STRIPE", "payer_id": 7} | fields
    return Payment(**given)


@pytest.mark.parametrize(
    ("purpose", "account"), [("SUBSCRIPTION", "subscription"), ("PARTNER_PLAN", "partner_plan"), ("AD_CAMPAIGN", "ads")]
)
def test_revenue_and_the_state_s_part(purpose: str, account: str) -> None:
    lines = lines_of_settlement(payment(purpose=purpose), Tax(Money(83, "EUR"), "FR"))
    assert lines == [("clearing:STRIPE:EUR", -499), (f"revenue:{account}:EUR", 416), ("vat:FR:EUR", 83)]


def test_no_tax_no_line() -> None:
    for tax in (None, Tax(Money(0, "EUR"), "MG")):
        assert lines_of_settlement(payment(), tax) == [("clearing:STRIPE:EUR", -499), ("revenue:subscription:EUR", 499)]


def test_a_wallet_has_no_tax_yet() -> None:
    lines = lines_of_settlement(payment(purpose="WALLET_TOPUP"), Tax(Money(83, "EUR"), "FR"))
    assert lines == [("clearing:STRIPE:EUR", -499), ("wallet:7:EUR", 499)]


def test_a_wallet_is_somebody_s() -> None:
    with pytest.raises(WithoutPayer):
        lines_of_settlement(payment(purpose="WALLET_TOPUP", payer_id=None), None)


def test_what_was_paid_twice_waits_in_suspense() -> None:
    assert lines_of_double(payment()) == [("clearing:STRIPE:EUR", -499), ("suspense:STRIPE:EUR", 499)]


def test_what_can_be_booked() -> None:
    bookable = {name for name in ("SUBSCRIPTION", "ORDER", "BOOKING", "WALLET_TOPUP", "PARTNER_PLAN", "AD_CAMPAIGN") if is_bookable(name)}
    assert bookable == {"SUBSCRIPTION", "WALLET_TOPUP", "PARTNER_PLAN", "AD_CAMPAIGN"}


SETTLED: list[Line] = [("clearing:STRIPE:EUR", -499), ("revenue:subscription:EUR", 416), ("vat:FR:EUR", 83)]


def test_all_of_it_back() -> None:
    assert lines_of_refund(SETTLED, before=0, amount=499) == [(code, -amount) for code, amount in SETTLED]


def test_half_of_it_back_takes_half_of_the_tax() -> None:
    lines = lines_of_refund(SETTLED, before=0, amount=250)
    assert lines == [("clearing:STRIPE:EUR", 250), ("revenue:subscription:EUR", -208), ("vat:FR:EUR", -42)]


@given(st.integers(1, 10**9), st.floats(0, 0.99), st.lists(st.floats(0, 1), max_size=8))
def test_in_however_many_parts_each_account_ends_where_it_began(whole: int, rate: float, cuts: list[float]) -> None:
    settled = lines_of_settlement(payment(amount_minor=whole), Tax(Money(int(whole * rate), "EUR"), "FR"))
    marks = sorted({0, whole, *(int(whole * cut) for cut in cuts)})
    sums = dict(settled)
    for before, after in itertools.pairwise(marks):
        amount = after - before
        lines = lines_of_refund(settled, before=before, amount=amount)
        assert sum(part for _code, part in lines) == 0
        assert dict(lines)["clearing:STRIPE:EUR"] == amount
        assert all(part < 0 for code, part in lines if not code.startswith("clearing"))
        for code, part in lines:
            sums[code] += part
    assert set(sums.values()) == {0}


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        (["withdrawn"], {"dispute:STRIPE:EUR": -499, "clearing:STRIPE:EUR": 499}),
        (["withdrawn", "won"], {}),
        (["withdrawn", "lost"], {"expense:dispute:EUR": -499, "clearing:STRIPE:EUR": 499}),
    ],
)
def test_disputes(steps: list[str], left: dict[str, int]) -> None:
    sums: dict[str, int] = {}
    for step in steps:
        lines = lines_of_dispute(provider="STRIPE", money=Money(499, "EUR"), step=step)
        assert sum(part for _code, part in lines) == 0
        for code, part in lines:
            sums[code] = sums.get(code, 0) + part
    assert {code: part for code, part in sums.items() if part} == left
