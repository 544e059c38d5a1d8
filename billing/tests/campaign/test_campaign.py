"""The fault campaign: thousands of payments through doors, janitor and statements of an operator that fails, and not an ariary goes astray.

500 payments by the three operators, most of them in the worst weather, one seed. RESAKA_LONG=1: 10 000 payments of each operator in each
weather, five seeds.
RESAKA_CAMPAIGN=…: so many in each weather. RESAKA_SEED=…: the first seed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.tests.factories import make_user
from billing.enums import PaymentState, Provider
from billing.ledger import prove
from billing.models import LedgerEntry, Payment, ProviderEvent
from billing.providers.bearer import forget_tokens
from billing.services import reach
from billing.tests.campaign.judge import Verdict, judge, reconcile
from billing.tests.campaign.stage import Run
from billing.tests.campaign.weather import FAULTS, weather_of
from billing.tests.operators.standin import Operators, point_at

logger = logging.getLogger("resaka.billing.campaign")
LONG = os.environ.get("RESAKA_LONG") == "1"
EACH = int(os.environ.get("RESAKA_CAMPAIGN") or (10_000 if LONG else 0))
SHORT = {0: 27, 10: 50, 40: 90}
FIRST = int(os.environ.get("RESAKA_SEED") or 1)
SEEDS = range(FIRST, FIRST + (5 if LONG else 1))

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operators(settings: Any, live_server: Any, seed: int) -> Iterator[Operators]:
    running = Operators(seed=seed)
    point_at(settings, running.url)
    settings.ORIGIN, settings.AIRTEL_CALLBACK_SECRET = live_server.url, "shared"
    running.turn("airtel", callback_url=f"{live_server.url}/webhooks/airtel/", callback_secret="shared")
    forget_tokens()
    reach.forget()
    yield running
    running.stop()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("provider", [Provider.MVOLA, Provider.ORANGE, Provider.AIRTEL])
def test_nobody_is_charged_twice_and_nothing_is_forgotten(operators: Operators, provider: Provider, faults: int, seed: int) -> None:
    operators.turn(provider.lower(), **weather_of(faults))
    count = EACH or SHORT[faults]
    run = Run(operators, provider, count, seed)
    run.pay()
    run.look_after()
    asked = len(run.list_open())
    reconcile(run, first=make_user("Soa"), second=make_user("Toky"))

    assert judge(run) == Verdict(0, 0, 0, 0, 0, 0, 0)
    states = {state: Payment.objects.filter(state=state).count() for state in PaymentState.values}
    assert states["SUCCEEDED"] > count // 2
    assert states["SUCCEEDED"] + states["FAILED"] + states["EXPIRED"] == count
    assert LedgerEntry.objects.filter(account__code__startswith="wallet:").count() == states["SUCCEEDED"]
    if faults == 0:
        assert (asked, states["UNKNOWN"]) == (0, 0)  # without a fault nobody has to wait for a statement
    # an order of Orange whose reply was lost is told to have ended, with a token that is not the payment's any more
    followed = ["PROCESSED", "IGNORED", *(["REFUSED"] if provider == Provider.ORANGE else [])]
    assert ProviderEvent.objects.exclude(state__in=followed).count() == 0
    figures = {"provider": provider.value, "faults": faults, "seed": seed, "left to the statement": asked, **states}
    logger.info("campaign", extra={"fields": figures})
    proof = prove(now=run.now)
    assert {rule: places for rule, places in proof.results.items() if places and rule != "I9"} == {}
