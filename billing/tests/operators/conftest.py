"""The stand-in of the operators, started once for the tests of a module and emptied before each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.models import Payment
from billing.providers.base import seal_text
from billing.providers.bearer import forget_tokens
from billing.tests.operators.standin import Operators, point_at
from core.tests.standin import Reply, StandIn

NOW = datetime(2026, 11, 26, 10, 0, 0, 123456, tzinfo=UTC)
AMINA = "+261340000003"

MakePayment = Callable[..., Payment]


@pytest.fixture(scope="module")
def program() -> Iterator[Operators]:
    running = Operators()
    yield running
    running.stop()


@pytest.fixture
def operators(program: Operators, settings: Any) -> Operators:
    program.reset()
    forget_tokens()
    point_at(settings, program.url)
    return program


@pytest.fixture
def house(settings: Any) -> Iterator[StandIn]:
    """Where the operators knock: it takes what comes and answers 200."""
    with StandIn(lambda _said: Reply(chunks=[b"{}"])) as server:
        settings.ORIGIN = server.url("")
        yield server


@pytest.fixture
def make_payment(db: None) -> MakePayment:
    """A payment that lies in no row: providers read it and keep nothing."""

    def make(provider: str, *, amount: int = 15000, msisdn: str = AMINA, secret: str = "", **fields: Any) -> Payment:
        payment = Payment(
            purpose="SUBSCRIPTION",
            subject_key="plan:1",
            amount_minor=amount,
            currency="MGA",
            provider=provider,
            created_at=NOW,
            expires_at=NOW,
            **fields,
        )
        payment.payer_msisdn = seal_text(payment, "payer_msisdn", msisdn)
        payment.provider_secret = seal_text(payment, "provider_secret", secret)
        return payment

    return make
