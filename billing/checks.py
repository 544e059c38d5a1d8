"""System checks of this app."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from billing.models.rates import RATES
from billing.providers.table import list_providers
from billing.queries.seller import list_missing_of_seller


def check_seller(**_kwargs: Any) -> list[CheckMessage]:
    """billing.E001: what is sold has an invoice, and the law says what stands on it; billing.E002: the seller's country has a rate.

    Whoever sells nothing yet, and the embedded shape, where nothing is sold in earnest, may leave the seller out.
    """
    found: list[CheckMessage] = []
    if not settings.EMBEDDED and list_providers() and (missing := list_missing_of_seller()):
        found.append(Error(f"invoices lack what the law asks for: {', '.join(missing)}", id="billing.E001"))
    known = {country for country, _rate, _since in RATES}
    unknown = sorted({settings.SELLER_COUNTRY, *settings.VAT_COUNTRIES} - known)
    return [*found, *(Error(f"no rate of VAT for {country} (billing.models.rates)", id="billing.E002") for country in unknown)]
