"""Asking Stripe beyond the Protocol of providers, with the memory of whether it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from billing.enums import Provider
from billing.providers.stripe import Denied, Gateway, open_gateway
from billing.services.reach import ask

Answer = TypeVar("Answer")


def ask_stripe(call: Callable[[Gateway], Answer]) -> Answer:
    """What Stripe says, in one call or more. A refusal is an answer, so it does not count as silence.

    Raises:
        Denied: it said no, and has done nothing. NotReached.
    """

    def said() -> Answer | Denied:
        try:
            return call(open_gateway())
        except Denied as denied:
            return denied

    found = ask(Provider.STRIPE.value, said)
    if isinstance(found, Denied):
        raise found
    return found
