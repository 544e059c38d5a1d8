"""Asking Stripe beyond the Protocol of providers, with the memory of whether it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.enums import Provider
from billing.providers.stripe import Denied, Gateway, open_gateway
from billing.services.reach import ask


def ask_stripe(call: Callable[[Gateway], dict[str, Any]]) -> dict[str, Any]:
    """What Stripe says. A refusal is an answer, so it does not count as silence.

    Raises:
        Denied: it said no, and has done nothing. NotReached.
    """
    refused: list[Denied] = []

    def said() -> dict[str, Any]:
        try:
            return call(open_gateway())
        except Denied as denied:
            refused.append(denied)
            return {}

    found = ask(Provider.STRIPE.value, said)
    if refused:
        raise refused[0]
    return found
