"""Where the contract with Stripe is tried: our stand-in always, and Stripe's own test mode for whoever has a key.

    LIVE_STRIPE_TEST=1 LIVE_STRIPE_KEY=sk_test_... python -m pytest billing/tests/stripe/test_contract.py -m live

It leaves prices behind there, which Stripe never deletes; its clocks, and the customers who live by them, it takes away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import stripe

from billing.providers.stripe import VERSION, Gateway
from billing.tests.stripe.standin import KEY, StandIn
from core.hosts import read_host

_API = "https://api.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")
_PATIENCE = 120.0


@dataclass
class Place:
    """One Stripe. `sdk` is its own package, by which a test does what the house never does."""

    gateway: Gateway
    sdk: Any
    clocks: list[str] = field(default_factory=list)

    def make_clock(self, at: int) -> str:
        """A time of its own for some customers."""
        self.clocks.append(self.sdk.test_helpers.test_clocks.create({"frozen_time": at}).id)
        return self.clocks[-1]

    def advance(self, clock: str, to: int) -> None:
        """Move a clock, and wait until what was due has happened."""
        self.sdk.test_helpers.test_clocks.advance(clock, {"frozen_time": to})
        until = time.monotonic() + _PATIENCE
        while self.sdk.test_helpers.test_clocks.retrieve(clock).status != "ready":
            assert time.monotonic() < until, "the clock did not arrive"
            time.sleep(0.5)


def why_not_live(asked: Mapping[str, str]) -> str:
    """Why Stripe itself is not asked; empty: it is.

    Raises:
        ValueError: the key is one that moves money.
    """
    key = asked.get("LIVE_STRIPE_KEY", "")
    if asked.get("LIVE_STRIPE_TEST") != "1" or not key:
        return "not tried against Stripe itself: that takes LIVE_STRIPE_TEST=1 and LIVE_STRIPE_KEY=sk_test_..."
    if not key.startswith(_TEST_KEYS):
        raise ValueError("LIVE_STRIPE_KEY must be a key of the test mode: it begins with sk_test_ or rk_test_")
    return ""


def open_standin(settings: Any, standin: StandIn) -> Place:
    """The stand-in."""
    _let_out(settings, standin.url, KEY)
    return Place(Gateway(url=standin.url, key=KEY), standin.sdk)


def open_live(settings: Any) -> Iterator[Place]:
    """Stripe's test mode, tidied up afterwards."""
    key = os.environ["LIVE_STRIPE_KEY"]
    _let_out(settings, _API, key)
    place = Place(Gateway(url=_API, key=key), stripe.StripeClient(key, stripe_version=VERSION).v1)
    yield place
    for clock in place.clocks:
        place.sdk.test_helpers.test_clocks.delete(clock)


def _let_out(settings: Any, url: str, key: str) -> None:
    settings.OUTBOUND_HOSTS = [read_host(url.split("://")[1])]
    settings.STRIPE_URL, settings.STRIPE_KEY = url, key
