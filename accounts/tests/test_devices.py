"""A browser is recognised by a random cookie; what is kept of it is worth nothing to who reads the table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceMark, User
from accounts.services.devices import find_device, is_token, mark_device, new_token
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.tests.purging import purge_devices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


def enter(browser: Client, name: str = "dina") -> None:
    browser.post("/logout/")
    assert browser.post("/login/", {"login": f"{name}@example.org", "password": PASSWORD}).status_code == 302


def test_the_first_log_in_leaves_a_mark_and_the_second_one_is_known_by_it(dina: User) -> None:
    browser = Client()
    enter(browser)
    token = browser.cookies["device"].value
    first = find_device(user=dina, token=token, now=timezone.now())
    enter(browser)
    assert browser.cookies["device"].value == token
    assert first is not None
    assert list(DeviceMark.objects.values_list("pk", flat=True)) == [first.pk]


def test_the_cookie_is_random_out_of_reach_of_scripts_and_lasts_180_days(dina: User) -> None:
    one, two = Client(), Client()
    enter(one)
    enter(two)
    cookie = one.cookies["device"]
    assert is_token(cookie.value)
    assert cookie.value != two.cookies["device"].value
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (True, "Lax", 180 * 24 * 3600, "/")
    assert cookie.value not in str(list(DeviceMark.objects.values_list()))


def test_no_mark_is_set_on_who_only_looks_or_fails_to_log_in(dina: User) -> None:
    browser = Client()
    browser.get("/login/")
    browser.post("/login/", {"login": "dina@example.org", "password": "rano-mafana-99"})
    assert "device" not in browser.cookies
    assert DeviceMark.objects.count() == 0


@pytest.mark.parametrize("cookie", ["", "x", "a" * 44, "a" * 42 + "é", "../../../../etc/passwd" + "a" * 21, "a" * 4000])
def test_a_cookie_of_another_shape_is_replaced(dina: User, cookie: str) -> None:
    browser = Client()
    browser.cookies["device"] = cookie
    enter(browser)
    assert is_token(browser.cookies["device"].value)


def test_a_stolen_table_gives_no_token_and_a_token_opens_no_other_account(dina: User, carol: User) -> None:
    token = new_token()
    assert mark_device(user=dina, token=token, now=NOON) is False
    assert find_device(user=carol, token=token, now=NOON) is None
    assert mark_device(user=carol, token=token, now=NOON) is False  # known to Dina's account says nothing to Carol's
    assert mark_device(user=dina, token=token, now=NOON) is True
    assert DeviceMark.objects.values("mac").distinct().count() == 1  # yet the house can see that they share a browser


def test_a_mark_ends_after_180_days_without_a_log_in(dina: User) -> None:
    token = new_token()
    mark_device(user=dina, token=token, now=NOON)
    mark_device(user=dina, token=token, now=NOON + timedelta(days=100))
    last = NOON + timedelta(days=280)
    assert find_device(user=dina, token=token, now=last - timedelta(seconds=1)) is not None
    assert find_device(user=dina, token=token, now=last) is None
    assert purge_devices(now=last - timedelta(seconds=1)) == 0
    assert purge_devices(now=last) == 1
    assert DeviceMark.objects.count() == 0


def test_one_browser_is_one_mark_of_an_account(dina: User) -> None:
    mark = mark_device(user=dina, token=new_token(), now=NOON)
    row = DeviceMark.objects.get()
    assert mark is False
    with pytest.raises(IntegrityError), transaction.atomic():
        DeviceMark.objects.create(user=dina, mac=row.mac, set_at=NOON, expires_at=NOON)
