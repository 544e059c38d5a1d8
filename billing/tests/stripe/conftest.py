"""A stand-in of Stripe for these tests. What was said in each of them is held against Stripe's own document when it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from billing.tests.stripe.document import faults_of_call, faults_of_event
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
