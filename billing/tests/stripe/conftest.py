"""A stand-in of Stripe for these tests. What was said in each of them is held against Stripe's own document when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import Interval
from billing.models import Payment, PlanOrder, Price
from billing.services import reach
from billing.tests.stripe.document import faults_of_call, faults_of_event
from billing.tests.stripe.house import find_plan_price, make_payment, open_house, pay
from billing.tests.stripe.living import begin
from billing.tests.stripe.standin import StandIn, end, start


@pytest.fixture(scope="session")
def _running() -> Iterator[StandIn]:
    process, standin = start()
    yield standin
    end(process)


@pytest.fixture
def standin(_running: StandIn) -> Iterator[StandIn]:
    """A world without a past."""
    _running.control("reset")
    yield _running
    said = _running.look("traffic")
    faults = [fault for call in said["calls"] for fault in faults_of_call(call)]
    faults += [fault for event in said["events"] for fault in faults_of_event(event)]
    assert faults == []


@pytest.fixture
def house(settings: Any, standin: StandIn) -> None:
    """The house asks the stand-in, and thinks well of it."""
    reach.forget()
    open_house(settings, standin)


@pytest.fixture
def now() -> datetime:
    """The wall's time, by which the stand-in lives too."""
    return timezone.now()


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def payment(amina: User, now: datetime) -> Payment:
    """Twenty euros that were just sent."""
    return make_payment(amina, now=now)


@pytest.fixture
def paid(house: None, payment: Payment, standin: StandIn, now: datetime) -> Payment:
    """The same, paid on Stripe's page."""
    return pay(payment, standin, now=now)


@pytest.fixture
def month(now: datetime) -> Price:
    """4.99 a month; what is sold has its conditions."""
    call_command("load_legal", verbosity=0, stdout=StringIO())
    return find_plan_price(499, now=now)


@pytest.fixture
def year(now: datetime) -> Price:
    """49.90 a year."""
    return find_plan_price(4_990, interval=Interval.YEAR, now=now)


@pytest.fixture
def monthly(house: None, amina: User, month: Price, year: Price, standin: StandIn, now: datetime) -> PlanOrder:
    """Amina's subscription of a month, which Stripe renews."""
    return begin(amina, month, standin, now)


@pytest.fixture
def yearly(house: None, amina: User, month: Price, year: Price, standin: StandIn, now: datetime) -> PlanOrder:
    """Amina's subscription of a year."""
    return begin(amina, year, standin, now)
