"""An account that closes takes its unspent credit along: told by an event, once however often it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.enums import UserStatus
from accounts.events import AccountClosed
from accounts.models import User
from accounts.services.closure import begin_closing, finish_closings
from accounts.tests.factories import NOON, make_user
from billing.handlers import on_account_closed_wallet
from billing.models import Refund
from billing.tasks import expire_promos
from billing.tests.purses import given_of, held_of, lots_of, open_wallets, paid_of, pay_in
from billing.tests.test_wallet import give
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def leaving() -> User:
    """Amina, with 20 € paid and 3 € given, whose days of grace are over."""
    amina = make_user("Amina")
    pay_in(amina, 20_00)
    give(amina, 3_00)
    begin_closing(user=amina, now=NOON)
    return amina


def test_closing_for_good_sends_it_back(leaving: User) -> None:
    assert Refund.objects.count() == 0  # within the days of grace nothing happens
    assert finish_closings(now=NOON + timedelta(days=31)) == 1
    deliver_all()
    assert User.objects.get(pk=leaving.pk).status == UserStatus.CLOSED
    assert [(refund.amount_minor, refund.reason) for refund in Refund.objects.all()] == [(20_00, "CANCELLATION")]
    assert (paid_of(leaving), held_of(leaving), given_of(leaving), lots_of(leaving)) == (20_00, 20_00, 0, 0)


def test_told_again_it_sends_nothing_more(leaving: User) -> None:
    for _time in range(3):
        on_account_closed_wallet(AccountClosed(user_id=leaving.pk))
    assert (Refund.objects.count(), held_of(leaving)) == (1, 20_00)


def test_somebody_who_is_gone_altogether_is_no_fault() -> None:
    on_account_closed_wallet(AccountClosed(user_id=999_999))


def test_what_was_given_ends_by_the_job() -> None:
    ben = make_user("Ben")
    give(ben, 3_00, days=0)
    assert expire_promos() == 1
    assert (given_of(ben), lots_of(ben)) == (0, 0)
