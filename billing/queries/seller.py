"""Who sells, as it stands on invoices, and what of it nobody has told us."""

from __future__ import annotations

from typing import Any

from django.conf import settings


def describe_seller() -> dict[str, Any]:
    """The seller as it stands on a document that is written now."""
    return {
        "name": settings.SELLER_NAME or settings.SITE_NAME,
        "address": list(settings.SELLER_ADDRESS),
        "country": settings.SELLER_COUNTRY,
        "vat_number": settings.SELLER_VAT_NUMBER,
        "registration": settings.SELLER_REGISTRATION,
        "siren": settings.SELLER_SIREN,
        "legal_form": settings.SELLER_LEGAL_FORM,
    }


def list_missing_of_seller() -> list[str]:
    """The variables without which an invoice lacks what the law asks for."""
    given = {
        "RESAKA_SELLER_NAME": settings.SELLER_NAME,
        "RESAKA_SELLER_ADDRESS": settings.SELLER_ADDRESS,
        "RESAKA_SELLER_REGISTRATION": settings.SELLER_REGISTRATION,
        "RESAKA_SELLER_VAT_NUMBER": settings.SELLER_VAT_NUMBER or settings.VAT_SCHEME == "FRANCHISE",
    }
    return [name for name, value in given.items() if not value]
