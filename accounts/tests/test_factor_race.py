"""One application and one set of recovery codes per person, however many requests come in the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import IntegrityError, connections, transaction
from django.test import Client

from accounts.enums import MfaChange
from accounts.models import User
from accounts.services.factors import FactorTaken, change_factors
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import code_of, confirm, enter, secret_on
from accounts.tests.factories import make_user

MANY = 20
BROWSERS = 5
SECRET = "JBSWY3DPEHPK3PXP"


def activate(user: User, start: Barrier | None = None) -> bool:
    """What the page does with a right code; whether it was this one that won."""
    if start is not None:
        start.wait(timeout=30)
    try:
        with change_factors(user=user):
            TOTP.activate(user, SECRET)
    except FactorTaken:
        return False
    return True


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_twenty_activations_at_once_one_counts() -> None:
    start, dina = Barrier(MANY), make_user("Dina")

    def race(_number: int) -> bool:
        try:
            return activate(User.objects.get(pk=dina.pk), start)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as crowd:
        won = list(crowd.map(race, range(MANY)))
    assert won.count(True) == 1
    assert Authenticator.objects.filter(user=dina, type="totp").count() == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_activate_at_once_both_get_a_page() -> None:
    dina = make_user("Dina", password=PASSWORD)
    clients = [confirm(enter(dina)) for _number in range(BROWSERS)]
    codes = [code_of(secret_on(client.get("/2fa/totp/activate/").content.decode())) for client in clients]
    cache.clear()  # the limit of attempts is not what is raced for
    start = Barrier(BROWSERS)

    def race(pair: tuple[Client, str]) -> int:
        client, code = pair
        start.wait(timeout=30)
        try:
            return client.post("/2fa/totp/activate/", {"code": code}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(BROWSERS) as crowd:
        answers = list(crowd.map(race, zip(clients, codes, strict=True)))
    assert set(answers) == {302}
    assert Authenticator.objects.filter(user=dina, type="totp").count() == 1


@pytest.mark.django_db
def test_who_activates_second_is_told_no() -> None:
    dina = make_user("Dina")
    assert (activate(dina), activate(dina)) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_the_database_itself_refuses_a_second_one(kind: str) -> None:
    dina, ben = make_user("Dina"), make_user("Ben")
    Authenticator.objects.create(user=dina, type=kind, data={})
    Authenticator.objects.create(user=ben, type=kind, data={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Authenticator.objects.create(user=dina, type=kind, data={})


@pytest.mark.django_db
def test_keys_may_be_many() -> None:
    dina = make_user("Dina")
    with change_factors(user=dina) as watch:
        for _number in range(3):
            Authenticator.objects.create(user=dina, type="webauthn", data={})
    assert watch.changes == (MfaChange.PASSKEY_ADDED,) * 3
