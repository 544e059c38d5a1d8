"""What is left of what was paid, to the minor unit and never more than was paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing.services.proration import refund_after_withdrawal, share_of, time_for, unused_value
from billing.tests.plans.selling import DAY, NOON, order, subscribe
from core.money import Money

EURO = Money(499, "EUR")
LENGTHS = st.integers(1, 10**14).map(lambda ticks: timedelta(microseconds=ticks))


@pytest.mark.parametrize(
    ("part", "whole", "cents"),
    [
        (0, 30, 0),
        (30, 30, 499),
        (15, 30, 250),  # 249.5
        (10, 30, 166),
        (20, 30, 333),
        (31, 30, 499),
        (-1, 30, 0),
    ],
)
def test_a_share_is_rounded_to_the_cent_within_its_bounds(part: int, whole: int, cents: int) -> None:
    assert share_of(EURO, part=part * DAY, whole=whole * DAY) == Money(cents, "EUR")


def test_of_no_time_there_is_no_share() -> None:
    assert share_of(EURO, part=DAY, whole=timedelta(0)) == Money(0, "EUR")


@given(st.integers(0, 10**9), LENGTHS, LENGTHS)
def test_what_is_used_and_what_is_left_make_the_whole(minor: int, part: timedelta, whole: timedelta) -> None:
    money, part = Money(minor, "MGA"), min(part, whole)
    left = share_of(money, part=part, whole=whole)
    used = share_of(money, part=whole - part, whole=whole)
    assert 0 <= left.amount_minor <= minor
    assert abs(left.amount_minor + used.amount_minor - minor) <= 1


@pytest.mark.django_db
def test_an_order_is_worth_what_was_paid_and_what_it_was_credited_with(amina: User) -> None:
    paid = subscribe(amina)
    assert unused_value(paid, now=NOON) == EURO
    assert unused_value(paid, now=NOON + 15 * DAY) == Money(250, "EUR")
    assert unused_value(paid, now=NOON + 31 * DAY) == Money(0, "EUR")
    paid.credit_minor = 501
    assert unused_value(paid, now=NOON) == Money(1000, "EUR")


@pytest.mark.django_db
def test_who_asked_for_an_immediate_start_pays_for_the_days_they_used(amina: User) -> None:
    paid = subscribe(amina)
    assert refund_after_withdrawal(paid, now=NOON) == EURO
    assert refund_after_withdrawal(paid, now=NOON + 10 * DAY) == Money(333, "EUR")


@pytest.mark.django_db
def test_who_did_not_ask_gets_everything_back(amina: User) -> None:
    paid = subscribe(amina, immediate=False)
    assert refund_after_withdrawal(paid, now=NOON + 13 * DAY) == EURO


@pytest.mark.django_db
def test_time_without_its_credit_is_the_share_that_money_paid_for(amina: User) -> None:
    made = order(amina)
    made.amount_minor, made.credit_minor = 300, 100
    assert time_for(made, whole=40 * DAY) == 30 * DAY
