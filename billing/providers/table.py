"""Which provider speaks under which name."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from billing.enums import Provider
from billing.providers.airtel import AirtelMoney
from billing.providers.base import PaymentProvider
from billing.providers.mvola import MVola
from billing.providers.orange import OrangeMoney
from billing.providers.paypal import make_paypal
from billing.providers.stripe_payments import open_stripe


class NotConfigured(LookupError):
    """This house has no keys for that provider."""


# name -> a maker that returns None where the house has no keys for it. One line a provider.
_MAKERS: dict[str, Callable[[], PaymentProvider | None]] = {
    Provider.STRIPE: open_stripe,
    Provider.PAYPAL: make_paypal,
    Provider.MVOLA: lambda: MVola() if settings.MVOLA_KEY else None,
    Provider.ORANGE: lambda: OrangeMoney() if settings.ORANGE_BASIC else None,
    Provider.AIRTEL: lambda: AirtelMoney() if settings.AIRTEL_CLIENT else None,
}


def get_provider(name: str) -> PaymentProvider:
    """The provider of that name.

    Raises:
        NotConfigured.
    """
    provider = _MAKERS[name]() if name in _MAKERS else None
    if provider is None:
        raise NotConfigured(name)
    return provider


def list_providers() -> list[PaymentProvider]:
    """The providers that this house has keys for, in the order they are offered."""
    return [provider for maker in _MAKERS.values() if (provider := maker()) is not None]
