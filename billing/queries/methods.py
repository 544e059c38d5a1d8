"""By what something can be paid in this house."""

from __future__ import annotations

from dataclasses import dataclass

from billing.enums import Provider
from billing.providers.table import list_providers
from billing.queries.payable import Payable


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay. `rings`: it asks on the payer's telephone; `answers`: the provider is not away just now."""

    name: str
    label: str
    rings: bool
    answers: bool


def list_methods(*, payable: Payable, silent: frozenset[str] = frozenset()) -> list[Method]:
    """The providers that this house has keys for and that take this sum, in the order they are offered; those of `silent` are away."""
    found = []
    for provider in list_providers():
        can, money = provider.capabilities(), payable.money
        fits = money.currency in can.currencies and money.amount_minor <= can.largest.get(money.currency, money.amount_minor)
        if fits and (not payable.only or provider.name in payable.only):
            label = str(Provider(provider.name).label)
            found.append(Method(provider.name, label, can.needs_msisdn, provider.name not in silent))
    return found
