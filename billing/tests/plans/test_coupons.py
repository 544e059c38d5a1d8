"""Coupons: for whom, when, how often; guessed by nobody, used by no crowd more often than they were made for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import CouponDuration, Interval, OrderState
from billing.models import Coupon, CouponRedemption, Plan
from billing.queries.orders import ORDER_LIFE
from billing.services.coupons import CouponRefused, Why, check_coupon, discount_of, find_running, normalise, redeem, release, try_code
from billing.services.orders import expire_orders
from billing.tests.plans.selling import DAY, NOON, make_coupon, order, pay, price_of, subscribe
from core.money import Money
from core.ratelimit import RateLimited

LogIn = Callable[[User | None], Client]


def refusal(user: User, code: str = "BIENVENUE", interval: str = Interval.MONTH, currency: str = "EUR", *, day: int = 0) -> Why | None:
    try:
        check_coupon(user=user, code=code, price=price_of(interval, currency), now=NOON + day * DAY)
    except CouponRefused as error:
        return error.why
    return None


@pytest.mark.django_db
def test_a_code_is_read_as_people_type_it(amina: User) -> None:
    make_coupon()
    assert normalise("  bien venue ") == "BIENVENUE"
    assert refusal(amina, " bienvenue") is None
    assert refusal(amina, "BIENVENU") == Why.UNKNOWN
    assert refusal(amina, "") == Why.UNKNOWN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"active": False}, Why.UNKNOWN),
        ({"ends_at": NOON}, Why.NOT_NOW),
        ({"ends_at": NOON + timedelta(seconds=1)}, None),
        ({"max_redemptions": 3, "redeemed": 3}, Why.USED_UP),
        ({"max_redemptions": 3, "redeemed": 2}, None),
        ({"amount_minor": 5000, "currency": "MGA"}, Why.OTHER_CURRENCY),
        ({"amount_minor": 100, "currency": "EUR"}, None),
    ],
)
def test_each_limit_is_told_apart(amina: User, fields: dict[str, Any], why: Why | None) -> None:
    make_coupon(**fields)
    assert refusal(amina) == why


@pytest.mark.django_db
def test_before_its_first_day_it_does_not_count(amina: User) -> None:
    make_coupon()
    assert refusal(amina, day=-2) == Why.NOT_NOW


@pytest.mark.django_db
def test_it_counts_for_its_plans_alone(amina: User) -> None:
    coupon = make_coupon()
    coupon.plans.set(Plan.objects.filter(code="FREE"))
    assert refusal(amina) == Why.OTHER_PLAN
    coupon.plans.set(Plan.objects.all())
    assert refusal(amina) is None


@pytest.mark.django_db
def test_for_a_first_purchase_means_that_nothing_was_paid_before(amina: User, ben: User) -> None:
    make_coupon(first_purchase_only=True)
    subscribe(amina)
    order(ben)
    assert (refusal(amina), refusal(ben)) == (Why.NOT_FIRST, None)


@given(st.integers(1, 10**9), st.integers(1, 100))
def test_a_share_takes_off_no_more_than_all(minor: int, percent: int) -> None:
    off = discount_of(Coupon(percent=percent), Money(minor, "EUR"))
    assert 0 <= off.amount_minor <= minor
    assert abs(off.amount_minor * 100 - minor * percent) <= 50


def test_an_amount_takes_off_no_more_than_all() -> None:
    assert discount_of(Coupon(amount_minor=700, currency="EUR"), Money(499, "EUR")) == Money(499, "EUR")
    assert discount_of(Coupon(percent=50), Money(499, "EUR")) == Money(250, "EUR")


@pytest.mark.django_db
def test_once_a_person_and_counted_once(amina: User, ben: User) -> None:
    coupon = make_coupon(max_redemptions=2)
    subscribe(amina, coupon_code="BIENVENUE")
    assert refusal(amina) == Why.USED
    with pytest.raises(CouponRefused) as error:
        redeem(coupon=coupon, user=amina, now=NOON)
    assert error.value.why == Why.USED
    subscribe(ben, coupon_code="BIENVENUE")
    coupon.refresh_from_db()
    assert (coupon.redeemed, CouponRedemption.objects.count()) == (2, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "prices"),
    [
        ({"duration": CouponDuration.ONCE}, [249, 499, 499]),
        ({"duration": CouponDuration.REPEATING, "periods": 2}, [249, 249, 499]),
        ({"duration": CouponDuration.FOREVER}, [249, 249, 249]),
    ],
)
def test_it_counts_for_as_many_periods_as_it_says(amina: User, fields: dict[str, Any], prices: list[int]) -> None:
    make_coupon(**fields)
    paid = []
    for month in range(3):
        now = NOON + month * 30 * DAY
        made = order(amina, now=now, coupon_code="BIENVENUE" if month == 0 else "")
        pay(made, now=now)
        paid.append(made.amount_minor)
    assert paid == prices
    assert Coupon.objects.get().redeemed == 1


@pytest.mark.django_db
def test_of_two_that_run_the_better_one_counts(amina: User) -> None:
    make_coupon("PEU", percent=10, duration=CouponDuration.FOREVER)
    make_coupon("MGA", amount_minor=9000, currency="MGA", duration=CouponDuration.FOREVER)
    for coupon in (*Coupon.objects.all(), make_coupon("PLUS", percent=30, duration=CouponDuration.FOREVER)):
        redeem(coupon=coupon, user=amina, now=NOON)
    assert str(find_running(user=amina, price=price_of())) == "PLUS"
    Coupon.objects.filter(code="PLUS").update(active=False)
    assert str(find_running(user=amina, price=price_of())) == "PEU"


@pytest.mark.django_db
def test_an_order_that_nobody_paid_gives_its_coupon_back(amina: User) -> None:
    make_coupon(max_redemptions=1)
    made = order(amina, coupon_code="BIENVENUE")
    assert Coupon.objects.get().redeemed == 1
    assert expire_orders(now=NOON + ORDER_LIFE) == 1
    made.refresh_from_db()
    assert (made.state, Coupon.objects.get().redeemed, CouponRedemption.objects.count()) == (OrderState.EXPIRED, 0, 0)
    pay(made, now=NOON + 2 * DAY)  # paid after all, at the price that it had
    assert (made.amount_minor, Coupon.objects.get().redeemed) == (249, 1)


@pytest.mark.django_db
def test_giving_back_twice_gives_back_once(amina: User) -> None:
    coupon = make_coupon()
    redeem(coupon=coupon, user=amina, now=NOON)
    release(coupon=coupon, user=amina)
    release(coupon=coupon, user=amina)
    coupon.refresh_from_db()
    assert coupon.redeemed == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"percent": 101},
        {"percent": 0},
        {"percent": 10, "amount_minor": 5, "currency": "EUR"},
        {"percent": None},
        {"percent": None, "amount_minor": 5},
        {"percent": 10, "duration": "REPEATING"},
        {"percent": 10, "periods": 3},
        {"percent": 10, "max_redemptions": 1, "redeemed": 2},
    ],
)
def test_the_database_keeps_no_coupon_that_makes_no_sense(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        Coupon.objects.create(**({"code": "X", "starts_at": NOON, "created_at": NOON} | fields))


@pytest.mark.django_db
def test_ten_tries_an_hour_and_a_right_code_does_not_help_the_eleventh(amina: User, ben: User) -> None:
    make_coupon()
    for number in range(10):
        with pytest.raises(CouponRefused):
            try_code(user=amina, code=f"DEVINE{number}", now=NOON)
    with pytest.raises(RateLimited):
        try_code(user=amina, code="BIENVENUE", now=NOON)
    assert try_code(user=ben, code="BIENVENUE", now=NOON).code == "BIENVENUE"


@pytest.mark.django_db
def test_the_page_keeps_a_code_that_counts_and_says_why_another_does_not(amina: User, as_: LogIn) -> None:
    make_coupon(ends_at=None)
    browser = as_(amina)
    wrong = browser.post("/money/coupon/", {"code": "<script>"})
    assert (wrong.status_code, "Nous ne connaissons pas ce code." in wrong.content.decode()) == (422, True)
    assert '<script>"' not in wrong.content.decode()
    empty = browser.post("/money/coupon/", {"code": ""})
    assert "Écrivez le code" in empty.content.decode()
    assert browser.post("/money/coupon/", {"code": "bienvenue"})["Location"] == "/money/premium/"
    recap = browser.get(f"/money/order/{price_of().public_id}/").content.decode()
    assert "Code BIENVENUE" in recap
    for _more in range(8):
        browser.post("/money/coupon/", {"code": "NON"})
    late = browser.post("/money/coupon/", {"code": "BIENVENUE"})
    assert (late.status_code, late["Retry-After"]) == (429, "3600")


@pytest.mark.servers
@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_three_get_the_last_three() -> None:
    coupon = make_coupon(max_redemptions=3)
    people = [make_user(f"Racer{number}") for number in range(20)]
    start = Barrier(len(people))

    def race(user: User) -> Why | None:
        start.wait(timeout=30)
        try:
            redeem(coupon=coupon, user=user, now=NOON)
        except CouponRefused as error:
            return error.why
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(people)) as crowd:
        ends = list(crowd.map(race, people))
    coupon.refresh_from_db()
    assert (ends.count(None), ends.count(Why.USED_UP)) == (3, 17)
    assert (coupon.redeemed, CouponRedemption.objects.count()) == (3, 3)
