"""What one posting earns: read from its accounts, the tax with its sale, and nothing from money that only moves."""

from __future__ import annotations

import pytest

from billing.enums import RevenueSource
from billing.services.revenue.tallying import Earned, Line, tally

SUBSCRIPTION, ADS, COMMISSION, OTHER = RevenueSource.SUBSCRIPTION, RevenueSource.ADS, RevenueSource.COMMISSION, RevenueSource.OTHER
SALE = [("clearing:STRIPE:EUR", -499), ("revenue:subscription:EUR", 416), ("vat:FR:EUR", 83)]


def turned(lines: list[Line]) -> list[Line]:
    return [(code, -amount) for code, amount in lines]


def test_a_sale() -> None:
    assert tally("PAYMENT", SALE) == {(SUBSCRIPTION, "EUR"): Earned(gross=499, vat=83)}
    assert tally("PAYMENT", SALE)[SUBSCRIPTION, "EUR"].net == 416


def test_what_goes_back_is_no_negative_sale() -> None:
    back = tally("REFUND", turned(SALE))[SUBSCRIPTION, "EUR"]
    assert back == Earned(refunds=499, vat=-83)
    assert (tally("PAYMENT", SALE)[SUBSCRIPTION, "EUR"] + back).net == 0


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("PAYMENT", [("clearing:MVOLA:MGA", -5000), ("wallet:7:MGA", 5000)]),
        ("PAYOUT", [("bank:main:EUR", -900), ("clearing:STRIPE:EUR", 900)]),
        ("PAYOUT", [("payable:p1:EUR", -900), ("bank:main:EUR", 900)]),
        ("SUSPENSE", [("clearing:MVOLA:MGA", -42), ("suspense:MVOLA:MGA", 42)]),
        ("DISPUTE", [("expense:dispute:EUR", -499), ("dispute:STRIPE:EUR", 499)]),
        ("POINTS", [("points:tea:7", 10), ("points_issued:tea", -10)]),
        ("RELEASE", [("payable_pending:p1:EUR", -900), ("payable:p1:EUR", 900)]),
    ],
)
def test_money_that_only_moves_earns_nothing(kind: str, lines: list[Line]) -> None:
    assert tally(kind, lines) == {}


@pytest.mark.parametrize(
    ("kind", "source"),
    [("FEE_SUBSCRIPTION", SUBSCRIPTION), ("FEE_AD_CAMPAIGN", ADS), ("FEE_ORDER", COMMISSION), ("FEE_WALLET_TOPUP", OTHER), ("FEE", OTHER)],
)
def test_a_fee_stands_with_what_was_paid(kind: str, source: RevenueSource) -> None:
    assert tally(kind, [("fees:STRIPE:EUR", -30), ("clearing:STRIPE:EUR", 30)]) == {(source, "EUR"): Earned(fees=30)}


def test_an_order_has_its_partners_share() -> None:
    lines = [("clearing:STRIPE:EUR", -10000), ("payable_pending:p1:EUR", 9000), ("revenue:commission:EUR", 833), ("vat:FR:EUR", 167)]
    assert tally("PAYMENT", lines) == {(COMMISSION, "EUR"): Earned(gross=1000, vat=167, partners=9000)}


def test_the_tax_of_two_sources_is_parted_to_the_last_cent() -> None:
    lines = [("clearing:STRIPE:EUR", -120), ("revenue:ads:EUR", 67), ("revenue:subscription:EUR", 33), ("vat:FR:EUR", 20)]
    earned = tally("PAYMENT", lines)
    assert (earned[ADS, "EUR"].vat, earned[SUBSCRIPTION, "EUR"].vat) == (13, 7)
    assert sum(one.gross for one in earned.values()) == 120


def test_currencies_stay_apart() -> None:
    lines = [*SALE, ("clearing:MVOLA:MGA", -2000), ("revenue:subscription:MGA", 2000)]
    assert tally("PAYMENT", lines) == {(SUBSCRIPTION, "EUR"): Earned(gross=499, vat=83), (SUBSCRIPTION, "MGA"): Earned(gross=2000)}


def test_a_revenue_that_the_table_does_not_know_is_other() -> None:
    assert tally("PAYMENT", [("clearing:STRIPE:EUR", -5), ("revenue:lottery:EUR", 5)]) == {(OTHER, "EUR"): Earned(gross=5)}
